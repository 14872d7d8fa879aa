//! Names that identify: what a column of user numbers is usually called.

/// Words that a name ends in if it names something by a number or a key.
const KEYS: [&str; 4] = ["id", "uid", "uuid", "guid"];
/// Whom rows are about.
const SUBJECTS: [&str; 14] = [
    "user",
    "customer",
    "client",
    "account",
    "member",
    "patient",
    "subject",
    "person",
    "participant",
    "visitor",
    "respondent",
    "student",
    "employee",
    "household",
];
/// What else stands before `id` in one word.
const RECORDS: [&str; 10] = ["case", "subj", "usubj", "rec", "record", "obs", "pat", "acct", "cust", "emp"];
/// What counts up from row to row and yet says something: a trend, a time.
const TRENDS: [&str; 13] =
    ["t", "time", "trend", "period", "day", "week", "month", "quarter", "year", "age", "step", "tick", "epoch"];
/// What programs call the number of a row when they write one.
const ROW_NAMES: [&str; 8] = ["rownames", "rowname", "rowid", "rownumber", "rownum", "rowno", "index", "unnamed0"];

/// Whether a name is that of an identifier: its last word, as separators and changes of case divide it, is `id` or the like,
/// or one of those that rows are about, with or without `id` attached.
///
/// ```
/// use assist_data::is_identifier_name;
///
/// assert!(["user_id", "UserID", "customer", "Customer No. ID", "memberId", "visitor-uuid"].map(is_identifier_name).iter().all(|is| *is));
/// assert!(["paid", "valid", "user_age", "android"].map(is_identifier_name).iter().all(|is| !is));
/// ```
pub fn is_identifier_name(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    let is_subject = |word: &str| SUBJECTS.contains(&word);
    KEYS.contains(&last.as_str())
        || is_subject(last)
        || KEYS
            .iter()
            .any(|key| last.strip_suffix(key).is_some_and(|subject| is_subject(subject) || RECORDS.contains(&subject)))
}

/// Whether numbers of this name that count the rows are a trend.
pub(crate) fn is_trend_name(name: &str) -> bool {
    words(name).last().is_some_and(|last| TRENDS.contains(&last.as_str()))
}

/// Whether a column of this name is left out unless it says otherwise: `user_id` and `id`, however they are spelt.
pub(crate) fn is_always_identifier(name: &str) -> bool {
    is_user_id(name) || bare(name) == "id"
}

/// Whether a column of this name is left out whatever it holds.
pub(crate) fn is_user_id(name: &str) -> bool {
    bare(name) == "userid"
}

/// Whether a program that numbers rows gives its numbers this name.
pub(crate) fn is_row_name(name: &str) -> bool {
    ROW_NAMES.contains(&bare(name).as_str())
}

/// The letters and digits of a name in lower case.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name in lower case: `customerID` is `customer`, `id`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let next_is_lower = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || next_is_lower && before.is_uppercase());
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && letter.is_alphanumeric()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_separators_and_changes_of_case() {
        assert_eq!(words("customerID"), ["customer", "id"]);
        assert_eq!(words("HTTPServerId"), ["http", "server", "id"]);
        assert_eq!(words("user.name-2 x"), ["user", "name", "2", "x"]);
        assert_eq!(words("__"), Vec::<String>::new());
    }

    #[test]
    fn identifiers_are_known_by_their_last_word() {
        for name in [
            "ID",
            "user",
            "Patient",
            "subjectid",
            "SUBJECT_ID",
            "client-guid",
            "orderId",
            "ParticipantUUID",
            "caseid",
            "USUBJID",
        ] {
            assert!(is_identifier_name(name), "{name}");
        }
        for name in ["paid", "valid", "grid", "userage", "id_checked", "users", "humid", "case", ""] {
            assert!(!is_identifier_name(name), "{name}");
        }
        assert!(is_always_identifier("UserID") && is_always_identifier("Id") && !is_always_identifier("customer_id"));
        assert!(is_trend_name("t") && is_trend_name("time_step") && !is_trend_name("rownames"));
        assert!(is_row_name("Unnamed: 0") && is_row_name("row.names") && !is_row_name("column 1"));
    }
}
