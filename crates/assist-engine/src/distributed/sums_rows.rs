//! The rows that sums are taken over: what their columns hold, by two queries, and how a value becomes a coordinate.

use std::collections::{BTreeMap, BTreeSet};

use assist_data::label_key;
use assist_learn::arrow::array::Array as _;
use assist_learn::{
    CategoricalColumn, DivisionFault, FeatureSpace, MissingPolicy, NumericColumn, SPLIT_COLUMN, Settings, SplitMethod,
    Target, Term, Watch, canonical_level,
};
use assist_model::Scaling;

use super::engine::Engine;
use super::files::{EngineTable, TABLE};
use super::first_look::{DIALECT, FirstLook, numbers, texts, whole_numbers};
use crate::counts_query::{QueryOptions, rows_as_read};
use crate::error::Error;
use crate::fault::EngineFault;

/// The rows, and what is known of their columns.
pub(super) struct SumsRows {
    /// The beginning of every query: `assist_kept`, with columns `n0`, `n1` … of the numbers, `c0`, `c1` … of the levels, `y` (0.0 or
    /// 1.0) and `is_test`.
    pub(super) with: String,
    /// The columns as the training rows have them.
    pub(super) space: FeatureSpace,
    pub(super) scaling: Scaling,
    /// The texts of each level of each categorical column.
    pub(super) texts: LevelTexts,
    /// Rows of the training and of the test subset, of class 0 and class 1.
    pub(super) counts: [[u64; 2]; 2],
    /// A level whose rows all have one class, in words: without a penalty its coefficient has no end.
    pub(super) one_class: Option<String>,
}

/// What is known of the columns.
struct Columns {
    space: FeatureSpace,
    scaling: Scaling,
    texts: LevelTexts,
    one_class: Option<String>,
}

/// Levels of a column that sums are taken of.
const MOST_LEVELS: usize = 20_000;
/// From one in so many training rows with a level of their own on, a column is crowded, and a training on rows pools these levels.
const CROWDED: u64 = 20;

/// The texts of each level of each categorical column.
type LevelTexts = Vec<Vec<Vec<String>>>;

/// What a query finds of the numbers of one subset and class.
#[derive(Debug, Clone, Copy)]
struct NumberFound {
    missing: u64,
    /// Numbers with a fraction.
    fractions: u64,
    low: f64,
    high: f64,
    /// Sum and sum of squares, both counted from a shift near the mean.
    sum: f64,
    squares: f64,
}

/// What the rows of one subset and class hold.
struct Part {
    is_test: bool,
    /// Whether the side of its rows is known.
    has_side: bool,
    class: usize,
    rows: u64,
    numbers: Vec<NumberFound>,
    /// Rows without a text, by categorical column.
    missing_texts: Vec<u64>,
}

impl SumsRows {
    /// Looks at the rows.
    pub(super) fn find(
        engine: &Engine,
        table: &EngineTable,
        look: &FirstLook,
        watch: Watch<'_>,
    ) -> Result<Self, Error> {
        let settings = &look.roles.settings;
        let names = Names::of(settings);
        let base = base(settings, &names, &look.labels)?;
        let shifts = look.means(&names.numeric)?;
        let drops = settings.missing == MissingPolicy::Drop;
        let kept = format!("{base}, assist_kept AS (\n  SELECT * FROM assist_base{}\n)\n", complete(&names, drops));
        let parts = parts(engine, &engine.query(table, &parts_query(&kept, &names, &shifts), watch)?, &names)?;
        check_missing(&parts, &names)?;
        check_sides(&parts, settings)?;
        let counts = counts_of(&parts);
        let levels = levels(engine, table, &kept, &names, watch)?;
        let Columns { space, scaling, texts, one_class } = columns(look, &names, &parts, &shifts, &levels, counts[0])?;
        Ok(Self { with: kept, space, scaling, texts, counts, one_class })
    }

    /// Columns of numbers: in lists of columns they come first.
    pub(super) fn n_numeric(&self) -> usize {
        self.space.numeric.len()
    }
}

/// The columns of the features.
struct Names {
    numeric: Vec<String>,
    categorical: Vec<String>,
}

impl Names {
    fn of(settings: &Settings) -> Self {
        let roles = &settings.roles;
        Self {
            numeric: roles.numeric.keys().cloned().collect(),
            categorical: roles.categorical.keys().cloned().collect(),
        }
    }
}

