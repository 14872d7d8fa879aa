//! Tables as people write them: each shape by itself, read as the plain table is, with its places and what is said of it.

use assist_data::{Error, FileSyntax, Table, TableOptions, text_column};
use tempfile::TempDir;

/// The columns and the rows of a table.
type Cells = (Vec<String>, Vec<Vec<String>>);

/// A table, and the folder that its file is in.
fn open(bytes: impl AsRef<[u8]>, options: &TableOptions) -> Result<(Table, TempDir), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    fs_err::write(&path, bytes).expect("written");
    Ok((Table::open_with(&[path], options)?, folder))
}

fn cells_of(table: &Table) -> Result<Cells, Error> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for batch in table.batches(&columns, 100)? {
        let record = batch?.record;
        let texts: Vec<_> = record.columns().iter().map(|column| text_column(column).expect("text")).collect();
        for row in 0..record.num_rows() {
            let cell = |column: &arrow::array::StringArray| column.iter().nth(row).flatten().unwrap_or("").to_owned();
            rows.push(texts.iter().map(cell).collect());
        }
    }
    Ok((table.columns().to_vec(), rows))
}

fn read_with(bytes: impl AsRef<[u8]>, options: &TableOptions) -> Result<Cells, String> {
    let read = open(bytes, options).and_then(|(table, _folder)| cells_of(&table));
    read.map_err(|error| words(&error.to_string()))
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Cells, String> {
    read_with(bytes, &TableOptions::default())
}

/// A message without the folder of the file.
fn words(message: &str) -> String {
    match (message.find('`'), message.rfind("/t.csv`")) {
        (Some(_), Some(end)) => {
            let start = message[..end].rfind('`').unwrap_or(0);
            format!("{}`{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

fn syntax(text: impl AsRef<[u8]>) -> FileSyntax {
    let (table, _folder) = open(text, &TableOptions::default()).expect("readable");
    FileSyntax { name: "t.csv".to_owned(), ..table.syntax().remove(0) }
}

#[track_caller]
fn check(text: impl AsRef<[u8]>, columns: &str, rows: &[&str]) {
    let (found, cells) = read(text.as_ref()).unwrap_or_else(|error| panic!("{error}: {}", shown(text.as_ref())));
    assert_eq!(found.join("/"), columns, "{}", shown(text.as_ref()));
    let cells: Vec<String> = cells.iter().map(|row| row.join("/")).collect();
    assert_eq!(cells, rows, "{}", shown(text.as_ref()));
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[test]
fn delimiters_are_detected() {
    for (text, columns, rows) in [
        ("a,b\n1,2\n3,4\n", "a/b", ["1/2", "3/4"]),
        ("a;b\n1;2\n3;4\n", "a/b", ["1/2", "3/4"]),
        ("a\tb\n1\t2\n3\t4\n", "a/b", ["1/2", "3/4"]),
        ("a|b\n1|2\n3|4\n", "a/b", ["1/2", "3/4"]),
        ("a b\n1 2\n3 4\n", "a/b", ["1/2", "3/4"]),
        // Decimal commas, with and without a header.
        ("x;y;k\n1,5;2,5;a\n2,5;3,5;b\n", "x/y/k", ["1,5/2,5/a", "2,5/3,5/b"]),
        ("x\ty\n1,5\t2,5\n3,5\t4,5\n", "x/y", ["1,5/2,5", "3,5/4,5"]),
        ("\"x\";\"y\"\n\"1,5\";\"a\"\n\"2,5\";\"b\"\n", "x/y", ["1,5/a", "2,5/b"]),
        ("Umsatz, netto;k\n1,5;a\n2,5;b\n", "Umsatz, netto/k", ["1,5/a", "2,5/b"]),
        // Other delimiters inside quotes, in free text, in names.
        ("a,b,y\n1,\"x;y;z\",0\n2,\"x;y;z\",1\n", "a/b/y", ["1/x;y;z/0", "2/x;y;z/1"]),
        ("id,genres,y\n1,Toy|Kids,0\n2,Toy|Fun,1\n", "id/genres/y", ["1/Toy|Kids/0", "2/Toy|Fun/1"]),
        ("name\tage\nSmith, John\t3\nDoe, Jane\t4\n", "name/age", ["Smith, John/3", "Doe, Jane/4"]),
        ("Name, first\tage\nSmith, John\t3\nDoe, Jane\t4\n", "Name, first/age", ["Smith, John/3", "Doe, Jane/4"]),
        ("text\ty\nwell, so, what\t0\nno\t1\n", "text/y", ["well, so, what/0", "no/1"]),
        ("\"name, first\",c\nuser0,1\nuser1,2\n", "name, first/c", ["user0/1", "user1/2"]),
        ("\"a;b\";c\n1;2\n3;4\n", "a;b/c", ["1/2", "3/4"]),
        ("name;amount\nSmith, John;1,5\nDoe, Jane;2,5\n", "name/amount", ["Smith, John/1,5", "Doe, Jane/2,5"]),
        // Dates and times.
        ("t;v\n2024-01-01 10:00;1\n2024-01-01 11:00;2\n", "t/v", ["2024-01-01 10:00/1", "2024-01-01 11:00/2"]),
        ("t,v\n10:00:00,1\n11:00:00,2\n", "t/v", ["10:00:00/1", "11:00:00/2"]),
        // One column.
        ("x\n1\n2\n", "x", ["1", "2"]),
        ("x\n1,5\n2,5\n", "x", ["1,5", "2,5"]),
        ("name\nJohn Smith\nJane Doe\n", "name", ["John Smith", "Jane Doe"]),
        // Line ends.
        ("a;b\r\n1;2\r\n3;4\r\n", "a/b", ["1/2", "3/4"]),
        ("a;b\r1;2\r3;4\r", "a/b", ["1/2", "3/4"]),
        ("a;b\n\n1;2\n\n\n3;4\n\n\n", "a/b", ["1/2", "3/4"]),
        ("a;b\n1;2\n3;4", "a/b", ["1/2", "3/4"]),
        ("\u{feff}\"a\";\"b\"\n1;2\n3;4\n", "a/b", ["1/2", "3/4"]),
        // What spreadsheets say in the first line.
        ("sep=;\na;b\n1;2\n3;4\n", "a/b", ["1/2", "3/4"]),
        ("sep=;\r\na;b\r\n1,5;2\r\n3,5;4\r\n", "a/b", ["1,5/2", "3,5/4"]),
        ("\"sep=\t\"\na\tb\n1\t2\n3\t4\n", "a/b", ["1/2", "3/4"]),
        // Single quotes, where they are sure.
        ("'a','b'\n'x, y','2'\n'z','4'\n", "a/b", ["x, y/2", "z/4"]),
        ("a;b\n'it''s; so';2\n'z';4\n", "a/b", ["it's; so/2", "z/4"]),
        ("a,b\n'tis,2\n'twas,4\n", "a/b", ["'tis/2", "'twas/4"]),
    ] {
        check(text, columns, &rows);
    }
}

#[test]
fn files_of_one_row_or_none_are_read() {
    check("a;b\n1,5;2,5\n", "a/b", &["1,5/2,5"]);
    check("a,b,c\n1,x;y,3\n", "a/b/c", &["1/x;y/3"]);
    check("a\tb\n1\t2", "a/b", &["1/2"]);
    check("visits;spend;plan\n3;170,60;family\n", "visits/spend/plan", &["3/170,60/family"]);
    check("\"name; all\",b\n\"x\",2\n", "name; all/b", &["x/2"]);
    check("Export\n\na;b;c\n1;2;3\n", "a/b/c", &["1/2/3"]);
    check("a;b;y\n", "a/b/y", &[]);
    check("a;b;y", "a/b/y", &[]);
    check("a\n", "a", &[]);
}

#[test]
fn lines_above_the_header_are_passed_over() {
    let rows = ["1/2/x", "3/4/y"];
    let table = "a,b,k\n1,2,x\n3,4,y\n";
    for above in [
        "Report\n",
        "Report\nGenerated 2024-03-01 09:12 by us\n\n",
        "\"Report, all of it\"\n\n",
        "Generated: 2024-03-01, 09:12\n",
        "user: me\nrows: 2\n",
        "Report, 2024\n\n",
        "Report,,\nGenerated,2024-03-01,\n,,\n",
        "Report,,\n",
        "\n\n",
        "# comment\n",
        "# one\n# two, with a comma\n\n",
        "# one, two, three\n",
        "#\n",
        "Report, for all, 2024\n\n",
        "a title; with, other, signs, in it\n",
    ] {
        check(format!("{above}{table}"), "a/b/k", &rows);
        check(format!("{above}{table}").replace('\n', "\r\n"), "a/b/k", &rows);
        let error = read(format!("{above}{table}5,6\n")).expect_err("a short row");
        let line = above.matches('\n').count() + 4;
        assert_eq!(error, format!("line {line} of `t.csv` has 2 cells where the header has 3"), "{above}");
    }
    check("Report\n\nname,city,y\nAnn,Bonn,a\nBen,Bonn,b\n", "name/city/y", &["Ann/Bonn/a", "Ben/Bonn/b"]);
    check("# a comment\n1,x,0\n2,x,1\n5,x,1\n", "column 1/column 2/column 3", &["1/x/0", "2/x/1", "5/x/1"]);
}

#[test]
fn a_header_that_does_not_fit_is_not_passed_over() {
    for (text, error) in [
        ("a,b,y\n1,2,0,9\n1,3,1,9\n", "line 2 of `t.csv` has 4 cells where the header has 3"),
        (
            "name,city,y\nSmith,John,Bonn,yes\nDoe,Jane,Rome,no\n",
            "line 2 of `t.csv` has 4 cells where the header has 3",
        ),
        ("text\nfoo, bar\nbaz, qux\n", "line 2 of `t.csv` has 2 cells where the header has 1"),
        ("a,y\n1,0\n2\n", "line 3 of `t.csv` has 1 cells where the header has 2"),
        ("a;b;y\n1;2;0\n3;4;1\nTotal;6\n", "line 4 of `t.csv` has 2 cells where the header has 3"),
        ("name,city,y\nSmith, John,Bonn,1\nDoe, Jane,Rome,0\n", "line 2 of `t.csv` has 4 cells where the header has 3"),
    ] {
        assert_eq!(read(text).expect_err("a fault"), error, "{text}");
    }
}

#[test]
fn comments_are_told_from_values() {
    check("a,b\n1,2\n# a remark\n3,4\n", "a/b", &["1/2", "3/4"]);
    check("a,b\n# a remark\n1,2\n3,4\n", "a/b", &["1/2", "3/4"]);
    check("# top\n# more\na,b\n1,2\n# a remark; of, some, length\n3,4\n", "a/b", &["1/2", "3/4"]);
    check("colour,y\n#ff0000,1\n#00ff00,0\n", "colour/y", &["#ff0000/1", "#00ff00/0"]);
    check("#id,name\n1,x\n2,y\n", "#id/name", &["1/x", "2/y"]);
    check("# top\n#id,name\n1,x\n2,y\n", "#id/name", &["1/x", "2/y"]);
    check("#id\n1\n2\n", "#id", &["1", "2"]);
    let error = read("colour,y\n#ff0000,1\n# a remark\n#00ff00,0\n").expect_err("unclear");
    assert_eq!(error, "line 3 of `t.csv` has 1 cells where the header has 2");
    let percent = TableOptions { comment: Some('%'), ..TableOptions::default() };
    let (columns, rows) = read_with("% top\na,b\n% x\n1,2\n%\n3,4\n", &percent).expect("read");
    assert_eq!((columns.join("/"), rows.len()), ("a/b".to_owned(), 2));
    // Lines are those of the file.
    let error = read("# top\na,b\n1,2\n# remark\n\n3,4\n5\n").expect_err("a short row");
    assert_eq!(error, "line 7 of `t.csv` has 1 cells where the header has 2");
}

#[test]
fn columns_without_a_name_are_named_by_their_place() {
    check(",a,b\n0,1,2\n1,3,4\n", "column 1/a/b", &["0/1/2", "1/3/4"]);
    check("a,b,\n1,2,\n3,4,\n", "a/b/column 3", &["1/2/", "3/4/"]);
    check("a,b\n1,2,\n3,4,\n", "a/b/column 3", &["1/2/", "3/4/"]);
    check("a,b,\n1,2\n3,4\n", "a/b", &["1/2", "3/4"]);
    check(",a,,\n0,1,2,3\n1,3,4,5\n", "column 1/a/column 3/column 4", &["0/1/2/3", "1/3/4/5"]);
    check("Unnamed: 0,a\n0,1\n1,3\n", "Unnamed: 0/a", &["0/1", "1/3"]);
    // As R writes row names.
    check("\"a\" \"b\"\n\"1\" 1 \"x\"\n\"2\" 3 \"y\"\n", "column 1/a/b", &["1/1/x", "2/3/y"]);
    check("\"a\",\"b\"\n\"Mazda\",1,2\n\"Fiat\",3,4\n", "column 1/a/b", &["Mazda/1/2", "Fiat/3/4"]);
    check("a\tb\nMazda RX\t1\t2\nFiat\t3\t4\n", "column 1/a/b", &["Mazda RX/1/2", "Fiat/3/4"]);
    check("a,b\n1,1,2\n2,3,4\n", "column 1/a/b", &["1/1/2", "2/3/4"]);
    assert_eq!(read("a,b,a\n1,2,3\n").expect_err("doubled"), "column `a` occurs twice in the header of `t.csv`");
}

#[test]
fn a_first_row_is_no_header() {
    let text = "2,239.92,basic,0\n7,292.55,family,0\n1,126.95,family,0\n5,1,basic,1\n";
    let names = "column 1/column 2/column 3/column 4";
    check(text, names, &["2/239.92/basic/0", "7/292.55/family/0", "1/126.95/family/0", "5/1/basic/1"]);
    check(
        text.replace(',', ";").replace('.', ","),
        names,
        &["2/239,92/basic/0", "7/292,55/family/0", "1/126,95/family/0", "5/1/basic/1"],
    );
    let (table, _folder) = open(text, &TableOptions::default()).expect("readable");
    let error = table.batches(&["churned"], 10).err().expect("no such column");
    assert_eq!(
        words(&error.to_string()),
        "column `churned` is missing: line 1 of `t.csv` looks like data, so there is no header"
    );
    assert_eq!(
        error.advice().expect("advice").to_string(),
        "name a column by its place: `column 1`, `column 2`, `column 3`, `column 4`; if that line does hold the names, say so in a schema: `header = true` under `[table]`"
    );
    let stated = TableOptions { header: Some(true), ..TableOptions::default() };
    assert_eq!(read_with(text, &stated).expect("read").0, ["2", "239.92", "basic", "0"]);
    let stated = TableOptions { header: Some(false), ..TableOptions::default() };
    let (columns, rows) = read_with("a,b\n1,2\n", &stated).expect("read");
    assert_eq!((columns.join("/"), rows.len()), ("column 1/column 2".to_owned(), 2));
}

#[test]
fn statements_overrule_and_contradictions_are_named() {
    let with = |options: &str| toml_options(options);
    let (columns, rows) = read_with("x\ny\na;b\n1;2\n", &with("skip_lines = 2\ndelimiter = ';'")).expect("read");
    assert_eq!((columns.join("/"), rows.len()), ("a/b".to_owned(), 1));
    let (columns, _) = read_with("a,b;c\n1,2;3\n", &with("delimiter = ','")).expect("read");
    assert_eq!(columns, ["a", "b;c"]);
    for (text, options, error) in [
        (
            "a,b\n1,2\n3,4\n",
            "delimiter = ';'",
            "`;` is stated as the delimiter, but in `t.csv` line 1 has `,` between its cells",
        ),
        (
            "x\n\na\tb\n1\t2\n3\t4\n",
            "delimiter = ';'",
            "`;` is stated as the delimiter, but in `t.csv` line 3 has a tab between its cells",
        ),
        (
            "sep=,\na,b\n1,2\n",
            "delimiter = ';'",
            "`;` is stated as the delimiter, but in `t.csv` its first line says that `,` is",
        ),
        ("a,b\n1,2\n", "skip_lines = 5", "the first 5 lines are to be skipped, but in `t.csv` the file has 2"),
        ("a,b\n1,2\n", "delimiter = ','\ncomment = ','", "`,` is stated as the delimiter and as the mark of comments"),
    ] {
        assert_eq!(read_with(text, &with(options)).expect_err("a contradiction"), error, "{text}");
    }
    // One column, of which a stated delimiter says nothing.
    assert_eq!(read_with("x\n1\n2\n", &with("delimiter = ';'")).expect("read").0, ["x"]);
}

/// `key = value` lines, as a schema file has them.
fn toml_options(text: &str) -> TableOptions {
    let mut options = TableOptions::default();
    for line in text.lines() {
        let (key, value) = line.split_once(" = ").expect("a pair");
        let value = value.trim_matches('\'');
        match key {
            "delimiter" => options.delimiter = value.chars().next(),
            "comment" => options.comment = value.chars().next(),
            "skip_lines" => options.skip_lines = value.parse().ok(),
            _ => panic!("{key}"),
        }
    }
    options
}

fn utf16(text: &str, low_first: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn utf16_is_read_by_its_mark_and_without_one() {
    let text = "größe\tb\r\n1\t2\r\n3\tx😀\r\n";
    for (bytes, encoding) in [
        (utf16(&format!("\u{feff}{text}"), true), "UTF-16 LE"),
        (utf16(&format!("\u{feff}{text}"), false), "UTF-16 BE"),
        (utf16("größe\tb\r\n1\t2\r\n3\tx\r\n", true), "UTF-16 LE"),
    ] {
        let (columns, rows) = read(&bytes).expect("read");
        assert_eq!((columns.join("/"), rows.len()), ("größe/b".to_owned(), 2));
        assert_eq!(syntax(&bytes).to_string(), format!("`t.csv`: tabs between cells, {encoding}"));
    }
    let error = read(utf16("\u{feff}a\tb\n1\t2\n3\n", true)).expect_err("a short row");
    assert_eq!(error, "line 3 of `t.csv` has 1 cells where the header has 2");
    let mut cut = utf16("\u{feff}a\tb\n1\t2\n", true);
    cut.pop();
    assert_eq!(read(&cut).expect_err("cut off"), "line 2 of `t.csv` is not UTF-16 text, as the file is up to there");
    assert_eq!(read(b"\xff\xfe\0\0a\0\0\0").expect_err("refused"), "`t.csv` is UTF-32 text");
}

#[test]
fn other_encodings_are_named() {
    for (bytes, message, likely) in [
        (
            &b"stadt;y\nK\xf6ln;1\n"[..],
            "line 2 of `t.csv` is not UTF-8 text: column `stadt` has `K\u{fffd}ln`",
            "Windows-1252",
        ),
        (&b"gr\xf6\xdfe;y\n1;1\n"[..], "line 1 of `t.csv` is not UTF-8 text", "Windows-1252"),
        (
            &b"a;y\n\xcc\xee\xf1\xea\xe2\xe0;1\n"[..],
            "line 2 of `t.csv` is not UTF-8 text: column `a` has `\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}`",
            "Windows-1251",
        ),
    ] {
        let error =
            open(bytes, &TableOptions::default()).and_then(|(table, _folder)| cells_of(&table)).expect_err("not UTF-8");
        assert_eq!(words(&error.to_string()), message);
        assert!(
            error.advice().expect("advice").to_string().contains(&format!("iconv -f {likely} -t UTF-8")),
            "{message}"
        );
    }
    // What stands above the header need not be read.
    check(b"Auswertung f\xfcr K\xf6ln\n\na;b\n1;2\n3;4\n", "a/b", &["1/2", "3/4"]);
}

#[test]
fn rows_of_another_length_come_with_a_hint() {
    for (text, hint) in [
        ("a,b\n1,2\n3,4\nTotal\n", "take the line away if it is no row but a sum or a note"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "a cell that holds a comma must stand in double quotes"),
        ("a;b\n1;2\n3;4;5\n6;7\n", "a cell that holds `;` must stand in double quotes"),
        ("a,b\n1,2\n3\n6,7\n", "the row is cut off"),
        ("colour,y\n#ff0000,1\n# a remark\n#00ff00,0\n", "state `#` as what comments begin with"),
        ("Title\n1,2,7\n3,4,5\n", "state how many lines stand above"),
    ] {
        let error =
            open(text, &TableOptions::default()).and_then(|(table, _folder)| cells_of(&table)).expect_err("a fault");
        let advice = error.advice().expect("advice").to_string();
        assert!(advice.contains(hint), "{text}: {advice}");
    }
}

#[test]
fn what_was_found_is_said() {
    for (text, said) in [
        ("a,b\n1,2\n", "CSV"),
        ("x\n1\n", "CSV"),
        ("a;b\n1;2\n", "semicolons between cells"),
        ("Export\n\na;b\n1;2\n3;4\n", "semicolons between cells, header on line 3 after 2 other lines"),
        ("# top\na,b\n1,2\n", "header on line 2 after 1 other line"),
        ("a,b\n# remark\n1,2\n", "lines that begin with `#` are comments"),
        ("1,x\n2,x\n5,y\n", "no header, so columns are named by their place"),
        (",a\n0,5\n1,6\n", "a column has no name, called `column 1`"),
        ("'a','b'\n'1','2'\n'3','4'\n", "`'` around cells"),
    ] {
        let found = syntax(text);
        assert_eq!(found.to_string(), format!("`t.csv`: {said}"), "{text}");
        assert_eq!(found.is_plain(), said == "CSV");
    }
}

#[test]
fn a_column_that_is_not_found_comes_with_a_hint() {
    for (text, column, hint) in [
        ("a^y\n1^2\n", "y", "the only column is `a^y`: state what stands between cells"),
        ("a, y\n1, 2\n", "y", "there is a column ` y`; names must match exactly"),
        ("0,1,2\n5,6,7\n8,9,9\n", "y", "if these are values of a first row, state that there is no header"),
        ("a,b\n1,2\n", "y", "the columns are `a`, `b`"),
    ] {
        let (table, _folder) = open(text, &TableOptions::default()).expect("readable");
        let error = table.batches(&[column], 10).err().expect("no such column");
        let advice = error.advice().expect("advice").to_string();
        assert!(advice.ends_with(hint), "{text}: {advice}");
    }
}

#[test]
fn files_of_one_table_may_be_written_in_several_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs_err::write(&path, bytes).expect("written");
        path
    };
    let paths = [
        write("1.csv", b"a,b\n1,2\n"),
        write("2.csv", b"Report\n\nb;a\n4;3\n6;5\n"),
        write("3.txt", &utf16("\u{feff}a\tb\n7\t8\n", true)),
    ];
    let table = Table::open(&paths).expect("one table");
    let (_, rows) = cells_of(&table).expect("read");
    assert_eq!(rows, [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]);
    assert_eq!(table.syntax().len(), 3);
    assert_eq!(table.paths().len(), 3);
}

#[test]
fn wide_tables_and_long_lines_are_read() {
    let names: Vec<String> = (0..100_000).map(|index| format!("name{index}")).collect();
    let row = vec!["1.5"; 100_000].join(";");
    let (columns, rows) = read(format!("{}\n{row}\n{row}\n", names.join(";"))).expect("read");
    assert_eq!((columns.len(), rows.len(), rows[1].len()), (100_000, 2, 100_000));
    let long = "x".repeat(300_000);
    check(format!("a;b\n{long};1\n{long};2\n"), "a/b", &[format!("{long}/1").as_str(), format!("{long}/2").as_str()]);
}
