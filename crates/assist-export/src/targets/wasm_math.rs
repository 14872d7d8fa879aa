//! The functions of a WebAssembly module that are the same for every model.

use wasm_encoder::{Function, Instruction, ValType};

use crate::targets::exponential::{
    HALF_LN2, LEAST, LN2_HIGH, LN2_LOW, LOG2_E, POLYNOMIAL, ROUND, SMALLEST, THREE_HALVES_LN2, TINY,
};
use crate::targets::wasm_code::{Expression, call, element, float_at, local, number, sum_of_wholes, whole};

/// Counts from the first number of a table while a condition holds, into a local.
pub(crate) fn count(
    function: &mut Function,
    table: u32,
    n: usize,
    into: u32,
    holds: &dyn Fn(Expression) -> Expression,
) {
    use wasm_encoder::BlockType::Empty;
    function.instruction(&Instruction::Block(Empty)).instruction(&Instruction::Loop(Empty));
    Expression::Apply(vec![local(into), whole(i32::try_from(n).unwrap_or(i32::MAX))], Instruction::I32GeU)
        .emit(function);
    function.instruction(&Instruction::BrIf(1));
    holds(float_at(element(local(into)), table)).not().emit(function);
    function.instruction(&Instruction::BrIf(1));
    sum_of_wholes(local(into), whole(1)).emit(function);
    function.instruction(&Instruction::LocalSet(into)).instruction(&Instruction::Br(0));
    function.instruction(&Instruction::End).instruction(&Instruction::End);
}

/// How many of `n` ascending cuts at an address are below a number.
pub(crate) fn bin_among() -> Function {
    use wasm_encoder::BlockType::Empty;
    const BIN: u32 = 3;
    let mut function = Function::new([(1, ValType::I32)]);
    function.instruction(&Instruction::Block(Empty)).instruction(&Instruction::Loop(Empty));
    Expression::Apply(vec![local(BIN), local(1)], Instruction::I32GeU).emit(&mut function);
    function.instruction(&Instruction::BrIf(1));
    let cut = float_at(sum_of_wholes(local(0), element(local(BIN))), 0);
    // Cuts ascend, so the first that is not below a number ends the search.
    cut.less(local(2)).not().emit(&mut function);
    function.instruction(&Instruction::BrIf(1));
    sum_of_wholes(local(BIN), whole(1)).emit(&mut function);
    function.instruction(&Instruction::LocalSet(BIN)).instruction(&Instruction::Br(0));
    function.instruction(&Instruction::End).instruction(&Instruction::End);
    local(BIN).emit(&mut function);
    function
}

/// A piecewise cubic: the address of `n` knots, that of their pieces, and a number.
pub(crate) fn curve(bin_among_place: u32) -> Function {
    const AT: u32 = 4;
    const D: u32 = 5;
    let mut function = Function::new([(1, ValType::I32), (1, ValType::F64)]);
    call(bin_among_place, vec![local(0), local(1), local(3)]).emit(&mut function);
    function.instruction(&Instruction::LocalSet(AT));
    let before = Expression::Apply(vec![local(AT), whole(1)], Instruction::I32Sub);
    let before = Expression::IfWhole(Box::new([local(AT), before, whole(0)]));
    (local(3) - float_at(sum_of_wholes(local(0), element(before)), 0)).emit(&mut function);
    function.instruction(&Instruction::LocalSet(D));
    let start = Expression::Apply(vec![local(AT), whole(5)], Instruction::I32Shl);
    sum_of_wholes(local(2), start).emit(&mut function);
    function.instruction(&Instruction::LocalSet(AT));
    let (p, d) = (|place: u32| float_at(local(AT), 8 * place), || local(D));
    (p(0) + d() * (p(1) + d() * (p(2) + d() * p(3)))).emit(&mut function);
    function
}

