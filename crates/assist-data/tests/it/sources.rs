//! What a table can be read from: the same rows as the plain file, on the fast path and by the strict reader.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int8Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{DataType, Int8Type};
use assist_data::{Format, Table, TableOptions, TableWriter, text_column};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

use crate::batches::{rows, schema_of};

const SCHEMA: &str = "target = 'y'\n[numeric.a]\n[categorical.d]";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs_err::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs_err::write(&path, bytes).expect("written");
    path
}

fn open(path: &Path) -> Table {
    Table::open(&[path.to_owned()]).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn message(inputs: &[PathBuf]) -> String {
    Table::open(inputs).expect_err("refused").to_string()
}

/// All cells as text, row by row.
fn cells(table: &Table) -> Vec<Vec<Option<String>>> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for batch in table.batches(&columns, 7).expect("batches") {
        let record = batch.expect("a batch").record;
        let texts: Vec<StringArray> =
            record.columns().iter().map(|column| text_column(column).expect("text")).collect();
        all.extend((0..record.num_rows()).map(|row| {
            texts.iter().map(|column| column.is_valid(row).then(|| column.value(row).to_owned())).collect()
        }));
    }
    all
}

fn csv(n_rows: usize) -> String {
    let mut text = "a,d,y\n".to_owned();
    for row in 0..n_rows {
        let level = ["Phone", "", "a \"b\", c"][row % 3].replace('"', "\"\"");
        writeln!(text, "{},\"{level}\",{}", row as f64 / 4.0, row % 2).expect("written");
    }
    text
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("packed")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("rows")
}

fn parquet(batch: &RecordBatch, codec: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
    bytes
}

fn arrow_file(folder: &TempDir, name: &str, batch: &RecordBatch) -> PathBuf {
    let path = folder.path().join(name);
    let mut writer = TableWriter::create(&path, Format::ArrowIpc, &batch.schema()).expect("a writer");
    writer.write(batch).expect("written");
    writer.finish().expect("finished");
    path
}

#[test]
fn compressed_text_is_read_in_partitions_whatever_it_is_called() {
    let folder = folder();
    let text = csv(3000);
    let plain = open(&write(&folder, "plain.csv", text.as_bytes()));
    let expected = rows(&plain, &schema_of(&plain, SCHEMA));
    let halves = text.split_at(text.len() / 2);
    let members = [gzip(halves.0.as_bytes()), gzip(halves.1.as_bytes())].concat();
    for (name, bytes) in [
        ("t.csv.gz", gzip(text.as_bytes())),
        ("no-ending", members),
        ("t.csv.zst", zstd::encode_all(text.as_bytes(), 1).expect("packed")),
        ("t.zip", zip(&[("inner.csv", text.as_bytes())])),
        ("twice.zip.gz", gzip(&zip(&[("inner.csv.gz", &gzip(text.as_bytes()))]))),
    ] {
        let table = open(&write(&folder, name, &bytes)).with_partition_bytes(1000);
        assert_eq!(rows(&table, &schema_of(&table, SCHEMA)), expected, "{name}");
        assert_eq!(table.paths(), [folder.path().join(name)]);
    }
    let tabs = gzip(text.replace(',', "\t").as_bytes());
    assert_eq!(open(&write(&folder, "tabs.tsv.gz", &tabs)).columns(), ["a", "d", "y"]);
}

#[test]
fn compressed_tables_of_every_format_are_read() {
    let folder = folder();
    let table = batch(vec![
        ("a", Arc::new(Float64Array::from(vec![Some(1.5), None]))),
        ("d", Arc::new(StringArray::from(vec!["x", "z"]))),
        ("y", Arc::new(Int64Array::from(vec![0, 1]))),
    ]);
    let arrow = fs_err::read(arrow_file(&folder, "t.arrow", &table)).expect("a file");
    let lines = b"{\"a\": 1.5, \"d\": \"x\", \"y\": 0}\n{\"d\": \"z\", \"y\": 1}\n".to_vec();
    for bytes in [parquet(&table, Compression::SNAPPY), arrow, lines] {
        let table = open(&write(&folder, "t.gz", &gzip(&bytes)));
        let rows = rows(&table, &schema_of(&table, SCHEMA));
        assert_eq!(rows[0], (vec![Some("1.5".to_owned())], vec![Some("x".to_owned())], Some("0".to_owned())));
        assert_eq!(rows[1].0, [None]);
    }
}

