//! Is the label of a table a formula of its columns?

use assist_audit::{CodedRows, audit};
use assist_data::{SchemaFile, Table, sklearn_test_rows};
use assist_features::{LabelScan, MissingPolicy};

/// Runs the example.
pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let row = |i: u32| format!("{},{},{}\n", i % 5, i * 7 % 97, u8::from(i % 5 > 2 || i * 7 % 97 > 60));
    let text = (0..500).map(row).fold("errors,time,help\n".to_owned(), |text, row| text + &row);
    let table = Table::from_csv_text("users.csv", &text)?;
    let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
    let labels = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
    let [train, test] = labels.encode(&sklearn_test_rows(labels.label_counts(), 0.2, 42)?)?;
    let space = train.learn_space()?;
    let (train, test) = (train.design(&space).design, test.design(&space).design);

    let audit = audit(&CodedRows::new(&space, &train, &test), &train, &test)?;
    assert_eq!(audit.rule.as_deref(), Some("errors >= 3 OR time > 60"));
    assert_eq!((audit.exceptions, audit.rows), (0, 500));
    // What was found, and how far it is to be believed, line by line.
    assert_eq!(audit.lines()[..2], ["rule: errors >= 3 OR time > 60", "exceptions: 0 in 500"]);
    Ok(())
}
