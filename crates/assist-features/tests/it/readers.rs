//! The fast path through a table against the strict reader, on random tables and random damage: what the fast path takes, the
//! strict reader takes, and both make the same of it; and what is wrong is said in the same words.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assist_data::{Columns, Format, NeedsStrictReader, Partitions, SchemaFile, Table, TableWriter};
use assist_features::{Design, LabelScan, MissingPolicy};
use proptest::prelude::*;

use crate::both_ways::{both_ways_agree, encoded, schema_of};

const POLICIES: [MissingPolicy; 4] =
    [MissingPolicy::Auto, MissingPolicy::Error, MissingPolicy::Drop, MissingPolicy::Level];

const SCHEMA: &str = "target = 'y'\n[numeric.a]\nmin = -50\n[numeric.b]\n[categorical.d]\n[categorical.e]";

#[derive(Debug, Clone)]
enum Damage {
    Insert(u8),
    Replace(u8),
    Remove,
    Cut,
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let byte = || prop::sample::select(b"\",\n\r\0 x5.-\xff\xc3e".to_vec());
    prop_oneof![
        3 => byte().prop_map(Damage::Insert),
        3 => byte().prop_map(Damage::Replace),
        1 => Just(Damage::Remove),
        1 => Just(Damage::Cut),
    ]
}

fn damaged(mut bytes: Vec<u8>, damage: &[(prop::sample::Index, Damage)], from: usize) -> Vec<u8> {
    for (place, damage) in damage {
        if bytes.len() <= from {
            break;
        }
        let at = from + place.index(bytes.len() - from);
        match damage {
            Damage::Insert(byte) => bytes.insert(at, *byte),
            Damage::Replace(byte) => bytes[at] = *byte,
            Damage::Remove => drop(bytes.remove(at)),
            Damage::Cut => bytes.truncate(at),
        }
    }
    bytes
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..12_i32).prop_map(|n| n.to_string()),
        2 => (-40.0..40.0_f64).prop_map(|n| n.to_string()),
        1 => prop::sample::select(vec!["-0", "1e1", " 7", "+3", "007", "-0.0", "5.0", "1E-3"]).prop_map(str::to_owned),
        1 => (-3_000_000..3_000_000_i32).prop_map(|n| (f64::from(n) / 60_000.0).to_string()),
    ]
}

fn cell_text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["Phone", "Watch", "Feature Phone", "Überuhr", "a much longer level than others"])
            .prop_map(str::to_owned),
        1 => "[a-c]{1,3}",
        1 => prop::sample::select(vec!["a,b", "x\ny", "say \"hi\"", "\r\n", "(missing)", "\"", "1"]).prop_map(str::to_owned),
    ]
}

fn any_label() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["0", "1", "1.0", "0", "0", "1", "0", "1", ""])
}

#[derive(Debug, Clone)]
struct AnyRow {
    a: String,
    b: String,
    d: String,
    e: String,
    y: &'static str,
    quoted: bool,
}

prop_compose! {
    fn any_row(gaps: bool)(
        a in number(), b in number(), d in cell_text(), e in cell_text(), y in any_label(), quoted: bool, gap in 0..30_u8
    ) -> AnyRow {
        let keep = |index: u8, text: String| if gaps && gap == index { String::new() } else { text };
        AnyRow { a: keep(0, a), b: keep(1, b), d: keep(2, d), e: keep(3, e), y, quoted }
    }
}

prop_compose! {
    /// CSV text with quotes where they are needed, and sometimes where they are not.
    fn any_csv()(gaps in any::<bool>())(
        rows in prop::collection::vec(any_row(gaps), 4..120), end in prop::sample::select(vec!["\n", "\r\n"]),
        mark in any::<bool>(), finished in any::<bool>()
    ) -> String {
        let mut text = if mark { "\u{feff}".to_owned() } else { String::new() };
        text.push_str(&format!("user_id,a,d,b,e,y{end}"));
        let quote = |text: &str, always: bool| {
            if always || text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
        };
        for (index, row) in rows.iter().enumerate() {
            let cells = [quote(&row.a, row.quoted), quote(&row.d, row.quoted), row.b.clone(), quote(&row.e, false)];
            text.push_str(&format!("{index},{},{}{end}", cells.join(","), row.y));
        }
        if !finished {
            text.truncate(text.trim_end().len());
        }
        text
    }
}

fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs_err::write(&path, bytes).expect("written");
    path
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn csv_tables_are_read_the_same_way(
        text in any_csv(), policy in prop::sample::select(POLICIES.to_vec()), part_bytes in 20..3000_u64,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any_damage()), 0..3)
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = write_file(folder.path(), "t.csv", &damaged(text.into_bytes(), &damage, 0));
        if let Ok(table) = Table::open(&[path]) {
            let table = table.with_partition_bytes(part_bytes);
            if let Some(schema) = schema_of(&table, SCHEMA) {
                both_ways_agree(&table, &schema, policy);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn tables_of_every_other_format_are_read_the_same_way(
        text in any_csv(), policy in prop::sample::select(POLICIES.to_vec()), part_bytes in 20..3000_u64,
        ending in prop::sample::select(vec!["parquet", "arrow", "jsonl"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any_damage()), 0..3)
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = Table::from_csv_text("t.csv", text.trim_start_matches('\u{feff}')).expect("readable");
        let path = folder.path().join(format!("t.{ending}"));
        let columns: Vec<&str> = csv.columns().iter().map(String::as_str).collect();
        let mut writer: Option<TableWriter> = None;
        for batch in csv.batches(&columns, 50).expect("readable") {
            let record = batch.expect("readable").record;
            if writer.is_none() {
                writer = Some(TableWriter::create(&path, Format::of_ending(&path).expect("known"), &record.schema()).expect("created"));
            }
            writer.as_mut().expect("created").write(&record).expect("written");
        }
        writer.expect("some rows").finish().expect("finished");
        // The mark of a binary format stays, so that it is not taken for CSV.
        let bytes = damaged(fs_err::read(&path).expect("read"), &damage, 8);
        fs_err::write(&path, bytes).expect("written");
        if let Ok(table) = Table::open(&[path]) {
            let table = table.with_partition_bytes(part_bytes);
            if let Some(schema) = schema_of(&table, SCHEMA) {
                both_ways_agree(&table, &schema, policy);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn record_batches_are_read_the_same_way(
        text in any_csv(), policy in prop::sample::select(POLICIES.to_vec()), batch_rows in 1..60_usize
    ) {
        let csv = Table::from_csv_text("t.csv", text.trim_start_matches('\u{feff}')).expect("readable");
        let columns: Vec<&str> = csv.columns().iter().map(String::as_str).collect();
        let batches = csv.batches(&columns, batch_rows).expect("readable");
        let batches = batches.map(|batch| batch.expect("readable").record).collect();
        let table = Table::from_batches("t", batches).expect("some rows");
        if let Some(schema) = schema_of(&table, SCHEMA) {
            both_ways_agree(&table, &schema, policy);
        }
    }
}

/// So many rows that they are counted while they are read, of which some have rare values that make the table grow, against
/// the same rows a few at a time.
#[test]
fn counting_while_reading_is_counting_after_it() {
    let header = "a,b,d,y\n";
    let mut state = 1_u64;
    let mut line = |row: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let rare = if row % 9_000 == 8_999 { row } else { random % 11 };
        let level = if random.is_multiple_of(97) { String::new() } else { format!("l{}", random % 5) };
        format!("{},{rare},{level},{}\n", (random % 23) as f64 / 2.0, (random / 23) % 2)
    };
    let lines: Vec<String> = (0..70_000).map(&mut line).collect();
    let open =
        |lines: &[String]| Table::from_csv_text("t.csv", &(header.to_owned() + &lines.concat())).expect("readable");
    for (part_bytes, policy) in [(1 << 24, MissingPolicy::Level), (100_000, MissingPolicy::Drop)] {
        let table = open(&lines).with_partition_bytes(part_bytes);
        let schema = schema_of(&table, "target = 'y'\n[categorical.d]").expect("resolved");
        let observations = LabelScan::read(&table, &schema, policy, None).expect("two classes");
        let encoded = observations.encode_all().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        assert_eq!(space.numeric[1].training_range, (0.0, 62_999.0));
        assert_eq!(space.categorical[0].levels.len(), if policy == MissingPolicy::Level { 6 } else { 5 });
        let counted = encoded.design_by_row(&space).design;
        assert!(counted.is_merged() && counted.n_rows() < 5_000, "{} rows", counted.n_rows());

        let mut expected = BTreeMap::new();
        for lines in lines.chunks(10_000) {
            let table = open(lines);
            let observations = LabelScan::read(&table, &schema, policy, None).expect("two classes");
            let built = observations.encode_all().expect("usable").design_by_row(&space);
            assert!(!built.design.is_merged() && built.rejected == 0);
            add_totals(&built.design, &mut expected);
        }
        let mut found = BTreeMap::new();
        add_totals(&counted, &mut found);
        assert_eq!(found, expected);
    }
}

/// Records longer than the buffer they are read into, with line breaks inside quotes, in a column that is dropped and in
/// one that is not; read in partitions that begin in their midst.
#[test]
fn long_records_are_read_the_same_way() {
    let mut text = "a,user_id,d,y\n".to_owned();
    for row in 0..200 {
        let long = if row % 20 == 7 { "say \"\"hi\"\",\n0,1\n".repeat(1000 * (row / 20)) } else { String::new() };
        let level = if row == 147 { "x\n".repeat(30_000) } else { format!("l{}", row % 3) };
        text.push_str(&format!("{},\"{long}\",\"{level}\",{}\n", row % 5, row % 2));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = write_file(folder.path(), "t.csv", text.as_bytes());
    for part_bytes in [1 << 24, 50_000, 9_000] {
        let table = Table::open(std::slice::from_ref(&path)).expect("readable").with_partition_bytes(part_bytes);
        let schema = schema_of(&table, "target = 'y'").expect("resolved");
        assert_eq!(schema.dropped, ["user_id"]);
        both_ways_agree(&table, &schema, MissingPolicy::Error);
    }
}

/// Ranges of rows inside one row group, and partitions of several row groups.
#[test]
fn pieces_of_parquet_files_are_read_the_same_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |row: u64| format!("{},{},l{},{}\n", row as f64 / 7.0, row * 7919 % 90, row * 31 % 5, row * 37 % 11 / 6);
    let text = "a,b,d,y\n".to_owned() + &(0..150_000).map(line).collect::<String>();
    let csv = Table::from_csv_text("t.csv", &text).expect("readable");
    for (batch_rows, row_group_rows, n_partitions) in [(150_000, 150_000, 3), (1000, 1000, 3), (70_000, 140_000, 3)] {
        let path = folder.path().join(format!("{row_group_rows}.parquet"));
        let properties = parquet::file::properties::WriterProperties::builder()
            .set_max_row_group_row_count(Some(row_group_rows))
            .build();
        let mut writer = None;
        for batch in csv.batches(&["a", "b", "d", "y"], batch_rows).expect("readable") {
            let record = batch.expect("readable").record;
            let writer = writer.get_or_insert_with(|| {
                let file = fs_err::File::create(&path).expect("created").into_parts().0;
                parquet::arrow::ArrowWriter::try_new(file, record.schema(), Some(properties.clone())).expect("begun")
            });
            writer.write(&record).expect("written");
        }
        writer.expect("some rows").close().expect("finished");
        let table = Table::open(&[path]).expect("readable");
        let schema = schema_of(&table, "target = 'y'\n[numeric.a]\n[numeric.b]").expect("resolved");
        assert_eq!(Partitions::new(&table, &schema, None).expect("usual").len(), n_partitions);
        both_ways_agree(&table, &schema, MissingPolicy::Error);
    }
}

/// Were everything left to the strict reader, the two would agree as well.
#[test]
fn well_formed_tables_take_the_fast_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let text: String = (0..500).map(|row| format!("{row},{},l {},{}\n", row % 7, row % 3, row % 2)).collect();
    let csv = Table::from_csv_text("t.csv", &format!("user_id,a,d,y\n{text}")).expect("readable");
    for ending in ["csv", "parquet", "arrow", "jsonl"] {
        let path = folder.path().join(format!("t.{ending}"));
        let record = csv.batches(&["user_id", "a", "d", "y"], 1000).expect("readable").next().expect("rows");
        let record = record.expect("readable").record;
        let mut writer =
            TableWriter::create(&path, Format::of_ending(&path).expect("known"), &record.schema()).expect("created");
        writer.write(&record).expect("written");
        writer.finish().expect("finished");
        let table = Table::open(&[path]).expect("readable").with_partition_bytes(2000);
        let schema = schema_of(&table, "target = 'y'\n[numeric.a]").expect("resolved");
        let partitions = Partitions::new(&table, &schema, None).expect("usual");
        let mut n_rows = 0;
        for partition in 0..partitions.len() {
            let names = partitions.for_each_block::<Fault>(partition, Columns::All, |block| {
                n_rows += block.n_rows;
                Ok(())
            });
            assert_eq!(names.expect("usual").len(), 2, "{ending}");
        }
        assert_eq!(n_rows, 500, "{ending}");
        assert!(partitions.len() > 1 || ending == "parquet" || ending == "arrow");
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown where a test fails")]
enum Fault {
    NeedsStrictReader(NeedsStrictReader),
    Data(assist_data::Error),
}

impl From<NeedsStrictReader> for Fault {
    fn from(unusual: NeedsStrictReader) -> Self {
        Self::NeedsStrictReader(unusual)
    }
}

impl From<assist_data::Error> for Fault {
    fn from(error: assist_data::Error) -> Self {
        Self::Data(error)
    }
}

/// Counts beyond a byte, in both subsets of a split, from single labels and from a table of counts; against counting by hand.
#[test]
fn counts_beyond_a_byte_are_whole_in_both_subsets() {
    let (mut single, mut counted) = ("a,d,y\n".to_owned(), "a,d,n0,n1\n".to_owned());
    let mut expected = [BTreeMap::new(), BTreeMap::new()];
    let mut expected_counted = expected.clone();
    let (mut seen, mut seen_counted) = ([0_u64; 2], [0_u64; 2]);
    for row in 0..70_000_u64 {
        // Late values make the table grow after its bytes have overflown.
        let (a, d) = (if row > 60_000 { row % 5 } else { row % 3 }, row % 2);
        let key = vec![(a as f64).to_bits(), (d as f64).to_bits()];
        let class = usize::from(row % 7 > 2);
        single.push_str(&format!("{a},l{d},{class}\n"));
        let subset = usize::from(seen[class] % 3 == 2);
        expected[subset].entry(key.clone()).or_insert([0; 2])[class] += 1;
        seen[class] += 1;
        let counts = [row % 4, row * 31 % 900];
        counted.push_str(&format!("{a},l{d},{},{}\n", counts[0], counts[1]));
        for (class, n) in counts.into_iter().enumerate() {
            for _ in 0..n {
                let subset = usize::from(seen_counted[class] % 3 == 2);
                expected_counted[subset].entry(key.clone()).or_insert([0; 2])[class] += 1;
                seen_counted[class] += 1;
            }
        }
    }
    for (text, counts, expected) in [(&single, false, expected), (&counted, true, expected_counted)] {
        let table = Table::from_csv_text("t.csv", text).expect("readable").with_partition_bytes(200_000);
        let file: SchemaFile = toml::from_str("target = 'y'").expect("a schema");
        let schema = file.resolve(&table, counts).expect("resolved");
        let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
        let (space, subsets) = encoded(&observations).expect("usable");
        for (subset, expected) in subsets.into_iter().zip(expected) {
            let built = subset.design_by_row(&space);
            assert!(built.design.is_merged() && built.rejected == 0);
            let mut found = BTreeMap::new();
            add_totals(&built.design, &mut found);
            assert_eq!(found, expected);
        }
    }
}

/// Whether rows are counted or not, and in which order, must not depend on who reads which partition.
#[test]
fn the_number_of_threads_changes_nothing() {
    // With 580 days there are 52,200 cells for 70,000 rows, with 590 there are 53,100, which is too many.
    for (n_days, is_counted) in [(580, true), (590, false)] {
        let line = |row: u64| format!("{},{},{}\n", row * n_days / 70_000, row * 7919 % 90, row * 31 % 5 / 3);
        let text = "day,b,y\n".to_owned() + &(0..70_000).map(line).collect::<String>();
        let table = Table::from_csv_text("t.csv", &text).expect("readable").with_partition_bytes(50_000);
        let schema = schema_of(&table, "target = 'y'").expect("resolved");
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None).expect("two classes");
                let encoded = observations.encode_all().expect("usable");
                let space = encoded.learn_space().expect("learnt");
                (encoded.design_by_row(&space).design, space)
            })
        };
        let (one, space) = with_threads(1);
        assert_eq!(one.is_merged(), is_counted);
        for threads in [2, 5] {
            let (design, other_space) = with_threads(threads);
            assert!(design == one && other_space == space, "{threads} threads, {n_days} days");
        }
    }
}

