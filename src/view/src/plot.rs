//! Geometry of the plot "against the number of orders": both axes logarithmic, before and after.
//!
//! In: the points of one or two sweeps. Out: positions in whole units of the view box, ticks with their
//! texts, and the numbers again as rows of a table for those who cannot see it.
//!
//! Zero has no logarithm. It is drawn half a decade below one, which keeps 0 and 1 apart.

use unhappy_trace::{SimDuration, SweepPoint, text};

/// Width of the view box.
const WIDTH: i32 = 420;
/// Height of the view box.
const HEIGHT: i32 = 220;
/// Room left of the plane, for the texts of the upright axis.
const LEFT: i32 = 62;
/// Room right of the plane.
const RIGHT: i32 = 16;
/// Room above the plane.
const TOP: i32 = 14;
/// Room below the plane, for the texts of the level axis.
const BOTTOM: i32 = 30;
/// Where zero is drawn, in decades.
const ZERO_DECADES: f64 = -0.5;

/// What is plotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Statements of one request.
    Statements,
    /// Latency at the 95th percentile.
    Latency,
}

impl Measure {
    /// Returns the title of the plot.
    pub fn title(self) -> &'static str {
        match self {
            Measure::Statements => "Statements per request",
            Measure::Latency => "Latency p95",
        }
    }

    fn of(self, point: &SweepPoint) -> u64 {
        match self {
            Measure::Statements => point.statements,
            Measure::Latency => point.latency.p95.micros(),
        }
    }

    fn words(self, value: u64) -> String {
        match self {
            Measure::Statements => text::thousands(value),
            Measure::Latency => SimDuration::from_micros(value).to_string(),
        }
    }

    /// The text of a power of ten.
    fn tick(self, decade: i32) -> String {
        let value = 10_u64.pow(decade.unsigned_abs());
        match self {
            Measure::Statements => text::thousands(value),
            Measure::Latency if value >= 1_000_000 => format!("{} s", text::thousands(value / 1_000_000)),
            Measure::Latency if value >= 1_000 => format!("{} ms", text::thousands(value / 1_000)),
            Measure::Latency => format!("{} µs", text::thousands(value)),
        }
    }
}

/// A plot, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// What is plotted.
    pub title: &'static str,
    /// Width and height of the view box.
    pub size: (i32, i32),
    /// Left, top, right and bottom edge of the plane.
    pub plane: (i32, i32, i32, i32),
    /// Ticks of the level axis, at their x.
    pub x_ticks: Vec<AxisTick>,
    /// Ticks of the upright axis, at their y.
    pub y_ticks: Vec<AxisTick>,
    /// Before and after, those that there are.
    pub series: Vec<PlotSeries>,
    /// Rows of the table: size, value before, value after.
    pub rows: Vec<(String, Option<String>, Option<String>)>,
}

/// A tick of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisTick {
    /// Position.
    pub at: i32,
    /// Text.
    pub text: String,
}

/// The points of one version of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotSeries {
    /// `before` or `after`, or `value` when there is only one: also the class that colours it.
    pub name: &'static str,
    /// The points, ascending.
    pub points: Vec<PlotPoint>,
    /// The same as an SVG path.
    pub path: String,
}

/// A point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotPoint {
    /// Position.
    pub x: i32,
    /// Position.
    pub y: i32,
    /// In words: `1,000 orders: 1,001`.
    pub label: String,
}

