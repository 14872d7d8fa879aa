//! A WebAssembly module of a few thousand bytes without imports, and a loader that turns texts into codes.
//!
//! A row lies in the module's memory: its numbers at 0, then its codes as 32 bits; `score()` writes the outcome behind it. Floats
//! of WebAssembly are exact by its standard, so the bits are the same on every engine.

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, Instruction,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

use crate::exported_file::ExportedFile;
use crate::literals::js_text;
use crate::plan::{Factor, Plan, ProbabilityMap, Step};
use crate::targets::js;
use crate::targets::wasm_code::{Expression, call, element, float_at, local, memory, number, whole, whole_at};
use crate::targets::wasm_math::{bin_among, count, curve, exp_of_negative, libm_exp};

/// The functions in their order.
const REJECT: u32 = 0;
const EXP_OF_NEGATIVE: u32 = 1;
const BIN_AMONG: u32 = 2;
const CURVE: u32 = 3;
const PROBABILITY: u32 = 4;
const SCORE: u32 = 5;

/// The module and its loader.
pub(crate) fn files(plan: &Plan, name: &str) -> Vec<ExportedFile> {
    let layout = Layout::of(plan);
    vec![
        ExportedFile { name: format!("{name}.wasm"), bytes: module(plan, layout) },
        ExportedFile::text(format!("{name}_wasm.mjs"), loader(plan, layout)),
    ]
}

/// Where things lie in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    n_numbers: u32,
    /// Where the outcome is written: its form is that of the outcomes of runtimes.
    pub(crate) result: u32,
    tables: u32,
}

impl Layout {
    pub(crate) fn of(plan: &Plan) -> Self {
        let n_numbers = narrow(plan.n_numbers());
        let end_of_row = 8 * n_numbers + 4 * (narrow(plan.inputs.len()) - n_numbers);
        let result = end_of_row.next_multiple_of(8);
        Self { n_numbers, result, tables: result + 40 }
    }

    fn number(column: usize) -> Expression {
        float_at(whole(0), 8 * narrow(column))
    }

    fn code(self, column: usize) -> Expression {
        whole_at(8 * self.n_numbers + 4 * (narrow(column) - self.n_numbers))
    }
}

/// Columns and tables are far fewer than 2^31.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn module(plan: &Plan, layout: Layout) -> Vec<u8> {
    use ValType::{F64, I32};
    let mut printer = Printer { layout, data: Vec::new() };
    let score = printer.score(plan);
    let probability = printer.probability(&plan.probability);
    let functions = [
        (vec![I32, I32], vec![], printer.reject()),
        (vec![F64], vec![F64], exp_of_negative()),
        (vec![I32, I32, F64], vec![I32], bin_among()),
        (vec![I32, I32, I32, F64], vec![F64], curve(BIN_AMONG)),
        (vec![F64, F64], vec![F64], probability),
        (vec![], vec![], score),
    ];
    let (mut types, mut kinds, mut codes) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    for (place, (parameters, results, mut code)) in functions.into_iter().enumerate() {
        types.ty().function(parameters, results);
        kinds.function(narrow(place));
        code.instruction(&Instruction::End);
        codes.function(&code);
    }
    let bytes = layout.tables as usize + printer.data.len();
    let mut memories = MemorySection::new();
    let pages = bytes.div_ceil(1 << 16) as u64;
    memories.memory(MemoryType {
        minimum: pages,
        maximum: Some(pages),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0).export("score", ExportKind::Func, SCORE);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(signed(layout.tables)), printer.data.iter().copied());
    let mut module = Module::new();
    module.section(&types).section(&kinds).section(&memories).section(&exports).section(&codes).section(&data);
    module.finish()
}

struct Printer {
    layout: Layout,
    data: Vec<u8>,
}

impl Printer {
    /// The address of a new table.
    fn table(&mut self, numbers: &[f64]) -> u32 {
        let address = self.layout.tables + narrow(self.data.len());
        self.data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        address
    }

    /// Writes a refusal: its column and its reason.
    fn reject(&self) -> Function {
        let mut function = Function::new([]);
        self.store_whole(&mut function, 0, &local(0));
        self.store_whole(&mut function, 4, &local(1));
        self.store_whole(&mut function, 8, &whole(0));
        for offset in [16, 24, 32] {
            self.store(&mut function, offset, &number(0.0));
        }
        function
    }

    fn store(&self, function: &mut Function, offset: u32, value: &Expression) {
        whole(0).emit(function);
        value.emit(function);
        function.instruction(&Instruction::F64Store(memory(self.layout.result + offset, 3)));
    }

    fn store_whole(&self, function: &mut Function, offset: u32, value: &Expression) {
        whole(0).emit(function);
        value.emit(function);
        function.instruction(&Instruction::I32Store(memory(self.layout.result + offset, 2)));
    }

