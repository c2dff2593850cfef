//! The plot against the size: text axis, log-log, before and after, and the same numbers as a table.

use unhappy_view::{AxisTick, Plot, PlotSeries};
use yew::prelude::*;

/// How far the texts of the axes stand from them, in units of the view box.
const TEXT_GAP: i32 = 8;
/// How far the texts below the level axis stand from it.
const TEXT_DROP: i32 = 18;
/// Half the size of a point's mark.
const DOT: i32 = 4;

/// Props of [`PlotFigure`].
#[derive(Properties, PartialEq)]
pub struct PlotFigureProps {
    /// The plot.
    pub plot: Plot,
    /// What the sizes count: "orders".
    pub noun: AttrValue,
}

/// One plot.
#[component]
pub fn PlotFigure(props: &PlotFigureProps) -> Html {
    let PlotFigureProps { plot, noun } = props;
    let (width, height) = plot.size;
    html! {
        <figure class="plot">
            <figcaption>{ format!("{} against the number of {noun}", plot.title) }</figcaption>
            <svg viewBox={format!("0 0 {width} {height}")} aria-hidden="true">
                for tick in plot.y_ticks.iter() { { y_tick(plot, tick) } }
                for tick in plot.x_ticks.iter() { { x_tick(plot, tick) } }
                for series in plot.series.iter() { { line(series) } }
            </svg>
            { legend(plot) }
            { table(plot, noun) }
        </figure>
    }
}

fn y_tick(plot: &Plot, tick: &AxisTick) -> Html {
    let (left, _, right, _) = plot.plane;
    let at = tick.at.to_string();
    html! {
        <>
            <line class="grid" x1={left.to_string()} x2={right.to_string()} y1={at.clone()} y2={at.clone()} />
            <text x={(left - TEXT_GAP).to_string()} y={at} text-anchor="end" dominant-baseline="middle">
                { &tick.text }
            </text>
        </>
    }
}

fn x_tick(plot: &Plot, tick: &AxisTick) -> Html {
    let (_, _, _, bottom) = plot.plane;
    html! {
        <>
            <line class="axis" x1={tick.at.to_string()} x2={tick.at.to_string()}
                y1={bottom.to_string()} y2={(bottom + DOT).to_string()} />
            <text x={tick.at.to_string()} y={(bottom + TEXT_DROP).to_string()} text-anchor="middle">{ &tick.text }</text>
        </>
    }
}

/// Before has diamonds, after has circles: the two differ without colour, too.
fn line(series: &PlotSeries) -> Html {
    let name = series.name;
    html! {
        <>
            <path class={classes!("line", name)} d={series.path.clone()} />
            for point in series.points.iter() {
                if name == "before" {
                    <rect class={classes!("dot", name)} x={(point.x - DOT).to_string()} y={(point.y - DOT).to_string()}
                        width={(DOT * 2).to_string()} height={(DOT * 2).to_string()}
                        transform={format!("rotate(45 {} {})", point.x, point.y)} />
                } else {
                    <circle class={classes!("dot", name)} cx={point.x.to_string()} cy={point.y.to_string()}
                        r={DOT.to_string()} />
                }
            }
        </>
    }
}

fn legend(plot: &Plot) -> Html {
    if plot.series.len() < 2 {
        return Html::default();
    }
    html! {
        <p class="legend" aria-hidden="true">
            <span class="before">{ "◆ before" }</span>{ " " }<span class="after">{ "● after" }</span>
        </p>
    }
}

fn table(plot: &Plot, noun: &AttrValue) -> Html {
    html! {
        // A table keeps its width whatever its class says; a block around it does not.
        <div class="visually-hidden"><table>
            <caption>{ format!("{} against the number of {noun}", plot.title) }</caption>
            <thead>
                <tr>
                    <th scope="col">{ noun }</th>
                    for series in plot.series.iter() { <th scope="col">{ series.name }</th> }
                </tr>
            </thead>
            <tbody>
                for (size, before, after) in plot.rows.iter() {
                    <tr>
                        <th scope="row">{ size }</th>
                        for series in plot.series.iter() {
                            <td>
                                { if series.name == "before" { before.clone() } else { after.clone() }.unwrap_or_default() }
                            </td>
                        }
                    </tr>
                }
            </tbody>
        </table></div>
    }
}
