//! C with whole numbers only, for processors without floats: numbers are 32 bits, and a score is a 64-bit whole number of
//! fractions of 1.
//!
//! Constants are rounded once, so a score is off by at most half a fraction for each constant times its number. Probabilities
//! come from a table with straight lines between its points, which is off by less than 2e-4.

use std::fmt::Write;

use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::literals::{c_text, comment};
use crate::plan::{Factor, NumberInput, Plan, ProbabilityMap, Step};
use crate::targets::c_header::{Words, header};
use crate::targets::c_texts::{codes, codes_of_texts, level_checks, texts};

/// How the format is called in messages.
const FORMAT: &str = "c (fixed)";

/// A table of probabilities, straight between its points and level beyond them. The logistic function is nowhere further than
/// `h^2 / (8 * 6 sqrt(3))` from straight lines between points `h` apart, which is 4.7e-5 here, and times the square of a calibration's
/// slope.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// It reaches from minus this score to this one.
    reach: i32,
    /// So many points lie between two whole scores, a power of two.
    points: i32,
}

/// The steepest calibration whose error keeps the promise.
const STEEPEST: f64 = 2.0;

impl Grid {
    fn of(plan: &Plan) -> Self {
        if !plan.raw_is_probability {
            return Self { reach: 16, points: 16 };
        }
        // The total of a card or a rule is a whole number, which the table has exactly.
        let size = |step: &Step| if let Step::Term { coefficient, .. } = step { coefficient.abs() } else { 0.0 };
        let most = plan.intercept.abs() + plan.steps.iter().map(size).sum::<f64>();
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let reach = most.ceil().clamp(1.0, 4096.0) as i32 + 1;
        Self { reach, points: 1 }
    }
}

/// Probabilities are whole numbers of this fraction of 1: 2^-31.
const PROBABILITY_BITS: u32 = 31;

/// The header and the source.
pub(crate) fn files(plan: &Plan, name: &str) -> Result<Vec<ExportedFile>, Error> {
    check(plan)?;
    let bits = fraction_bits(plan)?;
    let constants = format!(
        "\n/* A score of 1 is 2^{bits}, a probability of 1 is 2^{PROBABILITY_BITS}. */\n#define {name}_SCORE_BITS {bits}\n\
         #define {name}_PROBABILITY_BITS {PROBABILITY_BITS}\n"
    );
    let words = Words {
        compiling: "Compile with -std=c99. There are no floats in it: scores and probabilities are whole numbers of fractions.",
        includes: "\n#include <stdint.h>\n",
        missing: "INT32_MIN",
        number: "int32_t",
        figure: "    int64_t score;\n    uint32_t probability;\n    uint32_t raw_probability;\n",
        constants: &constants,
    };
    let mut printer = Printer {
        plan,
        name,
        scale: 2.0_f64.powi(i32::from(bits)),
        grid: Grid::of(plan),
        tables: String::new(),
        n_tables: 0,
    };
    let source = printer.source(bits);
    Ok(vec![
        ExportedFile::text(format!("{name}.h"), header(plan, name, &words)),
        ExportedFile::text(format!("{name}.c"), source),
    ])
}

/// What whole numbers cannot do.
fn check(plan: &Plan) -> Result<(), Error> {
    let refuse = |limit: String| Err(Error::limit(&FORMAT, limit));
    if let Some((_, input, _)) = plan.numbers().find(|(_, _, kind)| !kind.whole) {
        let name = assist_score::shown(&input.name);
        return refuse(format!(
            "the column `{name}` has fractions, and only whole numbers are taken; declare it as whole"
        ));
    }
    if plan.levels().flat_map(|(_, _, kind)| &kind.levels).any(|level| level.contains('\0')) {
        return refuse("a level holds the character that ends a text in C".into());
    }
    match &plan.probability {
        _ if plan.raw_is_probability => {}
        ProbabilityMap::Curve { .. } => {
            return refuse("a calibration by a curve has no table of evenly spaced points".into());
        }
        ProbabilityMap::Sigmoid { slope, .. } if *slope > STEEPEST => {
            return refuse(format!("a calibration of slope {slope} is steeper than its table"));
        }
        _ => {}
    }
    let factors =
        plan.steps.iter().filter_map(|step| if let Step::Term { factors, .. } = step { Some(factors) } else { None });
    for factors in factors {
        if factors.iter().filter(|factor| matches!(factor, Factor::Slope { .. })).count() > 1 {
            return refuse("a product of two numbers does not fit into 64 bits".into());
        }
        if factors.iter().any(|factor| matches!(factor, Factor::Basis { .. })) {
            return refuse("curves of numbers are computed with fractions".into());
        }
    }
    Ok(())
}

