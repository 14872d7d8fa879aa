//! Damaged files: a message, never a panic that gets out, and never more memory than a small file deserves.
//!
//! The test runs itself again as a process that may not have much memory: what asks for more ends it, as it would end the
//! program on any machine for a length that is wrong enough.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::Int8Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use assist_data::{Columns, Partitions, SchemaFile, Table};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::batches::Fault;

/// Set in the process that may not have much memory.
const CHILD: &str = "ASSIST_DATA_DAMAGED";
/// Its memory in KiB. The test itself takes a part of that.
const MEMORY_KIB: u32 = 1 << 20;

/// Some rows of most types, with values that compress well.
fn rows() -> RecordBatch {
    let coded: DictionaryArray<Int8Type> = ["x", "y", "x", "z"].repeat(10).into_iter().map(Some).collect();
    let columns: [(&str, ArrayRef); 5] = [
        ("a", Arc::new(Int64Array::from(vec![7; 40]))),
        ("b", Arc::new(Float64Array::from([Some(1.5), None].repeat(20)))),
        ("c", Arc::new(coded)),
        ("d", Arc::new(StringArray::from(vec!["the same text"; 40]))),
        ("e", Arc::new(StringViewArray::from(vec!["a text that is not inlined"; 40]))),
    ];
    RecordBatch::try_from_iter(columns).expect("rows")
}

fn arrow_file(options: IpcWriteOptions) -> Vec<u8> {
    let rows = rows();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &rows.schema(), options).expect("a writer");
    writer.write(&rows).expect("written");
    writer.into_inner().expect("finished")
}

fn arrow_stream(options: IpcWriteOptions) -> Vec<u8> {
    let rows = rows();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &rows.schema(), options).expect("a writer");
    writer.write(&rows).expect("written");
    writer.into_inner().expect("finished")
}

fn parquet(codec: Compression) -> Vec<u8> {
    let rows = rows();
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).expect("a writer");
    writer.write(&rows).expect("written");
    writer.into_inner().expect("finished")
}

/// Reads everything in every way. Values may be other ones; how many rows there are is what is given back.
fn read(path: &std::path::Path) -> Result<usize, Fault> {
    let table = Table::open(&[path.to_owned()])?;
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let mut n_rows = 0;
    for batch in table.batches(&columns, 1000)? {
        n_rows += batch?.record.num_rows();
    }
    let schema = "target = 'c'\n[numeric.a]\n[numeric.b]\n[categorical.d]\n[categorical.e]";
    let schema = toml::from_str::<SchemaFile>(schema).expect("a schema").resolve(&table, false)?;
    let partitions = Partitions::new(&table, &schema, None)?;
    for partition in 0..partitions.len() {
        partitions.for_each_block::<Fault>(partition, Columns::All, |_| Ok(()))?;
    }
    Ok(n_rows)
}

fn damage_every_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged");
    let compressed = |codec| IpcWriteOptions::default().try_with_compression(Some(codec)).expect("a codec");
    let files = [
        arrow_file(IpcWriteOptions::default()),
        arrow_file(compressed(CompressionType::ZSTD)),
        arrow_file(compressed(CompressionType::LZ4_FRAME)),
        arrow_stream(IpcWriteOptions::default()),
        arrow_stream(compressed(CompressionType::LZ4_FRAME)),
        parquet(Compression::SNAPPY),
        parquet(Compression::ZSTD(ZstdLevel::default())),
    ];
    let write = |bytes: &[u8]| {
        // A file that is written over is flushed to the disk by some file systems; a new one is not.
        let _ = fs_err::remove_file(&path);
        fs_err::write(&path, bytes).expect("written");
    };
    for (number, file) in files.iter().enumerate() {
        write(file);
        assert!(matches!(read(&path), Ok(40) | Err(Fault::NeedsStrictReader)), "file {number} is whole");
        let mut bytes = file.clone();
        for at in 0..file.len() {
            // The high byte of a length, its low byte, its sign: one of them does most harm.
            bytes[at] = [file[at] ^ 0x40, file[at] ^ 0xff, 0x7f][at % 3];
            write(&bytes);
            match read(&path) {
                Ok(n_rows) => assert!(n_rows <= 1 << 20, "file {number}, byte {at}"),
                Err(Fault::NeedsStrictReader) => {}
                Err(Fault::Data(error)) => assert!(!error.to_string().is_empty()),
            }
            bytes[at] = file[at];
        }
        for length in (0..file.len()).step_by(7) {
            write(&file[..length]);
            let _ = read(&path).is_ok();
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_wrong_byte_is_a_message_in_little_memory() {
    if std::env::var_os(CHILD).is_some() {
        std::panic::set_hook(Box::new(|panic| {
            // Panics of readers become errors; those of this file must be seen.
            if panic.location().is_some_and(|place| place.file().ends_with("damaged.rs")) {
                let _ = writeln!(std::io::stdout(), "{panic}");
            }
        }));
        damage_every_byte();
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let arguments = "--exact damaged::a_wrong_byte_is_a_message_in_little_memory --nocapture --test-threads=1";
    let script = format!("ulimit -v {MEMORY_KIB} && exec \"$0\" {arguments}");
    let child = Command::new("sh").args(["-c", &script]).arg(program).env(CHILD, "1").output().expect("a process");
    let said = [child.stdout, child.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(child.status.success(), "{}: {said}", child.status);
}
