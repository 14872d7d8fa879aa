//! The types in which a table's columns are kept by Parquet and Arrow.

use std::path::Path;
use std::sync::Arc;

use assist_learn::arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray,
};
use assist_learn::arrow::datatypes::Int32Type;
use assist_learn::{Format, TableWriter};

use super::random::{Cells, Random, RandomTable};

#[derive(Debug, Clone, Copy)]
enum WholeType {
    Int64,
    Int8,
    Float32,
    Float64,
    Dictionary,
}

#[derive(Debug, Clone, Copy)]
enum TextType {
    Plain,
    Large,
    Dictionary,
}

#[derive(Debug, Clone, Copy)]
enum TruthType {
    Boolean,
    Text,
    Dictionary,
}

/// How a table is kept in typed columns.
#[derive(Debug)]
pub(super) struct TypedDialect {
    pub(super) is_parquet: bool,
    whole: WholeType,
    text: TextType,
    truth: TruthType,
    /// Whether a missing real number is one that is not a number, as pandas writes it.
    missing_is_nan: bool,
    rows_a_batch: usize,
}

impl TypedDialect {
    pub(super) fn new(random: &mut Random) -> Self {
        use WholeType::{Dictionary, Float32, Float64, Int8, Int64};
        Self {
            is_parquet: random.chance(60),
            whole: random.pick(&[Int64, Int8, Float32, Float64, Dictionary]),
            text: random.pick(&[TextType::Plain, TextType::Large, TextType::Dictionary]),
            truth: random.pick(&[TruthType::Boolean, TruthType::Text, TruthType::Dictionary]),
            missing_is_nan: random.chance(40),
            rows_a_batch: random.pick(&[1_000, 37]),
        }
    }

    pub(super) fn write(&self, table: &RandomTable, path: &Path) {
        let columns = table.columns.iter().map(|column| (column.name, self.array(&column.cells), true));
        let all = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
        let format = if self.is_parquet { Format::Parquet } else { Format::ArrowIpc };
        let mut writer = TableWriter::create(path, format, &all.schema()).expect("created");
        for start in (0..all.num_rows()).step_by(self.rows_a_batch) {
            let rows = self.rows_a_batch.min(all.num_rows() - start);
            writer.write(&all.slice(start, rows)).expect("written");
        }
        writer.finish().expect("finished");
    }

    fn array(&self, cells: &Cells) -> ArrayRef {
        match cells {
            Cells::Whole(cells) => self.whole_array(cells),
            Cells::Hundredths(cells) => {
                let numbers = cells.iter().map(|cell| cell.map(real));
                if self.missing_is_nan {
                    return Arc::new(Float64Array::from_iter_values(numbers.map(|cell| cell.unwrap_or(f64::NAN))));
                }
                Arc::new(numbers.collect::<Float64Array>())
            }
            Cells::Truth(cells) => {
                let texts = cells.iter().map(|cell| Some(if *cell { "True" } else { "False" }));
                match self.truth {
                    TruthType::Boolean => Arc::new(BooleanArray::from(cells.clone())),
                    TruthType::Text => Arc::new(texts.collect::<StringArray>()),
                    TruthType::Dictionary => Arc::new(truth_dictionary(cells)),
                }
            }
            Cells::Text(cells) => match self.text {
                TextType::Plain => Arc::new(cells.iter().copied().collect::<StringArray>()),
                TextType::Large => Arc::new(cells.iter().copied().collect::<LargeStringArray>()),
                TextType::Dictionary => Arc::new(cells.iter().copied().collect::<DictionaryArray<Int32Type>>()),
            },
        }
    }

    fn whole_array(&self, cells: &[Option<i64>]) -> ArrayRef {
        let small = |cell: i64| i8::try_from(cell).expect("small");
        match self.whole {
            WholeType::Int64 => Arc::new(cells.iter().copied().collect::<Int64Array>()),
            WholeType::Int8 => Arc::new(cells.iter().map(|cell| cell.map(small)).collect::<Int8Array>()),
            WholeType::Float32 => {
                Arc::new(cells.iter().map(|cell| cell.map(|cell| f32::from(small(cell)))).collect::<Float32Array>())
            }
            WholeType::Float64 => {
                Arc::new(cells.iter().map(|cell| cell.map(|cell| f64::from(small(cell)))).collect::<Float64Array>())
            }
            WholeType::Dictionary => Arc::new(whole_dictionary(cells)),
        }
    }
}

/// The double that the decimal text of the same number means.
fn real(hundredths: i64) -> f64 {
    let whole = i32::try_from(hundredths).expect("small");
    f64::from(whole) / 100.0
}

/// As pandas writes a category of whole numbers.
fn whole_dictionary(cells: &[Option<i64>]) -> DictionaryArray<Int32Type> {
    let mut values: Vec<i64> = cells.iter().flatten().copied().collect();
    values.sort_unstable();
    values.dedup();
    let code = |cell: &i64| i32::try_from(values.binary_search(cell).expect("one of them")).expect("few");
    let keys = cells.iter().map(|cell| cell.as_ref().map(code)).collect();
    DictionaryArray::new(keys, Arc::new(Int64Array::from(values.clone())))
}

/// As pandas writes a category of truth values.
fn truth_dictionary(cells: &[bool]) -> DictionaryArray<Int32Type> {
    let keys = cells.iter().map(|cell| Some(i32::from(*cell))).collect();
    DictionaryArray::new(keys, Arc::new(BooleanArray::from(vec![false, true])))
}
