//! The name that somebody may have meant.

/// Names longer than this are not compared letter by letter.
const MOST_LETTERS: usize = 100;

/// The known name that is most like one that is not known: the same but for case and punctuation, or at most a third of its
/// letters away. The first of several.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    let wanted = letters(name);
    let most = wanted.len() / 3;
    let away = |other: &'a String| Some((distance(&wanted, &letters(other), most)?, other.as_str()));
    let near = known.into_iter().filter_map(away).min_by_key(|(away, _)| *away);
    near.map(|(_, name)| name)
}

/// What is compared of a name.
fn letters(name: &str) -> Vec<char> {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many letters are put in, left out, changed or exchanged with their neighbour, if these are at most so many.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    if a.len().abs_diff(b.len()) > most || a.len().max(b.len()) > MOST_LETTERS {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let changed = last[j] + usize::from(letter != other);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|away| *away <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_names_are_not() {
        let known = ["error_count", "Age Group", "device_type", "größe"].map(str::to_owned);
        for (typed, meant) in [
            ("errorcount", Some("error_count")),
            ("erorr_count", Some("error_count")),
            ("ERROR-COUNT", Some("error_count")),
            ("error_cnt", Some("error_count")),
            ("age_grup", Some("Age Group")),
            ("groesse", None),
            ("grösse", Some("größe")),
            ("clicks", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
        let long = "x".repeat(10_000);
        assert_eq!(nearest(&long, &[format!("{long}y")]), None);
        assert_eq!(nearest(&long, std::slice::from_ref(&long)), Some(long.as_str()));
    }
}