#[test]
fn what_cannot_be_unpacked_is_named() {
    let folder = folder();
    let packed = gzip(csv(100).as_bytes());
    let cut = write(&folder, "cut.csv.gz", &packed[..packed.len() / 2]);
    let name = cut.display().to_string();
    assert!(message(&[cut]).starts_with(&format!("`{name}` is not a readable gzip file: ")));
    let two = write(&folder, "two.zip", &zip(&[("a.csv", b"a\n"), ("d/b.csv", b"b\n")]));
    let name = two.display().to_string();
    let words = format!("`{name}` is an archive of 2 files, `a.csv`, `d/b.csv`: only one can be the table");
    assert_eq!(message(&[two]), words);
    let empty = write(&folder, "empty.csv.gz", &gzip(b""));
    assert_eq!(message(std::slice::from_ref(&empty)), format!("`{}` is empty", empty.display()));
}

#[cfg(unix)]
#[test]
fn a_fifo_is_read_in_any_format() {
    let folder = folder();
    let table =
        batch(vec![("a", Arc::new(Int64Array::from(vec![1, 2]))), ("y", Arc::new(Int64Array::from(vec![0, 1])))]);
    for (name, bytes) in [("csv", b"a,y\n1,0\n2,1\n".to_vec()), ("parquet", parquet(&table, Compression::SNAPPY))] {
        let fifo = folder.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        let writer = {
            let fifo = fifo.clone();
            std::thread::spawn(move || {
                let mut file = std::fs::OpenOptions::new().write(true).open(fifo).expect("opened");
                file.write_all(&bytes).expect("written");
            })
        };
        let table = open(&fifo);
        writer.join().expect("written");
        assert_eq!(cells(&table), cells(&table));
        assert_eq!(cells(&table)[1], [Some("2".to_owned()), Some("1".to_owned())]);
    }
}

#[test]
fn every_codec_of_parquet_is_read() {
    let folder = folder();
    let table = batch(vec![("a", Arc::new(Int64Array::from_iter_values(0..500)))]);
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let path = write(&folder, "t.parquet", &parquet(&table, codec));
        assert_eq!(cells(&open(&path))[499], [Some("499".to_owned())], "{codec:?}");
    }
}

#[test]
fn dictionaries_over_any_type_are_read_as_their_values() {
    let folder = folder();
    let coded = |values: ArrayRef| -> ArrayRef {
        Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(vec![Some(1), Some(0), None, Some(1)]), values))
    };
    let table = batch(vec![
        ("whole", coded(Arc::new(Int64Array::from(vec![7, -2])))),
        ("float", coded(Arc::new(Float64Array::from(vec![Some(0.5), None])))),
        ("truth", coded(Arc::new(BooleanArray::from(vec![false, true])))),
        ("day", coded(Arc::new(Date32Array::from(vec![1, 2])))),
        ("text", coded(Arc::new(StringArray::from(vec!["x", "z"])))),
        ("y", Arc::new(Int64Array::from(vec![0, 1, 0, 1]))),
    ]);
    let from_memory = Table::from_batches("t", vec![table.clone()]).expect("a table");
    let of_parquet = write(&folder, "t.parquet", &parquet(&table, Compression::SNAPPY));
    for table in [from_memory, open(&of_parquet), open(&arrow_file(&folder, "t.arrow", &table))] {
        let names = ["whole", "float", "truth", "day"];
        let batch = table.batches(&names, 10).expect("batches").next().expect("one").expect("rows").record;
        let types: Vec<DataType> = batch.columns().iter().map(|column| column.data_type().clone()).collect();
        assert_eq!(types, [DataType::Int64, DataType::Float64, DataType::Boolean, DataType::Date32]);
        let schema = schema_of(&table, "target = 'y'\ndrop = ['day']\n[categorical.truth]\n[categorical.text]");
        let rows = rows(&table, &schema);
        assert_eq!(rows[0].0, [Some("-2".to_owned()), None]);
        assert_eq!(rows[1].0, [Some("7".to_owned()), Some("0.5".to_owned())]);
        assert_eq!(rows[2].1, [None, None]);
        assert_eq!(rows[3].1[1].as_deref(), Some("z"));
    }
}