/// As many binary digits behind the point as a sum of 64 bits has room for.
fn fraction_bits(plan: &Plan) -> Result<u8, Error> {
    const MOST: u8 = 40;
    const LEAST: u8 = 24;
    let size_of = |column: usize| {
        let kind = plan.numbers().find(|(place, ..)| *place == column).map(|(_, _, kind)| kind);
        kind.map_or(0.0, |kind| range(kind).0.abs().max(range(kind).1.abs()))
    };
    let largest = |numbers: &[f64]| numbers.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    let size_of_step = |step: &Step| match step {
        Step::Slope { column, slope, centre, missing } => {
            slope.abs() * (size_of(*column) + centre.abs()) + missing.unwrap_or(0.0).abs()
        }
        Step::Bins { added, missing, .. } => largest(added) + missing.unwrap_or(0.0).abs(),
        Step::Levels { added, .. } => largest(added),
        Step::Term { coefficient, factors } => {
            let sizes = factors.iter().map(|factor| match factor {
                Factor::Slope { column, centre, fill } => {
                    size_of(*column).max(fill.unwrap_or(0.0).abs()) + centre.abs()
                }
                _ => 1.0,
            });
            coefficient.abs() * sizes.product::<f64>()
        }
    };
    let whole =
        plan.intercept.abs() + plan.steps.iter().map(size_of_step).sum::<f64>() + 2.0 * f64::from(Grid::of(plan).reach);
    let fits = |bits: &u8| whole * 2.0_f64.powi(i32::from(*bits)) < 2.0_f64.powi(61);
    (LEAST..=MOST).rev().find(fits).ok_or_else(|| {
        Error::limit(
            &FORMAT,
            "scores can be so large that 64 bits leave no fraction; declare smaller ranges of the columns",
        )
    })
}

/// The numbers that a column takes.
fn range(kind: &NumberInput) -> (f64, f64) {
    // The smallest number of 32 bits is a missing one.
    let (low, high) = (f64::from(i32::MIN + 1), f64::from(i32::MAX));
    (
        kind.minimum.map_or(low, |minimum| minimum.clamp(low, high)),
        kind.maximum.map_or(high, |maximum| maximum.clamp(low, high)),
    )
}

struct Printer<'a> {
    plan: &'a Plan,
    name: &'a str,
    /// What 1 is.
    scale: f64,
    grid: Grid,
    tables: String,
    n_tables: usize,
}