    fn score(&mut self, plan: &Plan) -> Function {
        const SCORE: u32 = 0;
        const E: u32 = 1;
        let mut function = Function::new([(2, ValType::F64)]);
        let score = || local(SCORE);
        self.checks(plan, &mut function);
        number(plan.intercept).emit(&mut function);
        function.instruction(&Instruction::LocalSet(SCORE));
        for step in &plan.steps {
            (score() + self.step(step)).emit(&mut function);
            function.instruction(&Instruction::LocalSet(SCORE));
        }
        refuse_if(&mut function, &(score() - score()).differs(number(0.0)), -1, 7);
        call(EXP_OF_NEGATIVE, vec![score().absolute().negated()]).emit(&mut function);
        function.instruction(&Instruction::LocalSet(E));
        let (e, one) = (|| local(E), || number(1.0));
        self.store_whole(&mut function, 0, &whole(-1));
        self.store_whole(&mut function, 4, &whole(0));
        self.store_whole(&mut function, 8, &score().greater(number(plan.threshold)));
        self.store(&mut function, 16, &score());
        self.store(&mut function, 24, &call(PROBABILITY, vec![score(), e()]));
        let raw = if plan.raw_is_probability {
            call(PROBABILITY, vec![score(), e()])
        } else {
            score().from(number(0.0)).or(one() / (one() + e()), e() / (one() + e()))
        };
        self.store(&mut function, 32, &raw);
        function
    }

    fn checks(&self, plan: &Plan, function: &mut Function) {
        for (place, _, kind) in plan.numbers() {
            let column = signed(narrow(place));
            let x = || Layout::number(place);
            if !kind.missing_allowed {
                refuse_if(function, &x().misses(), column, 1);
            }
            // NaN, which is missing, has no size.
            refuse_if(function, &x().absolute().greater(number(f64::MAX)), column, 2);
            if kind.whole {
                refuse_if(function, &x().misses().not().and(x().truncated().differs(x())), column, 3);
            }
            if let Some(minimum) = kind.minimum {
                refuse_if(function, &x().less(number(minimum)), column, 4);
            }
            if let Some(maximum) = kind.maximum {
                refuse_if(function, &x().greater(number(maximum)), column, 5);
            }
        }
        for (place, _, kind) in plan.levels() {
            let column = signed(narrow(place));
            let c = || self.layout.code(place);
            if kind.missing.is_none() {
                refuse_if(function, &Expression::Apply(vec![c(), whole(-1)], Instruction::I32Eq), column, 1);
            }
            // Negative codes are large as numbers without a sign.
            let n = whole(signed(narrow(kind.levels.len())));
            refuse_if(function, &Expression::Apply(vec![c(), n], Instruction::I32GeU), column, 6);
        }
    }

    fn step(&mut self, step: &Step) -> Expression {
        let layout = self.layout;
        match step {
            Step::Slope { column, slope, centre, missing } => {
                let product = number(*slope) * (Layout::number(*column) - number(*centre));
                or_missing(Layout::number(*column), *missing, product)
            }
            Step::Bins { column, cuts, added, missing } => {
                let (cuts_at, added) = (self.table(cuts), self.table(added));
                let bin = bin(cuts_at, cuts.len(), Layout::number(*column));
                or_missing(Layout::number(*column), *missing, float_at(element(bin), added))
            }
            Step::Levels { column, added } => {
                let table = self.table(added);
                float_at(element(layout.code(*column)), table)
            }
            Step::Term { coefficient, factors } => {
                let factors: Vec<Expression> = factors.iter().map(|factor| self.factor(factor)).collect();
                let product = factors.into_iter().reduce(|product, factor| product * factor);
                number(*coefficient) * product.unwrap_or_else(|| number(1.0))
            }
        }
    }

    fn factor(&mut self, factor: &Factor) -> Expression {
        let layout = self.layout;
        let x = |column: &usize| Layout::number(*column);
        match factor {
            Factor::Slope { column, centre, fill } => filled(x(column), *fill) - number(*centre),
            Factor::Cut { column, low, high } => {
                let low = low.map(|low| x(column).greater(number(low)));
                let high = high.map(|high| x(column).up_to(number(high)));
                let is_in = low.into_iter().chain(high).reduce(Expression::and);
                is_in.unwrap_or_else(|| whole(1)).indicator()
            }
            Factor::Level { column, code } => {
                let code = whole(signed(*code));
                Expression::Apply(vec![layout.code(*column), code], Instruction::I32Eq).indicator()
            }
            Factor::Missing { column } => x(column).misses().indicator(),
            Factor::Basis { column, knots, pieces, fill } => {
                let (knots_at, pieces) = (self.table(knots), self.table(pieces.as_flattened()));
                let n = whole(signed(narrow(knots.len())));
                call(CURVE, vec![whole(signed(knots_at)), n, whole(signed(pieces)), filled(x(column), *fill)])
            }
        }
    }