#[test]
fn files_whose_types_differ_are_one_table() {
    let folder = folder();
    let ids = |n: i64| Arc::new(Int64Array::from_iter_values(0..n)) as ArrayRef;
    let of = |name: &str, a: ArrayRef, d: ArrayRef| {
        let n = i64::try_from(a.len()).expect("few");
        // Another order of columns as well.
        let columns =
            if name == "1" { vec![("a", a), ("d", d), ("y", ids(n))] } else { vec![("y", ids(n)), ("d", d), ("a", a)] };
        write(&folder, &format!("{name}.parquet"), &parquet(&batch(columns), Compression::SNAPPY))
    };
    let coded: DictionaryArray<Int8Type> = vec![Some("x"), None].into_iter().collect();
    let one = of("1", Arc::new(Int64Array::from(vec![3, 4])), Arc::new(coded));
    let two = of("2", Arc::new(Float64Array::from(vec![0.5, 2.0])), Arc::new(StringArray::from(vec!["x", "z"])));
    let table = Table::open(&[one.clone(), two]).expect("a table");
    let kinds = |table: &Table, columns: &[&str]| -> Vec<Vec<DataType>> {
        let batches = table.batches(columns, 100).expect("batches").map(|batch| batch.expect("rows").record);
        batches.map(|batch| batch.columns().iter().map(|column| column.data_type().clone()).collect()).collect()
    };
    assert_eq!(kinds(&table, &["a", "d"]), vec![vec![DataType::Float64, DataType::Utf8]; 2]);
    let schema = "target = 'y'\n[numeric.a]\n[categorical.d]"
        .replace("'y'", "'d'")
        .replace("\n[categorical.d]", "\n[numeric.y]");
    let found = rows(&table, &schema_of(&table, &schema));
    assert_eq!(found[0].0, [Some("3".to_owned()), Some("0".to_owned())]);
    assert_eq!(found[2], (vec![Some("0.5".to_owned()), Some("0".to_owned())], vec![], Some("x".to_owned())));
    // Numbers here and texts there are texts; a file without types takes them from all.
    let words = of("3", Arc::new(StringArray::from(vec!["few", "5"])), Arc::new(Int64Array::from(vec![7, 8])));
    let texts = Table::open(&[one.clone(), words]).expect("a table");
    assert_eq!(kinds(&texts, &["a", "d"]), vec![vec![DataType::Utf8, DataType::Utf8]; 2]);
    let found = rows(&texts, &schema_of(&texts, "target = 'y'\npositive = '1'\n[categorical.a]\n[categorical.d]"));
    let levels: Vec<_> = found.iter().map(|row| row.1[0].as_deref()).collect();
    assert_eq!(levels, [Some("3"), Some("4"), Some("few"), Some("5")]);
    let text = write(&folder, "4.csv", b"d,a,y\nx,2.5,1\n");
    let mixed = Table::open(&[one, text]).expect("a table");
    assert_eq!(kinds(&mixed, &["a", "y"]), vec![vec![DataType::Utf8, DataType::Utf8]; 2]);
    let found = rows(&mixed, &schema_of(&mixed, SCHEMA));
    assert_eq!(found[2], (vec![Some("2.5".to_owned())], vec![Some("x".to_owned())], Some("1".to_owned())));
}

#[test]
fn a_folder_is_a_table_with_the_columns_of_its_path() {
    let folder = folder();
    let table =
        batch(vec![("a", Arc::new(Int64Array::from(vec![1, 2]))), ("y", Arc::new(Int64Array::from(vec![0, 1])))]);
    let bytes = parquet(&table, Compression::SNAPPY);
    let value = |text: &str| Some(text.to_owned());
    let expected = [
        vec![value("1"), value("0"), value("2023"), value("pro & co")],
        vec![value("2"), value("1"), value("2023"), value("pro & co")],
        vec![value("1"), value("0"), value("2024"), None],
        vec![value("2"), value("1"), value("2024"), None],
    ];
    let lines = b"{\"a\":1,\"y\":0}\n{\"a\":2,\"y\":1}\n".to_vec();
    for (ending, bytes) in [
        ("parquet", bytes),
        ("csv", b"a,y\n1,0\n2,1\n".to_vec()),
        ("csv.gz", gzip(b"a,y\n1,0\n2,1\n")),
        ("jsonl", lines),
    ] {
        let root = format!("{ending}-table");
        write(&folder, &format!("{root}/year=2024/plan=__HIVE_DEFAULT_PARTITION__/part-0.{ending}"), &bytes);
        write(&folder, &format!("{root}/year=2023/plan=pro%20%26%20co/part-0.{ending}"), &bytes);
        write(&folder, &format!("{root}/_metadata"), b"no table");
        write(&folder, &format!("{root}/.hidden/part-0.{ending}"), b"no table");
        write(&folder, &format!("{root}/year=2023/.part-0.{ending}.crc"), b"no table");
        for input in [folder.path().join(&root), folder.path().join(&root).join("*/*").join(format!("*.{ending}"))] {
            let table = open(&input);
            assert_eq!(table.columns(), ["a", "y", "year", "plan"], "{ending}");
            assert_eq!(cells(&table), expected, "{ending}");
            let schema = schema_of(&table, "target = 'y'\n[numeric.year]\n[categorical.plan]");
            let strict = || assist_data::Partitions::strict(&table, &schema, None);
            let found = match assist_data::Partitions::new(&table, &schema, None) {
                Ok(_) => rows(&table, &schema),
                Err(assist_data::NeedsStrictReader) => crate::batches::rows_of(&strict()).expect("usable"),
            };
            assert_eq!(found[1].0, [value("2"), value("2023")]);
            assert_eq!((found[1].1.clone(), found[2].1.clone()), (vec![value("pro & co")], vec![None]));
        }
    }
    let empty = folder.path().join("empty");
    fs_err::create_dir_all(empty.join("_logs")).expect("made");
    assert_eq!(message(std::slice::from_ref(&empty)), format!("the folder `{}` has no table in it", empty.display()));
}