/// `exp(x)` for `x` up to 0: the operations of `assist_score::exp_of_negative`.
pub(crate) fn exp_of_negative() -> Function {
    const K: u32 = 1;
    const R: u32 = 2;
    const R2: u32 = 3;
    const R4: u32 = 4;
    let mut function = Function::new([(4, ValType::F64)]);
    let mut set = |place: u32, value: Expression| {
        value.emit(&mut function);
        function.instruction(&Instruction::LocalSet(place));
    };
    let (x, k, r, r2, r4) = (|| local(0), || local(K), || local(R), || local(R2), || local(R4));
    let round = || number(ROUND);
    let is_in = || x().greater(number(LEAST));
    // What is clamped gives 0 in the end, and until then any number does.
    set(R4, is_in().or(x(), number(LEAST)));
    set(K, (r4() * number(LOG2_E) + round()) - round());
    set(R, (r4() - k() * number(LN2_HIGH)) - k() * number(LN2_LOW));
    set(R2, r() * r());
    set(R4, r2() * r2());
    let low = (number(1.0) + r()) + r2() * (number(0.5) + r() * number(1.0 / 6.0));
    let middle =
        (number(1.0 / 24.0) + r() * number(1.0 / 120.0)) + r2() * (number(1.0 / 720.0) + r() * number(1.0 / 5_040.0));
    let high = (number(1.0 / 40_320.0) + r() * number(1.0 / 362_880.0))
        + r2() * (number(1.0 / 3_628_800.0) + r() * number(1.0 / 39_916_800.0));
    let top = number(1.0 / 479_001_600.0) + r() * number(1.0 / 6_227_020_800.0);
    let polynomial = low + r4() * (middle + r4() * (high + r4() * top));
    is_in().or(polynomial * k().power_of_two(), number(0.0)).emit(&mut function);
    function
}

/// `exp(-|z|)` of local 0 into local 1, as FreeBSD's libm has it; locals from 2 on are free.
pub(crate) fn libm_exp(function: &mut Function) {
    const X: u32 = 2;
    const K: u32 = 3;
    const HI: u32 = 4;
    const LO: u32 = 5;
    const C: u32 = 6;
    const Y: u32 = 7;
    let mut set = |place: u32, value: Expression| {
        value.emit(function);
        function.instruction(&Instruction::LocalSet(place));
    };
    let (x, k, hi, lo, c, y) = (|| local(X), || local(K), || local(HI), || local(LO), || local(C), || local(Y));
    set(X, local(0).absolute().negated());
    let far = (number(LOG2_E) * x() - number(0.5)).truncated();
    let reduced = x().up_to(number(THREE_HALVES_LN2)).or(far, number(-1.0));
    // Below the smallest, where the result is 0 whatever k is.
    let smallest = || number(SMALLEST);
    let k_of_x = x().up_to(number(HALF_LN2)).or(reduced, number(0.0));
    set(K, x().less(smallest()).or(number(0.0), k_of_x));
    set(HI, x() - k() * number(LN2_HIGH));
    set(LO, k() * number(LN2_LOW));
    set(Y, x());
    set(X, hi() - lo());
    let xx = || x() * x();
    let polynomial = POLYNOMIAL.into_iter().rev().map(number).reduce(|inner, outer| outer + xx() * inner);
    let polynomial = polynomial.unwrap_or_else(|| number(0.0));
    set(C, x() - xx() * polynomial);
    let sum = number(1.0) + (x() * c() / (number(2.0) - c()) - lo() + hi());
    // Tiny numbers are added to 1 as they are.
    let is_tiny = y().greater(number(TINY));
    let is_gone = y().less(smallest());
    set(C, is_tiny.or(number(1.0) + y(), sum));
    let subnormal = c() * number(f64::from_bits(54 << 52)) * (k() + number(969.0)).power_of_two();
    let scaled = k().less(number(-1022.0)).or(subnormal, c() * k().power_of_two());
    set(1, is_gone.or(number(0.0), scaled));
}
