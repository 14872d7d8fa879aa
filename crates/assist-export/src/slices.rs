//! Points put into boxes: ranges of numbers and sets of levels, which few words tell.

use assist_score::{Model, Value};
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Domain;

/// A value as people tell it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Text(String),
    Missing,
}

impl Cell {
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            // Zeros of both signs are one to people.
            Value::Number(number) => Self::Number(number + 0.0),
            Value::Text(text) => Self::Text((*text).to_owned()),
            _ => Self::Missing,
        }
    }

    fn word(&self) -> String {
        match self {
            Self::Number(number) => told(rounded(*number, Towards::Nearest)),
            Self::Text(text) => assist_score::shown(text),
            Self::Missing => "missing".into(),
        }
    }
}

/// A column of a grid: its values, each once (numbers ascending, then texts, then missing), and the place of each point's among them.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    name: String,
    cells: Vec<Cell>,
    /// Of each value whether the model is meant to take it: no condition tells of the others.
    is_usual: Vec<bool>,
    places: Vec<u32>,
}

impl Column {
    /// From values of a column of a model, of which the first `n_usual` are those that it is meant to take, and the places of all points
    /// among them. Other spellings of a level are that level.
    pub(crate) fn new(
        model: &Model,
        column: usize,
        name: &str,
        mut cells: Vec<Cell>,
        n_usual: usize,
        places: &[u32],
    ) -> Self {
        let categorical = column.checked_sub(model.space().numeric.len());
        let levels = categorical.and_then(|place| model.space().categorical.get(place));
        for cell in &mut cells {
            if let (Some(levels), Cell::Text(text)) = (levels, &mut *cell)
                && let Some(level) = levels.known_code(text).and_then(|code| levels.levels.get(code as usize))
            {
                text.clone_from(level);
            }
        }
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by(|a, b| match (&cells[*a], &cells[*b]) {
            (Cell::Number(a), Cell::Number(b)) => a.total_cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        });
        let (mut once, mut is_usual, mut place_of) = (Vec::<Cell>::new(), Vec::new(), vec![0; cells.len()]);
        let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
        for place in order {
            let known = match &cells[place] {
                Cell::Text(text) => texts.get(text.as_str()).copied(),
                other => once.len().checked_sub(1).filter(|last| once[*last] == *other),
            };
            let at = known.unwrap_or_else(|| {
                once.push(cells[place].clone());
                is_usual.push(false);
                once.len() - 1
            });
            if let Cell::Text(text) = &cells[place] {
                texts.insert(text, at);
            }
            is_usual[at] |= place < n_usual;
            place_of[place] = u32::try_from(at).unwrap_or(u32::MAX);
        }
        let places = places.iter().map(|place| place_of[*place as usize]).collect();
        Self { name: name.into(), cells: once, is_usual, places }
    }

    fn cell(&self, place: u32) -> &Cell {
        self.cells.get(place as usize).unwrap_or(&Cell::Missing)
    }
}

fn rank(cell: &Cell) -> u8 {
    match cell {
        Cell::Number(_) => 0,
        Cell::Text(_) => 1,
        Cell::Missing => 2,
    }
}

/// Points by their columns.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    columns: Vec<Column>,
    n_points: usize,
}

impl Grid {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let n_points = columns.first().map_or(0, |column| column.places.len());
        Self { columns, n_points }
    }

    /// The points of a model's domain.
    pub(crate) fn of_domain(model: &Model, domain: &Domain) -> Self {
        let mut all = vec![Vec::with_capacity(domain.len()); model.space().n_columns()];
        let mut places = Vec::new();
        for point in 0..domain.len() {
            domain.places(point, &mut places);
            all.iter_mut().zip(&places).for_each(|(column, place)| column.push(*place));
        }
        let columns = model.space().column_names().zip(all).enumerate().map(|(column, (name, places))| {
            let cells = domain.all_places(column).map(|place| Cell::of(&domain.value(column, place))).collect();
            Column::new(model, column, name, cells, domain.regular_places(column).count(), &places)
        });
        Self::new(columns.collect())
    }

    /// The values of a point with the names of their columns.
    pub(crate) fn in_words(&self, point: usize) -> String {
        let cell = |column: &Column| {
            let word = column.places.get(point).map(|place| column.cell(*place).word());
            format!("{} is {}", column.name, word.unwrap_or_default())
        };
        self.columns.iter().map(cell).collect::<Vec<_>>().join(", ")
    }
}

