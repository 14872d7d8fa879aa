//! One SELECT that scores the rows of a table where they are: in a warehouse, or in a file.
//!
//! Sums are made in the scorer's order, so scores and decisions are the same; the exponential is the engine's own, so
//! probabilities may differ in their last digits. Steps are common table expressions, because engines limit how deep one
//! expression may be.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::literals::comment;
use crate::outcomes::REASONS;
use crate::plan::{Factor, LevelInput, Plan, ProbabilityMap, Step};
use crate::targets::dialect::{Dialect, SqlOptions};

/// So many terms are added in one expression.
const TERMS_A_STEP: usize = 50;

/// What the query adds to a row.
const RESULTS: [&str; 6] = [
    "assist_score",
    "assist_probability",
    "assist_raw_probability",
    "assist_prediction",
    "assist_rejected_column",
    "assist_rejection_reason",
];

/// The one file.
pub(crate) fn files(plan: &Plan, options: &SqlOptions, name: &str) -> Result<Vec<ExportedFile>, Error> {
    let query = query(plan, options)?;
    Ok(vec![ExportedFile::text(format!("{name}.sql"), query)])
}

fn query(plan: &Plan, options: &SqlOptions) -> Result<String, Error> {
    let dialect = options.dialect;
    check_names(plan, options)?;
    let printer = Printer { plan, dialect };
    let text = |text: &str| dialect.text(text);
    let max = dialect.number(f64::MAX);
    let mut out =
        format!("-- The model {}, for {dialect}. Rows are those of the table in the first SELECT.\n", plan.id);
    let table = dialect.table(&options.table)?;

    let mut cells = Vec::new();
    for (place, key) in options.keys.iter().enumerate() {
        cells.push(format!("{} AS assist_k{place}", dialect.identifier(key)?));
    }
    for (place, input, _) in plan.numbers() {
        cells.push(format!("CAST({} AS {}) AS assist_x{place}", dialect.identifier(&input.name)?, dialect.double()));
    }
    for (place, input, _) in plan.levels() {
        cells.push(format!("CAST({} AS {}) AS assist_v{place}", dialect.identifier(&input.name)?, dialect.text_type()));
    }
    if cells.is_empty() {
        cells.push("1 AS assist_nothing".into());
    }
    _ = writeln!(out, "WITH assist_cells AS (\n  SELECT {}\n  FROM {table}\n)", cells.join(",\n    "));

    let codes: Result<Vec<String>, Error> = plan
        .levels()
        .map(|(place, input, kind)| {
            let code = printer.code(place, kind)?;
            Ok(format!("/* {} */ {code} AS assist_c{place}", comment(&input.name)))
        })
        .collect();
    let codes = std::iter::once("assist_cells.*".to_owned()).chain(codes?).collect::<Vec<_>>().join(",\n    ");
    _ = writeln!(out, ", assist_coded AS (\n  SELECT {codes}\n  FROM assist_cells\n)");
    let faults = printer.faults();
    _ = writeln!(
        out,
        ", assist_checked AS (\n  SELECT assist_coded.*,\n    {} AS assist_fault\n  FROM assist_coded\n)",
        faults.case()
    );

    let mut before = "assist_checked".to_owned();
    let mut sum = dialect.number(plan.intercept);
    for (number, steps) in plan.steps.chunks(TERMS_A_STEP).enumerate() {
        let added: Vec<String> = steps.iter().map(|step| printer.step(step)).collect();
        let sum_of_all = format!("{sum}\n      + {}", added.join("\n      + "));
        let hint = dialect.once();
        _ = writeln!(
            out,
            ", assist_sum{number} AS {hint}(\n  SELECT {before}.*,\n    CASE WHEN assist_fault = 0 THEN {sum_of_all} END AS assist_s{number}\n  FROM {before}\n)"
        );
        before = format!("assist_sum{number}");
        sum = format!("assist_s{number}");
    }
    let hint = dialect.once();
    // A sum of no steps is still NULL where a cell is at fault; what is not finite is NULL as well.
    let (e, zero) = (printer.exponential("assist_z"), dialect.number(0.0));
    _ = writeln!(
        out,
        ", assist_scored AS {hint}(\n  SELECT {before}.*,\n    CASE WHEN assist_fault = 0 AND ABS({sum}) <= {max} THEN {sum} END AS assist_z\n  FROM {before}\n)"
    );
    _ = writeln!(
        out,
        ", assist_exp AS {hint}(\n  SELECT assist_scored.*,\n    {e} AS assist_e{}\n  FROM assist_scored\n)",
        printer.further()
    );

    let mut results = Vec::new();
    for (place, key) in options.keys.iter().enumerate() {
        results.push(format!("assist_k{place} AS {}", dialect.identifier(key)?));
    }
    let is_key = |name: &str| options.keys.iter().any(|key| key == name);
    for (place, input) in plan.inputs.iter().enumerate().filter(|(_, input)| !is_key(&input.name)) {
        let letter = if place < plan.n_numbers() { 'x' } else { 'v' };
        results.push(format!("assist_{letter}{place} AS {}", dialect.identifier(&input.name)?));
    }
    let one = dialect.number(1.0);
    let raw = if plan.raw_is_probability {
        printer.probability()
    } else {
        format!("CASE WHEN assist_z >= {zero} THEN {one} / ({one} + assist_e) ELSE assist_e / ({one} + assist_e) END")
    };
    let decision = match plan.threshold {
        f64::INFINITY => "CASE WHEN assist_z IS NOT NULL THEN 0 END".to_owned(),
        f64::NEG_INFINITY => "CASE WHEN assist_z IS NOT NULL THEN 1 END".to_owned(),
        threshold => {
            let threshold = dialect.number(threshold);
            format!("CASE WHEN assist_z > {threshold} THEN 1 WHEN assist_z <= {threshold} THEN 0 END")
        }
    };
    let overflow = text(REASONS[7])?;
    let columns = faults.columns(plan, dialect)?;
    let reasons = faults.reasons(dialect)?;
    results.push(format!("assist_z AS {}", RESULTS[0]));
    results.push(format!("{} AS {}", printer.probability(), RESULTS[1]));
    results.push(format!("{raw} AS {}", RESULTS[2]));
    results.push(format!("{decision} AS {}", RESULTS[3]));
    results.push(format!("{columns} AS {}", RESULTS[4]));
    results.push(format!(
        "CASE WHEN assist_z IS NULL THEN CASE WHEN assist_fault = 0 THEN {overflow} {reasons}END END AS {}",
        RESULTS[5]
    ));
    _ = writeln!(out, "SELECT {}\nFROM assist_exp", results.join(",\n  "));
    Ok(out)
}