impl Printer<'_> {
    fn fixed(&self, number: f64) -> String {
        literal((number * self.scale).round())
    }

    fn table(&mut self, kind: &str, numbers: &[String]) -> String {
        self.n_tables += 1;
        let lines: String = numbers.chunks(6).map(|line| format!("    {},\n", line.join(", "))).collect();
        _ = writeln!(self.tables, "static const {kind} t{}[{}] = {{\n{lines}}};\n", self.n_tables, numbers.len());
        format!("t{}", self.n_tables)
    }

    /// The raw probability and the probability, from tables.
    fn probabilities(&mut self) -> (String, String) {
        let plan = self.plan;
        let Grid { reach, points } = self.grid;
        let mut table = |is_corrected: bool| {
            let one = 2.0_f64.powi(PROBABILITY_BITS.cast_signed());
            let at = |point: i32| probability(plan, f64::from(point) / f64::from(points), is_corrected);
            let numbers = (-reach * points..=reach * points).map(|point| format!("{}u", (at(point) * one).round()));
            self.table("uint32_t", &numbers.collect::<Vec<_>>())
        };
        let found = |table: &str, score: &str| format!("interpolated({table}, {score})");
        match &plan.probability {
            _ if plan.raw_is_probability => {
                let both = found(&table(true), "score");
                (both.clone(), both)
            }
            // The prior correction moves a score along the same table.
            ProbabilityMap::Shift { odds } => {
                let of_raw = table(false);
                let moved = format!("score + {}", self.fixed(-libm::log(*odds)));
                (found(&of_raw, "score"), found(&of_raw, if *odds == 1.0 { "score" } else { &moved }))
            }
            _ => {
                let (of_raw, corrected) = (table(false), table(true));
                (found(&of_raw, "score"), found(&corrected, "score"))
            }
        }
    }

    fn source(&mut self, bits: u8) -> String {
        let (plan, name) = (self.plan, self.name);
        let mut sum = String::new();
        for step in &plan.steps {
            let (column, added) = self.step(step);
            let of = plan.inputs.get(column).map_or("", |input| input.name.as_str());
            _ = writeln!(sum, "    /* {} */\n    score += {added};", comment(of));
        }
        let Grid { reach, points } = self.grid;
        let (raw, probability) = self.probabilities();
        let decision = match plan.threshold {
            f64::INFINITY => "0".into(),
            f64::NEG_INFINITY => "1".into(),
            threshold => format!("score > {}", literal((threshold * self.scale).floor().clamp(-9e18, 9e18))),
        };
        let names: String = plan.inputs.iter().map(|input| format!("    {},\n", c_text(&input.name))).collect();
        let names = if names.is_empty() { "    0\n".into() } else { names };
        let n_numbers = plan.n_numbers();
        let numbers = plan.numbers().map(|(place, input, _)| format!("    x[{place}] = row->{};\n", input.identifier));
        let numbers: String = numbers.collect();
        let (n_x, n_c) = (n_numbers.max(1), (plan.inputs.len() - n_numbers).max(1));
        let (id, intercept, checks, tables) =
            (c_text(&plan.id), self.fixed(plan.intercept), self.checks(), &self.tables);
        let (codes, of_texts, texts) = (codes(plan), codes_of_texts(plan), texts(plan));
        let last = 2 * reach * points;
        // A score between two points: the place of the one below, and 16 digits of the way to the next.
        let step_bits = u32::from(bits) - points.ilog2();
        format!(
            "#include \"{name}.h\"
#include <string.h>

const char {name}_id[] = {id};
const char *const {name}_columns[] = {{
{names}}};

{tables}static {name}_result rejected(int column, {name}_reason reason) {{
    {name}_result result;
    memset(&result, 0, sizeof result);
    result.column = column;
    result.reason = reason;
    return result;
}}

/* How many of the ascending cuts are below a number: a cut still belongs to the piece that it ends. */
static int bin_among(const int64_t *cuts, int n, int32_t x) {{
    int bin = 0, i;
    for (i = 0; i < n; i++) bin += cuts[i] < x;
    return bin;
}}

/* On straight lines between the points of a table, level beyond them. */
static uint32_t interpolated(const uint32_t *table, int64_t score) {{
    int64_t from = score + ((int64_t){reach} << {bits});
    int64_t at, way;
    if (from <= 0) return table[0];
    at = from >> {step_bits};
    if (at >= {last}) return table[{last}];
    way = (from - (at << {step_bits})) >> ({step_bits} - 16);
    return table[at] + (uint32_t)(((int64_t)(table[at + 1] - table[at]) * way) >> 16);
}}

static {name}_result score_cells(const int32_t *x, const int *c) {{
    {name}_result result;
    int64_t score = {intercept};
{checks}{sum}    result.reason = {name}_SCORED;
    result.column = -1;
    result.prediction = {decision};
    result.score = score;
    result.probability = {probability};
    result.raw_probability = {raw};
    (void)x;
    (void)c;
    (void)bin_among;
    return result;
}}

{name}_result {name}_score_codes(const {name}_codes *row) {{
    int32_t x[{n_x}];
    int c[{n_c}];
    x[0] = 0;
    c[0] = 0;
    (void)row;
{numbers}{codes}    return score_cells(x, c);
}}

{of_texts}
{name}_result {name}_score(const {name}_row *row) {{
    int32_t x[{n_x}];
    int c[{n_c}];
    x[0] = 0;
    c[0] = 0;
    (void)row;
{numbers}{texts}    return score_cells(x, c);
}}
"
        )
    }

    fn checks(&self) -> String {
        let mut checks = String::new();
        for (place, _, kind) in self.plan.numbers() {
            let mut check = |condition: String, reason: &str| {
                _ = writeln!(checks, "    if ({condition}) return rejected({place}, {}_{reason});", self.name);
            };
            if !kind.missing_allowed {
                check(format!("x[{place}] == INT32_MIN"), "MISSING");
            }
            let (low, high) = range(kind);
            if kind.minimum.is_some() {
                check(format!("x[{place}] != INT32_MIN && x[{place}] < {}", literal(low.ceil())), "BELOW_MINIMUM");
            }
            if kind.maximum.is_some() {
                check(format!("x[{place}] > {}", literal(high.floor())), "ABOVE_MAXIMUM");
            }
        }
        checks + &level_checks(self.plan, self.name)
    }

    /// The column of a step, and what it adds.
    fn step(&mut self, step: &Step) -> (usize, String) {
        let or_missing = |column: usize, missing: Option<String>, present: String| match missing {
            Some(missing) => format!("x[{column}] == INT32_MIN ? {missing} : {present}"),
            None => present,
        };
        match step {
            Step::Slope { column, slope, centre, missing } => {
                let product = format!("{} * x[{column}] - {}", self.fixed(*slope), self.fixed(slope * centre));
                (*column, or_missing(*column, missing.map(|missing| self.fixed(missing)), product))
            }
            Step::Bins { column, cuts, added, missing } => {
                let cuts_table: Vec<String> = cuts.iter().map(|cut| literal(cut.floor().clamp(-9e18, 9e18))).collect();
                let added: Vec<String> = added.iter().map(|added| self.fixed(*added)).collect();
                let (cuts_table, added) = (self.table("int64_t", &cuts_table), self.table("int64_t", &added));
                let found = format!("{added}[bin_among({cuts_table}, {}, x[{column}])]", cuts.len());
                (*column, or_missing(*column, missing.map(|missing| self.fixed(missing)), found))
            }
            Step::Levels { column, added } => {
                let added: Vec<String> = added.iter().map(|added| self.fixed(*added)).collect();
                let table = self.table("int64_t", &added);
                (*column, format!("{table}[c[{}]]", column - self.plan.n_numbers()))
            }
            Step::Term { coefficient, factors } => {
                let column = factors.first().map_or(0, Factor::column);
                let mut value = self.fixed(*coefficient);
                let mut conditions = Vec::new();
                for factor in factors {
                    match self.condition(factor) {
                        Some(condition) => conditions.push(condition),
                        None => value = self.product(*coefficient, factor),
                    }
                }
                let added =
                    if conditions.is_empty() { value } else { format!("{} ? {value} : 0", conditions.join(" && ")) };
                (column, added)
            }
        }
    }

    /// When a factor is 1; `None` for a number itself.
    fn condition(&self, factor: &Factor) -> Option<String> {
        let cut = |cut: f64| literal(cut.floor().clamp(-9e18, 9e18));
        match factor {
            Factor::Cut { column, low, high } => {
                let mut ends = vec![format!("x[{column}] != INT32_MIN")];
                ends.extend(low.map(|low| format!("x[{column}] > {}", cut(low))));
                ends.extend(high.map(|high| format!("x[{column}] <= {}", cut(high))));
                Some(format!("({})", ends.join(" && ")))
            }
            Factor::Level { column, code } => Some(format!("c[{}] == {code}", column - self.plan.n_numbers())),
            Factor::Missing { column } => Some(format!("x[{column}] == INT32_MIN")),
            Factor::Slope { .. } | Factor::Basis { .. } => None,
        }
    }

    /// A coefficient times the number of a factor.
    fn product(&self, coefficient: f64, factor: &Factor) -> String {
        let Factor::Slope { column, centre, fill } = factor else { return "0".into() };
        let product = format!("({} * x[{column}] - {})", self.fixed(coefficient), self.fixed(coefficient * centre));
        match fill {
            Some(fill) => {
                format!("(x[{column}] == INT32_MIN ? {} : {product})", self.fixed(coefficient * (fill - centre)))
            }
            None => product,
        }
    }
}