/// The rows with a label, under names that need no quotes.
fn base(settings: &Settings, names: &Names, labels: &[Vec<String>; 2]) -> Result<String, Error> {
    let mut options = QueryOptions::new(DIALECT, TABLE);
    options.labels = Some(labels.clone());
    let read = rows_as_read(settings, &options)?;
    let mut columns = Vec::new();
    for (index, name) in names.numeric.iter().enumerate() {
        columns.push(format!("CAST({} AS DOUBLE) AS n{index}", DIALECT.identifier(name)?));
    }
    for (index, name) in names.categorical.iter().enumerate() {
        columns.push(format!("{} AS c{index}", DIALECT.identifier(name)?));
    }
    // Where labels are 0 and 1, they are called by themselves, whichever of them is class 1.
    let is_turned = settings.roles.positive.as_deref().is_some_and(|positive| label_key(positive) == "0");
    let class = if is_turned { "1 - assist_label" } else { "assist_label" };
    columns.push(format!("CAST({class} AS DOUBLE) AS y"));
    columns.push(format!("{} = 'test' AS is_test", DIALECT.identifier(SPLIT_COLUMN)?));
    Ok(format!(
        "{}, assist_base AS (\n  SELECT {}\n  FROM assist_rows WHERE assist_label IS NOT NULL\n)\n",
        read.with,
        columns.join(", ")
    ))
}

/// The condition under which no cell is missing.
fn complete(names: &Names, drops: bool) -> String {
    let columns = (0..names.numeric.len()).map(|index| format!("n{index}"));
    let columns: Vec<String> = columns.chain((0..names.categorical.len()).map(|index| format!("c{index}"))).collect();
    if !drops || columns.is_empty() {
        return String::new();
    }
    let numbers = (0..names.numeric.len()).map(|index| format!("NOT isnan(n{index})"));
    let conditions: Vec<String> =
        columns.into_iter().map(|name| format!("{name} IS NOT NULL")).chain(numbers).collect();
    format!(" WHERE {}", conditions.join(" AND "))
}

/// How many rows of each subset and class there are, and what their numbers are.
fn parts_query(kept: &str, names: &Names, shifts: &[f64]) -> String {
    let mut columns = vec!["is_test, y, COUNT(*) AS k".to_owned()];
    for (index, shift) in shifts.iter().enumerate() {
        // NaN stands for a missing number in files without nulls.
        let number = format!("CASE WHEN isnan(n{index}) THEN NULL ELSE n{index} END");
        let moved = format!("({number} - {})", DIALECT.number(*shift));
        columns.push(format!(
            "COUNT({number}) AS k{index}, MIN({number}) AS low{index}, MAX({number}) AS high{index}, SUM(CASE WHEN {number} <> trunc({number}) THEN 1 ELSE 0 END) AS parts{index}, SUM({moved}) AS sum{index}, SUM({moved} * {moved}) AS squares{index}"
        ));
    }
    columns.extend((0..names.categorical.len()).map(|index| format!("COUNT(c{index}) AS t{index}")));
    format!("{kept}SELECT {}\nFROM assist_kept GROUP BY is_test, y\n", columns.join(", "))
}

fn parts(
    engine: &Engine,
    found: &[assist_learn::arrow::array::RecordBatch],
    names: &Names,
) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    for batch in found {
        let sides = texts(engine, batch, "is_test")?;
        let (classes, rows) = (whole_numbers(engine, batch, "y")?, whole_numbers(engine, batch, "k")?);
        for row in 0..batch.num_rows() {
            let rows = rows.value(row);
            let mut numbers_found = Vec::new();
            for index in 0..names.numeric.len() {
                let number =
                    |name: &str| Ok::<f64, Error>(numbers(engine, batch, &format!("{name}{index}"))?.value(row));
                numbers_found.push(NumberFound {
                    missing: rows - whole_numbers(engine, batch, &format!("k{index}"))?.value(row),
                    fractions: whole_numbers(engine, batch, &format!("parts{index}"))?.value(row),
                    low: number("low")?,
                    high: number("high")?,
                    sum: number("sum")?,
                    squares: number("squares")?,
                });
            }
            let mut missing_texts = Vec::new();
            for index in 0..names.categorical.len() {
                missing_texts.push(rows - whole_numbers(engine, batch, &format!("t{index}"))?.value(row));
            }
            parts.push(Part {
                is_test: !sides.is_null(row) && sides.value(row) == "true",
                has_side: !sides.is_null(row),
                class: usize::from(classes.value(row) == 1),
                rows,
                numbers: numbers_found,
                missing_texts,
            });
        }
    }
    Ok(parts)
}

/// Refuses missing cells of rows that are kept.
fn check_missing(parts: &[Part], names: &Names) -> Result<(), Error> {
    let of_numbers = names
        .numeric
        .iter()
        .enumerate()
        .map(|(index, name)| (name, parts.iter().map(|part| part.numbers[index].missing).sum::<u64>()));
    let of_texts = names
        .categorical
        .iter()
        .enumerate()
        .map(|(index, name)| (name, parts.iter().map(|part| part.missing_texts[index]).sum::<u64>()));
    match of_numbers.chain(of_texts).find(|(_, cells)| *cells > 0) {
        Some((column, cells)) => Err(EngineFault::MissingInSums { column: column.clone(), cells }.into()),
        None => Ok(()),
    }
}