#[test]
fn names_with_characters_of_patterns_are_names() {
    let folder = folder();
    let names = ["a[1].csv", "b*.csv", "c?.csv", "[d]/e.csv"];
    for (index, name) in names.iter().enumerate() {
        let path = write(&folder, name, format!("a,y\n{index},1\n").as_bytes());
        assert_eq!(cells(&open(&path))[0][0], Some(index.to_string()), "{name}");
    }
    write(&folder, "[d]/f.csv", b"a,y\n9,1\n");
    let pattern = folder.path().join("[d]").join("?.csv");
    assert_eq!(cells(&open(&pattern)).len(), 2);
    assert!(message(&[folder.path().join("[d]").join("g*.csv")]).starts_with("no file matches `"));
    assert!(message(&["C:\\no\\such\\file.csv".into()]).contains("C:\\no\\such\\file.csv"));
}

#[test]
fn an_array_of_objects_has_the_rows_of_its_lines() {
    let folder = folder();
    let pretty =
        "[\n  {\n    \"a\": 1.5,\n    \"d\": \"x,]\\n\",\n    \"y\": true\n  },\n  {\"y\": false, \"d\": null}\n]\n";
    let table = open(&write(&folder, "t.txt", pretty.as_bytes()));
    assert_eq!(table.columns(), ["a", "d", "y"]);
    assert_eq!(table.format(), Format::JsonLines);
    assert_eq!(cells(&table)[0][1].as_deref(), Some("x,]\n"));
    for (text, place) in [
        ("[{\"a\": 1},\n\n{\"a\": 1, \"b\": 2, \"a\": 3}]", "row 2"),
        ("{\"a\": 1}\n\n{\"a\": 1, \"b\": 2, \"a\": 3}\n", "line 3"),
    ] {
        let path = write(&folder, "doubled.json", text.as_bytes());
        let words =
            format!("{place} of `{}` is not a JSON object of plain values: key `a` occurs twice", path.display());
        assert_eq!(message(&[path]), words);
    }
    let column = write(&folder, "column.csv", b"[a],y\n1,0\n");
    assert_eq!(open(&column).columns(), ["[a]", "y"]);
}

#[test]
fn many_columns_take_no_longer_than_their_cells() {
    let names: Vec<String> = (0..100_000).map(|index| format!("c{index}")).collect();
    let row = vec!["1"; names.len()].join(",");
    let table = Table::from_csv_text("wide", &format!("{}\n{row}\n{row}\n", names.join(","))).expect("a table");
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let batch = table.batches(&columns, 10).expect("batches").next().expect("one").expect("rows").record;
    assert_eq!((batch.num_columns(), batch.num_rows()), (100_000, 2));

    let folder = folder();
    let cells: Vec<String> = names[..20_000].iter().map(|name| format!("\"{name}\":1")).collect();
    let object = format!("{{{}}}\n", cells.join(","));
    let table = open(&write(&folder, "wide.jsonl", object.repeat(3).as_bytes()));
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let batch = table.batches(&columns, 10).expect("batches").next().expect("one").expect("rows").record;
    assert_eq!((batch.num_columns(), batch.num_rows()), (20_000, 3));
}

