//! What labels mean: which texts are the same label, and which of two labels comes first.

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

/// What stands for all labels but the positive one, where that was stated of a target with more than two.
pub const OTHER_LABELS: &str = "(other)";

/// What is compared to tell whether two labels are the same but for case and outer blanks.
pub fn folded_label(label: &str) -> String {
    label.trim().to_lowercase()
}

/// The labels that a reader has seen, each with its index, and which others it takes: at most two indexes in all.
#[cfg(feature = "tables")]
#[derive(Debug, Clone)]
pub(crate) struct LabelNames {
    /// In the order of their first occurrence.
    names: Vec<String>,
    accepted: Accepted,
}

/// Which labels are taken.
#[cfg(feature = "tables")]
#[derive(Debug, Clone, PartialEq, Eq)]
enum Accepted {
    /// The first two that occur.
    FirstTwo,
    /// Those that have a name already: a model's.
    Known,
    /// Any: this one, and the others as one.
    AgainstOthers(String),
}

#[cfg(feature = "tables")]
impl LabelNames {
    /// With `known`, the negative and the positive label of a model, there are no others, unless its negative label stands
    /// for all others. With `positive`, which was stated, all others are one label as soon as there are several.
    pub(crate) fn new(known: Option<&[String; 2]>, positive: Option<&str>) -> Self {
        let accepted = match (known, positive) {
            (Some([negative, positive]), _) if negative == OTHER_LABELS => Accepted::AgainstOthers(positive.clone()),
            (Some(_), _) => Accepted::Known,
            (None, Some(positive)) => Accepted::AgainstOthers(label_key(positive)),
            (None, None) => Accepted::FirstTwo,
        };
        Self { names: known.cloned().map(Vec::from).unwrap_or_default(), accepted }
    }

    /// The labels in the order of their first occurrence; at most two, [`OTHER_LABELS`] in the place of several.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Puts labels in the place of those that were seen.
    pub(crate) fn replace(&mut self, names: &[String]) {
        self.names = names.to_vec();
    }

    /// The index of a label, given as [`label_key`] has it; `None` for one that is not taken.
    pub(crate) fn index(&mut self, key: &str) -> Option<usize> {
        let found = self.names.iter().position(|name| name == key);
        if found.is_some() {
            return found;
        }
        match &self.accepted {
            Accepted::Known => return None,
            Accepted::FirstTwo if self.names.len() == 2 => return None,
            Accepted::AgainstOthers(positive) if positive != key => {
                let others = self.names.iter().position(|name| name != positive);
                if let Some(index) = others {
                    OTHER_LABELS.clone_into(&mut self.names[index]);
                    return others;
                }
            }
            _ => {}
        }
        self.names.push(key.to_owned());
        Some(self.names.len() - 1)
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
    // Adding zero makes 0 of -0, so that the order of values is total and equal ones are in the order of their texts.
    let number = |label: &String| label.parse().ok().filter(|number: &f64| !number.is_nan()).map(|number| number + 0.0);
    let numbers: Option<Vec<f64>> = labels.iter().map(number).collect();
    let Some(numbers) = numbers else { return labels.sort_unstable() };
    let mut by_value: Vec<(f64, String)> = numbers.into_iter().zip(labels.iter_mut().map(std::mem::take)).collect();
    by_value.sort_unstable_by(|(a, text_a), (b, text_b)| a.total_cmp(b).then_with(|| text_a.cmp(text_b)));
    labels.iter_mut().zip(by_value).for_each(|(label, (_, text))| *label = text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "tables")]
    #[test]
    fn other_labels_are_one_where_the_positive_one_is_stated() {
        let indexes = |names: &mut LabelNames| ["a", "b", "a", "c", "b"].map(|label| names.index(label));
        let mut any = LabelNames::new(None, None);
        assert_eq!(indexes(&mut any), [Some(0), Some(1), Some(0), None, Some(1)]);
        let mut stated = LabelNames::new(None, Some("b"));
        assert_eq!(indexes(&mut stated), [Some(0), Some(1), Some(0), Some(0), Some(1)]);
        assert_eq!(stated.names(), [OTHER_LABELS, "b"]);
        let mut absent = LabelNames::new(None, Some("d"));
        assert_eq!(indexes(&mut absent), [Some(0); 5]);
        let model = |negative: &str| LabelNames::new(Some(&[negative, "b"].map(str::to_owned)), None);
        assert_eq!(indexes(&mut model("a")), [Some(0), Some(1), Some(0), None, Some(1)]);
        assert_eq!(indexes(&mut model(OTHER_LABELS)), [Some(0), Some(1), Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn numbers_sort_by_value_and_texts_by_letters() {
        for (labels, sorted) in [
            (["10", "9"], ["9", "10"]),
            (["1.0", "1"], ["1", "1.0"]),
            (["yes", "no"], ["no", "yes"]),
            (["9", "10a"], ["10a", "9"]),
            (["nan", "1"], ["1", "nan"]),
            (["-0", "0"], ["-0", "0"]),
            (["1e999", "1e400"], ["1e400", "1e999"]),
        ] {
            let mut labels = labels.map(str::to_owned);
            sort_labels(&mut labels);
            assert_eq!(labels, sorted);
        }
    }

    /// A sort that is given an order which is none may panic; it needs many different labels to see that.
    #[test]
    fn many_labels_have_one_order_whatever_they_look_like() {
        let spellings = ["{}", "{}.0", "-{}", "{}e400", "-0", "0", "inf", "NaN", "{}x", "+{}", "00{}", "1e-{}"];
        let labels = |n: usize| {
            let of = |n: usize| spellings.iter().map(move |spelling| spelling.replace("{}", &n.to_string()));
            (0..n).map(|i| i * 7919 % n).flat_map(of).collect::<Vec<_>>()
        };
        for is_numeric in [false, true] {
            let mut sorted = labels(3000);
            sorted.retain(|label| !is_numeric || label.parse::<f64>().is_ok_and(|number| !number.is_nan()));
            let mut again: Vec<String> = sorted.iter().rev().cloned().collect();
            sort_labels(&mut sorted);
            sort_labels(&mut again);
            assert_eq!(sorted, again);
        }
    }
}
