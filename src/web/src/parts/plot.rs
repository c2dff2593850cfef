//! The plot against the size: text axis, log-log, before and after, and the same numbers as a table.

use super::markup::Markup;
use unhappy_view::{Plot, PlotPoint};

/// How far the texts of the axes stand from them, in units of the view box.
const TEXT_GAP: i32 = 8;
/// How far the texts below the level axis stand from it.
const TEXT_DROP: i32 = 18;
/// Half the size of a point's mark.
const DOT: i32 = 4;

/// Adds one plot. `noun` is what the sizes count: "orders".
pub fn add_plot(markup: &mut Markup, plot: &Plot, noun: &str) {
    let title = format!("{} against the number of {noun}", plot.title);
    let [width, height] = [plot.size.0, plot.size.1].map(|number| number.to_string());
    markup.add(
        "<figure class=\"plot\"><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\">",
        &[&title, &width, &height],
    );
    add_axes(markup, plot);
    for series in &plot.series {
        markup.add("<path class=\"line {}\" d=\"{}\"/>", &[series.name, &series.path]);
        for point in &series.points {
            markup.add("<path class=\"dot {}\" d=\"{}\"/>", &[series.name, &mark(series.name, point)]);
        }
    }
    markup.add("</svg>", &[]);
    if plot.series.len() > 1 {
        markup.add(
            "<p class=\"legend\" aria-hidden=\"true\"><span class=\"before\">◆ before</span> \
             <span class=\"after\">● after</span></p>",
            &[],
        );
    }
    add_numbers(markup, plot, &title, noun);
    markup.add("</figure>", &[]);
}

fn add_axes(markup: &mut Markup, plot: &Plot) {
    let (left, _, right, bottom) = plot.plane;
    for tick in &plot.y_ticks {
        let [x, y] = [left - TEXT_GAP, tick.at].map(|number| number.to_string());
        markup.add("<path class=\"grid\" d=\"{}\"/>", &[&format!("M{left} {y}H{right}")]);
        markup.add(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" dominant-baseline=\"middle\">{}</text>",
            &[&x, &y, &tick.text],
        );
    }
    for tick in &plot.x_ticks {
        let [x, y] = [tick.at, bottom + TEXT_DROP].map(|number| number.to_string());
        markup.add("<path class=\"axis\" d=\"{}\"/>", &[&format!("M{x} {bottom}v{DOT}")]);
        markup.add("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", &[&x, &y, &tick.text]);
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
fn add_numbers(markup: &mut Markup, plot: &Plot, title: &str, noun: &str) {
    markup.add(
        "<div class=\"visually-hidden\"><table><caption>{}</caption><thead><tr><th scope=\"col\">{}</th>",
        &[title, noun],
    );
    for series in &plot.series {
        markup.add("<th scope=\"col\">{}</th>", &[series.name]);
    }
    markup.add("</tr></thead><tbody>", &[]);
    for (size, before, after) in &plot.rows {
        markup.add("<tr><th scope=\"row\">{}</th>", &[size]);
        for series in &plot.series {
            let value = if series.name == "before" { before } else { after };
            markup.add("<td>{}</td>", &[value.as_deref().unwrap_or_default()]);
        }
        markup.add("</tr>", &[]);
    }
    markup.add("</tbody></table></div>", &[]);
}
