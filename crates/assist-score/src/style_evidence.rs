//! Which style the numbers of a column are written in, found out from its cells as they come by.
//!
//! Nothing is kept of the cells but what they leave possible, so evidence of many batches and many threads is put together
//! without them.

use crate::currency::Unit;
use crate::number_style::NumberStyle;
use crate::number_text::{Conventions, NumberText};

/// What the cells of a column leave possible as the style of its numbers.
///
/// A column has a style if each cell is a number in it. All carry one and the same sign of money, or all a percent sign, or
/// none does; but for zeros, which are the same of everything. A cell that fits one convention alone decides between decimal
/// mark and grouping; where none does (`1,234` throughout) whoever asks may know the mark of the file.
///
/// ```
/// use assist_score::{NumberStyle, StyleEvidence};
///
/// let evidence: StyleEvidence = ["1,234 %", "0", "5,5 %"].into_iter().collect();
/// let style = evidence.style(None).expect("numbers");
/// assert_eq!(style, NumberStyle { decimal: ',', percent: true, ..NumberStyle::default() });
///
/// let ambiguous: StyleEvidence = ["1,234", "5"].into_iter().collect();
/// assert!(ambiguous.is_ambiguous());
/// assert_eq!(ambiguous.style(None).map(|style| style.thousands), Some(Some(',')));
/// assert_eq!(ambiguous.style(Some(',')).map(|style| style.thousands), Some(None));
///
/// let mixed: StyleEvidence = ["5%", "5"].into_iter().collect();
/// assert_eq!(mixed.style(None), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StyleEvidence {
    /// The marks by which every cell is a number; empty as soon as one cell is none.
    conventions: Conventions,
    /// Whether any cell had a point or a comma.
    has_mark: bool,
    has_cell: bool,
    has_brackets: bool,
    units: Units,
}

/// What stood beside the numbers other than zero; beside zeros only what was there.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Units {
    /// There have been zeros alone, without a unit.
    Unknown,
    None,
    All(Unit),
}

impl Default for StyleEvidence {
    fn default() -> Self {
        Self {
            conventions: Conventions::EVERY,
            has_mark: false,
            has_cell: false,
            has_brackets: false,
            units: Units::Unknown,
        }
    }
}

impl StyleEvidence {
    /// Takes a cell into account, one that is there and no marker of a missing one.
    pub fn add(&mut self, text: &str) {
        if !self.is_possible() {
            return;
        }
        self.has_cell = true;
        match text.trim_ascii().parse::<f64>() {
            Ok(number) => self.add_plain(text, number),
            Err(_) => match NumberText::new(text) {
                Some(number) => self.add_styled(&number),
                None => self.conventions = Conventions::NONE,
            },
        }
    }

    /// What two pieces of a column leave possible together.
    pub fn merge(&mut self, other: &Self) {
        self.conventions &= other.conventions;
        self.has_mark |= other.has_mark;
        self.has_cell |= other.has_cell;
        self.has_brackets |= other.has_brackets;
        match other.units {
            Units::Unknown => {}
            units => self.restrict(units),
        }
    }

    /// Whether nothing shows that the cells have another unit than those of `other`: money, a percent sign, or none.
    pub fn has_unit_of(&self, other: &Self) -> bool {
        self.units == other.units || [self.units, other.units].contains(&Units::Unknown)
    }

    /// Whether any cell had a point or a comma, so that the column shows what these are.
    pub fn has_marks(&self) -> bool {
        self.has_mark
    }

    /// Whether every cell so far has been a number in some style; if not, no further one need be looked at.
    pub fn is_possible(&self) -> bool {
        !self.conventions.is_empty()
    }

    /// Whether the marks leave it open if they are decimal ones or group digits, so that another one who knows should say.
    pub fn is_ambiguous(&self) -> bool {
        let is_open = |group| !(self.conventions & group).is_empty();
        self.has_mark && is_open(Conventions::WITH_POINT) && is_open(Conventions::WITH_COMMA)
    }

    /// The style of the column: the plainest one in which all of its cells are numbers; `None` where there is none, or no
    /// cell. `decimal` is the decimal mark, `.` or `,`, of whatever is [ambiguous](Self::is_ambiguous): that of the file or of
    /// the model. Without one a point is a decimal point, and a comma groups.
    pub fn style(&self, decimal: Option<char>) -> Option<NumberStyle> {
        if !self.has_cell {
            return None;
        }
        let preferred = match decimal {
            Some(',') if self.has_mark => Conventions::WITH_COMMA,
            _ => Conventions::WITH_POINT,
        };
        let among = self.conventions & preferred;
        let (decimal, thousands) = among.plainest().or_else(|| self.conventions.plainest())?;
        let (has_currency, percent) = match self.units {
            Units::All(unit) => (unit.is_currency(), !unit.is_currency()),
            _ => (false, false),
        };
        Some(NumberStyle { decimal, thousands, has_currency, percent, brackets: self.has_brackets })
    }

