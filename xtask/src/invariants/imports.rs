//! Which file of a crate uses which: from `use` and from paths in code, macros and tests included.
//!
//! A file that declares a module does not use it by that; one that re-exports from it does. A path leads to the file of its
//! longest beginning that is one, so what `lib.rs` or a `mod.rs` re-exports is taken from there.

use std::collections::BTreeMap;

use super::scanner::{Kind, Token, scan};
use super::source::Source;

/// One file uses another of the same crate.
#[derive(Debug)]
pub(super) struct Import {
    /// The path of the file that uses.
    pub(super) from: String,
    pub(super) line: usize,
    /// The path of the file that is used.
    pub(super) to: String,
}

/// The files of one crate by the path of their module; the root has the empty one.
type Modules<'a> = BTreeMap<Vec<String>, &'a Source>;

/// The imports between the files of each crate, by the folder of its root file.
pub(super) fn imports(sources: &[Source]) -> BTreeMap<String, Vec<Import>> {
    let folders = sources.iter().filter_map(|source| {
        let (folder, name) = source.path.rsplit_once('/')?;
        ["lib.rs", "main.rs"].contains(&name).then(|| folder.to_owned())
    });
    folders.map(|folder| (folder.clone(), of_crate(&modules(&folder, sources)))).collect()
}

fn modules<'a>(folder: &str, sources: &'a [Source]) -> Modules<'a> {
    let files = sources.iter().filter_map(|source| {
        let inside = source.path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
        let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
        if ["lib", "main"].contains(&inside) || module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        Some((module, source))
    });
    files.collect()
}

fn of_crate(modules: &Modules<'_>) -> Vec<Import> {
    let mut imports = Vec::new();
    for (module, source) in modules {
        for (line, path) in paths(&scan(&source.text), module, modules) {
            let target = (0..=path.len()).rev().find_map(|length| modules.get(&path[..length]));
            if let Some(target) = target.filter(|target| target.path != source.path) {
                imports.push(Import { from: source.path.clone(), line, to: target.path.clone() });
            }
        }
    }
    // The first line says enough.
    imports.sort_by(|a, b| (&a.from, &a.to, a.line).cmp(&(&b.from, &b.to, b.line)));
    imports.dedup_by(|later, first| later.from == first.from && later.to == first.to);
    imports
}

/// The lines and the paths, from the crate's root, that lead into this crate.
fn paths(tokens: &[Token<'_>], file: &[String], modules: &Modules<'_>) -> Vec<(usize, Vec<String>)> {
    let mut walk = Walk { tokens, at: 0, file, modules, inline: Vec::new(), depth: 0, found: Vec::new() };
    while walk.at < tokens.len() {
        walk.step();
    }
    walk.found
}

struct Walk<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    /// The module of the file.
    file: &'a [String],
    modules: &'a Modules<'a>,
    /// The modules with a body that the place lies in, and the depth of braces outside of each.
    inline: Vec<(String, usize)>,
    depth: usize,
    found: Vec<(usize, Vec<String>)>,
}

