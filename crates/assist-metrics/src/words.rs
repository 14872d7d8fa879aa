//! Figures as people read them, never surer than they are.

/// A count with separators: `14,000`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of things: `1 column`, `7 columns`.
pub fn plural(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// A count of leaves: `1 leaf`, `3 leaves`.
pub fn leaves(n: usize) -> String {
    format!("{} {}", count(n as u64), if n == 1 { "leaf" } else { "leaves" })
}

/// A figure with four decimals; a dash where it is not defined.
pub fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"))
}

/// A positive number with four significant digits, zeros at the end left out.
pub fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}

/// A p-value: small ones as a bound.
pub fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// A share in percent with one decimal, never rounded to certainty.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.05 => "< 0.1 %".to_owned(),
        p if p < 100.0 && p > 99.95 => "> 99.9 %".to_owned(),
        p => format!("{p:.1} %"),
    }
}

/// A difference of two shares, which no percentage tells.
pub fn percentage_points(difference: f64) -> String {
    percent(difference).replace('%', "percentage points")
}

/// A value of a table: as it is, with an exponent where it would be long.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

/// A name or a rule between backticks, in one line whatever it holds.
pub fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace(['\n', '\r'], " "))
}

/// Names in a row: "a, b and c".
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// Names in a row, five at most: "a, b, c, d and 7 others".
pub fn few(names: &[String]) -> String {
    const MOST: usize = 5;
    if names.len() <= MOST {
        return listed(names);
    }
    let shown = &names[..MOST - 1];
    format!("{} and {} others", shown.join(", "), count((names.len() - shown.len()) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable_and_not_too_sure() {
        assert_eq!([count(7), count(1234), count(12_345_678)], ["7", "1,234", "12,345,678"]);
        assert_eq!(
            [percent(0.934), percent(0.9999), percent(1e-9), percent(0.0)],
            ["93.4 %", "> 99.9 %", "< 0.1 %", "0.0 %"]
        );
        assert_eq!(
            [percentage_points(0.123), percentage_points(1e-9)],
            ["12.3 percentage points", "< 0.1 percentage points"]
        );
        assert_eq!([p_value(0.05), p_value(1e-9)], ["0.0500", "< 0.0001"]);
        assert_eq!([1.0, 0.359_381_366, 1_291.549_665, 0.0001].map(significant), ["1", "0.3594", "1292", "0.0001"]);
        assert_eq!([number(60.5), number(1e300), number(-2e-9), number(0.0)], ["60.5", "1e300", "-2e-9", "0"]);
        assert_eq!(code("a`b\nc"), "`a'b c`");
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        let many: Vec<String> = "abcdefg".chars().map(String::from).collect();
        assert_eq!([few(&many), few(&many[..5])], ["a, b, c, d and 3 others", "a, b, c, d and e"]);
    }
}
