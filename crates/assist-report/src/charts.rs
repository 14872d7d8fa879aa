//! Drawings of a report, as SVG. Colours are those of the page, so that a drawing follows its light or dark scheme; sizes are
//! those of a phone's width, so that text stays readable there.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The width of a drawing, in its own units.
const WIDTH: u32 = 360;
/// The height of most drawings.
const HEIGHT: u32 = 280;
/// Height of a line of letters; they themselves are a fifth smaller.
const TEXT: u32 = 15;
/// Width of a digit of these, which most of the letters of an interval are.
const LETTER: i32 = 8;

/// Stand-ins for the page's colours: each is replaced by the variable beside it. No drawing uses them for themselves.
const COLOURS: [(RGBColor, &str); 7] = [
    (INK, "var(--ink)"),
    (GRID, "var(--grid)"),
    (SERIES[0], "var(--series-1)"),
    (SERIES[1], "var(--series-2)"),
    (SERIES[2], "var(--series-3)"),
    (PAPER, "var(--paper)"),
    (WARM, "var(--warm)"),
];
const INK: RGBColor = RGBColor(1, 2, 3);
const GRID: RGBColor = RGBColor(1, 2, 4);
pub(crate) const SERIES: [RGBColor; 3] = [RGBColor(1, 2, 5), RGBColor(1, 2, 6), RGBColor(1, 2, 7)];
const PAPER: RGBColor = RGBColor(1, 2, 8);
const WARM: RGBColor = RGBColor(1, 2, 9);

/// A line of a chart.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) width: Width,
}

/// How thick a line is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Width {
    Narrow,
    /// Below narrow ones it is seen where they coincide.
    Wide,
}

/// What is written beside the axes.
pub(crate) struct Axes<'a> {
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Drawing to text does not fail; if it did, the drawing would be left out.
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Lines over the unit square, with the diagonal if it is of interest.
pub(crate) fn lines(label: &str, axes: &Axes<'_>, lines: &[Line], diagonal: bool) -> String {
    svg(label, HEIGHT + 18 * u32::try_from(lines.len()).unwrap_or(0), |area| {
        let (chart_area, legend) = area.split_vertically(HEIGHT);
        let mut chart = unit_square(&chart_area, axes)?;
        if diagonal {
            chart.draw_series(DashedLineSeries::new([(0.0, 0.0), (1.0, 1.0)], 4, 4, INK.stroke_width(1)))?;
        }
        // The second may be wide, so it comes first and lies below; the first comes on top.
        for at in [1, 2, 0] {
            let Some(line) = lines.get(at) else { continue };
            let width = match line.width {
                Width::Narrow => 2,
                Width::Wide => 6,
            };
            let colour = SERIES[at];
            chart.draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(width)))?;
        }
        legend_below(&legend, &lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>())
    })
}

/// A line with its points, over the ranges that these have.
pub(crate) fn curve(label: &str, axes: &Axes<'_>, points: &[(f64, f64)]) -> String {
    svg(label, HEIGHT, |area| {
        let range = |of: fn(&(f64, f64)) -> f64| {
            let (low, high) = points.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
            let room = if high > low { 0.05 * (high - low) } else { 1.0 };
            low - room..high + room
        };
        let mut chart = plane(area, axes, [range(|at| at.0), range(|at| at.1)], &significant)?;
        chart.draw_series(LineSeries::new(points.iter().copied(), SERIES[0].stroke_width(2)))?;
        chart.draw_series(points.iter().map(|at| Circle::new(*at, 4, SERIES[0].filled())))?;
        Ok(())
    })
}

/// Points with intervals over the unit square, and the diagonal that they should lie on.
pub(crate) fn reliability(label: &str, axes: &Axes<'_>, points: &[(f64, f64, [f64; 2])]) -> String {
    svg(label, HEIGHT, |area| {
        let mut chart = unit_square(area, axes)?;
        chart.draw_series(DashedLineSeries::new([(0.0, 0.0), (1.0, 1.0)], 4, 4, INK.stroke_width(1)))?;
        let intervals = points
            .iter()
            .map(|(x, _, [low, high])| PathElement::new(vec![(*x, *low), (*x, *high)], SERIES[0].stroke_width(2)));
        chart.draw_series(intervals)?;
        chart.draw_series(points.iter().map(|(x, y, _)| Circle::new((*x, *y), 4, SERIES[0].filled())))?;
        Ok(())
    })
}