    /// Nearly all numbers are plain and leave nothing open that was not before.
    fn add_plain(&mut self, text: &str, number: f64) {
        if number != 0.0 && self.units != Units::None {
            self.restrict(Units::None);
        }
        let is_decided = self.has_mark && (self.conventions & Conventions::WITH_COMMA).is_empty();
        if !is_decided && text.contains('.') {
            self.has_mark = true;
            self.conventions &= NumberText::new(text).map_or(Conventions::WITH_POINT, |number| number.conventions);
        }
    }

    fn add_styled(&mut self, number: &NumberText<'_>) {
        self.has_mark |= number.has_mark();
        self.has_brackets |= number.has_brackets;
        self.conventions &= number.conventions;
        match number.unit {
            Some(unit) => self.restrict(Units::All(unit)),
            None if number.is_zero() => {}
            None => self.restrict(Units::None),
        }
    }

    /// All numbers have the same unit, or none of them is possible.
    fn restrict(&mut self, units: Units) {
        match self.units {
            Units::Unknown => self.units = units,
            known if known == units => {}
            _ => self.conventions = Conventions::NONE,
        }
    }
}

impl<'a> FromIterator<&'a str> for StyleEvidence {
    fn from_iter<I: IntoIterator<Item = &'a str>>(cells: I) -> Self {
        let mut evidence = Self::default();
        cells.into_iter().for_each(|cell| evidence.add(cell));
        evidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse_number;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const PLAIN: NumberStyle =
        NumberStyle { decimal: '.', thousands: None, has_currency: false, percent: false, brackets: false };
    const COMMA: NumberStyle = NumberStyle { decimal: ',', ..PLAIN };

    #[track_caller]
    fn check(cells: &[&str], decimal: Option<char>, style: Option<NumberStyle>) {
        let evidence: StyleEvidence = cells.iter().copied().collect();
        assert_eq!(evidence.style(decimal), style, "{cells:?}");
        for cell in cells.iter().filter(|_| style.is_some()) {
            assert!(style.is_some_and(|style| style.read(cell).is_ok()), "{cell}");
        }
    }

    #[test]
    fn plain_numbers_are_plain_whatever_the_file() {
        for decimal in [None, Some('.'), Some(',')] {
            check(&["5", "-7", "1e5"], decimal, Some(PLAIN));
            check(&["5.25", "1.234"], decimal, Some(PLAIN));
            check(&["239.92\u{a0}", "\u{2212}0.5"], decimal, Some(PLAIN));
            check(&[], decimal, None);
        }
    }

    #[test]
    fn one_unambiguous_cell_decides() {
        let (us, german) =
            (NumberStyle { thousands: Some(','), ..PLAIN }, NumberStyle { thousands: Some('.'), ..COMMA });
        for decimal in [None, Some('.'), Some(',')] {
            check(&["1,234", "5.5"], decimal, Some(us));
            check(&["1,234", "1,234,567"], decimal, Some(us));
            check(&["1,234", "0,123"], decimal, Some(COMMA));
            check(&["1,234", "239,92"], decimal, Some(COMMA));
            check(&["1.234", "5", "1.234,5"], decimal, Some(german));
            check(&["1.234", "1.234.567"], decimal, Some(german));
            check(&["1 234", "5,5"], decimal, Some(NumberStyle { thousands: Some(' '), ..COMMA }));
        }
    }

    #[test]
    fn where_all_is_ambiguous_the_file_decides() {
        let (us, german) =
            (NumberStyle { thousands: Some(','), ..PLAIN }, NumberStyle { thousands: Some('.'), ..COMMA });
        check(&["1,234", "7"], None, Some(us));
        check(&["1,234", "7"], Some('.'), Some(us));
        check(&["1,234", "7"], Some(','), Some(COMMA));
        check(&["1.234", "7"], None, Some(PLAIN));
        check(&["1.234", "7"], Some('.'), Some(PLAIN));
        check(&["1.234", "7"], Some(','), Some(german));
    }