/// Returns the plot of one measure; none when no sweep has a point.
pub fn plot(
    measure: Measure,
    noun: &str,
    before: Option<&[SweepPoint]>,
    after: Option<&[SweepPoint]>,
) -> Option<Plot> {
    let after_name = if before.is_some() { "after" } else { "value" };
    let given: Vec<(&'static str, &[SweepPoint])> = [("before", before), (after_name, after)]
        .into_iter()
        .filter_map(|(name, points)| Some((name, points?)))
        .collect();
    let all: Vec<&SweepPoint> = given.iter().flat_map(|(_, points)| points.iter()).collect();
    let x_axis = Axis::over(all.iter().map(|point| size_of(point)), LEFT, WIDTH - RIGHT)?;
    let y_axis = Axis::over(all.iter().map(|point| measure.of(point)), HEIGHT - BOTTOM, TOP)?;
    let point = |point: &SweepPoint| PlotPoint {
        x: x_axis.place(size_of(point)),
        y: y_axis.place(measure.of(point)),
        label: format!("{} {noun}: {}", text::thousands(size_of(point)), measure.words(measure.of(point))),
    };
    let series = given.iter().map(|(name, points)| {
        let points: Vec<PlotPoint> = points.iter().map(point).collect();
        PlotSeries { name, path: path(&points), points }
    });
    Some(Plot {
        title: measure.title(),
        size: (WIDTH, HEIGHT),
        plane: (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
        x_ticks: size_ticks(&all, &x_axis),
        y_ticks: y_axis
            .decades()
            .map(|decade| AxisTick { at: y_axis.at(f64::from(decade)), text: measure.tick(decade) })
            .collect(),
        series: series.collect(),
        rows: rows(measure, before.unwrap_or(&[]), after.unwrap_or(&[])),
    })
}

fn size_of(point: &SweepPoint) -> u64 {
    point.size.unsigned_abs()
}

/// One tick for every size that was run, so that each point stands above its text.
fn size_ticks(points: &[&SweepPoint], axis: &Axis) -> Vec<AxisTick> {
    let tick = |size: i64| {
        let size = size.unsigned_abs();
        AxisTick { at: axis.place(size), text: text::thousands(size) }
    };
    sizes(points.iter().copied()).into_iter().map(tick).collect()
}

fn rows(
    measure: Measure,
    before: &[SweepPoint],
    after: &[SweepPoint],
) -> Vec<(String, Option<String>, Option<String>)> {
    let value = |points: &[SweepPoint], size: i64| {
        let point = points.iter().find(|point| point.size == size)?;
        let words = measure.words(measure.of(point));
        Some(if point.stopped.is_some() { format!("{words}, stopped") } else { words })
    };
    sizes(before.iter().chain(after))
        .into_iter()
        .map(|size| (text::thousands(size.unsigned_abs()), value(before, size), value(after, size)))
        .collect()
}

/// Every size once, ascending.
fn sizes<'a>(points: impl Iterator<Item = &'a SweepPoint>) -> Vec<i64> {
    let mut sizes = Vec::new();
    for point in points {
        if let Err(place) = sizes.binary_search(&point.size) {
            sizes.insert(place, point.size);
        }
    }
    sizes
}

fn path(points: &[PlotPoint]) -> String {
    let mut path = String::new();
    for (index, point) in points.iter().enumerate() {
        path.push_str(if index == 0 { "M" } else { " L" });
        path.push_str(&point.x.to_string());
        path.push(' ');
        path.push_str(&point.y.to_string());
    }
    path
}

/// A logarithmic axis from whole decade to whole decade.
struct Axis {
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl Axis {
    /// Spans all values; at least one decade.
    fn over(values: impl Iterator<Item = u64>, from: i32, to: i32) -> Option<Axis> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(decades(value));
            high = high.max(decades(value));
        }
        if low > high {
            return None;
        }
        let low = if low < 0.0 { ZERO_DECADES } else { low.floor() };
        Some(Axis { low, high: high.ceil().max(low.ceil() + 1.0), from, to })
    }

    fn place(&self, value: u64) -> i32 {
        self.at(decades(value))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a position inside the view box fits")]
    fn at(&self, decades: f64) -> i32 {
        let share = (decades - self.low) / (self.high - self.low);
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    #[expect(clippy::cast_possible_truncation, reason = "numbers below 2^64 have at most 20 decades")]
    fn decades(&self) -> impl Iterator<Item = i32> {
        self.low.ceil() as i32..=self.high as i32
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more than 52 bits")]
fn decades(value: u64) -> f64 {
    if value == 0 { ZERO_DECADES } else { (value as f64).log10() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhappy_trace::Percentiles;

    fn sweep(points: &[(i64, u64)]) -> Vec<SweepPoint> {
        let point = |(size, statements): &(i64, u64)| SweepPoint {
            size: *size,
            statements: *statements,
            rows_visited: 0,
            latency: Percentiles {
                p95: SimDuration::from_micros(statements * 500),
                ..Percentiles::default()
            },
            digest: None,
            stopped: None,
        };
        points.iter().map(point).collect()
    }

    fn ticks(ticks: &[AxisTick]) -> String {
        ticks.iter().map(|tick| format!("{}@{}", tick.text, tick.at)).collect::<Vec<_>>().join(" ")
    }

    // x: 4 decades over 342 units; y: from 1 to 100,000 (5 decades) over 176 units, upwards.
    #[test]
    fn a_straight_line_on_both_logarithmic_axes() {
        let before = sweep(&[(1, 2), (10, 11), (100, 101), (1_000, 1_001), (10_000, 10_001)]);
        let after = sweep(&[(1, 1), (10, 1), (100, 1), (1_000, 1), (10_000, 1)]);
        let plot =
            plot(Measure::Statements, "orders", Some(&before), Some(&after)).expect("there are points");
        assert_eq!(ticks(&plot.x_ticks), "1@62 10@148 100@233 1,000@319 10,000@404");
        assert_eq!(ticks(&plot.y_ticks), "1@190 10@155 100@120 1,000@84 10,000@49 100,000@14");
        assert_eq!(plot.series[0].path, "M62 179 L148 153 L233 119 L319 84 L404 49");
        assert_eq!(plot.series[1].path, "M62 190 L148 190 L233 190 L319 190 L404 190");
        assert_eq!(plot.series[0].points[3].label, "1,000 orders: 1,001");
        assert_eq!(plot.rows[4], ("10,000".into(), Some("10,001".into()), Some("1".into())));
    }

    #[test]
    fn zero_and_one_value_have_a_place() {
        let after = sweep(&[(0, 1), (1, 1)]);
        let found = plot(Measure::Latency, "orders", None, Some(&after)).expect("there are points");
        assert_eq!(ticks(&found.x_ticks), "0@62 1@176");
        assert_eq!(ticks(&found.y_ticks), "100 µs@190 1 ms@14");
        assert_eq!(plot(Measure::Latency, "orders", None, Some(&[])), None);
    }
}