    /// The probability of a score and its exponential.
    fn probability(&mut self, map: &ProbabilityMap) -> Function {
        let (score, e, one) = (|| local(0), || local(1), || number(1.0));
        match map {
            ProbabilityMap::Shift { odds } => {
                let mut function = Function::new([]);
                let from_zero = one() / (one() + e() * number(*odds));
                score().from(number(0.0)).or(from_zero, e() / (e() + number(*odds))).emit(&mut function);
                function
            }
            ProbabilityMap::Sigmoid { slope, shift } => {
                let mut function = Function::new([(6, ValType::F64)]);
                (number(*slope) * score() + number(*shift)).emit(&mut function);
                function.instruction(&Instruction::LocalSet(0));
                libm_exp(&mut function);
                score().from(number(0.0)).or(one() / (one() + e()), e() / (one() + e())).emit(&mut function);
                function
            }
            ProbabilityMap::Curve { scores, probabilities, odds } => {
                let mut function = Function::new([(1, ValType::I32)]);
                let (scores_at, table) = (self.table(scores), self.table(probabilities));
                let n = scores.len();
                // How many scores are up to this one: those that are below the next larger float.
                let above = || local(2);
                count(&mut function, scores_at, n, 2, &|known| known.up_to(local(0)));
                let at = |table: u32, before: u32| float_at(element(above()), table - 8 * before);
                let share = (score() - at(scores_at, 1)) / (at(scores_at, 0) - at(scores_at, 1));
                let line = at(table, 1) + share * (at(table, 0) - at(table, 1));
                let last = signed(narrow(n));
                let is_last = Expression::Apply(vec![above(), whole(last)], Instruction::I32Eq);
                let level = is_last.or(at(table, 1), line);
                above().or(level, at(table, 0)).emit(&mut function);
                function.instruction(&Instruction::LocalSet(1));
                (e() / (e() + (one() - e()) * number(*odds))).emit(&mut function);
                function
            }
        }
    }
}

fn refuse_if(function: &mut Function, condition: &Expression, column: i32, reason: i32) {
    condition.emit(function);
    function.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
    whole(column).emit(function);
    whole(reason).emit(function);
    function.instruction(&Instruction::Call(REJECT)).instruction(&Instruction::Return).instruction(&Instruction::End);
}

fn or_missing(x: Expression, missing: Option<f64>, present: Expression) -> Expression {
    match missing {
        Some(missing) => x.misses().or(number(missing), present),
        None => present,
    }
}

fn filled(x: Expression, fill: Option<f64>) -> Expression {
    match fill {
        Some(fill) => x.clone().misses().or(number(fill), x),
        None => x,
    }
}

fn bin(cuts: u32, n: usize, x: Expression) -> Expression {
    call(BIN_AMONG, vec![whole(signed(cuts)), whole(signed(narrow(n))), x])
}

fn loader(plan: &Plan, layout: Layout) -> String {
    let names: String = plan.inputs.iter().map(|input| format!("  {},\n", js_text(&input.name))).collect();
    let reasons = serde_json::Value::from(crate::outcomes::REASONS[..8].to_vec());
    let (codes, spelling) = (js::code_functions(plan), if plan.has_spellings() { js::SPELLING } else { "" });
    let numbers: String = plan
        .numbers()
        .map(|(place, _, _)| {
            format!("    if (!number(values[{place}], {})) return rejected({place}, \"not a number\");\n", 8 * place)
        })
        .collect();
    let n = plan.n_numbers();
    let levels: String = plan
        .levels()
        .map(|(place, _, _)| {
            let at = 8 * n + 4 * (place - n);
            format!(
                "    code = code{place}(values[{place}]);\n    view.setInt32({at}, code, true);\n    \
                 if (code === -3) return rejected({place}, \"not a text\");\n"
            )
        })
        .collect();
    let (id, result) = (js_text(&plan.id), layout.result);
    format!(
        "// Loads the module of the model {id}, which computes with numbers and codes; texts become codes here.
export const id = {id};
export const columns = Object.freeze([
{names}]);
const reasons = {reasons};

{spelling}{codes}
function rejected(column, reason) {{
  return {{ outcome: \"rejected\", column: column < 0 ? null : columns[column], reason }};
}}

/** The scorer, from the bytes of the module or a response that has them. */
export async function instantiate(source) {{
  const {{ instance }} = typeof Response !== \"undefined\" && source instanceof Response
    ? await WebAssembly.instantiateStreaming(source)
    : await WebAssembly.instantiate(source);
  const view = new DataView(instance.exports.memory.buffer);
  const number = (value, at) => {{
    view.setFloat64(at, value === null || value === undefined ? NaN : value, true);
    return value === null || value === undefined || typeof value === \"number\";
  }};
  const scoreValues = (values) => {{
    let code = 0;
{numbers}{levels}    instance.exports.score();
    const column = view.getInt32({result}, true);
    const reason = view.getInt32({result} + 4, true);
    if (reason !== 0) return rejected(column, reasons[reason]);
    return {{
      outcome: \"scored\",
      score: view.getFloat64({result} + 16, true),
      probability: view.getFloat64({result} + 24, true),
      raw_probability: view.getFloat64({result} + 32, true),
      prediction: view.getInt32({result} + 8, true),
    }};
  }};
  const score = (row) => scoreValues(columns.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined)));
  return {{ score, scoreValues }};
}}
"
    )
}
