//! Values of options: what one text must be.

use assist_learn::{CLASS_WEIGHT_EXPECTED, ClassWeight, class_weight_of};

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a positive number".to_owned())
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && *number < 1.0);
    number.ok_or_else(|| "expected a number between 0 and 1, such as 0.2".to_owned())
}

pub(super) fn share_or_all(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| "expected a number above 0 and at most 1, such as 0.9".to_owned())
}

pub(super) fn ratio(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub(super) fn costs(text: &str) -> Result<[f64; 2], String> {
    let costs = text.split_once(',').and_then(|(fp, fne)| Some([fp.trim().parse().ok()?, fne.trim().parse().ok()?]));
    costs
        .filter(|costs: &[f64; 2]| costs.iter().all(|cost| *cost > 0.0 && cost.is_finite()))
        .ok_or_else(|| "expected two positive numbers such as `1,5`".to_owned())
}

pub(super) fn class_weight(text: &str) -> Result<ClassWeight, String> {
    class_weight_of(text).ok_or_else(|| CLASS_WEIGHT_EXPECTED.to_owned())
}

/// Two names with a colon between them. A name in double quotes may have colons, and doubled quotes.
pub(super) fn two_columns(text: &str) -> Result<[String; 2], String> {
    let expected = || {
        "expected two columns such as `errors:device`, those with a colon in double quotes, as `\"a:b\":c`".to_owned()
    };
    let (one, rest) = name_before_colon(text).ok_or_else(expected)?;
    let (other, rest) = name_before_colon(rest.ok_or_else(expected)?).ok_or_else(expected)?;
    if rest.is_some() || one.is_empty() || other.is_empty() {
        return Err(expected());
    }
    Ok([one, other])
}

/// The first name of a text, and what comes behind its colon.
fn name_before_colon(text: &str) -> Option<(String, Option<&str>)> {
    let Some(mut quoted) = text.strip_prefix('"') else {
        return Some(match text.split_once(':') {
            Some((name, rest)) => (name.to_owned(), Some(rest)),
            None => (text.to_owned(), None),
        });
    };
    let mut name = String::new();
    loop {
        let (part, rest) = quoted.split_once('"')?;
        name.push_str(part);
        if let Some(rest) = rest.strip_prefix('"') {
            name.push('"');
            quoted = rest;
        } else if rest.is_empty() {
            return Some((name, None));
        } else {
            return Some((name, Some(rest.strip_prefix(':')?)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns_have_a_colon_between_them() {
        let pair = |text: &str| two_columns(text).ok().map(|[a, b]| format!("{a}|{b}"));
        assert_eq!(pair("errors:device").as_deref(), Some("errors|device"));
        assert_eq!(pair(r#""a:b":c"#).as_deref(), Some("a:b|c"));
        assert_eq!(pair(r#"c:"say ""a:b""""#).as_deref(), Some(r#"c|say "a:b""#));
        for text in ["errors", "a:b:c", ":b", "a:", "", r#""a:b"c"#, r#""a:b"#] {
            assert_eq!(pair(text), None, "{text}");
        }
    }
}
