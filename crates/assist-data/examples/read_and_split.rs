//! Reads a table, and splits its rows into training and test rows: the very rows that scikit-learn would draw.

use assist_data::{BatchLabels, Reader, SchemaFile, Table, sklearn_split, sort_labels};

pub(crate) fn main() -> Result<(), assist_data::Error> {
    // Files are opened by `Table::open(&["logs/*.parquet".into()])`, record batches taken by `Table::from_batches`.
    let text =
        "user_id,errors,device,help\n1,3,Phone,yes\n2,0,Watch,no\n3,4,Phone,yes\n4,,Phone,no\n5,1,Watch,no\n6,2,,yes\n";
    let table = Table::from_csv_text("users.csv", text)?;
    let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
    assert_eq!(schema.feature_columns().collect::<Vec<_>>(), ["errors", "device"]);

    // Labels are numbered as they occur; a split takes for class 0 the one that sorts first.
    let mut reader = Reader::new(&table, &schema)?;
    let mut seen = Vec::new();
    while let Some(batch) = reader.next().transpose()? {
        let BatchLabels::Single(labels) = batch.labels else { continue };
        seen.extend(labels.into_iter().flatten());
    }
    let mut sorted = reader.labels().to_vec();
    sort_labels(&mut sorted);
    let classes: Vec<u8> =
        seen.iter().map(|label| u8::from(reader.labels()[usize::from(*label)] == sorted[1])).collect();
    assert_eq!((sorted, classes.as_slice()), (vec!["no".into(), "yes".into()], [1, 0, 1, 0, 0, 1].as_slice()));

    let split = sklearn_split(&classes, 0.34, 42)?;
    assert_eq!((split.train.len(), split.test.len()), (3, 3));
    Ok(())
}
