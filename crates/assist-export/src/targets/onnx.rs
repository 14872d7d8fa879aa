//! A graph of ONNX, encoding included, so that a server that knows no model but ONNX takes rows as they are.
//!
//! Each column is an input with one value a row, under the column's name. Two profiles: `Server` has texts and 64-bit floats,
//! and the bits of the score; `Web` has codes and 32-bit floats, which is what browsers run quickly, and so is near but not
//! the same.
//!
//! A missing text is written `(missing)`, since tensors of texts have no missing ones. Other spellings of a level are known as
//! far as they can be listed: truth values in any case, whole numbers with up to two zeros behind the point.

use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::plan::{Factor, LevelInput, Plan, ProbabilityMap, Step};
use crate::spellings::cases;
use crate::targets::onnx_graph::{Element, Graph, Name};

/// What the graph is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnnxProfile {
    /// Texts and 64-bit floats.
    Server,
    /// Codes as 64-bit whole numbers (a negative one is missing), and 32-bit floats.
    Web,
}

/// The one file.
pub(crate) fn files(plan: &Plan, profile: OnnxProfile, name: &str) -> Result<Vec<ExportedFile>, Error> {
    if plan.inputs.is_empty() {
        return Err(Error::limit(
            &"onnx",
            "a graph takes the number of its rows from a column, and the model has none",
        ));
    }
    let outputs = ["score", "probability", "raw_probability", "prediction", "rejected_column", "rejection_reason"];
    let is_inner =
        |name: &str| name.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let clashes = |name: &str| outputs.contains(&name) || name.is_empty() || is_inner(name);
    if let Some(input) = plan.inputs.iter().find(|input| clashes(&input.name)) {
        let name = assist_score::shown(&input.name);
        return Err(Error::limit(&"onnx", format!("`{name}` is the name of another value of the graph")));
    }
    Ok(vec![ExportedFile { name: format!("{name}.onnx"), bytes: Printer::new(plan, profile).print() }])
}

/// The codes of texts, as far as they can be listed; -1 is missing, -2 unknown.
pub(crate) fn known_texts(level: &LevelInput) -> Vec<(String, i64)> {
    let mut known: Vec<(String, i64)> = level.levels.iter().cloned().zip(0..).collect();
    let mut add = |text: String, code: i64| {
        if !known.iter().any(|(other, _)| *other == text) {
            known.push((text, code));
        }
    };
    for (key, code) in &level.spellings {
        let code = i64::from(*code);
        if matches!(key.as_str(), "true" | "false" | "t" | "f") {
            cases(key).into_iter().for_each(|text| add(text, code));
            continue;
        }
        add(key.clone(), code);
        let digits = key.strip_prefix('-').unwrap_or(key);
        if key == "0" || !digits.starts_with('0') {
            [".0", ".00"].into_iter().for_each(|zeros| add(format!("{key}{zeros}"), code));
        }
        if key == "0" {
            ["-0", "-0.0", "-0.00"].into_iter().for_each(|zero| add(zero.into(), code));
        }
    }
    add(assist_score::MISSING_LEVEL.into(), level.missing.map_or(-1, i64::from));
    add(String::new(), -2);
    known
}

/// onnxruntime leaves out sums with constants that are so near to 0, and products with such near to 1: what is meant to save
/// time on networks changes the last digits here.
const NEAR: f64 = 2.0 * f64::EPSILON;

struct Printer<'a> {
    plan: &'a Plan,
    profile: OnnxProfile,
    graph: Graph,
    float: Element,
    /// The values of the columns: numbers, and codes that are in range.
    cells: Vec<Name>,
    zero: Name,
    one: Name,
}

impl<'a> Printer<'a> {
    fn new(plan: &'a Plan, profile: OnnxProfile) -> Self {
        let float = if profile == OnnxProfile::Server { Element::Float64 } else { Element::Float32 };
        let mut graph = Graph::new(float);
        let (zero, one) = (graph.number(0.0), graph.number(1.0));
        Self { plan, profile, graph, float, cells: Vec::new(), zero, one }
    }

    /// A number less a constant.
    fn minus(&mut self, x: &Name, constant: f64) -> Name {
        if constant != 0.0 && constant.abs() <= NEAR {
            let constant = self.graph.number(-constant);
            return self.binary("Sum", x, &constant);
        }
        let constant = self.graph.number(constant);
        self.binary("Sub", x, &constant)
    }

