//! Tensors as columns of cells: values of JSON, or bytes in the order of small-endian machines. Every fault names the column.

use std::borrow::Cow;

use assist_learn::RowReader;
use assist_score::shown;

use super::data::Data;
use super::request::InputTensor;
use crate::answer::Problem;
use crate::rows::{Cell, RowScorer};
use crate::served::Served;

/// The columns of a request, each with as many cells as there are rows.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) n_rows: usize,
    columns: Vec<(Cow<'a, str>, Vec<Cell<'a>>)>,
}

impl<'a> Columns<'a> {
    /// The columns of a model from the inputs of a request, and the bytes behind it.
    pub(crate) fn new(
        served: &Served,
        scorer: &RowScorer<'_>,
        inputs: Vec<InputTensor<'a>>,
        mut binary: &'a [u8],
        most_rows: usize,
    ) -> Result<Self, Problem> {
        let mut columns: Vec<(Cow<'a, str>, Vec<Cell<'a>>)> = Vec::with_capacity(inputs.len());
        let mut n_rows = None;
        for input in inputs {
            let name = input.name.clone();
            if !scorer.takes(&name) {
                let problem = Problem::malformed(format!("input `{}`: the model has no such column", shown(&name)));
                return Err(problem.with_hint(columns_of(served)));
            }
            if columns.iter().any(|(known, _)| *known == name) {
                return Err(Problem::malformed(format!("input `{name}` is given twice")));
            }
            let rows = rows_of(&input)?;
            if *n_rows.get_or_insert(rows) != rows {
                let others = n_rows.unwrap_or(rows);
                let words = format!("input `{name}` has {rows} rows and the inputs before it have {others}");
                return Err(Problem::malformed(words));
            }
            if rows > most_rows {
                let problem = Problem::too_large(format!("input `{name}` has more than {most_rows} rows"));
                return Err(problem.with_hint("send the rows in several requests"));
            }
            columns.push((name, cells(input, rows, &mut binary)?));
        }
        if !binary.is_empty() {
            return Err(Problem::malformed(format!("{} bytes are left over behind the last input", binary.len())));
        }
        let reader = RowReader::new(&served.model);
        let missing = reader.columns().into_iter().find(|asked| {
            let is_part = |name: &str| {
                served
                    .model
                    .reading()
                    .derived
                    .iter()
                    .any(|derived| derived.name == name && derived.source == asked.name())
            };
            !columns.iter().any(|(name, _)| name == asked.name() || is_part(name))
        });
        if let Some(missing) = missing {
            let problem = Problem::malformed(format!("there is no input for column `{}`", missing.name()));
            return Err(problem.with_hint(columns_of(served)));
        }
        if let Some(key) = scorer.key().filter(|key| !columns.iter().any(|(name, _)| name == key)) {
            let problem = Problem::malformed(format!("there is no input for column `{key}`"));
            return Err(problem.with_hint("it names users, of whom some are held out"));
        }
        Ok(Self { n_rows: n_rows.unwrap_or(0), columns })
    }

    /// The cells of a row, by the names of their columns.
    pub(crate) fn row(&self, row: usize) -> Vec<(Cow<'_, str>, Cell<'_>)> {
        let cell = |(name, cells): &'_ (Cow<'a, str>, Vec<Cell<'a>>)| (name.clone(), cells[row].clone());
        self.columns.iter().map(cell).collect()
    }
}

fn columns_of(served: &Served) -> String {
    let reader = RowReader::new(&served.model);
    let names: Vec<String> = reader.columns().iter().map(|column| format!("`{}`", column.name())).collect();
    format!("the model's columns are {}", names.join(", "))
}

/// How many rows a tensor has.
fn rows_of(input: &InputTensor<'_>) -> Result<usize, Problem> {
    let rows = match input.shape[..] {
        [rows] | [rows, 1] => usize::try_from(rows).ok(),
        _ => None,
    };
    rows.ok_or_else(|| {
        let problem = Problem::malformed(format!("input `{}` has the shape {:?}", input.name, input.shape));
        problem.with_hint("a column of n rows has the shape [n] or [n, 1]")
    })
}

