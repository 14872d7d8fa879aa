//! Signs and words of money, and the percent sign: what may stand before or behind a number.

/// The words and signs of more than one letter that stand for money. Of two that begin or end alike the longer one comes
/// first.
const CURRENCIES: [&str; 78] = [
    "US$", "CA$", "AU$", "NZ$", "HK$", "NT$", "MX$", "A$", "C$", "R$", "S$", "EUR", "USD", "GBP", "CHF", "JPY", "CNY",
    "RMB", "INR", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "RUB", "UAH", "BRL", "MXN",
    "ARS", "CLP", "COP", "PEN", "ZAR", "AUD", "NZD", "CAD", "SGD", "HKD", "TWD", "KRW", "THB", "IDR", "MYR", "PHP",
    "VND", "ILS", "AED", "SAR", "EGP", "NGN", "KES", "PKR", "BDT", "LKR", "KZT", "GEL", "RSD", "SFr.", "Fr.", "Rs.",
    "Rs", "RM", "Rp.", "Rp", "kr.", "kr", "zł", "Kč", "Ft", "lei", "TL", "руб.", "руб",
];

/// What a number is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Percent,
    /// Money, by its symbol.
    Symbol(char),
    /// Money, by its place among the words.
    Word(usize),
}

impl Unit {
    pub(crate) fn is_currency(self) -> bool {
        self != Self::Percent
    }

    /// The unit at an end of a text, and the text without it.
    pub(crate) fn at_an_end(text: &str) -> Option<(Self, &str)> {
        let (first, last) = (text.chars().next()?, text.chars().next_back()?);
        // Most cells are done with at a glance.
        if last.is_ascii_digit() && matches!(first, '0'..='9' | '.' | ',') {
            return None;
        }
        let of_letter = |letter| match letter {
            '%' | '\u{ff05}' => Some(Self::Percent),
            _ => is_currency_symbol(letter).then_some(Self::Symbol(letter)),
        };
        if let Some(unit) = of_letter(first) {
            return Some((unit, &text[first.len_utf8()..]));
        }
        let of_last = || Some((of_letter(last)?, &text[..text.len() - last.len_utf8()]));
        // Of the symbols only this one ends words, such as `US$`.
        if last != '$'
            && let Some(found) = of_last()
        {
            return Some(found);
        }
        let ends_a_word = |letter: char| letter.is_alphabetic() || matches!(letter, '$' | '.');
        if !first.is_alphabetic() && !ends_a_word(last) {
            return None;
        }
        let bytes = text.as_bytes();
        let is_same = |a: Option<&u8>, b: Option<&u8>| a.zip(b).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
        let of_word = CURRENCIES.iter().enumerate().find_map(|(place, word)| {
            // Most words are done with by a letter.
            let (begins, ends) =
                (is_same(word.as_bytes().first(), bytes.first()), is_same(word.as_bytes().last(), bytes.last()));
            let at_start = || without_start(text, word).filter(|_| begins);
            let rest = if begins || ends { at_start().or_else(|| without_end(text, word)) } else { None };
            Some((Self::Word(place), rest?))
        });
        of_word.or_else(of_last)
    }
}

/// The Unicode category `Sc`, and no letter besides.
fn is_currency_symbol(letter: char) -> bool {
    matches!(letter,
        '$' | '¢'..='¥' | '\u{58f}' | '\u{60b}' | '\u{9f2}' | '\u{9f3}' | '\u{af1}' | '\u{bf9}' | '\u{e3f}' | '\u{17db}'
        | '\u{20a0}'..='\u{20c0}' | '\u{fdfc}' | '\u{fe69}' | '\u{ff04}' | '\u{ffe0}' | '\u{ffe1}' | '\u{ffe5}' | '\u{ffe6}')
}

fn without_start<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    start.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn without_end<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let end = text.get(at..)?;
    end.eq_ignore_ascii_case(word).then(|| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_at_either_end() {
        let word = |word: &str| Unit::Word(CURRENCIES.iter().position(|known| *known == word).expect("known"));
        for (text, unit, rest) in [
            ("$5", Unit::Symbol('$'), "5"),
            ("5 €", Unit::Symbol('€'), "5 "),
            ("US$ 5", word("US$"), " 5"),
            ("5 US$", word("US$"), "5 "),
            ("eur5", word("EUR"), "5"),
            ("5,- zł", word("zł"), "5,- "),
            ("5kr.", word("kr."), "5"),
            ("Rs.500", word("Rs."), "500"),
            ("5 %", Unit::Percent, "5 "),
        ] {
            assert_eq!(Unit::at_an_end(text), Some((unit, rest)), "{text}");
        }
        for text in ["", "5", "1.5", "abc", "5 kg", "é"] {
            assert_eq!(Unit::at_an_end(text), None, "{text}");
        }
    }

    #[test]
    fn no_word_hides_a_longer_one() {
        for (place, word) in CURRENCIES.iter().enumerate() {
            for earlier in &CURRENCIES[..place] {
                assert!(without_start(word, earlier).is_none(), "{earlier} before {word}");
                assert!(without_end(word, earlier).is_none(), "{earlier} before {word}");
            }
        }
    }
}
