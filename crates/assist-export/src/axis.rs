//! The values of one column that are worth a look: all that a model takes, where they can be counted, else those at which
//! anything may change; and behind them values that it refuses, or that are spelt in another way.

use assist_score::{CategoricalColumn, MISSING_LEVEL, Model, NumericColumn, Term};

use crate::random::Random;

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) cells: Cells,
    /// So many of the cells are in the product of all columns; the others come one and two at a time.
    pub(crate) n_regular: usize,
    /// Whether the regular ones stand for all values that the model takes.
    pub(crate) is_complete: bool,
}

/// NaN is a missing number, `None` a missing text.
#[derive(Debug, Clone)]
pub(crate) enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
}

impl Axis {
    pub(crate) fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Texts(texts) => texts.len(),
        }
    }
}

/// All axes of a model.
pub(crate) fn axes(model: &Model, random: &mut Random) -> Vec<Axis> {
    let space = model.space();
    let terms = space.terms();
    let numbers = space.numeric.iter().enumerate().map(|(place, column)| {
        let own: Vec<&Term> = terms.iter().flat_map(Term::factors).filter(|term| term.columns() == [place]).collect();
        number_axis(column, &own, space.n_columns(), random)
    });
    let mut axes: Vec<Axis> = numbers.collect();
    axes.extend(space.categorical.iter().map(level_axis));
    axes
}

fn number_axis(column: &NumericColumn, terms: &[&Term], n_columns: usize, random: &mut Random) -> Axis {
    /// More whole numbers than these are sampled.
    const MOST_WHOLE: f64 = 50_000.0;
    let (low, high) = column.training_range;
    let (low, high) = (column.min.unwrap_or(low), column.max.unwrap_or(high));
    let is_stepped = terms.iter().all(|term| matches!(term, Term::Cut { .. } | Term::Missing { .. }));
    let mut regular: Vec<f64> = Vec::new();
    let mut is_complete = false;
    if column.integer && high.floor() - low.ceil() < MOST_WHOLE {
        let mut number = low.ceil();
        while number <= high {
            regular.push(number);
            number += 1.0;
        }
        is_complete = true;
    } else {
        // Where only steps ask for the number, one of each side of a step stands for all.
        is_complete |= is_stepped && !column.integer;
        let edges =
            [low, high].into_iter().chain(column.cuts.iter().copied()).chain(terms.iter().flat_map(|term| ends(term)));
        let (low_training, high_training) = column.training_range;
        for edge in edges.chain([low_training, high_training]) {
            regular.extend([edge.next_down(), edge, edge.next_up(), edge.floor(), edge.ceil()]);
        }
        if !is_complete {
            let n_drawn = (2_000 / n_columns).clamp(10, 200);
            regular.extend([column.centre, 0.0, -0.0, low.midpoint(high)]);
            regular.extend(column.fill_value);
            let drawn = (0..n_drawn).map(|_| low + (high - low) * random.share());
            regular.extend(drawn.map(|number| if column.integer { number.round() } else { number }));
        }
        regular.retain(|number| column.check(*number).is_ok());
        // Zeros of both signs are two values.
        regular.sort_by(f64::total_cmp);
        regular.dedup_by_key(|number| number.to_bits());
    }
    if column.fill_value.is_some() {
        regular.push(f64::NAN);
    }
    let n_regular = regular.len();
    let mut cells = regular;
    cells.extend([
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        0.5,
        1e19,
        -1e19,
        1e300,
        f64::MAX,
        f64::MIN,
        5e-324,
    ]);
    for edge in [low, high].into_iter().chain(column.min).chain(column.max) {
        cells.extend([edge.next_down(), edge.next_up(), edge - 1.0, edge + 1.0]);
    }
    Axis { cells: Cells::Numbers(cells), n_regular, is_complete: is_complete && n_regular > 0 }
}

/// Where a term changes its form.
fn ends(term: &Term) -> Vec<f64> {
    match term {
        Term::Cut { low, high, .. } => low.iter().chain(high).copied().collect(),
        Term::Basis { knots, .. } => knots.clone(),
        _ => Vec::new(),
    }
}

fn level_axis(column: &CategoricalColumn) -> Axis {
    let mut cells: Vec<Option<String>> = column.levels.iter().cloned().map(Some).collect();
    if column.missing.is_some() {
        cells.push(None);
    }
    let unknown = |text: &str| column.known_code(text).is_none();
    if column.rare.is_some() {
        cells.extend(["no such level"].into_iter().filter(|text| unknown(text)).map(|text| Some(text.into())));
    }
    let n_regular = cells.len();
    cells.push(None);
    let spellings = [
        "no such level",
        "",
        " ",
        MISSING_LEVEL,
        "(rare)",
        "NULL",
        "true",
        "True",
        "tRuE",
        "t",
        "T",
        "false",
        "FALSE",
        "f",
        "F",
        "0",
        "1",
        "0.0",
        "1.0",
        "1.000",
        "-0",
        "-0.0",
        "00",
        "00.0",
        "-1",
        "1.",
        ".0",
        "1e0",
        "\u{17f}",
        "\u{1f600}",
        "__proto__",
        "'",
        "\"",
        "\\",
    ];
    cells.extend(spellings.into_iter().map(|text| Some(text.into())));
    for level in column.levels.iter().take(40) {
        let shorter: String = level.chars().skip(1).collect();
        let others = [level.to_uppercase(), level.to_lowercase(), format!("{level} "), format!("{level}.0"), shorter];
        cells.extend(others.into_iter().chain([format!("{level}0"), format!("{level}.00")]).map(Some));
    }
    Axis { cells: Cells::Texts(cells), n_regular, is_complete: true }
}