    /// A constant times a number.
    fn times(&mut self, constant: f64, x: &Name) -> Name {
        if constant != 1.0 && (constant - 1.0).abs() <= NEAR {
            // Chosen by a row, and so not known before there are rows.
            let constant = self.graph.number(constant);
            let misses = self.misses(x);
            let chosen = self.graph.select(&misses, &constant, &constant);
            return self.binary("Mul", &chosen, x);
        }
        let constant = self.graph.number(constant);
        self.binary("Mul", &constant, x)
    }

    fn cell(&self, column: usize) -> Name {
        self.cells.get(column).cloned().unwrap_or_default()
    }

    fn binary(&mut self, operator: &str, a: &Name, b: &Name) -> Name {
        self.graph.apply(operator, &[a, b])
    }

    fn print(mut self) -> Vec<u8> {
        let plan = self.plan;
        let faults = self.faults();
        let mut score = self.graph.number(plan.intercept);
        // A first row of zeros gives the sum its length where no step does.
        let first = self.cell(0);
        let zeros = if plan.n_numbers() > 0 { self.misses(&first) } else { self.binary("Less", &first, &first) };
        let zeros = self.graph.indicator(&zeros);
        let zeros = {
            let zero = self.zero.clone();
            self.binary("Mul", &zeros, &zero)
        };
        if plan.steps.is_empty() {
            score = self.binary("Add", &score, &zeros);
        }
        for (place, step) in plan.steps.iter().enumerate() {
            let added = self.step(step);
            // Of a sum with a constant near 0 the runtime keeps the other operand alone, unless the operator has another name.
            let operator = if place == 0 && plan.intercept.abs() <= NEAR { "Sum" } else { "Add" };
            score = self.binary(operator, &score, &added);
        }
        let (mut column, mut reason) = (self.graph.whole(-1), self.graph.whole(0));
        let size = self.graph.apply("Abs", &[&score]);
        let max = self.graph.number(self.max());
        let is_finite = self.binary("LessOrEqual", &size, &max);
        let overflow = self.graph.whole(7);
        reason = self.graph.select(&is_finite, &reason, &overflow);
        // The first fault is the one that is told, so it is chosen last.
        for (condition, place, number) in faults.into_iter().rev() {
            let [place, number] = [place, number].map(|number| self.graph.whole(number));
            column = self.graph.select(&condition, &place, &column);
            reason = self.graph.select(&condition, &number, &reason);
        }
        let minus = self.graph.apply("Neg", &[&size]);
        let e = self.graph.apply("Exp", &[&minus]);
        let zero = self.zero.clone();
        let is_up = self.binary("GreaterOrEqual", &score, &zero);
        let probability = self.probability(&score, &is_up, &e);
        let raw = if plan.raw_is_probability { probability.clone() } else { self.logistic(&is_up, &e, None) };
        let threshold = self.graph.number(plan.threshold);
        let prediction = self.binary("Greater", &score, &threshold);
        let [yes, no] = [1, 0].map(|number| self.graph.whole(number));
        let prediction = self.graph.select(&prediction, &yes, &no);
        let is_scored = self.binary("Equal", &reason, &no);
        for (value, name) in [(&score, "score"), (&probability, "probability"), (&raw, "raw_probability")] {
            let value = self.graph.select(&is_scored, value, &zero);
            self.graph.output(&value, name, self.float);
        }
        let prediction = self.graph.select(&is_scored, &prediction, &no);
        let column = {
            let nothing = self.graph.whole(-1);
            self.graph.select(&is_scored, &nothing, &column)
        };
        for (value, name) in [(&prediction, "prediction"), (&column, "rejected_column"), (&reason, "rejection_reason")]
        {
            self.graph.output(value, name, Element::Int64);
        }
        self.graph.finish(&plan.id)
    }

    fn max(&self) -> f64 {
        if self.float == Element::Float32 { f32::MAX.into() } else { f64::MAX }
    }

    /// The largest float of the graph that is not above a number: for its floats a comparison with it says the same.
    fn down(&self, number: f64) -> f64 {
        if self.float == Element::Float64 {
            return number;
        }
        #[expect(clippy::cast_possible_truncation, reason = "what is rounded up is put right")]
        let near = number as f32;
        f64::from(if f64::from(near) > number { near.next_down() } else { near })
    }

    fn misses(&mut self, x: &Name) -> Name {
        self.graph.apply("IsNaN", &[x])
    }

