//! Columns in memory: taken from whatever speaks Arrow without a copy, or made of arrays of numbers and lists of texts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, MutableArrayData,
    StringArray, UInt8Array, make_array, new_empty_array, new_null_array,
};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int32Type, Int64Type, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchIterator, RecordBatchOptions};
use numpy::ndarray::Axis;
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use pyo3_arrow::PyRecordBatchReader;
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};

use crate::errors::refused;

/// Rows of a matrix that are taken apart together.
const ROWS_AT_A_TIME: usize = 64;

/// A table in memory. It speaks Arrow itself, so that any library of data frames takes it.
#[pyclass(module = "assist_learn._native", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
    n_rows: usize,
}

impl Columns {
    /// One batch at least.
    pub(crate) fn batches(&self) -> Vec<RecordBatch> {
        if self.batches.is_empty() {
            return vec![RecordBatch::new_empty(Arc::clone(&self.schema))];
        }
        self.batches.clone()
    }

    /// Batches of the same columns.
    pub(crate) fn of_batches(batches: Vec<RecordBatch>) -> Self {
        let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        Self { schema, n_rows: batches.iter().map(RecordBatch::num_rows).sum(), batches }
    }

    /// The same columns and others behind them, all of one length.
    fn with(&self, py: Python<'_>, named: Vec<(String, ArrayRef)>) -> PyResult<Self> {
        let Some(n_rows) = named.first().map(|(_, column)| column.len()) else { return Ok(self.clone()) };
        if let Some((name, column)) = named.iter().find(|(_, column)| column.len() != n_rows || self.has_others(n_rows))
        {
            let n_rows = if self.schema.fields().is_empty() { n_rows } else { self.n_rows };
            let text = format!("`{name}` has {} values, and there are {n_rows} rows", column.len());
            return Err(refused(py, &text, None));
        }
        let mut fields: Vec<_> = self.schema.fields().iter().cloned().collect();
        fields.extend(named.iter().map(|(name, column)| Arc::new(Field::new(name, column.data_type().clone(), true))));
        let schema = Arc::new(Schema::new(fields));
        let before = if self.batches.is_empty() { vec![empty(n_rows)] } else { self.batches.clone() };
        let mut start = 0;
        let widened = before.iter().map(|batch| {
            let pieces = named.iter().map(|(_, column)| column.slice(start, batch.num_rows()));
            let columns = batch.columns().iter().cloned().chain(pieces).collect();
            start += batch.num_rows();
            RecordBatch::try_new(Arc::clone(&schema), columns)
        });
        let batches = widened.collect::<Result<_, _>>().map_err(|error| refused(py, &error.to_string(), None))?;
        Ok(Self { batches, schema, n_rows })
    }

    /// Whether there are columns, and of another length.
    fn has_others(&self, n_rows: usize) -> bool {
        !self.schema.fields().is_empty() && self.n_rows != n_rows
    }

    fn with_one(&self, py: Python<'_>, name: &str, column: ArrayRef) -> PyResult<Self> {
        self.with(py, vec![(name.to_owned(), column)])
    }
}

/// Rows without a column.
fn empty(n_rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).expect("rows of nothing")
}

#[pymethods]
impl Columns {
    /// A table without a column.
    #[new]
    fn new() -> Self {
        Self { batches: Vec::new(), schema: Arc::new(Schema::empty()), n_rows: 0 }
    }

    /// The columns of these names, or all, of an object that has an Arrow stream or array. Nothing is copied.
    #[staticmethod]
    #[pyo3(signature = (frame, names=None))]
    fn of_arrow(py: Python<'_>, frame: AnyRecordBatch, names: Option<Vec<String>>) -> PyResult<Self> {
        let reader = frame.into_reader()?;
        let schema = reader.schema();
        // The stream may be one of a library that asks for the lock.
        let batches: Vec<RecordBatch> = py
            .detach(|| reader.collect::<Result<_, _>>())
            .map_err(|error: arrow::error::ArrowError| refused(py, &error.to_string(), None))?;
        let (batches, schema) =
            without_nulls(batches, &schema).map_err(|error| refused(py, &error.to_string(), None))?;
        let whole = Self { n_rows: batches.iter().map(RecordBatch::num_rows).sum(), batches, schema };
        let Some(names) = names else { return Ok(whole) };
        whole.select(py, names)
    }

