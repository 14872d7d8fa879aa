//! One ES module without imports, and its types: for browsers, Node and whatever else runs JavaScript.
//!
//! Numbers of JavaScript are the same 64 bits, but `Math.exp` may differ in its last digit from engine to engine, so it is never
//! called.

use std::fmt::Write;

use crate::exported_file::ExportedFile;
use crate::literals::{comment, js_text, shortest};
use crate::plan::{Factor, InputKind, Plan, ProbabilityMap, Step};
use crate::targets::exponential::spelled;

/// The module and its types.
pub(crate) fn files(plan: &Plan, name: &str) -> Vec<ExportedFile> {
    vec![
        ExportedFile::text(format!("{name}.mjs"), module(plan)),
        ExportedFile::text(format!("{name}.d.mts"), types(plan)),
    ]
}

fn types(plan: &Plan) -> String {
    let field = |input: &crate::plan::Input| {
        let kind = if matches!(input.kind, InputKind::Number(_)) { "number" } else { "string" };
        format!("  {}?: {kind} | null;\n", js_text(&input.name))
    };
    let fields: String = plan.inputs.iter().map(field).collect();
    format!(
        "/** A row by the names of its columns; null, undefined and NaN are missing. */
export interface Row {{
{fields}}}
export interface Scored {{
  outcome: \"scored\";
  score: number;
  probability: number;
  raw_probability: number;
  prediction: 0 | 1;
}}
export type Reason = \"missing value\" | \"not a number\" | \"not a finite number\" | \"not a whole number\" |
  \"below the minimum\" | \"above the maximum\" | \"unknown level\" | \"not a text\" | \"the values are too large to be scored\";
export interface Rejected {{
  outcome: \"rejected\";
  /** The column at fault; null where it is the row as a whole. */
  column: string | null;
  reason: Reason;
}}
export const id: string;
export const columns: readonly string[];
export function score(row: Row): Scored | Rejected;
/** The values in the order of the columns. */
export function scoreValues(values: ReadonlyArray<number | string | null | undefined>): Scored | Rejected;
"
    )
}

fn module(plan: &Plan) -> String {
    let mut printer = Printer { plan, out: String::new(), tables: String::new(), n_tables: 0 };
    printer.checks();
    for step in &plan.steps {
        printer.step(step);
    }
    let (probability, helper) = printer.probability();
    let (exponential, helper) = (spelled(EXPONENTIAL, shortest), spelled(helper, shortest));
    let Printer { out, tables, .. } = printer;
    let names: String = plan.inputs.iter().map(|input| format!("  {},\n", js_text(&input.name))).collect();
    let (codes, spelling) = (code_functions(plan), if plan.has_spellings() { SPELLING } else { "" });
    let decision = shortest_or_infinity(plan.threshold);
    let raw = if plan.raw_is_probability { "probability" } else { "score >= 0 ? 1 / (1 + e) : e / (1 + e)" };
    let (id, intercept) = (js_text(&plan.id), shortest(plan.intercept));
    format!(
        "// The model {id}. The operations and their order give the same bits on every engine; Math.exp is not among them.
export const id = {id};
export const columns = Object.freeze([
{names}]);

{tables}{exponential}{helper}{spelling}{codes}
function rejected(column, reason) {{
  return {{ outcome: \"rejected\", column: column === null ? null : columns[column], reason }};
}}

// How many of the ascending cuts are below a number: a cut still belongs to the piece that it ends.
function binAmong(cuts, x) {{
  let bin = 0;
  for (let i = 0; i < cuts.length; i++) if (cuts[i] < x) bin++;
  return bin;
}}

// A piecewise cubic.
function curve(knots, pieces, x) {{
  const at = binAmong(knots, x);
  const d = x - knots[at > 0 ? at - 1 : 0];
  const p = 4 * at;
  return pieces[p] + d * (pieces[p + 1] + d * (pieces[p + 2] + d * pieces[p + 3]));
}}

/** Scores the values of a row in the order of the columns. */
export function scoreValues(values) {{
  let score = {intercept};
{out}  if (!Number.isFinite(score)) return rejected(null, \"the values are too large to be scored\");
  const e = expOfNegative(score >= 0 ? -score : score);
{probability}  return {{
    outcome: \"scored\",
    score,
    probability,
    raw_probability: {raw},
    prediction: score > {decision} ? 1 : 0,
  }};
}}

/** Scores a row by the names of its columns. */
export function score(row) {{
  return scoreValues(columns.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined)));
}}
"
    )
}

/// A threshold, which alone may be infinite.
fn shortest_or_infinity(number: f64) -> String {
    match number {
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        number => shortest(number),
    }
}

/// What turns the text of each column into its code; -1 for a missing one, -2 for an unknown one.
pub(crate) fn code_functions(plan: &Plan) -> String {
    let mut out = String::new();
    for (place, _, level) in plan.levels() {
        let entries = |entries: &mut dyn Iterator<Item = (&str, u32)>| -> String {
            entries.map(|(text, code)| format!("  [{}, {code}],\n", js_text(text))).collect()
        };
        let levels = entries(&mut level.levels.iter().map(String::as_str).zip(0..));
        _ = writeln!(out, "const levels{place} = new Map([\n{levels}]);");
        let missing = level.missing.map_or("-1".into(), |code| code.to_string());
        let mut body = format!("  if (text === null || text === undefined) return {missing};\n");
        body.push_str("  if (typeof text !== \"string\") return -3;\n");
        _ = writeln!(body, "  let code = levels{place}.get(text);\n  if (code !== undefined) return code;");
        if !level.spellings.is_empty() {
            let keys = entries(&mut level.spellings.iter().map(|(key, code)| (key.as_str(), *code)));
            _ = writeln!(out, "const spellings{place} = new Map([\n{keys}]);");
            _ = writeln!(
                body,
                "  code = spellings{place}.get(spellingKey(text));\n  if (code !== undefined) return code;"
            );
        }
        body.push_str(&match level.other {
            Some(other) => format!("  return text !== \"\" && text !== \"(missing)\" ? {other} : -2;\n"),
            None => "  return -2;\n".into(),
        });
        _ = writeln!(out, "function code{place}(text) {{\n{body}}}\n");
    }
    out
}

struct Printer<'a> {
    plan: &'a Plan,
    out: String,
    tables: String,
    n_tables: usize,
}