/// Points in few words, and how many they are.
pub(crate) struct Slice {
    pub(crate) condition: String,
    pub(crate) points: usize,
    /// How many satisfy the conditions, those points among them.
    pub(crate) all_points: usize,
}

/// Finds boxes around points.
pub(crate) struct Slicer<'a>(&'a Grid);

impl<'a> Slicer<'a> {
    pub(crate) fn new(grid: &'a Grid) -> Self {
        Self(grid)
    }

    /// Points split by the column whose values separate them best, as far as that makes boxes that hold fewer other points.
    pub(crate) fn slices(&self, points: &[usize]) -> Vec<Slice> {
        /// A reader looks at so many of each kind.
        const MOST: usize = 8;
        let mut boxes = vec![self.bounding(points.to_vec(), &(0..self.0.n_points).collect::<Vec<_>>())];
        while boxes.len() < MOST {
            // The box with most points that do not belong there is split first.
            let worst = boxes.iter().enumerate().max_by_key(|(_, found)| found.inside.len() - found.points.len());
            let Some((place, halves)) = worst.and_then(|(place, found)| Some((place, self.split(found)?))) else {
                break;
            };
            boxes.swap_remove(place);
            boxes.extend(halves);
        }
        let told = boxes.into_iter().map(|found| self.without_idle_conditions(found));
        let slice = |found: Region| Slice {
            condition: self.condition(&found),
            points: found.points.len(),
            all_points: found.inside.len(),
        };
        told.map(slice).collect()
    }

    fn place(&self, point: usize, column: usize) -> u32 {
        self.0.columns.get(column).and_then(|column| column.places.get(point)).copied().unwrap_or(0)
    }

    /// The smallest box around points, and which of `all` lie in it.
    fn bounding(&self, points: Vec<usize>, all: &[usize]) -> Region {
        let side = |(place, column): (usize, &Column)| {
            let places: BTreeSet<u32> = points.iter().map(|point| self.place(*point, place)).collect();
            Side::around(column, places)
        };
        let sides: Vec<Side> = self.0.columns.iter().enumerate().map(side).collect();
        let inside = self.inside(&sides, all);
        Region { points, sides, inside }
    }

    fn inside(&self, sides: &[Side], all: &[usize]) -> Vec<usize> {
        // Of each value once, not of each point.
        let held = self.0.columns.iter().zip(sides).map(|(column, side)| {
            let held = column.cells.iter().zip(0..).map(|(cell, place)| side.holds(cell, place)).collect();
            (column.places.as_slice(), held)
        });
        let held: Vec<(&[u32], Vec<bool>)> = held.filter(|(_, held): &(_, Vec<bool>)| held.contains(&false)).collect();
        let is_in = |point: &usize| held.iter().all(|(places, held)| held[places[*point] as usize]);
        all.iter().copied().filter(is_in).collect()
    }

    /// A box in two, if that leaves out points that do not belong in it.
    fn split(&self, found: &Region) -> Option<[Region; 2]> {
        /// Numbers are cut at so many places at most.
        const MOST_CUTS: usize = 6;
        let mut best: Option<[Region; 2]> = None;
        for column in 0..self.0.columns.len() {
            let mut values: Vec<u32> = found.points.iter().map(|point| self.place(*point, column)).collect();
            values.sort_unstable();
            values.dedup();
            let step = values.len().div_ceil(MOST_CUTS).max(1);
            for last in values.iter().take(values.len().saturating_sub(1)).step_by(step) {
                let is_level = matches!(found.sides.get(column), Some(Side::Values(_)));
                let goes_left = |point: &usize| {
                    let place = self.place(*point, column);
                    if is_level { place == *last } else { place <= *last }
                };
                let (left, right): (Vec<usize>, Vec<usize>) = found.points.iter().partition(|point| goes_left(point));
                if left.is_empty() || right.is_empty() {
                    continue;
                }
                let halves = [self.bounding(left, &found.inside), self.bounding(right, &found.inside)];
                let volume = |halves: &[Region; 2]| halves[0].inside.len() + halves[1].inside.len();
                if volume(&halves) < best.as_ref().map_or(found.inside.len(), volume) {
                    best = Some(halves);
                }
            }
        }
        best
    }