/// Refuses rows whose side is not known, and a class that is on one side alone.
fn check_sides(parts: &[Part], settings: &Settings) -> Result<(), Error> {
    let roles = &settings.roles;
    let column = roles.split_key.as_ref().or(roles.group.as_ref()).cloned().unwrap_or_default();
    let rows = parts.iter().filter(|part| !part.has_side).map(|part| part.rows).sum();
    if rows > 0 {
        return Err(EngineFault::NoSide { column, rows }.into());
    }
    for (subset, counts) in counts_of(parts).into_iter().enumerate() {
        if let Some(class) = counts.iter().position(|count| *count == 0) {
            let (is_test, is_stated) = (subset == 1, settings.split.method == SplitMethod::Stated);
            return Err(
                assist_learn::Error::from(DivisionFault::ClassOnOneSide { column, class, is_test, is_stated }).into()
            );
        }
    }
    Ok(())
}

fn counts_of(parts: &[Part]) -> [[u64; 2]; 2] {
    let mut counts = [[0; 2]; 2];
    for part in parts {
        counts[usize::from(part.is_test)][part.class] += part.rows;
    }
    counts
}

/// How many training rows have each text of each categorical column; texts of test rows alone have none.
type LevelRows = Vec<BTreeMap<String, RowsOfText>>;

/// How many training rows have a text, and how many of these are of class 1.
#[derive(Debug, Clone, Copy)]
struct RowsOfText {
    rows: u64,
    positive: u64,
}

fn levels(
    engine: &Engine,
    table: &EngineTable,
    kept: &str,
    names: &Names,
    watch: Watch<'_>,
) -> Result<LevelRows, Error> {
    let mut levels = vec![BTreeMap::new(); names.categorical.len()];
    if levels.is_empty() {
        return Ok(levels);
    }
    let of_column = |index: usize| {
        format!(
            "(SELECT {index} AS place, c{index} AS text, SUM(CASE WHEN is_test THEN 0 ELSE 1 END) AS k, SUM(CASE WHEN is_test THEN 0.0 ELSE y END) AS k1 FROM assist_kept GROUP BY c{index} LIMIT {})",
            MOST_LEVELS + 1
        )
    };
    let all: Vec<String> = (0..levels.len()).map(of_column).collect();
    for batch in engine.query(table, &format!("{kept}{}\n", all.join("\nUNION ALL ")), watch)? {
        let places = whole_numbers(engine, &batch, "place")?;
        let (found, rows) = (texts(engine, &batch, "text")?, whole_numbers(engine, &batch, "k")?);
        let positive = whole_numbers(engine, &batch, "k1")?;
        for row in 0..batch.num_rows() {
            let place = usize::try_from(places.value(row)).unwrap_or(usize::MAX);
            if let Some(levels) = levels.get_mut(place) {
                let of_text = RowsOfText { rows: rows.value(row), positive: positive.value(row) };
                levels.insert(found.value(row).to_owned(), of_text);
            }
        }
    }
    if let Some((name, _)) = names.categorical.iter().zip(&levels).find(|(_, levels)| levels.len() > MOST_LEVELS) {
        return Err(EngineFault::TooManyLevels { column: name.clone(), most: MOST_LEVELS as u64 }.into());
    }
    Ok(levels)
}

