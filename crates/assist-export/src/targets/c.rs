//! C99 without a heap, without libm and without headers beyond those of the language: what a device compiles.
//!
//! All loops are over constant tables of the model, and there is no recursion: the longest run of a call can be counted.

use std::fmt::Write;

use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::literals::{c_text, comment, hex_float};
use crate::plan::{Factor, Plan, ProbabilityMap, Step};
use crate::targets::c_header::{Words, header};
use crate::targets::c_math::{EXPONENTIAL, INTERPOLATED, LIBM_SIGMOID};
use crate::targets::c_texts::{codes, codes_of_texts, level_checks, texts};
use crate::targets::exponential::spelled;

const WORDS: Words<'_> = Words {
    compiling: "Compile with -std=c99 -ffp-contract=off: the operations and their order give the same bits everywhere.",
    includes: "",
    missing: "NaN",
    number: "double",
    figure: "    double score;\n    double probability;\n    double raw_probability;\n",
    constants: "",
};

/// The header and the source.
pub(crate) fn files(plan: &Plan, name: &str) -> Result<Vec<ExportedFile>, Error> {
    let mut texts = plan.levels().flat_map(|(_, _, kind)| &kind.levels);
    if let Some(text) = texts.find(|text| text.contains('\0')) {
        let text = assist_score::shown(text);
        return Err(Error::limit(&"c", format!("the level `{text}` holds the character that ends a text in C")));
    }
    let printer = Printer { plan, name, out: String::new(), tables: String::new(), n_tables: 0 };
    Ok(vec![
        ExportedFile::text(format!("{name}.h"), header(plan, name, &WORDS)),
        ExportedFile::text(format!("{name}.c"), printer.source()),
    ])
}

struct Printer<'a> {
    plan: &'a Plan,
    name: &'a str,
    /// The body of the sum.
    out: String,
    /// Constant tables, which stand before all functions.
    tables: String,
    n_tables: usize,
}