    /// The same values in memory of their own, which nobody else writes.
    fn copied(&self, py: Python<'_>) -> PyResult<Self> {
        let copy = |column: &ArrayRef| {
            let data = column.to_data();
            let mut copy = MutableArrayData::new(vec![&data], false, data.len());
            copy.try_extend(0, 0, data.len())?;
            Ok(make_array(copy.freeze()))
        };
        let of_batch = |batch: &RecordBatch| {
            let columns: Result<Vec<ArrayRef>, arrow::error::ArrowError> = batch.columns().iter().map(copy).collect();
            RecordBatch::try_new(batch.schema(), columns?)
        };
        let batches = self.batches.iter().map(of_batch).collect::<Result<_, _>>();
        let batches = batches.map_err(|error| refused(py, &error.to_string(), None))?;
        Ok(Self { batches, ..self.clone() })
    }

    /// With a column behind these that another library has as Arrow: an array, or a stream of such.
    fn with_arrow(&self, py: Python<'_>, name: &str, column: AnyArray) -> PyResult<Self> {
        let reader = column.into_reader()?;
        let kind = reader.field().data_type().clone();
        let fault = |error: arrow::error::ArrowError| refused(py, &error.to_string(), None);
        let chunks: Vec<ArrayRef> = py.detach(|| reader.collect::<Result<_, _>>()).map_err(fault)?;
        let whole = match chunks.as_slice() {
            [] => new_empty_array(&kind),
            [one] => Arc::clone(one),
            several => concat(&several.iter().map(AsRef::as_ref).collect::<Vec<_>>()).map_err(fault)?,
        };
        self.with_one(py, name, present(&whole))
    }

    /// The columns of these names, in this order.
    fn select(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Self> {
        let place = |name: &String| {
            self.schema.index_of(name).map_err(|_| refused(py, &format!("there is no column `{name}`"), None))
        };
        let places = names.iter().map(place).collect::<PyResult<Vec<usize>>>()?;
        let fault = |error: arrow::error::ArrowError| refused(py, &error.to_string(), None);
        let schema = Arc::new(self.schema.project(&places).map_err(fault)?);
        let batches =
            self.batches.iter().map(|batch| batch.project(&places)).collect::<Result<_, _>>().map_err(fault)?;
        Ok(Self { batches, schema, n_rows: self.n_rows })
    }

    /// The same columns under other names.
    fn renamed(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Self> {
        let fault = |error: arrow::error::ArrowError| refused(py, &error.to_string(), None);
        if names.len() != self.schema.fields().len() {
            let text = format!("{} names for {} columns", names.len(), self.schema.fields().len());
            return Err(refused(py, &text, None));
        }
        let fields = self.schema.fields().iter().zip(names);
        let fields: Vec<Field> = fields.map(|(field, name)| field.as_ref().clone().with_name(name)).collect();
        let schema = Arc::new(Schema::new(fields));
        let of_batch = |batch: &RecordBatch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec());
        let batches = self.batches.iter().map(of_batch).collect::<Result<_, _>>().map_err(fault)?;
        Ok(Self { batches, schema, n_rows: self.n_rows })
    }

    /// With the columns of a matrix of numbers, rows by columns, behind these.
    fn with_matrix(&self, py: Python<'_>, names: Vec<String>, matrix: PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        let matrix = matrix.as_array();
        let mut columns: Vec<Vec<f64>> = names.iter().map(|_| Vec::with_capacity(matrix.nrows())).collect();
        // Rows lie one behind the other, so that some of them at a time stay near.
        for rows in matrix.axis_chunks_iter(Axis(0), ROWS_AT_A_TIME) {
            columns.iter_mut().zip(rows.columns()).for_each(|(column, values)| column.extend(values));
        }
        let arrays = columns.into_iter().map(|column| Arc::new(Float64Array::from(column)) as ArrayRef);
        self.with(py, names.into_iter().zip(arrays).collect())
    }

    /// With a column of numbers behind these; NaN is a missing one.
    fn with_numbers(&self, py: Python<'_>, name: &str, numbers: PyReadonlyArray1<'_, f64>) -> PyResult<Self> {
        self.with_one(py, name, Arc::new(Float64Array::from_iter_values(numbers.as_array().iter().copied())))
    }

    /// With a column of classes behind these, 1 where it is true.
    fn with_classes(&self, py: Python<'_>, name: &str, is_positive: PyReadonlyArray1<'_, bool>) -> PyResult<Self> {
        let classes = is_positive.as_array();
        self.with_one(py, name, Arc::new(UInt8Array::from_iter_values(classes.iter().map(|class| u8::from(*class)))))
    }

    /// With a column of whole numbers behind these.
    fn with_whole_numbers(&self, py: Python<'_>, name: &str, numbers: PyReadonlyArray1<'_, i64>) -> PyResult<Self> {
        self.with_one(py, name, Arc::new(Int64Array::from_iter_values(numbers.as_array().iter().copied())))
    }

    /// With a column of numbers of Python behind these; `None` is a missing one.
    fn with_floats(&self, py: Python<'_>, name: &str, numbers: Vec<Option<f64>>) -> PyResult<Self> {
        self.with_one(py, name, Arc::new(Float64Array::from(numbers)))
    }

    /// With a column of texts behind these; `None` is a missing one.
    fn with_texts(&self, py: Python<'_>, name: &str, texts: Vec<Option<String>>) -> PyResult<Self> {
        self.with_one(py, name, Arc::new(StringArray::from(texts)))
    }

    /// With a column of truth values behind these; `None` is a missing one.
    fn with_truths(&self, py: Python<'_>, name: &str, truths: Vec<Option<bool>>) -> PyResult<Self> {
        self.with_one(py, name, Arc::new(BooleanArray::from(truths)))
    }

    /// With a column of categories behind these, as codes of levels; -1 is a missing one.
    fn with_categories(
        &self,
        py: Python<'_>,
        name: &str,
        codes: PyReadonlyArray1<'_, i32>,
        levels: Vec<String>,
    ) -> PyResult<Self> {
        let codes: Int32Array = codes.as_array().iter().map(|code| (*code >= 0).then_some(*code)).collect();
        let levels: ArrayRef = Arc::new(StringArray::from(levels));
        let column = DictionaryArray::<Int32Type>::try_new(codes, levels);
        self.with_one(py, name, Arc::new(column.map_err(|error| refused(py, &error.to_string(), None))?))
    }

    /// How many rows there are.
    #[getter]
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The names of the columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// What each column holds: `number`, `truth`, `text`, or what Arrow calls another type.
    #[getter]
    fn kinds(&self) -> Vec<String> {
        let kind = |kind: &DataType| match kind {
            kind if kind.is_numeric() => "number".to_owned(),
            DataType::Boolean => "truth".to_owned(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => "text".to_owned(),
            other => other.to_string(),
        };
        self.schema.fields().iter().map(|field| kind(field.data_type())).collect()
    }

    /// The values of each column by its name: numbers, truth values and texts of Python, None where one is missing.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let of_all = PyDict::new(py);
        for (place, field) in self.schema.fields().iter().enumerate() {
            let values = PyList::empty(py);
            for batch in &self.batches {
                append(py, &values, batch.column(place))?;
            }
            of_all.set_item(field.name(), values)?;
        }
        Ok(of_all)
    }

    /// Arrow's stream of these rows, which other libraries take without a copy.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batches: Vec<_> = self.batches.iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        let reader = PyRecordBatchReader::new(Box::new(reader));
        let stream = reader.into_pyobject(py)?.call_method1("__arrow_c_stream__", (requested_schema,))?;
        Ok(stream.cast_into::<PyCapsule>()?)
    }
}

