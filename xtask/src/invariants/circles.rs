//! No files of a crate import each other in a circle: each knows only what lies beneath it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Import;

/// One shortest circle of each knot of files.
pub(super) fn circles(crates: &BTreeMap<String, Vec<Import>>) -> Vec<String> {
    crates.iter().flat_map(|(folder, imports)| of_crate(folder, imports)).collect()
}

fn of_crate(folder: &str, imports: &[Import]) -> Vec<String> {
    let mut uses: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
    for import in imports {
        uses.entry(&import.from).or_default().push(import);
    }
    let mut left: BTreeSet<&str> = uses.keys().copied().collect();
    let mut violations = Vec::new();
    while let Some(circle) = left.iter().filter_map(|file| way(&uses, file, file)).min_by_key(Vec::len) {
        let start = circle[0].from.as_str();
        let knot: Vec<&str> = left
            .iter()
            .copied()
            .filter(|&file| file == start || (way(&uses, start, file).is_some() && way(&uses, file, start).is_some()))
            .collect();
        violations.push(message(folder, &circle, knot.len()));
        left.retain(|file| !knot.contains(file));
    }
    violations
}

/// The fewest imports that lead from one file to another; from a file to itself, a circle.
fn way<'a>(uses: &BTreeMap<&str, Vec<&'a Import>>, from: &str, to: &str) -> Option<Vec<&'a Import>> {
    let mut last: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(file) = queue.pop_front() {
        for &import in uses.get(file).into_iter().flatten() {
            if last.contains_key(import.to.as_str()) {
                continue;
            }
            last.insert(&import.to, import);
            if import.to == to {
                let mut way = vec![import];
                while way[way.len() - 1].from != from {
                    way.push(last[way[way.len() - 1].from.as_str()]);
                }
                way.reverse();
                return Some(way);
            }
            queue.push_back(&import.to);
        }
    }
    None
}

fn message(folder: &str, circle: &[&Import], knot: usize) -> String {
    let short = |path: &str| path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/').to_owned();
    let steps =
        circle.iter().map(|import| format!("`{}:{}` uses `{}`", short(&import.from), import.line, short(&import.to)));
    let steps = steps.collect::<Vec<_>>().join(", ");
    let knot = if knot > circle.len() {
        format!("; {knot} files of it are in circles with each other")
    } else {
        String::new()
    };
    format!("`{folder}` imports in a circle: {steps}{knot}")
}

#[cfg(test)]
mod tests {
    use super::super::imports::imports;
    use super::super::source::Source;
    use super::*;

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source { path: format!("crates/x/src/{path}"), text: (*text).to_owned() })
            .collect();
        assert_eq!(circles(&imports(&sources)), expected);
    }

    #[test]
    fn two_files_that_import_each_other() {
        check(
            &[("lib.rs", "mod a; mod b;"), ("a.rs", "\nuse crate::b::B;"), ("b.rs", "fn f() { crate::a::g() }")],
            &["`crates/x/src` imports in a circle: `a.rs:2` uses `b.rs`, `b.rs:1` uses `a.rs`"],
        );
    }

    #[test]
    fn the_shortest_circle_of_a_knot() {
        let files = [
            ("lib.rs", ""),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::c::C;"),
            ("c.rs", "use crate::a::A;\nuse crate::b::B;"),
            ("d.rs", "use crate::a::A;"),
        ];
        check(
            &files,
            &["`crates/x/src` imports in a circle: `b.rs:1` uses `c.rs`, `c.rs:2` uses `b.rs`; 3 files of it are in \
                         circles with each other"],
        );
    }

    #[test]
    fn a_child_that_imports_from_the_parent_that_re_exports_it() {
        let files = [("lib.rs", ""), ("a/mod.rs", "mod b;\npub use b::B;"), ("a/b.rs", "use super::Shared;")];
        check(&files, &["`crates/x/src` imports in a circle: `a/b.rs:1` uses `a/mod.rs`, `a/mod.rs:2` uses `a/b.rs`"]);
    }

    #[test]
    fn what_the_front_page_re_exports_is_taken_from_its_file() {
        let files =
            [("lib.rs", "mod a; mod b;\npub use a::A;\npub use b::B;"), ("a.rs", "use crate::B;"), ("b.rs", "")];
        check(&files, &["`crates/x/src` imports in a circle: `a.rs:1` uses `lib.rs`, `lib.rs:2` uses `a.rs`"]);
    }

    #[test]
    fn one_way_is_fine() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;\npub use c::{C, front};"),
            ("a.rs", "mod tests { use super::*; }"),
            ("b.rs", "use crate::a::A;"),
            ("c/mod.rs", "mod d;\nuse crate::{a, b};\npub use d::C;"),
            ("c/d.rs", "use crate::a;\n// use super::C; would be none\nconst B: &str = \"crate::c\";"),
        ];
        check(&files, &[]);
    }
}