/// The cells of a tensor.
fn cells<'a>(input: InputTensor<'a>, rows: usize, binary: &mut &'a [u8]) -> Result<Vec<Cell<'a>>, Problem> {
    let name = &input.name;
    let parameters = input.parameters.unwrap_or_default();
    if parameters.shared_memory_region.is_some() {
        return Err(Problem::malformed(format!("input `{name}`: shared memory is not supported")));
    }
    let kind = Kind::named(&input.datatype).ok_or_else(|| {
        let problem = Problem::malformed(format!("input `{name}` has the datatype `{}`", shown(&input.datatype)));
        problem.with_hint("FP64, FP32, INT8 to INT64, UINT8 to UINT64, BOOL and BYTES are taken")
    })?;
    let cells = match (parameters.binary_data_size, input.data) {
        (Some(_), Some(_)) => {
            return Err(Problem::malformed(format!("input `{name}` has both `data` and bytes behind the JSON")));
        }
        (None, None) => return Err(Problem::malformed(format!("input `{name}` has no `data`"))),
        (Some(size), None) => {
            let Some((bytes, rest)) = binary.split_at_checked(size) else {
                let words =
                    format!("input `{name}` should have {size} bytes behind the JSON, where {} are left", binary.len());
                return Err(Problem::malformed(words));
            };
            *binary = rest;
            kind.decode(bytes, name)?
        }
        (None, Some(Data(cells))) => cells,
    };
    if cells.len() != rows {
        return Err(Problem::malformed(format!("input `{name}` has {} values and a shape of {rows}", cells.len())));
    }
    match cells.iter().position(|cell| !kind.takes(cell)) {
        Some(row) => {
            let words = format!("input `{name}`: value {row} is not of the datatype `{}`", input.datatype);
            Err(Problem::malformed(words).with_hint("values are counted from 0"))
        }
        None => Ok(cells),
    }
}

/// What a tensor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float(usize),
    Signed(usize),
    Unsigned(usize),
    Truth,
    Text,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "FP64" => Self::Float(8),
            "FP32" => Self::Float(4),
            "INT64" => Self::Signed(8),
            "INT32" => Self::Signed(4),
            "INT16" => Self::Signed(2),
            "INT8" => Self::Signed(1),
            "UINT64" => Self::Unsigned(8),
            "UINT32" => Self::Unsigned(4),
            "UINT16" => Self::Unsigned(2),
            "UINT8" => Self::Unsigned(1),
            "BOOL" => Self::Truth,
            "BYTES" => Self::Text,
            _ => return None,
        })
    }

    /// Whether a value of JSON is of this kind. Nothing is a missing value of each.
    fn takes(self, cell: &Cell<'_>) -> bool {
        match cell {
            Cell::Missing => true,
            Cell::Number(number) => match self {
                Self::Float(_) => true,
                Self::Signed(_) => number.fract() == 0.0,
                Self::Unsigned(_) => number.fract() == 0.0 && *number >= 0.0,
                Self::Truth | Self::Text => false,
            },
            Cell::Truth(_) => self == Self::Truth,
            Cell::Text(_) => self == Self::Text,
            Cell::NotOneValue => false,
        }
    }

    /// The values of bytes. A number that is none is missing.
    fn decode<'a>(self, bytes: &'a [u8], name: &str) -> Result<Vec<Cell<'a>>, Problem> {
        let number = |number: f64| if number.is_nan() { Cell::Missing } else { Cell::Number(number) };
        match self {
            Self::Text => texts(bytes, name),
            Self::Truth => Ok(bytes.iter().map(|byte| Cell::Truth(*byte != 0)).collect()),
            Self::Float(8) => each(bytes, name, |bytes| number(f64::from_le_bytes(bytes))),
            Self::Float(_) => each(bytes, name, |bytes| number(f32::from_le_bytes(bytes).into())),
            Self::Signed(8) => each(bytes, name, |bytes| number(i64::from_le_bytes(bytes) as f64)),
            Self::Signed(4) => each(bytes, name, |bytes| number(i32::from_le_bytes(bytes).into())),
            Self::Signed(2) => each(bytes, name, |bytes| number(i16::from_le_bytes(bytes).into())),
            Self::Signed(_) => each(bytes, name, |bytes| number(i8::from_le_bytes(bytes).into())),
            Self::Unsigned(8) => each(bytes, name, |bytes| number(u64::from_le_bytes(bytes) as f64)),
            Self::Unsigned(4) => each(bytes, name, |bytes| number(u32::from_le_bytes(bytes).into())),
            Self::Unsigned(2) => each(bytes, name, |bytes| number(u16::from_le_bytes(bytes).into())),
            Self::Unsigned(_) => each(bytes, name, |bytes| number(u8::from_le_bytes(bytes).into())),
        }
    }
}

