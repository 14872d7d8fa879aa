//! Tables and models that the benches share.

pub mod draws;
pub mod simulation;

use std::path::{Path, PathBuf};

use assist_data::{Format, Generator, LabelLaw, Schema, SchemaFile, Table, TableWriter};
use assist_features::{DesignWithRejects, Encoded, LabelScan, MissingPolicy};

/// A generated table in a folder that goes away with it.
#[derive(Debug)]
pub struct Fixture {
    folder: tempfile::TempDir,
    rows: u64,
}

impl Fixture {
    /// A table of `rows` rows with the noisy label.
    pub fn new(rows: u64) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), rows }
    }

    /// The table as a file of the format that `ending` stands for.
    pub fn file(&self, ending: &str) -> PathBuf {
        let path = self.folder.path().join(format!("table.{ending}"));
        if !path.exists() {
            let format = Format::of_ending(&path).expect("a known ending");
            let mut generator = Generator::new(self.rows, 1, LabelLaw::Noisy);
            let mut writer = TableWriter::create(&path, format, &Generator::schema()).expect("a writer");
            while let Some(batch) = generator.next_batch(8192) {
                writer.write(&batch).expect("written");
            }
            writer.finish().expect("finished");
        }
        path
    }
}

/// The table of a file and the roles of its columns.
pub fn open(path: &Path) -> (Table, Schema) {
    let table = Table::open(&[path.to_owned()]).expect("a table");
    let file = SchemaFile { target: Some("needs_assistance_flag".into()), ..SchemaFile::default() };
    let schema = file.resolve(&table, false).expect("a schema");
    (table, schema)
}

/// All rows of a file, coded.
pub fn encode(path: &Path) -> Encoded {
    let (table, schema) = open(path);
    let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
    observations.encode_all().expect("usable")
}

/// The design of all rows of a file, in the feature space that is learnt on them.
pub fn design(path: &Path) -> DesignWithRejects {
    let encoded = encode(path);
    let space = encoded.learn_space().expect("learnt");
    encoded.design(&space)
}