/// A whole number of 64 bits; a negative one in brackets, so that no two signs meet.
fn literal(number: f64) -> String {
    if number < 0.0 { format!("(-INT64_C({}))", -number) } else { format!("INT64_C({})", number.abs()) }
}

/// A curve through points, straight between them and level beyond.
fn interpolated(scores: &[f64], probabilities: &[f64], score: f64) -> f64 {
    let above = scores.partition_point(|known| *known <= score);
    let last = probabilities.len().saturating_sub(1);
    let [low, high] =
        [above.saturating_sub(1), above.min(last)].map(|at| probabilities.get(at).copied().unwrap_or(0.5));
    match (above.checked_sub(1).and_then(|below| scores.get(below)), scores.get(above)) {
        (Some(below), Some(beyond)) => low + (score - below) / (beyond - below) * (high - low),
        _ => low,
    }
}

/// The probability of a score, or the raw one.
fn probability(plan: &Plan, score: f64, is_corrected: bool) -> f64 {
    let logistic = |z: f64| if z >= 0.0 { 1.0 / (1.0 + libm::exp(-z)) } else { libm::exp(z) / (1.0 + libm::exp(z)) };
    match &plan.probability {
        ProbabilityMap::Shift { odds } if is_corrected => logistic(score - libm::log(*odds)),
        ProbabilityMap::Sigmoid { slope, shift } if is_corrected => logistic(slope * score + shift),
        ProbabilityMap::Curve { scores, probabilities, odds } if is_corrected => {
            let p = interpolated(scores, probabilities, score);
            p / (p + (1.0 - p) * odds)
        }
        _ => logistic(score),
    }
}
