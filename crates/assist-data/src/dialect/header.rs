//! Whether the first line of a table has the names of the columns, and what these are.

use std::collections::HashSet;

use crate::dialect::body::{Body, Shape};
use crate::dialect::kinds::{Kind, kind_of};

/// Whether the first record is beyond doubt a row like those below it, so that there is no header: its cells are numbers
/// where theirs are, and its texts are levels that occur again. Names that are numbers are known: years, a sequence from
/// zero, points on a scale.
pub(crate) fn is_absent(body: &Body<'_, '_>) -> bool {
    if body.shape != Shape::Same || body.rows.is_empty() {
        return false;
    }
    let cells: Vec<&[u8]> = body.header.cells.iter().map(|cell| cell.bytes.trim_ascii()).collect();
    let (mut numbers, mut dates, mut texts, mut recurring) = (Vec::new(), 0, 0, 0);
    // Where files were put together the header occurs again, which says nothing of the first line.
    let others: Vec<_> = body
        .rows
        .iter()
        .filter(|row| row.cells.iter().zip(&body.header.cells).any(|(cell, name)| cell.bytes != name.bytes))
        .collect();
    for (column, (name, kind)) in body.columns().enumerate() {
        let Some(name) = name else { return false };
        match (kind, kind_of(&name.text())) {
            (_, Kind::Missing) => {}
            (Some(Kind::Number), Kind::Number) => {
                // A name in quotes above bare numbers was written as a text.
                if name.is_quoted && body.rows.iter().any(|row| !row.cells[column].is_quoted) {
                    return false;
                }
                numbers.push((column, name.text().trim().replace(',', ".")));
            }
            (Some(Kind::Date), Kind::Date) => dates += 1,
            (Some(_), _) => return false,
            (None, _) => {
                texts += 1;
                let recurs = others.iter().any(|row| row.cells[column].bytes == name.bytes);
                recurring += usize::from(recurs);
            }
        }
    }
    if numbers.is_empty() && dates == 0 {
        let mut seen = HashSet::new();
        let is_doubled = cells.iter().any(|cell| !seen.insert(*cell));
        return texts >= 2 && recurring == texts && (texts >= 3 || is_doubled);
    }
    if recurring > 0 || dates > 0 {
        return true;
    }
    let names: Vec<f64> = numbers.iter().filter_map(|(_, text)| text.parse().ok()).collect();
    if names.len() < numbers.len() {
        // Currency signs and the like: nobody writes them into a name that is nothing else.
        return texts == 0;
    }
    if names.iter().any(|name| name.is_sign_negative()) {
        return true;
    }
    let fractions = names.iter().any(|name| name.fract() != 0.0);
    if texts > 0 && !fractions && names.len() < 2 {
        return false;
    }
    if !may_be_names(&names) {
        return true;
    }
    // A sequence: names of points on a scale, or values that happen to ascend, which then lie among those of their columns.
    !is_counted(&names)
        && names.len() > 1
        && numbers.iter().zip(&names).all(|((column, _), name)| is_among(body, *column, *name))
}

/// Whether numbers can be names: distinct, in ascending or descending order, not a mixture as rows have it.
fn may_be_names(names: &[f64]) -> bool {
    let is_year = |name: &f64| name.fract() == 0.0 && (1800.0..=2200.0).contains(name);
    let ascends = names.windows(2).all(|pair| pair[0] < pair[1]);
    let descends = names.windows(2).all(|pair| pair[0] > pair[1]);
    match names {
        [] => true,
        [name] => name.fract() == 0.0,
        _ => {
            ascends || descends || {
                let distinct: HashSet<u64> = names.iter().map(|name| name.to_bits()).collect();
                names.iter().all(is_year) && distinct.len() == names.len()
            }
        }
    }
}

/// Whether the numbers count columns: 0, 1, 2 or 1, 2, 3.
fn is_counted(names: &[f64]) -> bool {
    matches!(names.first(), Some(first) if *first == 0.0 || *first == 1.0)
        && names.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
}