impl Printer<'_> {
    fn source(mut self) -> String {
        let (plan, name) = (self.plan, self.name);
        for step in &plan.steps {
            self.step(step);
        }
        let (probability, helpers) = self.probability();
        let (raw, decision) = (raw(plan), decision(plan));
        let of_texts = codes_of_texts(plan);
        let names: String = plan.inputs.iter().map(|input| format!("    {},\n", c_text(&input.name))).collect();
        let names = if names.is_empty() { "    0\n".into() } else { names };
        let checks = self.checks();
        let n_numbers = plan.n_numbers();
        let n_levels = plan.inputs.len() - n_numbers;
        let identifier = |place: usize| plan.inputs.get(place).map_or("", |input| input.identifier.as_str());
        let copied: String =
            (0..n_numbers).map(|place| format!("    x[{place}] = row->{};\n", identifier(place))).collect();
        let codes = codes(plan);
        let arrays = format!("    double x[{}];\n    int c[{}];\n", n_numbers.max(1), n_levels.max(1));
        let (tables, sum) = (&self.tables, &self.out);
        let exponential = spelled(EXPONENTIAL, hex_float);
        let intercept = hex_float(plan.intercept);
        let id = c_text(&plan.id);
        format!(
            "#include \"{name}.h\"
#include <float.h>
#include <string.h>

#ifdef __FAST_MATH__
#error \"-ffast-math changes the order of operations, and so the scores\"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error \"arithmetic in excess precision gives other scores; use -msse2 -mfpmath=sse\"
#endif
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

const char {name}_id[] = {id};
const char *const {name}_columns[] = {{
{names}}};

{tables}{exponential}{helpers}
static {name}_result rejected(int column, {name}_reason reason) {{
    {name}_result result;
    memset(&result, 0, sizeof result);
    result.column = column;
    result.reason = reason;
    return result;
}}

/* A whole number: from 2^52 on all are. */
static int is_whole(double x) {{
    if (x >= 0x1p52 || x <= -0x1p52) return 1;
    return (double)(long long)x == x;
}}

/* How many of the ascending cuts are below a number: a cut still belongs to the piece that it ends. */
static int bin_among(const double *cuts, int n, double x) {{
    int bin = 0, i;
    for (i = 0; i < n; i++) bin += cuts[i] < x;
    return bin;
}}

/* A piecewise cubic. */
static double curve(const double *knots, int n, const double *pieces, double x) {{
    int at = bin_among(knots, n, x);
    const double *p = pieces + 4 * at;
    double d = x - knots[at > 0 ? at - 1 : 0];
    return p[0] + d * (p[1] + d * (p[2] + d * p[3]));
}}

static {name}_result score_cells(const double *x, const int *c) {{
    {name}_result result;
    double score = {intercept};
    double e, probability;
{checks}{sum}    if (!(score - score == 0.0)) return rejected(-1, {name}_OVERFLOW);
    e = exp_of_negative(score >= 0.0 ? -score : score);
{probability}    result.reason = {name}_SCORED;
    result.column = -1;
    result.prediction = {decision};
    result.score = score;
    result.probability = probability;
    result.raw_probability = {raw};
    (void)e;
    (void)x;
    (void)c;
    (void)bin_among;
    (void)curve;
    (void)is_whole;
    return result;
}}

{name}_result {name}_score_codes(const {name}_codes *row) {{
{arrays}    x[0] = 0.0;
    c[0] = 0;
    (void)row;
{copied}{codes}    return score_cells(x, c);
}}

{of_texts}
{name}_result {name}_score(const {name}_row *row) {{
{arrays}    x[0] = 0.0;
    c[0] = 0;
    (void)row;
{copied}{texts}    return score_cells(x, c);
}}
",
            texts = texts(plan),
        )
    }

    /// A new table, whose name it gives.
    fn table(&mut self, numbers: &[f64]) -> String {
        self.n_tables += 1;
        let table = format!("t{}", self.n_tables);
        let numbers: Vec<String> = numbers.iter().map(|number| hex_float(*number)).collect();
        _ = writeln!(self.tables, "static const double {table}[{}] = {{", numbers.len());
        for line in numbers.chunks(4) {
            _ = writeln!(self.tables, "    {},", line.join(", "));
        }
        self.tables.push_str("};\n\n");
        table
    }

    fn add(&mut self, of: &str, text: &str) {
        _ = writeln!(self.out, "    /* {} */\n    score += {text};", comment(of));
    }

    fn column(&self, column: usize) -> String {
        self.plan.inputs.get(column).map_or_else(String::new, |input| input.name.clone())
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Slope { column, slope, centre, missing } => {
                let product = format!("{} * (x[{column}] - {})", hex_float(*slope), hex_literal(*centre));
                self.add(&self.column(*column), &or_missing(*column, *missing, &product));
            }
            Step::Bins { column, cuts, added, missing } => {
                let (cuts_table, added) = (self.table(cuts), self.table(added));
                let found = format!("{added}[bin_among({cuts_table}, {}, x[{column}])]", cuts.len());
                self.add(&self.column(*column), &or_missing(*column, *missing, &found));
            }
            Step::Levels { column, added } => {
                let table = self.table(added);
                let place = column - self.plan.n_numbers();
                self.add(&self.column(*column), &format!("{table}[c[{place}]]"));
            }
            Step::Term { coefficient, factors } => {
                let names: Vec<String> = factors.iter().map(|factor| self.column(factor.column())).collect();
                let factors: Vec<String> = factors.iter().map(|factor| self.factor(factor)).collect();
                self.add(&names.join(" : "), &format!("{} * ({})", hex_float(*coefficient), factors.join(" * ")));
            }
        }
    }

    fn factor(&mut self, factor: &Factor) -> String {
        match factor {
            Factor::Slope { column, centre, fill } => {
                format!("({} - {})", filled(*column, *fill), hex_literal(*centre))
            }
            Factor::Cut { column, low, high } => {
                let low = low.map(|low| format!("x[{column}] > {}", hex_float(low)));
                let high = high.map(|high| format!("x[{column}] <= {}", hex_float(high)));
                let ends: Vec<String> = low.into_iter().chain(high).collect();
                // A comparison with NaN is false, and so is that with a missing number.
                format!("({} ? 1.0 : 0.0)", ends.join(" && "))
            }
            Factor::Level { column, code } => format!("(c[{}] == {code} ? 1.0 : 0.0)", column - self.plan.n_numbers()),
            Factor::Missing { column } => format!("(x[{column}] != x[{column}] ? 1.0 : 0.0)"),
            Factor::Basis { column, knots, pieces, fill } => {
                let (knots_table, pieces) = (self.table(knots), self.table(pieces.as_flattened()));
                format!("curve({knots_table}, {}, {pieces}, {})", knots.len(), filled(*column, *fill))
            }
        }
    }

    /// The checks of all cells, in the order of the columns.
    fn checks(&self) -> String {
        let mut checks = String::new();
        let name = self.name;
        for (place, _, number) in self.plan.numbers() {
            let mut check = |condition: String, reason: &str| {
                _ = writeln!(checks, "    if ({condition}) return rejected({place}, {name}_{reason});");
            };
            let present = if number.missing_allowed { format!("x[{place}] == x[{place}] && ") } else { String::new() };
            if !number.missing_allowed {
                check(format!("x[{place}] != x[{place}]"), "MISSING");
            }
            check(format!("{present}!(x[{place}] - x[{place}] == 0.0)"), "NOT_FINITE");
            if number.whole {
                check(format!("{present}!is_whole(x[{place}])"), "NOT_WHOLE");
            }
            if let Some(minimum) = number.minimum {
                check(format!("x[{place}] < {}", hex_float(minimum)), "BELOW_MINIMUM");
            }
            if let Some(maximum) = number.maximum {
                check(format!("x[{place}] > {}", hex_float(maximum)), "ABOVE_MAXIMUM");
            }
        }
        checks + &level_checks(self.plan, name)
    }

    /// The statements that set the probability, and the functions that they need.
    fn probability(&mut self) -> (String, String) {
        match &self.plan.probability {
            ProbabilityMap::Shift { odds } => {
                let odds = hex_float(*odds);
                let line = format!("    probability = score >= 0.0 ? 1.0 / (1.0 + e * {odds}) : e / (e + {odds});\n");
                (line, String::new())
            }
            ProbabilityMap::Sigmoid { slope, shift } => {
                let line =
                    format!("    probability = sigmoid({} * score + {});\n", hex_float(*slope), hex_literal(*shift));
                (line, spelled(LIBM_SIGMOID, hex_float))
            }
            ProbabilityMap::Curve { scores, probabilities, odds } => {
                let (scores_table, table) = (self.table(scores), self.table(probabilities));
                let odds = hex_float(*odds);
                let line = format!(
                    "    probability = interpolated({scores_table}, {table}, {}, score);\n    \
                     probability = probability / (probability + (1.0 - probability) * {odds});\n",
                    scores.len()
                );
                (line, INTERPOLATED.into())
            }
        }
    }
}

/// A number behind a minus or plus: negative ones in brackets, so that no two signs meet.
fn hex_literal(number: f64) -> String {
    if number.is_sign_negative() { format!("({})", hex_float(number)) } else { hex_float(number) }
}

fn or_missing(column: usize, missing: Option<f64>, present: &str) -> String {
    match missing {
        Some(missing) => format!("x[{column}] != x[{column}] ? {} : {present}", hex_float(missing)),
        None => present.into(),
    }
}

fn filled(column: usize, fill: Option<f64>) -> String {
    match fill {
        Some(fill) => format!("(x[{column}] != x[{column}] ? {} : x[{column}])", hex_float(fill)),
        None => format!("x[{column}]"),
    }
}

/// Whether class 1 is predicted.
fn decision(plan: &Plan) -> String {
    match plan.threshold {
        f64::INFINITY => "0".into(),
        f64::NEG_INFINITY => "1".into(),
        threshold => format!("score > {}", hex_float(threshold)),
    }
}

/// The raw probability.
fn raw(plan: &Plan) -> &'static str {
    if plan.raw_is_probability { "probability" } else { "score >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e)" }
}