/// The columns as the training rows have them, and where their values lie.
fn columns(
    look: &FirstLook,
    names: &Names,
    parts: &[Part],
    shifts: &[f64],
    levels: &LevelRows,
    train_counts: [u64; 2],
) -> Result<Columns, Error> {
    let roles = &look.roles.settings.roles;
    let n = (train_counts[0] + train_counts[1]) as f64;
    let mut scaling = Scaling { centres: Vec::new(), spreads: Vec::new(), are_constant: Vec::new() };
    let mut numeric = Vec::new();
    for (index, name) in names.numeric.iter().enumerate() {
        let (role, shift) = (&roles.numeric[name], shifts[index]);
        let of_train: Vec<NumberFound> =
            parts.iter().filter(|part| !part.is_test).map(|part| part.numbers[index]).collect();
        check_range(name, role, parts.iter().map(|part| part.numbers[index]))?;
        let sum: f64 = of_train.iter().map(|found| found.sum).sum();
        let squares: f64 = of_train.iter().map(|found| found.squares).sum();
        let low = of_train.iter().fold(f64::INFINITY, |low, found| low.min(found.low));
        let high = of_train.iter().fold(f64::NEG_INFINITY, |high, found| high.max(found.high));
        let (mean, variance) = (sum / n, squares / n - (sum / n) * (sum / n));
        if !(variance.is_finite() && low.is_finite() && high.is_finite()) {
            let found = "a number that is infinite, or too large to be squared".to_owned();
            return Err(EngineFault::Number { column: name.clone(), found }.into());
        }
        let mut column = NumericColumn::new(name, low, high);
        (column.unit, column.integer) = (role.unit.clone(), role.integer);
        (column.min, column.max, column.centre) = (role.min, role.max, shift + mean);
        let is_constant = low == high;
        scaling.centres.push(column.centre);
        scaling.spreads.push(if is_constant { 1.0 } else { variance.max(f64::MIN_POSITIVE).sqrt() });
        scaling.are_constant.push(is_constant);
        numeric.push(column);
    }
    let mut categorical = Vec::new();
    let mut texts = Vec::new();
    let mut one_class = None;
    for (name, found) in names.categorical.iter().zip(levels) {
        let role = &roles.categorical[name];
        let known: Option<BTreeSet<String>> =
            role.levels.as_ref().map(|levels| levels.iter().map(|level| canonical_level(level).into_owned()).collect());
        if let Some(known) = &known
            && let Some(level) = found.keys().find(|text| !known.contains(canonical_level(text).as_ref()))
        {
            return Err(super::unknown_level::unknown(name, level, known));
        }
        let of_train = found.iter().filter(|(_, of_text)| of_text.rows > 0);
        let distinct: BTreeSet<String> = of_train.map(|(text, _)| canonical_level(text).into_owned()).collect();
        let mut column = CategoricalColumn::new(name, distinct.into_iter().collect());
        if let Some(reference) = &role.reference {
            column.reference = column
                .code(reference)
                .ok_or_else(|| EngineFault::NoReference { column: name.clone(), level: reference.clone() })?;
        }
        let mut of_levels = vec![Vec::new(); column.levels.len()];
        let mut rows_of = vec![0_u64; column.levels.len()];
        let mut positive_of = rows_of.clone();
        for (text, of_text) in found {
            if let Some(code) = column.code(text) {
                of_levels[code as usize].push(text.clone());
                rows_of[code as usize] += of_text.rows;
                positive_of[code as usize] += of_text.positive;
            }
        }
        let single = rows_of.iter().filter(|rows| **rows == 1).count() as u64;
        if look.roles.settings.rare.is_none() && single * CROWDED > train_counts[0] + train_counts[1] {
            return Err(EngineFault::Crowded { column: name.clone(), levels: single }.into());
        }
        let mut by_level = column.levels.iter().zip(rows_of.iter().zip(&positive_of));
        let of_one_class = by_level.find(|(_, (rows, positive))| **positive == 0 || positive == rows);
        one_class = one_class.or(of_one_class.map(|(level, _)| {
            format!("all training rows with `{level}` in `{name}` have the same class, so that no finite optimum says what it does")
        }));
        let has_feature = |(code, _): &(usize, &u64)| *code != column.reference as usize;
        for (_, rows) in rows_of.iter().enumerate().filter(has_feature) {
            let share = *rows as f64 / n;
            scaling.centres.push(0.0);
            scaling.are_constant.push(*rows as f64 == n);
            scaling.spreads.push(if *rows as f64 == n { 1.0 } else { (share * (1.0 - share)).sqrt() });
        }
        texts.push(of_levels);
        categorical.push(column);
    }
    let target = Target {
        name: roles.target.clone().unwrap_or_default(),
        negative: look.negative.clone(),
        positive: roles.positive.clone().unwrap_or_default(),
    };
    let space = FeatureSpace::new(target, look.roles.dropped.clone(), numeric, categorical);
    debug_assert_eq!(space.terms().len(), scaling.spreads.len());
    debug_assert!(space.terms().iter().all(|term| matches!(term, Term::Slope { .. } | Term::Level { .. })));
    Ok(Columns { space, scaling, texts, one_class })
}

/// Refuses numbers beyond what is declared of a column.
fn check_range(
    name: &str,
    role: &assist_learn::NumericRole,
    found: impl Iterator<Item = NumberFound>,
) -> Result<(), Error> {
    for found in found {
        let below =
            role.min.filter(|min| found.low < *min).map(|min| format!("{} is below the minimum {min}", found.low));
        let above =
            role.max.filter(|max| found.high > *max).map(|max| format!("{} is above the maximum {max}", found.high));
        let is_cut = role.integer && found.fractions > 0;
        let cut = is_cut.then(|| {
            format!("{} numbers have a fraction, and it is declared to be one of whole numbers", found.fractions)
        });
        if let Some(found) = below.or(above).or(cut) {
            return Err(EngineFault::Number { column: name.to_owned(), found }.into());
        }
    }
    Ok(())
}