/// A column whose type says that there is no value: one of texts, all of them missing.
fn present(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Null => new_null_array(&DataType::Utf8, column.len()),
        _ => Arc::clone(column),
    }
}

/// The same batches, their columns without a type being texts that are missing.
fn without_nulls(
    batches: Vec<RecordBatch>,
    schema: &SchemaRef,
) -> Result<(Vec<RecordBatch>, SchemaRef), arrow::error::ArrowError> {
    if schema.fields().iter().all(|field| *field.data_type() != DataType::Null) {
        return Ok((batches, Arc::clone(schema)));
    }
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Null => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
        _ => Arc::clone(field),
    };
    let schema = Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()));
    let of_batch =
        |batch: &RecordBatch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().iter().map(present).collect());
    Ok((batches.iter().map(of_batch).collect::<Result<_, _>>()?, schema))
}

/// Appends the values of a column to a list.
fn append(py: Python<'_>, values: &Bound<'_, PyList>, column: &ArrayRef) -> PyResult<()> {
    let fault = |error: arrow::error::ArrowError| refused(py, &error.to_string(), None);
    match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().try_for_each(|value| values.append(value)),
        kind if kind.is_integer() => {
            let numbers = cast(column, &DataType::Int64).map_err(fault)?;
            numbers.as_primitive::<Int64Type>().iter().try_for_each(|value| values.append(value))
        }
        kind if kind.is_numeric() => {
            let numbers = cast(column, &DataType::Float64).map_err(fault)?;
            numbers.as_primitive::<Float64Type>().iter().try_for_each(|value| values.append(value))
        }
        _ => {
            let texts = cast(column, &DataType::Utf8).map_err(fault)?;
            texts.as_string::<i32>().iter().try_for_each(|value| values.append(value))
        }
    }
}
