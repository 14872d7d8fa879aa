//! Expressions that become WebAssembly: formulas stay readable, and no stack has to be kept in mind.

use std::ops::{Add, Div, Mul, Sub};
use wasm_encoder::{BlockType, Function, Ieee64, Instruction, MemArg, ValType};

/// An expression of one value.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// Its operands, then an instruction.
    Apply(Vec<Self>, Instruction<'static>),
    /// One of two floats.
    If(Box<[Self; 3]>),
    /// One of two whole numbers.
    IfWhole(Box<[Self; 3]>),
}

use Expression::Apply;

impl Expression {
    pub(crate) fn emit(&self, function: &mut Function) {
        let (parts, kind) = match self {
            Apply(operands, instruction) => {
                operands.iter().for_each(|operand| operand.emit(function));
                function.instruction(instruction);
                return;
            }
            Self::If(parts) => (parts, ValType::F64),
            Self::IfWhole(parts) => (parts, ValType::I32),
        };
        let [condition, yes, no] = parts.as_ref();
        condition.emit(function);
        function.instruction(&Instruction::If(BlockType::Result(kind)));
        yes.emit(function);
        function.instruction(&Instruction::Else);
        no.emit(function);
        function.instruction(&Instruction::End);
    }

    pub(crate) fn or(self, yes: Self, no: Self) -> Self {
        Self::If(Box::new([self, yes, no]))
    }

    fn with(self, other: Self, instruction: Instruction<'static>) -> Self {
        Apply(vec![self, other], instruction)
    }

    pub(crate) fn less(self, other: Self) -> Self {
        self.with(other, Instruction::F64Lt)
    }

    pub(crate) fn greater(self, other: Self) -> Self {
        self.with(other, Instruction::F64Gt)
    }

    pub(crate) fn up_to(self, other: Self) -> Self {
        self.with(other, Instruction::F64Le)
    }

    pub(crate) fn from(self, other: Self) -> Self {
        self.with(other, Instruction::F64Ge)
    }

    pub(crate) fn differs(self, other: Self) -> Self {
        self.with(other, Instruction::F64Ne)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        self.with(other, Instruction::I32And)
    }

    pub(crate) fn not(self) -> Self {
        Apply(vec![self], Instruction::I32Eqz)
    }

    pub(crate) fn absolute(self) -> Self {
        Apply(vec![self], Instruction::F64Abs)
    }

    pub(crate) fn negated(self) -> Self {
        Apply(vec![self], Instruction::F64Neg)
    }

    pub(crate) fn truncated(self) -> Self {
        Apply(vec![self], Instruction::F64Trunc)
    }

    /// Whether it is NaN, a missing number.
    pub(crate) fn misses(self) -> Self {
        self.clone().differs(self)
    }

    /// 1 or 0 as a float.
    pub(crate) fn indicator(self) -> Self {
        Apply(vec![self], Instruction::F64ConvertI32U)
    }

    /// `2^k` of a whole float, by its bits.
    pub(crate) fn power_of_two(self) -> Self {
        let whole = Apply(vec![self + number(1023.0)], Instruction::I64TruncF64S);
        let bits = Apply(vec![whole, Apply(vec![], Instruction::I64Const(52))], Instruction::I64Shl);
        Apply(vec![bits], Instruction::F64ReinterpretI64)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $instruction:ident) => {
        impl $trait for Expression {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.with(other, Instruction::$instruction)
            }
        }
    };
}

operator!(Add, add, F64Add);
operator!(Sub, sub, F64Sub);
operator!(Mul, mul, F64Mul);
operator!(Div, div, F64Div);

pub(crate) fn number(number: f64) -> Expression {
    Apply(vec![], Instruction::F64Const(Ieee64::from(number)))
}

pub(crate) fn whole(number: i32) -> Expression {
    Apply(vec![], Instruction::I32Const(number))
}

pub(crate) fn local(place: u32) -> Expression {
    Apply(vec![], Instruction::LocalGet(place))
}

pub(crate) fn call(function: u32, operands: Vec<Expression>) -> Expression {
    Apply(operands, Instruction::Call(function))
}

/// The float at an address plus an offset.
pub(crate) fn float_at(address: Expression, offset: u32) -> Expression {
    Apply(vec![address], Instruction::F64Load(memory(offset, 3)))
}

/// The whole number at an offset.
pub(crate) fn whole_at(offset: u32) -> Expression {
    Apply(vec![whole(0)], Instruction::I32Load(memory(offset, 2)))
}

/// The address of an element of a table of floats.
pub(crate) fn element(place: Expression) -> Expression {
    Apply(vec![place, whole(3)], Instruction::I32Shl)
}

pub(crate) fn sum_of_wholes(a: Expression, b: Expression) -> Expression {
    Apply(vec![a, b], Instruction::I32Add)
}

pub(crate) fn memory(offset: u32, align: u32) -> MemArg {
    MemArg { offset: offset.into(), align, memory_index: 0 }
}
