//! From what the cells of a column say to its role.

use assist_score::NumberStyle;

use super::evidence::{ColumnEvidence, TypedCells};
use super::file_styles::{ColumnStyle, Decimals};
use super::names::{is_identifier_name, is_row_name, is_trend_name};
use crate::column_role::{ColumnRole, LeftOutReason};
use crate::dates::{COMPACT, has_days, has_hours};

/// A column of texts of which more than this share are distinct is an identifier.
const IDENTIFIER_SHARE: f64 = 0.9;
/// A column of texts with blanks of which more than this share are distinct is free text.
const FREE_TEXT_SHARE: f64 = 0.5;
/// Where more than this share of many different cells are numbers, the others are faults, and no levels.
const NUMBER_SHARE: f64 = 0.9;
/// In fewer rows than this, cells that are all distinct say nothing: two users with two devices are no identifiers.
const LEAST_ROWS: u64 = 12;
/// Rows are grouped by a column with at least so many values, and a value for so many rows or fewer.
pub(super) const LEAST_GROUPS: u64 = 30;
pub(super) const MOST_ROWS_OF_A_GROUP: u64 = 50;

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CellKind {
    Numbers(ColumnStyle),
    Truths,
    /// The form; `None` where dates have a type of their own.
    Dates(Option<&'static str>),
    Levels,
    Nothing,
    Unusable(String),
    /// Nearly all are numbers.
    Mixed,
}

impl CellKind {
    pub(crate) fn role(&self) -> ColumnRole {
        match self {
            Self::Numbers(_) => ColumnRole::Number,
            Self::Truths => ColumnRole::TruthValue,
            Self::Dates(_) => ColumnRole::Date,
            Self::Levels | Self::Mixed => ColumnRole::Level,
            Self::Nothing => ColumnRole::Empty,
            Self::Unusable(_) => ColumnRole::Unusable,
        }
    }
}

/// What the cells are. `decimals` decide where every number may be read in two ways.
pub(crate) fn kind_of(evidence: &ColumnEvidence, decimals: &Decimals) -> CellKind {
    if let Some(kind) = &evidence.unusable {
        return CellKind::Unusable(kind.clone());
    }
    let unmarked = evidence.unmarked();
    let TypedCells { numbers, truths, texts, .. } = evidence.typed;
    if evidence.typed.dates() {
        return if numbers || truths || texts { CellKind::Levels } else { CellKind::Dates(None) };
    }
    if unmarked == 0 {
        return CellKind::Nothing;
    }
    if evidence.is_truth {
        return CellKind::Truths;
    }
    if evidence.are_surely_compact_dates() {
        return CellKind::Dates(Some(COMPACT));
    }
    let all_numbers = evidence.numbers == unmarked;
    // A text column of a format with types is text, whatever its values look like; but `$1,234.50` is nothing else.
    let found = evidence.styles.style(decimals);
    if let Some(found) = found.filter(|found| !texts || !found.style.is_plain() || numbers) {
        return CellKind::Numbers(found);
    }
    if all_numbers && !texts {
        return CellKind::Numbers(NumberStyle::default().into());
    }
    if evidence.numbers == 0
        && let Some(form) = evidence.dates.form()
    {
        return CellKind::Dates(Some(form));
    }
    // House numbers and classes are codes: `12`, `12A`.
    let are_codes = evidence.is_whole() && evidence.texts_are_codes;
    let is_mostly_numbers = evidence.numbers as f64 > NUMBER_SHARE * unmarked as f64 && !are_codes;
    if is_mostly_numbers && evidence.has_various_numbers() && !texts { CellKind::Mixed } else { CellKind::Levels }
}

/// Why a column is no feature unless somebody asks for it.
pub(crate) fn reason_to_leave_out(name: &str, evidence: &ColumnEvidence, kind: &CellKind) -> Option<LeftOutReason> {
    // What stands for a missing number says nothing of texts either: `NA` in nine of ten cells makes no column of levels.
    let (distinct, cells) = (evidence.distinct_unmarked(), evidence.unmarked());
    let is_unique = distinct == cells && cells == evidence.rows && cells > 1;
    match kind {
        CellKind::Nothing => return Some(LeftOutReason::Empty),
        CellKind::Unusable(kind) => return Some(LeftOutReason::Type(kind.clone())),
        CellKind::Dates(_) => return Some(LeftOutReason::Date),
        _ => {}
    }
    if let Some(value) = evidence.constant()
        && evidence.cells == evidence.rows
    {
        return Some(LeftOutReason::Constant(assist_score::shown(value)));
    }
    let is_number = matches!(kind, CellKind::Numbers(_));
    if cells < LEAST_ROWS {
        return None;
    }
    if is_number && evidence.counts_rows() && !is_trend_name(name) {
        return Some(LeftOutReason::RowNumbers);
    }
    if is_identifier_name(name) && (!is_number || evidence.is_whole()) {
        let is_grouping = distinct >= LEAST_GROUPS && distinct.saturating_mul(MOST_ROWS_OF_A_GROUP) >= evidence.rows;
        // A subject may be History: words with blanks are no keys.
        let are_keys = is_number || 2 * evidence.with_blanks <= cells;
        if is_unique || is_grouping && are_keys {
            return Some(LeftOutReason::IdentifierName);
        }
    }
    if is_number {
        // Numbers are no identifiers by being distinct, but what a program wrote to name rows is one.
        return (is_row_name(name) && evidence.rises()).then_some(LeftOutReason::RowNumbers);
    }
    if matches!(kind, CellKind::Levels) {
        if evidence.styles.differ_in_units() {
            return Some(LeftOutReason::Units);
        }
        let share = distinct as f64 / cells.max(1) as f64;
        let with_blanks = 2 * evidence.with_blanks > cells;
        if with_blanks && share > FREE_TEXT_SHARE {
            return Some(LeftOutReason::FreeText { distinct, cells });
        }
        if share > IDENTIFIER_SHARE {
            return Some(LeftOutReason::Distinct { distinct, cells });
        }
    }
    None
}

/// Whether a column has too few values to name users, as far as it was looked at.
pub(crate) fn has_few_values(evidence: &ColumnEvidence) -> bool {
    let (distinct, cells) = (evidence.distinct_unmarked(), evidence.unmarked());
    cells >= LEAST_ROWS && distinct < LEAST_GROUPS && 2 * distinct < cells
}

/// Whether what the first rows say may not hold of all of them: then they all have to be looked at.
pub(crate) fn is_undecided(name: &str, evidence: &ColumnEvidence, kind: &CellKind) -> bool {
    let half_distinct = evidence.distinct_unmarked() as f64 > FREE_TEXT_SHARE * evidence.unmarked() as f64;
    match kind {
        CellKind::Unusable(_) => false,
        // Which number is the day, and whether there are hours, may be shown by any row.
        CellKind::Dates(None) => evidence.typed.days && !evidence.typed.hours,
        CellKind::Dates(Some(form)) => {
            evidence.dates.other_form().is_some() || has_days(form) && has_hours(form) && evidence.dates.are_midnights()
        }
        CellKind::Nothing => true,
        CellKind::Levels => half_distinct || evidence.constant().is_some() || is_identifier_name(name),
        CellKind::Numbers(_) => {
            let may_be_identifier = is_identifier_name(name) && evidence.is_whole();
            let may_be_row = evidence.counts_rows() || is_row_name(name) && evidence.rises();
            may_be_identifier || may_be_row || evidence.constant().is_some()
        }
        CellKind::Truths | CellKind::Mixed => evidence.constant().is_some(),
    }
}