    #[test]
    fn all_carry_the_same_sign_or_none_does() {
        let percent = NumberStyle { percent: true, ..PLAIN };
        let money = NumberStyle { has_currency: true, ..PLAIN };
        check(&["5%", "24.0 %", "0"], None, Some(percent));
        check(&["0%", "0"], None, Some(percent));
        check(&["0", "0.0"], None, Some(PLAIN));
        check(&["$5", "-$7.50", "3 $", "0.00"], None, Some(money));
        check(&["US$5", "us$ 7"], None, Some(money));
        check(&["($5)", "$7"], None, Some(NumberStyle { brackets: true, ..money }));
        for mixed in [["5%", "5"], ["5", "5%"], ["$5", "€5"], ["$5", "5"], ["5", "$5"], ["5%", "$5"], ["0%", "5"]] {
            check(&mixed, None, None);
        }
    }

    #[test]
    fn texts_have_no_style() {
        for text in ["basic", "NA", "5 kg", "2020-01-02", "1,23,45", "-", ""] {
            check(&["5", text, "7"], None, None);
            check(&[text], None, None);
        }
        check(&["1,234.5", "1.234,5"], None, None);
    }

    /// What is not finite is written as a number, and refused as one, with its place, where it is read.
    #[test]
    fn numbers_that_are_not_finite_make_no_texts_of_the_others() {
        for text in ["inf", "-Infinity", "1e400"] {
            assert_eq!(StyleEvidence::from_iter(["5", text]).style(None), Some(PLAIN));
        }
    }

    /// A number as someone would write it who knows the style.
    fn written(number: f64, style: NumberStyle, unit: &str) -> String {
        let plain = number.abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if let Some(mark) = style.thousands.filter(|_| place > 0 && (whole.len() - place) % 3 == 0) {
                grouped.push(mark);
            }
            grouped.push(digit);
        }
        if !fraction.is_empty() {
            grouped.push(style.decimal);
            grouped.push_str(fraction);
        }
        let with_unit = match (style.has_currency, style.percent) {
            (true, _) => format!("{unit}{grouped}"),
            (_, true) => format!("{grouped} %"),
            _ => grouped,
        };
        match (number.is_sign_negative(), style.brackets) {
            (false, _) => with_unit,
            (true, true) => format!("({with_unit})"),
            (true, false) => format!("\u{2212}{with_unit}"),
        }
    }

    fn any_style() -> impl Strategy<Value = NumberStyle> {
        let marks = prop::sample::select(&crate::number_text::ALL[..]);
        (marks, 0..3_u8, any::<bool>()).prop_map(|((decimal, thousands), unit, brackets)| NumberStyle {
            decimal,
            thousands,
            has_currency: unit == 1,
            percent: unit == 2,
            brackets,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_with_the_same_bits(
            style in any_style(),
            unit in prop::sample::select(alloc::vec!["$", "€ ", "CHF ", "kr."]),
            numbers in prop::collection::vec(prop_oneof![-1e9..1e9_f64, (-9_999_999..9_999_999_i32).prop_map(f64::from)], 1..9),
        ) {
            let cells: Vec<String> = numbers.iter().map(|number| written(*number, style, unit)).collect();
            for (cell, number) in cells.iter().zip(&numbers) {
                let plain = parse_number(&number.to_string()).map(f64::to_bits);
                prop_assert_eq!(style.read(cell).map(f64::to_bits), plain, "{}", cell);
            }
            let evidence: StyleEvidence = cells.iter().map(String::as_str).collect();
            let found = evidence.style(Some(style.decimal)).expect("numbers");
            for (cell, number) in cells.iter().zip(&numbers) {
                prop_assert_eq!(found.read(cell), Ok(*number), "{} in {:?}", cell, found);
            }
            let (first, second) = cells.split_at(cells.len() / 2);
            let mut merged: StyleEvidence = first.iter().map(String::as_str).collect();
            merged.merge(&second.iter().map(String::as_str).collect());
            prop_assert_eq!(merged, evidence);
        }

        #[test]
        fn whatever_the_cells_a_style_that_is_found_reads_them_all(
            cells in prop::collection::vec("[-+($€%]{0,2}[0-9]{0,3}[,. ']?[0-9]{1,3}[,.]?[0-9]{0,2}[)%]?", 1..4),
        ) {
            let evidence: StyleEvidence = cells.iter().map(String::as_str).collect();
            for style in [None, Some(',')].into_iter().filter_map(|decimal| evidence.style(decimal)) {
                prop_assert!(style.is_sound());
                for cell in &cells {
                    prop_assert!(style.read(cell).is_ok(), "{} in {:?}", cell, style);
                }
            }
        }
    }
}