impl Printer<'_> {
    fn table(&mut self, numbers: &[f64]) -> String {
        self.n_tables += 1;
        let numbers: Vec<String> = numbers.iter().map(|number| shortest(*number)).collect();
        let lines: String = numbers.chunks(4).map(|line| format!("  {},\n", line.join(", "))).collect();
        _ = writeln!(self.tables, "const t{} = Float64Array.of(\n{lines});\n", self.n_tables);
        format!("t{}", self.n_tables)
    }

    fn checks(&mut self) {
        for (place, input, number) in self.plan.numbers() {
            let x = format!("x{place}");
            _ = writeln!(self.out, "  // {}\n  let {x} = values[{place}];", comment(&input.name));
            _ = writeln!(self.out, "  if ({x} === null || {x} === undefined) {x} = NaN;");
            let mut check = |condition: &str, reason: &str| {
                _ = writeln!(self.out, "  if ({condition}) return rejected({place}, {});", js_text(reason));
            };
            let present = if number.missing_allowed { format!("{x} === {x} && ") } else { String::new() };
            check(&format!("typeof {x} !== \"number\""), "not a number");
            if !number.missing_allowed {
                check(&format!("{x} !== {x}"), "missing value");
            }
            check(&format!("{present}!Number.isFinite({x})"), "not a finite number");
            if number.whole {
                check(&format!("{present}!Number.isInteger({x})"), "not a whole number");
            }
            if let Some(minimum) = number.minimum {
                check(&format!("{x} < {}", shortest(minimum)), "below the minimum");
            }
            if let Some(maximum) = number.maximum {
                check(&format!("{x} > {}", shortest(maximum)), "above the maximum");
            }
        }
        for (place, input, _) in self.plan.levels() {
            _ = writeln!(self.out, "  // {}\n  const c{place} = code{place}(values[{place}]);", comment(&input.name));
            _ = writeln!(
                self.out,
                "  if (c{place} < 0) return rejected({place}, c{place} === -1 ? \"missing value\" : \
                 c{place} === -2 ? \"unknown level\" : \"not a text\");"
            );
        }
    }

    fn step(&mut self, step: &Step) {
        let added = match step {
            Step::Slope { column, slope, centre, missing } => {
                let product = format!("{} * (x{column} - {})", shortest(*slope), signed(*centre));
                or_missing(*column, *missing, &product)
            }
            Step::Bins { column, cuts, added, missing } => {
                let (cuts, added) = (self.table(cuts), self.table(added));
                or_missing(*column, *missing, &format!("{added}[binAmong({cuts}, x{column})]"))
            }
            Step::Levels { column, added } => format!("{}[c{column}]", self.table(added)),
            Step::Term { coefficient, factors } => {
                let factors: Vec<String> = factors.iter().map(|factor| self.factor(factor)).collect();
                format!("{} * ({})", shortest(*coefficient), factors.join(" * "))
            }
        };
        _ = writeln!(self.out, "  score += {added};");
    }

    fn factor(&mut self, factor: &Factor) -> String {
        match factor {
            Factor::Slope { column, centre, fill } => format!("({} - {})", filled(*column, *fill), signed(*centre)),
            Factor::Cut { column, low, high } => {
                let low = low.map(|low| format!("x{column} > {}", shortest(low)));
                let high = high.map(|high| format!("x{column} <= {}", shortest(high)));
                let ends: Vec<String> = low.into_iter().chain(high).collect();
                // A comparison with NaN is false, and so is that with a missing number.
                format!("({} ? 1 : 0)", ends.join(" && "))
            }
            Factor::Level { column, code } => format!("(c{column} === {code} ? 1 : 0)"),
            Factor::Missing { column } => format!("(x{column} !== x{column} ? 1 : 0)"),
            Factor::Basis { column, knots, pieces, fill } => {
                let (knots, pieces) = (self.table(knots), self.table(pieces.as_flattened()));
                format!("curve({knots}, {pieces}, {})", filled(*column, *fill))
            }
        }
    }

    fn probability(&mut self) -> (String, &'static str) {
        match &self.plan.probability {
            ProbabilityMap::Shift { odds } => {
                let odds = shortest(*odds);
                (format!("  const probability = score >= 0 ? 1 / (1 + e * {odds}) : e / (e + {odds});\n"), "")
            }
            ProbabilityMap::Sigmoid { slope, shift } => {
                let line =
                    format!("  const probability = sigmoid({} * score + {});\n", shortest(*slope), signed(*shift));
                (line, LIBM_SIGMOID)
            }
            ProbabilityMap::Curve { scores, probabilities, odds } => {
                let (scores, probabilities) = (self.table(scores), self.table(probabilities));
                let odds = shortest(*odds);
                let line = format!(
                    "  const p = interpolated({scores}, {probabilities}, score);\n  \
                     const probability = p / (p + (1 - p) * {odds});\n"
                );
                (line, INTERPOLATED)
            }
        }
    }
}

