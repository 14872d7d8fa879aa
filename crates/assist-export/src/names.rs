//! Names of columns made into identifiers: whatever a column is called, the same source compiles everywhere.

use std::collections::BTreeSet;

/// Words that no identifier may be in C, JavaScript or Python, and names that their headers tend to define.
const RESERVED: &[&str] = &[
    "abstract",
    "and",
    "arguments",
    "as",
    "asm",
    "assert",
    "async",
    "auto",
    "await",
    "boolean",
    "bool",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "complex",
    "const",
    "continue",
    "constructor",
    "debugger",
    "def",
    "default",
    "del",
    "delete",
    "do",
    "double",
    "elif",
    "else",
    "enum",
    "errno",
    "eval",
    "except",
    "export",
    "extends",
    "extern",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "from",
    "function",
    "global",
    "goto",
    "i386",
    "if",
    "implements",
    "import",
    "in",
    "inline",
    "instanceof",
    "int",
    "interface",
    "is",
    "lambda",
    "let",
    "linux",
    "long",
    "native",
    "new",
    "none",
    "nonlocal",
    "not",
    "null",
    "or",
    "package",
    "pass",
    "private",
    "protected",
    "prototype",
    "public",
    "raise",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "typedef",
    "typeof",
    "undefined",
    "union",
    "unix",
    "unsigned",
    "var",
    "void",
    "volatile",
    "while",
    "with",
    "yield",
];

/// One identifier for each name.
pub(crate) fn identifiers(names: &[&str]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut all = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let plain = identifier(name).unwrap_or_else(|| format!("column_{}", place + 1));
        let mut unique = plain.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{plain}_{number}");
            number += 1;
        }
        all.push(unique);
    }
    all
}

/// A name as an identifier; `None` where nothing of it can be kept.
pub(crate) fn identifier(name: &str) -> Option<String> {
    /// C promises 63 significant characters.
    const LONGEST: usize = 48;
    let mut kept = String::new();
    for letter in name.chars() {
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => kept.push(letter),
            _ if kept.ends_with('_') || kept.is_empty() => {}
            _ => kept.push('_'),
        }
    }
    kept.truncate(LONGEST);
    let kept = kept.trim_end_matches('_');
    if kept.is_empty() {
        return None;
    }
    if kept.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(format!("n{kept}"));
    }
    Some(if RESERVED.contains(&kept) { format!("{kept}_value") } else { kept.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_column_is_called_it_has_an_identifier_of_its_own() {
        let names = ["errors", "Errors", "select", "int", "a b", "a-b", "数", "2nd", "*/", "", "_x_"];
        let expected = [
            "errors",
            "errors_2",
            "select",
            "int_value",
            "a_b",
            "a_b_2",
            "column_7",
            "n2nd",
            "column_9",
            "column_10",
            "x",
        ];
        assert_eq!(identifiers(&names), expected);
        assert!(RESERVED.is_sorted_by_key(|word| word.chars().next()));
    }
}