/// Names that an engine cannot tell apart, or cannot have, are refused and not changed.
fn check_names(plan: &Plan, options: &SqlOptions) -> Result<(), Error> {
    /// A result may have so many columns in `SQLite`; each input has up to two.
    const MOST_COLUMNS: usize = 900;
    let dialect = options.dialect;
    if dialect == Dialect::Sqlite && plan.inputs.len() > MOST_COLUMNS {
        return Err(Error::limit(
            &dialect,
            format!("SQLite takes 2,000 columns, which are too few for {}", plan.inputs.len()),
        ));
    }
    let inputs = plan.inputs.iter().map(|input| input.name.as_str());
    let mut seen = BTreeSet::new();
    for name in inputs.chain(RESULTS) {
        let folded = if dialect.folds_case() { name.to_lowercase() } else { name.to_owned() };
        if !seen.insert(folded) {
            let name = assist_score::shown(name);
            return Err(Error::limit(
                &dialect,
                format!("another column has the name `{name}`, as far as letters of either case are the same"),
            ));
        }
    }
    Ok(())
}

/// The conditions under which a row has no score, each with a number: ten times its column, and its reason.
struct Faults(Vec<(String, usize, usize)>);

impl Faults {
    fn case(&self) -> String {
        let whens = self
            .0
            .iter()
            .map(|(condition, place, reason)| format!("      WHEN {condition} THEN {}\n", place * 10 + reason));
        let whens: String = whens.collect();
        if whens.is_empty() { "0".into() } else { format!("CASE\n{whens}      ELSE 0 END") }
    }

