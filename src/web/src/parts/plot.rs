//! The plot against the size: text axis, log-log, before and after, and the same numbers as a table.

use unhappy_view::{AxisTick, Plot, PlotPoint, PlotSeries};
use yew::prelude::*;

/// How far the texts of the axes stand from them, in units of the view box.
const TEXT_GAP: i32 = 8;
/// How far the texts below the level axis stand from it.
const TEXT_DROP: i32 = 18;
/// Half the size of a point's mark.
const DOT: i32 = 4;

/// One plot. `noun` is what the sizes count: "orders".
pub fn plot_figure(plot: &Plot, noun: &str) -> Html {
    let (width, height) = plot.size;
    let title = format!("{} against the number of {noun}", plot.title);
    html! {
        <figure class="plot">
            <figcaption>{ &title }</figcaption>
            <svg viewBox={format!("0 0 {width} {height}")} aria-hidden="true">
                { plot.y_ticks.iter().map(|tick| y_tick(plot, tick)).collect::<Html>() }
                { plot.x_ticks.iter().map(|tick| x_tick(plot, tick)).collect::<Html>() }
                { plot.series.iter().map(line).collect::<Html>() }
            </svg>
            if plot.series.len() > 1 {
                <p class="legend" aria-hidden="true">
                    <span class="before">{ "◆ before" }</span>{ " " }<span class="after">{ "● after" }</span>
                </p>
            }
            { numbers(plot, &title, noun) }
        </figure>
    }
}

fn y_tick(plot: &Plot, tick: &AxisTick) -> Html {
    let (left, _, right, _) = plot.plane;
    let at = tick.at;
    html! {
        <>
            <path class="grid" d={format!("M{left} {at}H{right}")} />
            <text x={(left - TEXT_GAP).to_string()} y={at.to_string()} text-anchor="end" dominant-baseline="middle">
                { &tick.text }
            </text>
        </>
    }
}

fn x_tick(plot: &Plot, tick: &AxisTick) -> Html {
    let (_, _, _, bottom) = plot.plane;
    let at = tick.at;
    html! {
        <>
            <path class="axis" d={format!("M{at} {bottom}v{DOT}")} />
            <text x={at.to_string()} y={(bottom + TEXT_DROP).to_string()} text-anchor="middle">{ &tick.text }</text>
        </>
    }
}

fn line(series: &PlotSeries) -> Html {
    let dot = |point: &PlotPoint| {
        html! { <path class={format!("dot {}", series.name)} d={mark(series.name, point)} /> }
    };
    html! {
        <>
            <path class={format!("line {}", series.name)} d={series.path.clone()} />
            { series.points.iter().map(dot).collect::<Html>() }
        </>
    }
}

/// Before has diamonds, all others circles: the two differ without colour, too.
fn mark(name: &str, point: &PlotPoint) -> String {
    let PlotPoint { x, y, .. } = point;
    if name == "before" {
        return format!("M{x} {}l{DOT} {DOT}l-{DOT} {DOT}l-{DOT} -{DOT}Z", y - DOT);
    }
    let width = DOT * 2;
    format!("M{} {y}a{DOT} {DOT} 0 1 0 {width} 0a{DOT} {DOT} 0 1 0 -{width} 0Z", x - DOT)
}

/// The same as a table for those who cannot see it. A table keeps its width whatever its class says, so a
/// block around it is hidden.
fn numbers(plot: &Plot, title: &str, noun: &str) -> Html {
    let head = |series: &PlotSeries| html! { <th scope="col">{ series.name }</th> };
    let row = |(size, before, after): &(String, Option<String>, Option<String>)| {
        let cell = |series: &PlotSeries| {
            let value = if series.name == "before" { before } else { after };
            html! { <td>{ value.clone().unwrap_or_default() }</td> }
        };
        html! { <tr><th scope="row">{ size }</th>{ plot.series.iter().map(cell).collect::<Html>() }</tr> }
    };
    html! {
        <div class="visually-hidden">
            <table>
                <caption>{ title }</caption>
                <thead><tr><th scope="col">{ noun }</th>{ plot.series.iter().map(head).collect::<Html>() }</tr></thead>
                <tbody>{ plot.rows.iter().map(row).collect::<Html>() }</tbody>
            </table>
        </div>
    }
}