    /// Conditions with their columns and reasons, in the order in which they are told; fills the cells.
    fn faults(&mut self) -> Vec<(Name, i64, i64)> {
        let plan = self.plan;
        let mut faults = Vec::new();
        let place_of = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
        for (place, input, kind) in plan.numbers() {
            let x = self.graph.input(&input.name, self.float);
            let column = place_of(place);
            if !kind.missing_allowed {
                faults.push((self.misses(&x), column, 1));
            }
            let size = self.graph.apply("Abs", &[&x]);
            let max = self.graph.number(self.max());
            faults.push((self.binary("Greater", &size, &max), column, 2));
            if kind.whole {
                let floor = self.graph.apply("Floor", &[&x]);
                // Comparisons with NaN, which is missing, are false.
                faults.push((self.binary("Less", &floor, &x), column, 3));
            }
            let minimum = kind.minimum.map(|minimum| -self.down(-minimum));
            let maximum = kind.maximum.map(|maximum| self.down(maximum));
            for (bound, operator, reason) in [(minimum, "Less", 4), (maximum, "Greater", 5)] {
                if let Some(bound) = bound {
                    let bound = self.graph.number(bound);
                    faults.push((self.binary(operator, &x, &bound), column, reason));
                }
            }
            self.cells.push(x);
        }
        for (place, input, kind) in plan.levels() {
            let column = place_of(place);
            let code = if self.profile == OnnxProfile::Server {
                let text = self.graph.input(&input.name, Element::Text);
                self.graph.codes(&text, &known_texts(kind), kind.other.map_or(-2, i64::from))
            } else {
                self.graph.input(&input.name, Element::Int64)
            };
            let [missing, zero, n] = [-1, 0, place_of(kind.levels.len())].map(|number| self.graph.whole(number));
            if kind.missing.is_none() {
                faults.push((self.binary("Equal", &code, &missing), column, 1));
            }
            let [below, above] =
                [("Less", &zero), ("GreaterOrEqual", &n)].map(|(operator, bound)| self.binary(operator, &code, bound));
            let is_outside = self.binary("Or", &below, &above);
            let safe = self.graph.select(&is_outside, &zero, &code);
            faults.push((is_outside, column, 6));
            self.cells.push(safe);
        }
        faults
    }

    fn step(&mut self, step: &Step) -> Name {
        match step {
            Step::Slope { column, slope, centre, missing } => {
                let x = self.cell(*column);
                let difference = self.minus(&x, *centre);
                let product = self.times(*slope, &difference);
                self.or_missing(&x, *missing, product)
            }
            Step::Bins { column, cuts, added, missing } => {
                let x = self.cell(*column);
                let cuts: Vec<f64> = cuts.iter().map(|cut| self.down(*cut)).collect();
                let bin = self.graph.count(&x, "Greater", &cuts);
                let added = self.graph.table(added);
                let found = self.graph.at(&added, &bin);
                self.or_missing(&x, *missing, found)
            }
            Step::Levels { column, added } => {
                let added = self.graph.table(added);
                let code = self.cell(*column);
                self.graph.at(&added, &code)
            }
            Step::Term { coefficient, factors } => {
                let factors: Vec<Name> = factors.iter().map(|factor| self.factor(factor)).collect();
                let product = factors.into_iter().reduce(|product, factor| self.binary("Mul", &product, &factor));
                let product = product.unwrap_or_else(|| self.one.clone());
                self.times(*coefficient, &product)
            }
        }
    }

    fn or_missing(&mut self, x: &Name, missing: Option<f64>, present: Name) -> Name {
        let Some(missing) = missing else { return present };
        let missing = self.graph.number(missing);
        let misses = self.misses(x);
        self.graph.select(&misses, &missing, &present)
    }