/// Whether a number lies between the least and the greatest of a column.
fn is_among(body: &Body<'_, '_>, column: usize, number: f64) -> bool {
    let values =
        body.rows.iter().filter_map(|row| row.cells[column].text().trim().replace(',', ".").parse::<f64>().ok());
    let (least, greatest) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
    (least..=greatest).contains(&number)
}

/// The names of columns: those without one are named by their place. Gives the names that were given, too.
pub(crate) fn named(mut names: Vec<String>) -> (Vec<String>, Vec<String>) {
    if names.iter().all(|name| !name.trim().is_empty()) {
        return (names, Vec::new());
    }
    let taken: HashSet<String> = names.iter().cloned().collect();
    let mut given = Vec::new();
    for (index, name) in names.iter_mut().enumerate() {
        if name.trim().is_empty() {
            *name = by_place(index);
            while taken.contains(name) {
                name.push_str(" (unnamed)");
            }
            given.push(name.clone());
        }
    }
    (names, given)
}

/// The name of a column that has none.
pub(crate) fn by_place(index: usize) -> String {
    format!("column {}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::records::{Marks, records};

    fn absent(text: &str) -> bool {
        let marks = Marks { delimiter: b',', quote: b'"', comment: None };
        let records = records(text.as_bytes(), marks, true);
        let n_columns = records.last().expect("a record").cells.len();
        Body::new(&records, n_columns, b',').is_some_and(|body| is_absent(&body))
    }

    #[test]
    fn rows_are_no_headers() {
        for text in [
            "2,239.92,basic,0\n7,292.55,family,0\n1,126.95,family,0\n12,1,basic,1\n",
            "2,239.92,Smith,0\n7,292.55,Jones,0\n",
            "6,148,72,35,0,33.6,0.627,50,1\n1,85,66,29,0,26.6,0.351,31,0\n",
            "5.1,3.5,1.4,0.2,Iris-setosa\n4.9,3.0,1.4,0.2,Iris-setosa\n",
            "-1.5,2\n3,4\n",
            "p,x,s,n\ne,x,y,w\np,b,s,n\ne,x,s,n\n",
            "2024-01-01,3\n2024-01-02,5\n",
            "1,5.5,100\n0,3.5,90\n2,7.5,110\n",
            "3,x,$5.00\n2,y,$6.00\n2,x,$6.00\n",
            "2,239.92,basic,0\n7,,family,0\nNA,126.95,basic,0\n",
        ] {
            assert!(absent(text), "{text}");
        }
    }

    #[test]
    fn headers_are_no_rows_though_names_are_numbers() {
        for text in [
            "a,b\n1,2\n",
            "2019,2020,2021,y\n5.5,3,2,0\n1,2,3,1\n",
            "2019,2020,2021\n5.5,3,2\n1,2,3\n",
            "country,2021,2020,2019\nde,1,2,3\nfr,4,5,6\n",
            "0,1,2,3\n0.5,1.5,2.5,7\n-1,0,4,1\n5,6,7,8\n",
            "sample,400.5,401,401.5\ns1,0.1,0.2,0.3\ns2,0.3,0.1,0.2\n",
            "id,name\n1,x\n2,y\n",
            "name,city\nAnn,Bonn\nBen,Köln\n",
            "yes,no\nno,no\nyes,yes\n",
            "name,city,y\nAnn,Bonn,a\nname,city,y\nBen,Bonn,b\n",
            "\"1\",\"7\",\"3\"\n4,5,6\n",
            "x\n1\n",
            "7,name\n3,x\n4,y\n",
            "a,b\n",
            "2020-01-01,2020-02-01\n5,6\n",
        ] {
            assert!(!absent(text), "{text}");
        }
    }

    #[test]
    fn what_has_no_name_is_named_by_its_place() {
        let named = |names: &[&str]| named(names.iter().map(|name| (*name).to_owned()).collect()).0;
        assert_eq!(named(&["a", "", " ", "Unnamed: 0"]), ["a", "column 2", "column 3", "Unnamed: 0"]);
        assert_eq!(named(&["column 2", ""]), ["column 2", "column 2 (unnamed)"]);
        assert_eq!(named(&["column 2", "", "column 2 (unnamed)"])[1], "column 2 (unnamed) (unnamed)");
    }
}