    /// A box without the conditions that leave hardly anything out.
    fn without_idle_conditions(&self, mut found: Region) -> Region {
        /// A condition that leaves out less than one in so many is not worth its words.
        const IDLE: usize = 100;
        let most = found.inside.len() + found.inside.len() / IDLE;
        let all: Vec<usize> = (0..self.0.n_points).collect();
        for column in 0..found.sides.len() {
            let side = std::mem::replace(&mut found.sides[column], Side::All);
            let inside = self.inside(&found.sides, &all);
            if inside.len() <= most {
                found.inside = inside;
            } else {
                found.sides[column] = side;
            }
        }
        found
    }

    /// The sides of a box that leave anything out.
    fn condition(&self, found: &Region) -> String {
        let told = self.0.columns.iter().zip(&found.sides).filter_map(|(column, side)| side.in_words(column));
        let conditions: Vec<String> = told.collect();
        if conditions.is_empty() { "any values".into() } else { conditions.join(", ") }
    }
}

#[derive(Debug, Clone)]
struct Region {
    points: Vec<usize>,
    sides: Vec<Side>,
    /// All points that lie in it.
    inside: Vec<usize>,
}

/// What a box says of a column.
#[derive(Debug, Clone)]
enum Side {
    All,
    Range { low: f64, high: f64, has_missing: bool },
    Values(BTreeSet<u32>),
}

impl Side {
    fn around(column: &Column, places: BTreeSet<u32>) -> Self {
        let mut range: Option<(f64, f64)> = None;
        let mut has_missing = false;
        for place in &places {
            match column.cell(*place) {
                Cell::Number(number) => {
                    let (low, high) = range.unwrap_or((*number, *number));
                    range = Some((low.min(*number), high.max(*number)));
                }
                Cell::Text(_) => return Self::Values(places),
                Cell::Missing => has_missing = true,
            }
        }
        match range {
            Some((low, high)) if low == high => Self::Range { low, high, has_missing },
            // The ends as they are told, outwards, so that the words hold all points.
            Some((low, high)) => {
                Self::Range { low: rounded(low, Towards::Below), high: rounded(high, Towards::Above), has_missing }
            }
            None => Self::Values(places),
        }
    }

    fn holds(&self, cell: &Cell, place: u32) -> bool {
        match (self, cell) {
            (Self::All, _) => true,
            (Self::Values(places), _) => places.contains(&place),
            (Self::Range { low, high, .. }, Cell::Number(number)) => low <= number && number <= high,
            (Self::Range { has_missing, .. }, Cell::Missing) => *has_missing,
            (Self::Range { .. }, Cell::Text(_)) => false,
        }
    }

    /// Nothing where every value that the model is meant to take is in it.
    fn in_words(&self, column: &Column) -> Option<String> {
        let usual = column.cells.iter().zip(0..).zip(&column.is_usual).filter(|(_, is_usual)| **is_usual);
        if usual.clone().all(|((cell, place), _)| self.holds(cell, place)) {
            return None;
        }
        let name = &column.name;
        Some(match self {
            Self::All => return None,
            Self::Range { low, high, has_missing } => {
                let range = if low == high {
                    format!("is {}", told(rounded(*low, Towards::Nearest)))
                } else {
                    format!("from {} to {}", told(*low), told(*high))
                };
                format!("{name} {range}{}", if *has_missing { " or missing" } else { "" })
            }
            Self::Values(places) => {
                let words: Vec<String> = places.iter().map(|place| column.cell(*place).word()).collect();
                format!("{name} is {}", either(&words))
            }
        })
    }
}