    /// A CASE of the names of the columns at fault.
    fn columns(&self, plan: &Plan, dialect: Dialect) -> Result<String, Error> {
        let mut whens = String::new();
        for (place, input) in plan.inputs.iter().enumerate() {
            let numbers: Vec<String> = self
                .0
                .iter()
                .filter(|fault| fault.1 == place && fault.2 != 7)
                .map(|fault| (fault.1 * 10 + fault.2).to_string())
                .collect();
            if !numbers.is_empty() {
                _ = write!(whens, "WHEN assist_fault IN ({}) THEN {} ", numbers.join(", "), dialect.text(&input.name)?);
            }
        }
        Ok(if whens.is_empty() { "NULL".into() } else { format!("CASE {whens}END") })
    }

    /// The branches of a CASE of reasons.
    fn reasons(&self, dialect: Dialect) -> Result<String, Error> {
        let mut whens = String::new();
        for (reason, words) in REASONS.iter().enumerate() {
            let numbers: Vec<String> = self
                .0
                .iter()
                .filter(|fault| fault.2 == reason)
                .map(|fault| (fault.1 * 10 + fault.2).to_string())
                .collect();
            if !numbers.is_empty() {
                _ = write!(whens, "WHEN assist_fault IN ({}) THEN {} ", numbers.join(", "), dialect.text(words)?);
            }
        }
        Ok(whens)
    }
}

struct Printer<'a> {
    plan: &'a Plan,
    dialect: Dialect,
}