fn each<'a, const N: usize>(
    bytes: &'a [u8],
    name: &str,
    value: impl Fn([u8; N]) -> Cell<'a>,
) -> Result<Vec<Cell<'a>>, Problem> {
    let (values, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        let words = format!("input `{name}` has {} bytes, which is no multiple of {N}", bytes.len());
        return Err(Problem::malformed(words));
    }
    Ok(values.iter().map(|bytes| value(*bytes)).collect())
}

/// Texts, each behind its length in four bytes.
fn texts<'a>(mut bytes: &'a [u8], name: &str) -> Result<Vec<Cell<'a>>, Problem> {
    let mut cells = Vec::new();
    let wrong = |row: usize, what: &str| Err(Problem::malformed(format!("input `{name}`: value {row} {what}")));
    while !bytes.is_empty() {
        let row = cells.len();
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
            return wrong(row, "ends within its length");
        };
        let length = u32::from_le_bytes(*length) as usize;
        let Some((text, rest)) = rest.split_at_checked(length) else {
            return wrong(row, "is longer than the bytes that are there");
        };
        let Ok(text) = std::str::from_utf8(text) else { return wrong(row, "is no text in UTF-8") };
        cells.push(if text.is_empty() { Cell::Missing } else { Cell::Text(Cow::Borrowed(text)) });
        bytes = rest;
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_values() {
        let decoded = |kind: &str, bytes: &[u8]| {
            Kind::named(kind).expect("known").decode(bytes, "x").map(|cells| format!("{cells:?}"))
        };
        assert_eq!(decoded("FP64", &2.5_f64.to_le_bytes()).expect("a number"), "[Number(2.5)]");
        assert_eq!(decoded("FP32", &f32::NAN.to_le_bytes()).expect("nothing"), "[Missing]");
        assert_eq!(decoded("INT16", &(-2_i16).to_le_bytes()).expect("a number"), "[Number(-2.0)]");
        assert_eq!(decoded("UINT8", &[7, 255]).expect("two"), "[Number(7.0), Number(255.0)]");
        assert_eq!(decoded("BOOL", &[0, 1]).expect("two"), "[Truth(false), Truth(true)]");
        assert_eq!(decoded("BYTES", b"\x02\0\0\0ab\0\0\0\0").expect("two"), "[Text(\"ab\"), Missing]");
        for (kind, bytes) in
            [("FP64", &b"1234567"[..]), ("BYTES", b"\x02\0"), ("BYTES", b"\x02\0\0\0a"), ("BYTES", b"\x01\0\0\0\xff")]
        {
            let problem = decoded(kind, bytes).expect_err("no values");
            assert!(format!("{problem:?}").contains("input `x`"), "{problem:?}");
        }
        assert_eq!(Kind::named("FP16"), None);
    }
}