    fn factor(&mut self, factor: &Factor) -> Name {
        let x = self.cell(factor.column());
        match factor {
            Factor::Slope { centre, fill, .. } => {
                let filled = self.or_missing(&x, *fill, x.clone());
                self.minus(&filled, *centre)
            }
            Factor::Cut { low, high, .. } => {
                let ends = [(*low, "Greater"), (*high, "LessOrEqual")];
                let mut conditions = Vec::new();
                for (end, operator) in ends {
                    if let Some(end) = end {
                        let end = self.graph.number(self.down(end));
                        conditions.push(self.binary(operator, &x, &end));
                    }
                }
                let is_in = conditions.into_iter().reduce(|a, b| self.binary("And", &a, &b));
                is_in.map_or_else(|| self.one.clone(), |is_in| self.graph.indicator(&is_in))
            }
            Factor::Level { code, .. } => {
                let code = self.graph.whole(i64::from(*code));
                let is_level = self.binary("Equal", &x, &code);
                self.graph.indicator(&is_level)
            }
            Factor::Missing { .. } => {
                let misses = self.misses(&x);
                self.graph.indicator(&misses)
            }
            Factor::Basis { knots, pieces, fill, .. } => {
                let x = self.or_missing(&x, *fill, x.clone());
                let edges: Vec<f64> = knots.iter().map(|knot| self.down(*knot)).collect();
                let at = self.graph.count(&x, "Greater", &edges);
                let origins: Vec<f64> = knots.iter().take(1).chain(knots).copied().collect();
                let origins = self.graph.table(&origins);
                let origin = self.graph.at(&origins, &at);
                let d = self.binary("Sub", &x, &origin);
                let [a, b, c, e] = [0, 1, 2, 3].map(|power| {
                    let column: Vec<f64> = pieces.iter().map(|piece| piece[power]).collect();
                    let column = self.graph.table(&column);
                    self.graph.at(&column, &at)
                });
                let mut value = e;
                for coefficient in [c, b, a] {
                    value = self.binary("Mul", &d, &value);
                    value = self.binary("Add", &coefficient, &value);
                }
                value
            }
        }
    }

    /// `1 / (1 + e odds)` or `e / (e + odds)`; without odds `e / (1 + e)`.
    fn logistic(&mut self, is_up: &Name, e: &Name, odds: Option<f64>) -> Name {
        let one = self.one.clone();
        let odds = odds.map_or_else(|| one.clone(), |odds| self.graph.number(odds));
        let product = self.binary("Mul", e, &odds);
        let from_zero = self.binary("Add", &one, &product);
        let below = self.binary("Add", e, &odds);
        let from_zero = self.binary("Div", &one, &from_zero);
        let below = self.binary("Div", e, &below);
        self.graph.select(is_up, &from_zero, &below)
    }

    fn probability(&mut self, score: &Name, is_up: &Name, e: &Name) -> Name {
        match &self.plan.probability {
            ProbabilityMap::Shift { odds } => self.logistic(is_up, e, Some(*odds)),
            ProbabilityMap::Sigmoid { slope, shift } => {
                let [slope, shift] = [*slope, *shift].map(|number| self.graph.number(number));
                let product = self.binary("Mul", &slope, score);
                let z = self.binary("Add", &product, &shift);
                let size = self.graph.apply("Abs", &[&z]);
                let minus = self.graph.apply("Neg", &[&size]);
                let e = self.graph.apply("Exp", &[&minus]);
                let zero = self.zero.clone();
                let is_up = self.binary("GreaterOrEqual", &z, &zero);
                self.logistic(&is_up, &e, None)
            }
            ProbabilityMap::Curve { scores, probabilities, odds } => {
                // Beyond its ends a curve is a line that does not rise.
                let lines = scores.windows(2).zip(probabilities.windows(2));
                let lines = lines.map(|(s, p)| [p[0], s[0], s[1] - s[0], p[1] - p[0]]);
                let flat = |p: Option<&f64>| [p.copied().unwrap_or(0.5), 0.0, 1.0, 0.0];
                let lines: Vec<[f64; 4]> = [flat(probabilities.first())]
                    .into_iter()
                    .chain(lines)
                    .chain([flat(probabilities.last())])
                    .collect();
                let at = self.graph.count(score, "GreaterOrEqual", scores);
                let [base, from, length, rise] = [0, 1, 2, 3].map(|part| {
                    let column: Vec<f64> = lines.iter().map(|line| line[part]).collect();
                    let column = self.graph.table(&column);
                    self.graph.at(&column, &at)
                });
                let share = self.binary("Sub", score, &from);
                let share = self.binary("Div", &share, &length);
                let added = self.binary("Mul", &share, &rise);
                let p = self.binary("Add", &base, &added);
                let (one, odds) = (self.one.clone(), self.graph.number(*odds));
                let rest = self.binary("Sub", &one, &p);
                let rest = self.binary("Mul", &rest, &odds);
                let whole = self.binary("Add", &p, &rest);
                self.binary("Div", &p, &whole)
            }
        }
    }
}