impl Printer<'_> {
    fn number(&self, number: f64) -> String {
        self.dialect.number(number)
    }

    fn faults(&self) -> Faults {
        let mut faults = Vec::new();
        let max = self.number(f64::MAX);
        for (place, _, number) in self.plan.numbers() {
            let x = format!("assist_x{place}");
            if !number.missing_allowed {
                faults.push((format!("{x} IS NULL"), place, 1));
            }
            // NaN is larger than all numbers in some engines and comparable with none in others.
            faults.push((format!("{x} IS NOT NULL AND NOT (ABS({x}) <= {max})"), place, 2));
            if number.whole {
                faults.push((format!("FLOOR({x}) <> {x}"), place, 3));
            }
            faults.extend(number.minimum.map(|minimum| (format!("{x} < {}", self.number(minimum)), place, 4)));
            faults.extend(number.maximum.map(|maximum| (format!("{x} > {}", self.number(maximum)), place, 5)));
        }
        for (place, _, level) in self.plan.levels() {
            if level.missing.is_none() {
                faults.push((format!("assist_v{place} IS NULL"), place, 1));
            }
            faults.push((format!("assist_c{place} IS NULL"), place, 6));
        }
        // Overflow is found after all cells, and told of the row.
        if let Some(largest) = self.dialect.largest() {
            let numbers = self.plan.numbers();
            faults.extend(
                numbers.map(|(place, ..)| (format!("ABS(assist_x{place}) > {}", self.number(largest)), place, 7)),
            );
        }
        Faults(faults)
    }

    /// The code of a text, NULL where it has none.
    fn code(&self, place: usize, level: &LevelInput) -> Result<String, Error> {
        let v = format!("assist_v{place}");
        let mut whens = String::new();
        for (code, text) in level.levels.iter().enumerate() {
            _ = write!(whens, " WHEN {} THEN {code}", self.dialect.text(text)?);
        }
        let mut choices = vec![format!("CASE {v}{whens} END")];
        if !level.spellings.is_empty() {
            let mut whens = String::new();
            for (key, code) in &level.spellings {
                _ = write!(whens, " WHEN {} THEN {code}", self.is_spelling(&v, key)?);
            }
            choices.push(format!("CASE{whens} END"));
        }
        if let Some(other) = level.other {
            let missing = self.dialect.text(assist_score::MISSING_LEVEL)?;
            choices.push(format!("CASE WHEN {v} NOT IN ('', {missing}) THEN {other} END"));
        }
        let found = if choices.len() == 1 { choices.remove(0) } else { format!("COALESCE({})", choices.join(", ")) };
        Ok(match level.missing {
            Some(missing) => format!("CASE WHEN {v} IS NULL THEN {missing} ELSE {found} END"),
            None => found,
        })
    }

    /// Whether a text has the key of another spelling. What is spelt as a level is found before.
    fn is_spelling(&self, v: &str, key: &str) -> Result<String, Error> {
        if matches!(key, "true" | "false" | "t" | "f") {
            return Ok(format!("LOWER({v}) = '{key}'"));
        }
        let trimmed = self.dialect.without_zeros(v);
        let fraction = |whole: &str| format!("({trimmed} = '{whole}.' AND {v} <> '{whole}.')");
        let mut ways = vec![format!("{v} = {}", self.dialect.text(key)?)];
        let digits = key.strip_prefix('-').unwrap_or(key);
        if key == "0" {
            ways.extend([fraction("0"), fraction("-0"), format!("{v} = '-0'")]);
        } else if !digits.starts_with('0') {
            ways.push(fraction(key));
        }
        Ok(ways.join(" OR "))
    }

    fn step(&self, step: &Step) -> String {
        match step {
            Step::Slope { column, slope, centre, missing } => {
                let x = self.computed(format!("assist_x{column}"));
                let product = format!("{} * ({x} - {})", self.number(*slope), self.number(*centre));
                self.or_missing(*column, *missing, &product)
            }
            Step::Bins { column, cuts, added, missing } => {
                let mut whens = missing.map_or_else(String::new, |missing| {
                    format!(" WHEN assist_x{column} IS NULL THEN {}", self.number(missing))
                });
                for (cut, added) in cuts.iter().zip(added) {
                    _ = write!(whens, " WHEN assist_x{column} <= {} THEN {}", self.number(*cut), self.number(*added));
                }
                let last = added.last().copied().unwrap_or(0.0);
                format!("CASE{whens} ELSE {} END", self.number(last))
            }
            Step::Levels { column, added } => {
                let mut whens = String::new();
                for (code, added) in added.iter().enumerate() {
                    _ = write!(whens, " WHEN {code} THEN {}", self.number(*added));
                }
                format!("CASE assist_c{column}{whens} END")
            }
            Step::Term { coefficient, factors } => {
                let factors: Vec<String> = factors.iter().map(|factor| self.factor(factor)).collect();
                format!("{} * ({})", self.number(*coefficient), factors.join(" * "))
            }
        }
    }

    fn factor(&self, factor: &Factor) -> String {
        let (zero, one) = (self.number(0.0), self.number(1.0));
        let indicator = |condition: &str| format!("CASE WHEN {condition} THEN {one} ELSE {zero} END");
        match factor {
            Factor::Slope { column, centre, fill } => {
                format!("({} - {})", self.filled(*column, *fill), self.number(*centre))
            }
            Factor::Cut { column, low, high } => {
                let low = low.map(|low| format!("assist_x{column} > {}", self.number(low)));
                let high = high.map(|high| format!("assist_x{column} <= {}", self.number(high)));
                // A comparison with NULL is not true, and so is that with a missing number.
                indicator(&low.into_iter().chain(high).collect::<Vec<_>>().join(" AND "))
            }
            Factor::Level { column, code } => indicator(&format!("assist_c{column} = {code}")),
            Factor::Missing { column } => indicator(&format!("assist_x{column} IS NULL")),
            Factor::Basis { column, knots, pieces, fill } => {
                // Pieces are chosen by the number as it is.
                let x = match fill {
                    Some(fill) => format!("COALESCE(assist_x{column}, {})", self.number(*fill)),
                    None => format!("assist_x{column}"),
                };
                let computed = self.filled(*column, *fill);
                let mut whens = String::new();
                for (at, piece) in pieces.iter().enumerate() {
                    let knot = knots.get(at.saturating_sub(1)).copied().unwrap_or(0.0);
                    let d = format!("({computed} - {})", self.number(knot));
                    let [a, b, c, e] = piece.map(|number| self.number(number));
                    let cubic = format!("{a} + {d} * ({b} + {d} * ({c} + {d} * {e}))");
                    match knots.get(at) {
                        Some(end) => _ = write!(whens, " WHEN {x} <= {} THEN {cubic}", self.number(*end)),
                        None => _ = write!(whens, " ELSE {cubic}"),
                    }
                }
                format!("CASE{whens} END")
            }
        }
    }

    fn or_missing(&self, column: usize, missing: Option<f64>, present: &str) -> String {
        match missing {
            Some(missing) => {
                format!("CASE WHEN assist_x{column} IS NULL THEN {} ELSE {present} END", self.number(missing))
            }
            None => present.into(),
        }
    }

    fn filled(&self, column: usize, fill: Option<f64>) -> String {
        self.computed(match fill {
            Some(fill) => format!("COALESCE(assist_x{column}, {})", self.number(fill)),
            None => format!("assist_x{column}"),
        })
    }

    /// A number as it is multiplied.
    fn computed(&self, x: String) -> String {
        match self.dialect.largest() {
            Some(largest) => {
                let (least, zero) = (self.number(1.0 / largest), self.number(0.0));
                format!("CASE WHEN ABS({x}) < {least} THEN {zero} ELSE {x} END")
            }
            None => x,
        }
    }

    /// The exponential of minus a number's size. Far out it makes no difference, and some engines refuse to underflow.
    fn exponential(&self, of: &str) -> String {
        let most = self.number(self.dialect.largest_exponent());
        format!("EXP(-(CASE WHEN ABS({of}) > {most} THEN {most} ELSE ABS({of}) END))")
    }

    /// What is computed beside the exponential, for the probability.
    fn further(&self) -> String {
        match &self.plan.probability {
            ProbabilityMap::Shift { .. } => String::new(),
            ProbabilityMap::Sigmoid { slope, shift } => {
                let z = format!("({} * assist_z + {})", self.number(*slope), self.number(*shift));
                format!(",\n    {z} AS assist_w,\n    {} AS assist_f", self.exponential(&z))
            }
            ProbabilityMap::Curve { scores, probabilities, .. } => {
                let mut whens = String::new();
                let points: Vec<(f64, f64)> = scores.iter().copied().zip(probabilities.iter().copied()).collect();
                if let [(first, p), ..] = points.as_slice() {
                    _ = write!(whens, " WHEN assist_z < {} THEN {}", self.number(*first), self.number(*p));
                }
                for pair in points.windows(2) {
                    if let [(low, p), (high, q)] = pair {
                        let [from, base, length, rise] =
                            [*low, *p, high - low, q - p].map(|number| self.number(number));
                        let line = format!("{base} + (assist_z - {from}) / {length} * {rise}");
                        _ = write!(whens, " WHEN assist_z < {} THEN {line}", self.number(*high));
                    }
                }
                let last = points.last().map_or(0.5, |(_, p)| *p);
                format!(",\n    CASE{whens} WHEN assist_z IS NOT NULL THEN {} END AS assist_p", self.number(last))
            }
        }
    }

    fn probability(&self) -> String {
        let (zero, one) = (self.number(0.0), self.number(1.0));
        match &self.plan.probability {
            ProbabilityMap::Shift { odds } => {
                let odds = self.number(*odds);
                format!(
                    "CASE WHEN assist_z >= {zero} THEN {one} / ({one} + assist_e * {odds}) \
                     ELSE assist_e / (assist_e + {odds}) END"
                )
            }
            ProbabilityMap::Sigmoid { .. } => format!(
                "CASE WHEN assist_w >= {zero} THEN {one} / ({one} + assist_f) ELSE assist_f / ({one} + assist_f) END"
            ),
            ProbabilityMap::Curve { odds, .. } => {
                format!("assist_p / (assist_p + ({one} - assist_p) * {})", self.number(*odds))
            }
        }
    }
}