/// A table with few of a model's many levels.
#[test]
fn codes_are_those_of_the_space_and_not_of_the_table() {
    let open = |lines: &str| Table::from_csv_text("t.csv", &format!("d,y\n{lines}")).expect("readable");
    let all = open(&(0..600).map(|row| format!("l{:03},{}\n", row % 300, row / 300)).collect::<String>());
    let schema = schema_of(&all, "target = 'y'").expect("resolved");
    let encode = |table: &Table| {
        let observations = LabelScan::read(table, &schema, MissingPolicy::Error, None).expect("two classes");
        observations.encode_all().expect("usable")
    };
    let space = encode(&all).learn_space().expect("learnt");
    let few = open(&(0..70_000).map(|row| format!("l{},{}\n", 298 + row % 3, row % 2)).collect::<String>());
    let built = encode(&few).design_by_row(&space);
    assert!(built.design.is_merged());
    assert_eq!(built.rejected, 23_333, "`l300` is no level of the model");
    let dense = built.design.to_dense();
    for (row, feature) in [(0, "d_l298"), (1, "d_l299")] {
        let index = space.features().iter().position(|known| known.name == feature).expect("known");
        assert_eq!(dense.row(row).iter().sum::<f64>(), 1.0);
        assert_eq!(dense[[row, index]], 1.0, "{feature}");
    }
}

/// How often each row of features was seen.
fn add_totals(design: &Design, totals: &mut BTreeMap<Vec<u64>, [u64; 2]>) {
    let dense = design.to_dense();
    for (row, counts) in dense.rows().into_iter().zip(design.counts()) {
        let total = totals.entry(row.iter().map(|cell| cell.to_bits()).collect()).or_default();
        total[0] += counts[0];
        total[1] += counts[1];
    }
}