impl Walk<'_> {
    fn step(&mut self) {
        let token = self.tokens[self.at];
        if token.is_word("mod") && self.sign(2, "{") {
            self.inline.push((self.tokens[self.at + 1].text.to_owned(), self.depth));
        } else if token.is_sign("{") {
            self.depth += 1;
        } else if token.is_sign("}") {
            self.depth = self.depth.saturating_sub(1);
            self.inline.pop_if(|(_, outside)| *outside == self.depth);
        } else if token.is_word("use") && !self.sign(1, "<") {
            self.at += 1;
            self.tree(&[]);
            return;
        } else if token.kind == Kind::Word && self.double_colon(1) && self.begins_a_path() {
            self.path();
            return;
        }
        self.at += 1;
    }

    fn sign(&self, ahead: usize, sign: &str) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.is_sign(sign))
    }

    fn double_colon(&self, ahead: usize) -> bool {
        self.sign(ahead, ":") && self.sign(ahead + 1, ":")
    }

    /// Neither the middle of a path, nor a method, nor the `pub(in crate::a)` of a visibility.
    fn begins_a_path(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.tokens[at]);
        let is = |back: usize, sign: &str| before(back).is_some_and(|token| token.is_sign(sign));
        let is_word = |back: usize, word: &str| before(back).is_some_and(|token| token.is_word(word));
        let continues = (is(1, ":") && is(2, ":")) || is(1, ".");
        let is_visibility = is_word(1, "in") && is(2, "(") && is_word(3, "pub");
        !continues && !is_visibility
    }

    /// A path in code, up to what is no `::name`.
    fn path(&mut self) {
        let line = self.tokens[self.at].line;
        let mut segments = vec![self.tokens[self.at].text];
        self.at += 1;
        while self.double_colon(0) {
            let Some(token) = self.tokens.get(self.at + 2).filter(|token| token.kind == Kind::Word) else { break };
            segments.push(token.text);
            self.at += 3;
        }
        self.find(line, &segments);
    }

    /// A tree of `use` behind a prefix, up to its comma, brace or semicolon, which is left.
    fn tree(&mut self, prefix: &[&str]) {
        let mut segments = prefix.to_vec();
        while let Some(&token) = self.tokens.get(self.at) {
            if token.is_sign("{") {
                self.at += 1;
                self.group(&segments);
                return;
            } else if token.is_sign("*") {
                self.find(token.line, &segments);
                self.at += 1;
                return;
            } else if [",", "}", ";"].iter().any(|sign| token.is_sign(sign)) {
                return;
            } else if token.kind == Kind::Word {
                if !token.is_word("self") || segments.is_empty() {
                    segments.push(token.text);
                }
                self.at += 1;
                if !self.double_colon(0) {
                    self.find(token.line, &segments);
                    self.rename();
                    return;
                }
                self.at += 2;
            } else {
                // The `$` of `$crate`, or the colons before the name of another crate.
                self.at += 1;
            }
        }
    }

    fn group(&mut self, prefix: &[&str]) {
        while let Some(token) = self.tokens.get(self.at) {
            if token.is_sign("}") {
                self.at += 1;
                return;
            }
            if token.is_sign(",") {
                self.at += 1;
            } else if token.is_sign(";") {
                return;
            } else {
                self.tree(prefix);
            }
        }
    }

    fn rename(&mut self) {
        if self.tokens.get(self.at).is_some_and(|token| token.is_word("as")) {
            self.at += 2;
        }
    }

    /// Keeps a path that leads into this crate.
    fn find(&mut self, line: usize, segments: &[&str]) {
        let mut module = self.file.to_vec();
        module.extend(self.inline.iter().map(|(name, _)| name.clone()));
        let mut rest = segments;
        match rest.first() {
            Some(&"crate") => module.clear(),
            Some(&"self" | &"super") => {}
            // A module that is declared here is named without more.
            Some(&first) => {
                let child = [self.file, &[first.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    return;
                }
                module.truncate(self.file.len());
            }
            None => return,
        }
        while let Some((&first, after)) = rest.split_first() {
            match first {
                "crate" | "self" => {}
                "super" => drop(module.pop()),
                _ => break,
            }
            rest = after;
        }
        module.extend(rest.iter().map(|&segment| segment.to_owned()));
        self.found.push((line, module));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines and the files that the text of `file` uses in a crate of these files.
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        let paths = ["lib.rs", "a.rs", "b/mod.rs", "b/c.rs", "b/d.rs", "e.rs"];
        let sources = paths.map(|path| Source {
            path: format!("crates/x/src/{path}"),
            text: if path == file { text.to_owned() } else { String::new() },
        });
        let found = &imports(&sources)["crates/x/src"];
        let found: Vec<_> = found.iter().map(|import| (import.line, import.to.replace("crates/x/src/", ""))).collect();
        let expected: Vec<_> = expected.iter().map(|&(line, to)| (line, to.to_owned())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn trees_of_use() {
        check(
            "a.rs",
            "use crate::b::{self, c::C, d as f};\nuse crate::{e, Thing};",
            &[(1, "b/c.rs"), (1, "b/d.rs"), (1, "b/mod.rs"), (2, "e.rs"), (2, "lib.rs")],
        );
        check(
            "a.rs",
            "use crate::b::{\n    c::{C, CC},\n    d::*,\n};\nuse std::{fs, io};",
            &[(2, "b/c.rs"), (3, "b/d.rs")],
        );
        check("b/c.rs", "pub(crate) use super::d::D;\nuse super::super::e::E;", &[(1, "b/d.rs"), (2, "e.rs")]);
        check("b/c.rs", "use super::*;", &[(1, "b/mod.rs")]);
    }

    #[test]
    fn paths_in_code_and_macros() {
        check(
            "a.rs",
            "fn f(x: &crate::b::c::C) -> e::E {\n    $crate::b::d::g!(x)\n}",
            &[(1, "b/c.rs"), (2, "b/d.rs")],
        );
        check("b/mod.rs", "mod c;\nmod d;\nfn f() { c::g(); x.d::<u8>() }", &[(3, "b/c.rs")]);
        check("b/mod.rs", "pub use c::C;\nuse self::d::D;", &[(1, "b/c.rs"), (2, "b/d.rs")]);
    }

    #[test]
    fn tests_belong_to_their_file() {
        let text = "mod tests {\n    use super::*;\n    use crate::e::E;\n    fn f() {}\n}\nuse super::b::B;";
        check("a.rs", text, &[(6, "b/mod.rs"), (3, "e.rs")]);
    }

    #[test]
    fn what_is_no_import() {
        check("a.rs", "// crate::b::C\n/// [`crate::b::C`]\nconst A: &str = \"crate::b::C\";", &[]);
        check("a.rs", "pub(crate) fn f() -> impl Fn() + use<'_> {}\npub(in crate::b) fn g() {}\nmod e;", &[]);
        check("lib.rs", "mod a;\npub mod b;", &[]);
        check("a.rs", "use serde::b::c;\nfn f() { std::e::f() }", &[]);
    }
}