fn signed(number: f64) -> String {
    if number.is_sign_negative() { format!("({})", shortest(number)) } else { shortest(number) }
}

fn or_missing(column: usize, missing: Option<f64>, present: &str) -> String {
    match missing {
        Some(missing) => format!("x{column} !== x{column} ? {} : {present}", shortest(missing)),
        None => present.into(),
    }
}

fn filled(column: usize, fill: Option<f64>) -> String {
    match fill {
        Some(fill) => format!("(x{column} !== x{column} ? {} : x{column})", shortest(fill)),
        None => format!("x{column}"),
    }
}

const EXPONENTIAL: &str = "\
// 2^k, by its bits.
const view = new DataView(new ArrayBuffer(8));
function powerOfTwo(k) {
  view.setInt32(0, (k + 1023) << 20);
  return view.getFloat64(0);
}

// exp(x) for x up to 0, as sums and products in a fixed order; 0 below {LEAST}.
function expOfNegative(x) {
  const clamped = x > {LEAST} ? x : {LEAST};
  const k = (clamped * {LOG2_E} + {ROUND}) - {ROUND};
  const r = (clamped - k * {LN2_HIGH}) - k * {LN2_LOW};
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = (1 + r) + r2 * (0.5 + r * (1 / 6));
  const middle = (1 / 24 + r * (1 / 120)) + r2 * (1 / 720 + r * (1 / 5040));
  const high = (1 / 40320 + r * (1 / 362880)) + r2 * (1 / 3628800 + r * (1 / 39916800));
  const top = 1 / 479001600 + r * (1 / 6227020800);
  const polynomial = low + r4 * (middle + r4 * (high + r4 * top));
  return x > {LEAST} ? polynomial * powerOfTwo(k) : 0;
}

";

const LIBM_SIGMOID: &str = "\
// exp(x) for x up to 0 as FreeBSD's libm has it: after a calibration this is the function that is used.
function expUpToZero(x) {
  if (x < {SMALLEST}) return 0;
  let k = 0, hi = x, lo = 0;
  if (x <= {HALF_LN2}) {
    k = x <= {THREE_HALVES_LN2} ? Math.trunc({LOG2_E} * x - 0.5) : -1;
    hi = x - k * {LN2_HIGH};
    lo = k * {LN2_LOW};
    x = hi - lo;
  } else if (x > {TINY}) {
    return 1 + x;
  }
  const xx = x * x;
  const c = x - xx * ({P1} + xx * ({P2}
    + xx * ({P3} + xx * ({P4} + xx * {P5}))));
  const y = 1 + (x * c / (2 - c) - lo + hi);
  return k < -1022 ? y * powerOfTwo(-969) * powerOfTwo(k + 969) : y * powerOfTwo(k);
}

function sigmoid(z) {
  if (z >= 0) return 1 / (1 + expUpToZero(-z));
  const e = expUpToZero(z);
  return e / (1 + e);
}

";

const INTERPOLATED: &str = "\
// On straight lines between points, level beyond them.
function interpolated(scores, probabilities, score) {
  const n = scores.length;
  let above = 0;
  while (above < n && scores[above] <= score) above++;
  if (above === 0) return probabilities[0];
  if (above === n) return probabilities[n - 1];
  const share = (score - scores[above - 1]) / (scores[above] - scores[above - 1]);
  return probabilities[above - 1] + share * (probabilities[above] - probabilities[above - 1]);
}

";

/// What other spellings of a level are looked up by, as `spelling_key` of the crate.
pub(crate) const SPELLING: &str = "\
// What other spellings of truth values and whole numbers are looked up by.
function spellingKey(text) {
  if (/^(?:true|false|t|f)$/i.test(text) && !/[^ -~]/.test(text)) return text.toLowerCase();
  const whole = /^(-?(?:0|[1-9][0-9]*))\\.0+$/.exec(text);
  const canonical = whole ? whole[1] : text;
  if (canonical === \"-0\") return \"0\";
  return /^-?[0-9]+$/.test(canonical) ? canonical : undefined;
}

";
