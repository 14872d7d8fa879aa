//! Texts of tables in a page.

/// A text of a table as a page may show it: invisible characters are written out, so that none hides or turns what is around it.
pub(super) fn visible(text: &str) -> String {
    assist_score::printable(text).into_owned()
}
