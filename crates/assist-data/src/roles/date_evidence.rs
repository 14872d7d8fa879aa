//! In which form the dates of a column are written, as far as its cells show.

use crate::dates::{FORMS, Kind, is_midnight, moment_of};

/// A text longer than this is no date.
const LONGEST: usize = 40;

/// Which forms read all cells so far.
#[derive(Debug, Clone)]
pub(crate) struct DateEvidence {
    /// Indices of [`FORMS`].
    forms: Vec<usize>,
    /// Whether every date so far is the beginning of its day.
    are_midnights: bool,
}

impl Default for DateEvidence {
    fn default() -> Self {
        Self { forms: (0..FORMS.len()).collect(), are_midnights: true }
    }
}

impl DateEvidence {
    /// Takes a cell into account.
    pub(crate) fn add(&mut self, text: &str) {
        if self.forms.is_empty() {
            return;
        }
        let text = text.trim();
        if !may_be_date(text) {
            self.forms.clear();
            return;
        }
        let are_midnights = &mut self.are_midnights;
        self.forms.retain(|form| match read(text, *form) {
            Some(moment) => {
                *are_midnights &= is_midnight(moment);
                true
            }
            None => false,
        });
    }

    /// Whether every date so far is the beginning of its day, so that its hour says nothing.
    pub(crate) fn are_midnights(&self) -> bool {
        self.are_midnights
    }

    /// The form in which every cell is a date.
    pub(crate) fn form(&self) -> Option<&'static str> {
        Some(FORMS[*self.forms.first()?].0)
    }

    /// Another form that reads every cell as well, as another date.
    pub(crate) fn other_form(&self) -> Option<&'static str> {
        Some(FORMS[*self.forms.get(1)?].0)
    }
}

/// Whether a text is short enough and has enough digits for a date.
pub(super) fn may_be_date(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().filter(u8::is_ascii_digit).count() >= 3
}

/// The moment of a text in one of [`FORMS`].
pub(super) fn read(text: &str, index: usize) -> Option<i64> {
    let (form, kind) = FORMS[index];
    // A year of four digits is written with four: chrono takes any number of them, and two for the short form.
    let is_long = form.contains("%Y");
    let has_four = text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() == 4);
    // A term `2000-1` is no month.
    let is_month = kind != Kind::Month || text.len() == "2000-01".len();
    let is_possible = is_month && (is_long == has_four || kind == Kind::Time);
    if is_possible { moment_of(text, form, kind) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(cells: &[&str]) -> Option<&'static str> {
        let mut evidence = DateEvidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        evidence.form()
    }

    #[test]
    fn one_form_reads_every_cell_of_a_column() {
        for (cells, expected) in [
            (vec!["2023-01-31", "2024-02-29"], Some("%Y-%m-%d")),
            (vec!["01/02/2023", "13/02/2023"], Some("%d/%m/%Y")),
            (vec!["01/02/2023", "02/13/2023"], Some("%m/%d/%Y")),
            (vec!["31.12.2023"], Some("%d.%m.%Y")),
            (vec!["1/2/23", "2/13/23"], Some("%m/%d/%y")),
            (vec!["3 Jan 2023", "12 Feb 2023"], Some("%d %B %Y")),
            (vec!["January 3, 2023"], Some("%B %d, %Y")),
            (vec!["01JAN2023"], Some("%d %B %Y")),
            (vec!["2023-01-31T08:15:00Z"], Some("%Y-%m-%dT%H:%M:%S%.f%#z")),
            (vec!["2023-01-31 08:15:00.25+01:00"], Some("%Y-%m-%d %H:%M:%S%.f%#z")),
            (vec!["2023-01-31 08:15"], Some("%Y-%m-%d %H:%M")),
            (vec!["08:15", "23:59"], Some("%H:%M")),
            (vec!["2023-01", "2023-12"], Some("%Y-%m")),
            (vec!["2023-01-31", "soon"], None),
            (vec!["2023-02-30"], None),
            (vec!["12", "13"], None),
            (vec!["1-2"], None),
            (vec!["10-20", "30-45"], None),
            (vec!["2000-1", "2000-2"], None),
            (vec!["a-1-2023"], None),
        ] {
            assert_eq!(form(&cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_known_to_be() {
        let mut evidence = DateEvidence::default();
        evidence.add("01/02/2023");
        assert_eq!((evidence.form(), evidence.other_form()), (Some("%m/%d/%Y"), Some("%d/%m/%Y")));
        evidence.add("31/01/2023");
        assert_eq!((evidence.form(), evidence.other_form()), (Some("%d/%m/%Y"), None));
    }
}