/// Some of several words, five at most: "a, b or c".
fn either(words: &[String]) -> String {
    const MOST: usize = 5;
    let shown = if words.len() > MOST { &words[..MOST - 1] } else { words };
    let more = match words.len() - shown.len() {
        0 => None,
        more => Some(format!("one of {more} others")),
    };
    let shown: Vec<&str> = shown.iter().map(String::as_str).chain(more.as_deref()).collect();
    match shown.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

/// Which number is taken for one with too many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    Nearest,
    Below,
    Above,
}

/// A number with four significant digits, unless it is whole or short anyway.
fn rounded(number: f64, towards: Towards) -> f64 {
    const SHORT: usize = 7;
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    if !number.is_finite() || is_whole || told(number).len() <= SHORT {
        return number;
    }
    // Through text, which has no digits of a float that is beside the decimal.
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = (digits.parse::<f64>().unwrap_or(number) * 1e3).round();
    let with = |digits: f64| format!("{}e{exponent}", digits / 1e3).parse().unwrap_or(number);
    let nearest: f64 = with(digits);
    match towards {
        Towards::Below if nearest > number => with(digits - 1.0),
        Towards::Above if nearest < number => with(digits + 1.0),
        _ => nearest,
    }
}

/// A number as text, with an exponent where it would be long.
fn told(number: f64) -> String {
    let size = number.abs();
    if size.is_infinite() {
        return if number > 0.0 { "infinity".into() } else { "minus infinity".into() };
    }
    if size != 0.0 && !(1e-5..1e15).contains(&size) { format!("{number:e}") } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_ranges_are_short_and_hold_what_is_between_them() {
        let ends = |number: f64| [rounded(number, Towards::Below), rounded(number, Towards::Above)].map(told);
        assert_eq!(ends(12.345_678_9), ["12.34", "12.35"]);
        assert_eq!(ends(-0.001_234_56), ["-0.001235", "-0.001234"]);
        assert_eq!(ends(57.3_f64.next_up()), ["57.3", "57.31"]);
        assert_eq!(ends(14_000.0), ["14000", "14000"]);
        assert_eq!(ends(123.45), ["123.45", "123.45"]);
        assert_eq!(ends(5e-324), ["5e-324", "5e-324"]);
        // Beyond the largest number there is none.
        assert_eq!(ends(f64::MAX), ["1.797e308", "infinity"]);
        assert_eq!(Cell::Number(0.1 + 0.2).word(), "0.3");
    }

    #[test]
    fn of_many_values_a_few_are_told() {
        let words = |n: u32| either(&(0..n).map(|place| format!("v{place}")).collect::<Vec<_>>());
        assert_eq!([words(1), words(3)], ["v0", "v0, v1 or v2"]);
        assert_eq!(words(5), "v0, v1, v2, v3 or v4");
        assert_eq!(words(9), "v0, v1, v2, v3 or one of 5 others");
    }

    #[test]
    fn other_spellings_of_a_level_are_that_level_once() {
        use assist_score::{CategoricalColumn, FeatureSpace, Parameters, Target};
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let levels = CategoricalColumn::new("premium", ["False", "True"].map(Into::into).to_vec());
        let space = FeatureSpace::new(target, vec![], vec![], vec![levels]);
        let model = Model::new(space, Parameters { coefficients: vec![1.0], ..Parameters::default() }).expect("sound");
        let texts = ["False", "True", "true", "TRUE", "f", "no such level"];
        let mut cells: Vec<Cell> = texts.map(|text| Cell::Text(text.into())).to_vec();
        cells.extend([Cell::Missing, Cell::Missing]);
        let column = Column::new(&model, 0, "premium", cells, 2, &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(
            column.cells.iter().map(Cell::word).collect::<Vec<_>>(),
            ["False", "True", "no such level", "missing"]
        );
        assert_eq!(column.places, [0, 1, 1, 1, 0, 2, 3, 3]);
        let told = |places: &[u32]| Side::around(&column, places.iter().copied().collect()).in_words(&column);
        assert_eq!(told(&[1]).as_deref(), Some("premium is True"));
        assert_eq!(told(&[0, 1]), None);
    }
}