/// Two histograms over probabilities, one above the other: shares of each class in bins of equal width.
pub(crate) fn distributions(label: &str, names: [&str; 2], shares: &[Vec<f64>; 2]) -> String {
    svg(label, HEIGHT + 20, |area| {
        let halves = area.split_evenly((2, 1));
        for (part, ((area, shares), name)) in halves.iter().zip(shares).zip(names).enumerate() {
            let most = shares.iter().copied().fold(0.01, f64::max) * 1.1;
            let mut chart = ChartBuilder::on(area)
                .margin(6)
                .margin_right(20)
                .margin_top(28)
                .x_label_area_size(if part == 1 { 38 } else { 20 })
                .y_label_area_size(56)
                .build_cartesian_2d(0.0..1.0, 0.0..most)?;
            let x_desc = if part == 1 { "predicted probability" } else { "" };
            chart
                .configure_mesh()
                .x_labels(5)
                .y_labels(4)
                .x_desc(x_desc)
                .label_style(letters())
                .axis_desc_style(letters())
                .axis_style(INK)
                .bold_line_style(GRID)
                .light_line_style(PAPER.mix(0.0))
                .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
                .draw()?;
            let width = 1.0 / shares.len() as f64;
            chart.draw_series(shares.iter().enumerate().map(|(bin, share)| {
                let left = bin as f64 * width;
                Rectangle::new([(left, 0.0), (left + width * 0.9, *share)], SERIES[part].filled())
            }))?;
            area.draw(&Text::new(name.to_owned(), (64, 4), letters()))?;
        }
        Ok(())
    })
}

/// A confusion matrix `[[tn, fp], [fn, tp]]` as four fields, correct predictions and errors in different colours.
pub(crate) fn confusion(label: &str, matrix: [[u64; 2]; 2], shown: impl Fn(u64) -> String) -> String {
    svg(label, 230, |area| {
        let total = matrix.iter().flatten().sum::<u64>().max(1) as f64;
        for (truth, row) in (0_i32..).zip(matrix) {
            for (decision, n) in (0_i32..).zip(row) {
                let (left, top) = (108 + decision * 124, 46 + truth * 88);
                let is_right = truth == decision;
                let colour = if is_right { SERIES[0] } else { WARM };
                let strength = 0.08 + 0.3 * (n as f64 / total).sqrt();
                let field = [(left, top), (left + 118, top + 82)];
                area.draw(&Rectangle::new(field, colour.mix(strength).filled()))?;
                area.draw(&Rectangle::new(field, GRID.stroke_width(1)))?;
                let centre = letters_at(HPos::Center, 22);
                area.draw(&Text::new(shown(n), (left + 59, top + 34), centre))?;
                let words = ["true negatives", "false positives", "false negatives", "true positives"]
                    [usize::from(truth == 1) * 2 + usize::from(decision == 1)];
                area.draw(&Text::new(words, (left + 59, top + 56), letters_at(HPos::Center, TEXT)))?;
            }
        }
        for (at, words) in (0_i32..).zip(["predicted: no", "predicted: yes"]) {
            area.draw(&Text::new(words, (167 + at * 124, 34), letters_at(HPos::Center, TEXT)))?;
        }
        for (at, words) in (0_i32..).zip(["observed: no", "observed: yes"]) {
            area.draw(&Text::new(words, (100, 88 + at * 88), letters_at(HPos::Right, TEXT)))?;
        }
        Ok(())
    })
}

