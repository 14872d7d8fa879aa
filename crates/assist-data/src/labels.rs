//! What labels mean: which texts are the same label, and which of two labels comes first.

use std::cmp::Ordering;

use assist_score::parse_number;

/// How labels are compared: as numbers where they are whole numbers (`1`, `1.0`, ` 1`), truth values in lower case, all
/// others letter by letter.
///
/// ```
/// use assist_data::label_key;
///
/// assert_eq!([" 1.0", "TRUE", "Yes"].map(label_key), ["1", "true", "Yes"]);
/// ```
pub fn label_key(text: &str) -> String {
    match parse_number(text) {
        // Adding zero makes 0 of -0.
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{:.0}", number + 0.0),
        _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    }
}

/// Sorts labels as scikit-learn does: as numbers where all are numbers, else as texts. Of two labels the first is class 0
/// in every split, and the label that sorts last is the positive one where none was stated.
///
/// ```
/// use assist_data::sort_labels;
///
/// let mut labels = ["10", "9"].map(str::to_owned);
/// sort_labels(&mut labels);
/// assert_eq!(labels, ["9", "10"]);
/// ```
pub fn sort_labels(labels: &mut [String]) {
    let number = |label: &String| label.parse::<f64>().ok().filter(|number| !number.is_nan());
    if labels.iter().all(|label| number(label).is_some()) {
        let by_value = |a: &String, b: &String| number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal);
        labels.sort_by(|a, b| by_value(a, b).then_with(|| a.cmp(b)));
    } else {
        labels.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value_and_texts_by_letters() {
        for (labels, sorted) in [
            (["10", "9"], ["9", "10"]),
            (["1.0", "1"], ["1", "1.0"]),
            (["yes", "no"], ["no", "yes"]),
            (["9", "10a"], ["10a", "9"]),
            (["nan", "1"], ["1", "nan"]),
        ] {
            let mut labels = labels.map(str::to_owned);
            sort_labels(&mut labels);
            assert_eq!(labels, sorted);
        }
    }
}
