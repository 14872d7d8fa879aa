//! CSV whose cells are quoted, on the fast path: in partitions that begin wherever a record does.

use assist_data::{Columns, Error, LabelCells, NeedsStrictReader, NumberCells, Partitions, SchemaFile, Table};

#[derive(Debug)]
#[expect(dead_code, reason = "shown where a test fails")]
enum Fault {
    NeedsStrictReader(NeedsStrictReader),
    Data(Error),
}

impl From<NeedsStrictReader> for Fault {
    fn from(unusual: NeedsStrictReader) -> Self {
        Self::NeedsStrictReader(unusual)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Data(error)
    }
}

/// The cells of each row: `a`, `d`, and the label as it is.
fn fast_rows(text: &str, partition_bytes: u64) -> (usize, Vec<(f64, String, String)>) {
    let table = Table::from_csv_text("t.csv", text).expect("readable").with_partition_bytes(partition_bytes);
    let file: SchemaFile = toml::from_str("target = 'y'\n[numeric.a]\n[categorical.d]").expect("a schema");
    let schema = file.resolve(&table, false).expect("resolved");
    let partitions = Partitions::new(&table, &schema, None).expect("usual");
    let mut rows = Vec::new();
    for partition in 0..partitions.len() {
        let mut of_partition = Vec::new();
        let names = partitions.for_each_block::<Fault>(partition, Columns::All, |block| {
            let LabelCells::Single(labels) = block.labels else { return Err(NeedsStrictReader.into()) };
            for (row, label) in labels.iter().enumerate() {
                let number = match block.numbers[0] {
                    NumberCells::Each(values) => values[row],
                    NumberCells::Coded { codes, values } => values[codes[row] as usize],
                };
                let level = &block.categories[0].levels[block.categories[0].codes[row] as usize];
                of_partition.push((number, level.clone(), *label));
            }
            Ok(())
        });
        let names = names.expect("usual");
        let named =
            of_partition.into_iter().map(|(number, level, label)| (number, level, names[usize::from(label)].clone()));
        rows.extend(named);
    }
    (partitions.len(), rows)
}

/// Some cells have line breaks and quotes, which look like records from within.
#[test]
fn a_partition_may_begin_next_to_any_line_break_in_quotes() {
    let texts = [
        "plain",
        "two\nlines",
        "\n",
        "",
        "a \"word\"",
        "7,x,1\n8,y,0\n",
        "\"\n\"",
        "\n\",\"\n",
        "long enough to be kept apart",
    ];
    let rows: Vec<(f64, String, String)> = (0..400_usize)
        .map(|row| {
            let label = if row % 2 == 0 { "no" } else { "yes" };
            ((row % 90) as f64, texts[row % texts.len()].to_owned(), label.to_owned())
        })
        .collect();
    for (quote_all, line_end) in [(true, "\n"), (false, "\n"), (true, "\r\n"), (false, "\r\n")] {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut csv = format!("\"a\",\"d\",\"y\"{line_end}");
        for (number, text, label) in &rows {
            let number = if quote_all { quoted(&number.to_string()) } else { number.to_string() };
            csv += &format!("{number},{},{}{line_end}", quoted(text), quoted(label));
        }
        for partition_bytes in [1 << 24, 1000, 301, 64, 7_usize] {
            let (n_partitions, found) = fast_rows(&csv, partition_bytes as u64);
            assert_eq!(found, rows);
            assert!(n_partitions > csv.len() / (partition_bytes + 300), "{n_partitions}");
        }
    }
}

/// Of each distinct cell there is one code, quoted or bare, with escapes in its neighbourhood or without.
#[test]
fn a_level_is_the_same_quoted_and_bare() {
    let lines = "1,x,no\n\"1\",\"x\",\"yes\"\n";
    let csv = "a,d,y\n".to_owned() + &lines.repeat(2000) + "1,\"say \"\"hi\"\"\",no\n" + &lines.repeat(2000);
    let (_, rows) = fast_rows(&csv, 1 << 24);
    assert_eq!(rows.len(), 8001);
    assert!(rows.iter().filter(|(number, level, _)| *number == 1.0 && level == "x").count() == 8000);
    assert_eq!(rows[4000].1, "say \"hi\"");
}