/// Coefficients with their intervals, one below the other, and the line of no effect. A row is a name, a value and an interval.
pub(crate) fn forest_plot(label: &str, rows: &[(String, f64, Option<[f64; 2]>)], axis: &str) -> String {
    let row_height = 34;
    let height = 60 + row_height * u32::try_from(rows.len()).unwrap_or(0);
    svg(label, height, |area| {
        let ends = rows.iter().flat_map(|(_, value, interval)| {
            let [low, high] = interval.unwrap_or([*value; 2]);
            [low, high, 0.0]
        });
        let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
        let margin = ((high - low) * 0.06).max(0.05);
        let n = rows.len() as f64;
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(16)
            .x_label_area_size(40)
            .build_cartesian_2d(low - margin..high + margin, -n..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(5)
            .x_desc(axis)
            .label_style(letters())
            .axis_desc_style(letters())
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(PAPER.mix(0.0))
            .draw()?;
        for (at, (_, value, interval)) in rows.iter().enumerate() {
            let y = -(at as f64) - 0.72;
            // The line of no effect, where no name stands in its way.
            chart.draw_series([PathElement::new(vec![(0.0, y - 0.16), (0.0, y + 0.16)], INK.stroke_width(1))])?;
            if let Some([low, high]) = interval {
                chart.draw_series([PathElement::new(vec![(*low, y), (*high, y)], SERIES[0].stroke_width(3))])?;
            }
            chart.draw_series([Circle::new((*value, y), 4, SERIES[0].filled())])?;
        }
        for (at, (name, ..)) in (0_i32..).zip(rows) {
            let top = 10 + at * i32::try_from(row_height).unwrap_or(0);
            area.draw(&Text::new(name.clone(), (12, top), letters()))?;
        }
        Ok(())
    })
}

/// Shares by two columns, darker where they are greater. `cells` hold a share, or nothing where there is no row.
pub(crate) fn heat_map(label: &str, names: [&str; 2], bins: &[Vec<String>; 2], cells: &[Vec<Option<f64>>]) -> String {
    let [rows, columns] = [0, 1].map(|side| i32::try_from(bins[side].len()).unwrap_or(0).max(1));
    let longest = bins[0].iter().map(|bin| bin.chars().count()).max().unwrap_or(0);
    let (top, field_height) = (44, 34);
    let left = (i32::try_from(longest).unwrap_or(i32::MAX).saturating_mul(LETTER).saturating_add(8)).clamp(70, 160);
    let field_width = (i32::try_from(WIDTH).unwrap_or(0) - left - 8) / columns;
    let height = u32::try_from(top + rows * field_height + 70).unwrap_or(HEIGHT);
    svg(label, height, |area| {
        area.draw(&Text::new(format!("{} (downwards)", names[0]), (8, 6), letters()))?;
        area.draw(&Text::new(format!("{} (across)", names[1]), (8, 24), letters()))?;
        for (row, (cells, bin)) in (0_i32..).zip(cells.iter().zip(&bins[0])) {
            let y = top + row * field_height;
            area.draw(&Text::new(
                shortened(bin, letters_in(left - 6)),
                (left - 6, y + 17),
                letters_at(HPos::Right, TEXT),
            ))?;
            for (column, cell) in (0_i32..).zip(cells) {
                let x = left + column * field_width;
                let field = [(x, y), (x + field_width - 2, y + field_height - 2)];
                match cell {
                    None => area.draw(&Rectangle::new(field, GRID.stroke_width(1)))?,
                    Some(share) => {
                        area.draw(&Rectangle::new(field, PAPER.filled()))?;
                        // Never so strong that the number on it could not be read.
                        area.draw(&Rectangle::new(field, WARM.mix(share * 0.5).filled()))?;
                        area.draw(&Rectangle::new(field, GRID.stroke_width(1)))?;
                        let style = letters_at(HPos::Center, TEXT);
                        let centre = (x + field_width / 2 - 1, y + field_height / 2);
                        area.draw(&Text::new(format!("{:.0}", share * 100.0), centre, style))?;
                    }
                }
            }
        }
        // The first and the last must not reach beyond the drawing.
        let widest = (2 * field_width - 4).min(field_width + 14);
        for (column, bin) in (0_i32..).zip(&bins[1]) {
            // Slanted words would need more room than there is; every other one stands lower.
            let y = top + rows * field_height + 10 + if column % 2 == 1 { 18 } else { 0 };
            let centre = (left + column * field_width + field_width / 2 - 1, y);
            area.draw(&Text::new(shortened(bin, letters_in(widest)), centre, letters_at(HPos::Center, TEXT)))?;
        }
        let y = top + rows * field_height + 52;
        area.draw(&Text::new("numbers: error rate in percent", (left, y), letters()))?;
        Ok(())
    })
}

/// A drawing over two numbers.
type Plane<'a, 'b> = ChartContext<'b, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn unit_square<'a, 'b>(area: &'b Area<'a>, axes: &Axes<'_>) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error>> {
    plane(area, axes, [0.0..1.0, 0.0..1.02], &|share| format!("{:.0} %", share * 100.0))
}

/// Axes over two ranges, and how numbers are written beside them.
fn plane<'a, 'b>(
    area: &'b Area<'a>,
    axes: &Axes<'_>,
    [x, y]: [Range<f64>; 2],
    shown: &dyn Fn(&f64) -> String,
) -> Result<Plane<'a, 'b>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_right(26)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(6)
        .x_desc(axes.x)
        .y_desc(axes.y)
        .label_style(letters())
        .axis_desc_style(letters())
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(PAPER.mix(0.0))
        .x_label_formatter(&shown)
        .y_label_formatter(&shown)
        .draw()?;
    Ok(chart)
}

/// A number beside an axis, without what its arithmetic left behind.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is called with a reference")]
fn significant(value: &f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(*value);
    format!("{rounded}")
}

fn legend_below(area: &Area<'_>, names: &[&str]) -> Drawn {
    for ((at, name), colour) in (0_i32..).zip(names).zip(SERIES) {
        let y = 8 + at * 18;
        area.draw(&PathElement::new(vec![(54, y), (76, y)], colour.stroke_width(3)))?;
        area.draw(&Text::new((*name).to_owned(), (84, y), letters_at(HPos::Left, TEXT)))?;
    }
    Ok(())
}

fn letters() -> TextStyle<'static> {
    ("sans-serif", TEXT).into_font().color(&INK)
}

fn letters_at(horizontal: HPos, size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK).pos(Pos::new(horizontal, VPos::Center))
}

/// How many letters stand in so much room.
fn letters_in(width: i32) -> usize {
    usize::try_from(width / LETTER).unwrap_or(0)
}

fn shortened(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let kept: String = words.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// A drawing of the usual width with a name for those who cannot see it; empty if it could not be drawn.
fn svg(label: &str, height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        if draw(&area).and_then(|()| Ok(area.present()?)).is_err() {
            return String::new();
        }
    }
    for (RGBColor(r, g, b), variable) in COLOURS {
        text = text.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"{variable}\""));
    }
    let name = maud::html! { (label) }.into_string();
    text.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", name.replace('"', "&quot;")), 1)
}