/// A workbook with two sheets, as spreadsheets write them: shared texts, styles of dates, and a cell without a value.
fn workbook() -> Vec<u8> {
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let of_package = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
        </Relationships>";
    let rels = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
        <Relationship Id=\"r2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet2.xml\"/>\
        </Relationships>";
    let book = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
        <sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"Other\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>";
    let styles = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
        <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let strings = "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>d</t></si><si><t>x, \"y\"\nz</t></si></sst>";
    let cell = |at: &str, kind: &str, value: &str| format!("<c r=\"{at}\" {kind}><v>{value}</v></c>");
    let sheet = |rows: &str| {
        format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
        )
    };
    let rows = [
        // The table begins in the third row and the second column; a row in its middle is empty.
        format!(
            "<row r=\"3\">{}{}{}{}</row>",
            cell("B3", "t=\"str\"", "a"),
            cell("C3", "t=\"s\"", "0"),
            cell("D3", "t=\"str\"", "when"),
            cell("E3", "t=\"str\"", "y")
        ),
        format!(
            "<row r=\"4\">{}{}{}{}</row>",
            cell("B4", "", "0.1"),
            cell("C4", "t=\"s\"", "1"),
            cell("D4", "s=\"1\"", "45000"),
            cell("E4", "t=\"b\"", "1")
        ),
        "<row r=\"5\"><c r=\"B5\" s=\"1\"/></row>".to_owned(),
        format!(
            "<row r=\"6\">{}{}{}</row>",
            cell("B6", "", "12"),
            cell("C6", "t=\"e\"", "#N/A"),
            cell("E6", "t=\"b\"", "0")
        ),
    ];
    let other = sheet(&format!(
        "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
        cell("A1", "t=\"str\"", "only"),
        cell("A2", "", "1e300")
    ));
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", of_package.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet(&rows.concat()).as_bytes()),
        ("xl/worksheets/sheet2.xml", other.as_bytes()),
    ])
}

#[test]
fn a_sheet_is_a_table_whose_places_are_its_rows() {
    let folder = folder();
    let path = write(&folder, "book.bin", &workbook());
    let table = open(&path);
    assert_eq!(table.columns(), ["a", "d", "when", "y"]);
    let value = |text: &str| Some(text.to_owned());
    let found = cells(&table);
    assert_eq!(found[0][..3], [value("0.1"), value("x, \"y\"\nz"), value("2023-03-15")]);
    assert_eq!(found[1][..3], [value("12"), value("#N/A"), None]);
    assert!(found[0][3].as_deref().is_some_and(|truth| truth.eq_ignore_ascii_case("true")));
    assert_eq!(table.syntax()[0].sheet.as_deref(), Some("Data"));
    let places: Vec<String> =
        (0..2).map(|row| table.place(assist_data::RowPosition { source: 0, row }).to_string()).collect();
    assert_eq!(places, [format!("row 4 of `{}`", path.display()), format!("row 6 of `{}`", path.display())]);

    let named = |sheet: &str| {
        Table::open_with(
            std::slice::from_ref(&path),
            &TableOptions { sheet: Some(sheet.to_owned()), ..TableOptions::default() },
        )
    };
    assert_eq!(named("Other").expect("a table").columns(), ["only"]);
    let error = named("other").expect_err("no such sheet");
    assert_eq!(error.to_string(), format!("`{}` has no sheet `other`", path.display()));
    assert_eq!(error.advice().map(|advice| advice.to_string()).as_deref(), Some("the sheets are `Data`, `Other`"));
    let packed = open(&write(&folder, "book.gz", &gzip(&workbook())));
    assert_eq!(packed.columns(), ["a", "d", "when", "y"]);
}

#[test]
fn one_batch_of_an_arrow_file_comes_in_slices() {
    let folder = folder();
    let table = batch(vec![("a", Arc::new(Int64Array::from_iter_values(0..5000)))]);
    let table = open(&arrow_file(&folder, "t.arrow", &table));
    let batches: Vec<_> = table.batches(&["a"], 2048).expect("batches").map(|batch| batch.expect("rows")).collect();
    let starts: Vec<(u64, usize)> = batches.iter().map(|batch| (batch.first_row, batch.record.num_rows())).collect();
    assert_eq!(starts, [(0, 2048), (2048, 2048), (4096, 904)]);
}
