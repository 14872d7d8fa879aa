//! From texts to codes in C: sorted tables, and a second one for other spellings.

use std::fmt::Write;

use crate::literals::c_text;
use crate::plan::Plan;

/// What turns texts into codes: for each column a sorted table, searched by halving.
pub(crate) fn codes_of_texts(plan: &Plan) -> String {
    let mut out = String::new();
    for (place, _, level) in plan.levels() {
        let table = |texts: &mut dyn Iterator<Item = &str>| -> String {
            texts.map(|text| format!("    {},\n", c_text(text))).collect()
        };
        let levels = table(&mut level.levels.iter().map(String::as_str));
        _ = writeln!(out, "static const char *const levels_{place}[] = {{\n{levels}}};\n");
        if !level.spellings.is_empty() {
            let keys = table(&mut level.spellings.iter().map(|(key, _)| key.as_str()));
            _ = writeln!(out, "static const char *const keys_{place}[] = {{\n{keys}}};\n");
            let codes: Vec<String> = level.spellings.iter().map(|(_, code)| code.to_string()).collect();
            _ = writeln!(out, "static const int codes_{place}[] = {{{}}};\n", codes.join(", "));
        }
    }
    if plan.levels().next().is_some() {
        out.push_str(FIND);
    }
    if plan.has_spellings() {
        out.push_str(SPELLINGS);
    }
    for (place, _, level) in plan.levels() {
        let n = level.levels.len();
        let missing = level.missing.map_or("-1".into(), |code| code.to_string());
        _ = writeln!(
            out,
            "static int code_{place}(const char *text) {{\n    int code;\n    if (!text) return {missing};"
        );
        _ = writeln!(out, "    code = find(levels_{place}, {n}, text);\n    if (code >= 0) return code;");
        if !level.spellings.is_empty() {
            let n = level.spellings.len();
            _ = writeln!(
                out,
                "    code = find_spelling(keys_{place}, {n}, text);\n    if (code >= 0) return codes_{place}[code];"
            );
        }
        match level.other {
            Some(other) => {
                _ = writeln!(out, "    return *text && strcmp(text, \"(missing)\") != 0 ? {other} : -2;\n}}\n");
            }
            None => out.push_str("    return -2;\n}\n\n"),
        }
    }
    out
}

/// The checks of codes, in the order of the columns.
pub(crate) fn level_checks(plan: &Plan, name: &str) -> String {
    let mut checks = String::new();
    let n_numbers = plan.n_numbers();
    for (place, _, level) in plan.levels() {
        let at = place - n_numbers;
        // Codes are checked as the texts are, so that both ways in refuse alike; -1 is a missing text, -2 an unknown one.
        let read = match level.missing {
            Some(_) => String::new(),
            None => format!("    if (c[{at}] == -1) return rejected({place}, {name}_MISSING);\n"),
        };
        checks.push_str(&read);
        let n = level.levels.len();
        _ = writeln!(checks, "    if (c[{at}] < 0 || c[{at}] >= {n}) return rejected({place}, {name}_UNKNOWN_LEVEL);");
    }
    checks
}

/// The statements that copy the texts of a row as codes.
pub(crate) fn texts(plan: &Plan) -> String {
    let n_numbers = plan.n_numbers();
    let lines = plan.levels();
    lines
        .map(|(place, input, _)| format!("    c[{}] = code_{place}(row->{});\n", place - n_numbers, input.identifier))
        .collect()
}

/// The statements that copy the codes of a row; -1 is a missing text.
pub(crate) fn codes(plan: &Plan) -> String {
    let n_numbers = plan.n_numbers();
    let copies = plan.levels().map(|(place, input, level)| {
        let (at, field) = (place - n_numbers, &input.identifier);
        match level.missing {
            Some(missing) => format!("    c[{at}] = row->{field} == -1 ? {missing} : row->{field};\n"),
            None => format!("    c[{at}] = row->{field};\n"),
        }
    });
    copies.collect()
}

const FIND: &str = "\
/* The place of a text among sorted ones, -1 where it is none of them. */
static int find(const char *const *sorted, int n, const char *text) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(sorted[middle], text);
        if (order == 0) return middle;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}

";

const SPELLINGS: &str = "\
/* The place of another spelling of a truth value or a whole number: by its word in lower case, or without a fraction. */
static int find_spelling(const char *const *keys, int n, const char *text) {
    static const char *const words[] = {\"true\", \"false\", \"t\", \"f\"};
    int low = 0, high = n, i;
    size_t length = strlen(text), digits, at, whole;
    for (i = 0; i < 4; i++) {
        size_t j = 0;
        while (words[i][j] && (text[j] >= 'A' && text[j] <= 'Z' ? text[j] + ('a' - 'A') : text[j]) == words[i][j]) j++;
        if (!words[i][j] && !text[j]) {
            int found;
            for (found = 0; found < n; found++) if (strcmp(keys[found], words[i]) == 0) return found;
            return -1;
        }
    }
    digits = text[0] == '-' ? 1 : 0;
    at = digits;
    while (text[at] >= '0' && text[at] <= '9') at++;
    whole = at;
    if (whole == digits) return -1;
    if (text[at] == '.' && text[at + 1] == '0' && (text[digits] != '0' || whole == digits + 1)) {
        at++;
        while (text[at] == '0') at++;
    }
    if (at != length) return -1;
    /* Zero has no sign. */
    if (digits == 1 && text[1] == '0' && whole == 2) { text++; whole = 1; }
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strncmp(keys[middle], text, whole);
        if (order == 0 && keys[middle][whole]) order = 1;
        if (order == 0) return middle;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}

";
