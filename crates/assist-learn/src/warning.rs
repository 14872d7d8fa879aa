//! What a result has to be taken with, as data.

use std::fmt;
use std::path::PathBuf;

use assist_data::{Advice, quoted};
use assist_features::RejectedBy;
use assist_metrics::words::{count, percent, significant};
use assist_score::{Form, Recipe, shown};
use serde::{Deserialize, Serialize};

use crate::error::short_id;
use crate::few_rows::few_rows;
use crate::rejected;

/// Something that a user should know about a result that there is all the same.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The fit did not reach its optimum.
    NotConverged {
        /// Largest entry of the mean objective's gradient.
        gradient_max_norm: f64,
    },
    /// Features separate the classes, so that the size of their coefficients is that of the penalty.
    Separated {
        /// The features.
        features: Vec<String>,
        /// Whether all rows are told apart.
        is_complete: bool,
    },
    /// So few training rows a parameter that nothing is called clear; or a line or condition, that its choice follows chance.
    FewRowsAParameter {
        /// Training rows of the smaller class.
        smaller_class: u64,
        /// Parameters, lines or conditions.
        parameters: u64,
        /// Of what form.
        form: Form,
    },
    /// Columns whose cuts were sought by the labels of the rows that coefficients are tested on.
    CutsSought(Vec<String>),
    /// Rows without a label were left out.
    RowsUnlabelled(u64),
    /// So few groups that errors and intervals from the spread between them are too small.
    FewGroups(u64),
    /// Rows that name no group.
    RowsUnnamed {
        /// The column by which rows are grouped.
        column: String,
        /// How many.
        rows: u64,
    },
    /// Later rows whose groups have training rows are in neither subset.
    LaterRowsLeftOut(u64),
    /// A table without the column by which the training grouped rows.
    GroupsUnknown(String),
    /// A column whose values repeat as those of users do: rows of one user are not independent.
    MayBeGroups(String),
    /// Rows with missing cells were left out.
    RowsLeftOut {
        /// How many.
        rows: u64,
        /// The columns with their missing cells, those with most first.
        columns: Vec<(String, u64)>,
    },
    /// Columns have one value alone, because the rows with another one were left out for a missing cell.
    ColumnsFlattened {
        /// The columns.
        columns: Vec<String>,
        /// The columns with missing cells, those with most first.
        missing: Vec<(String, u64)>,
    },
    /// Rows have groups, and a table of counts does not say which rows are of one.
    GroupsNotCounted(String),
    /// Test rows equal training rows, and so many do that rows are copies of others.
    RowsCopied {
        /// How many.
        rows: u64,
        /// Of how many test rows.
        of: u64,
    },
    /// Rows of a table that is evaluated are rows that the model was trained on.
    TrainingRows {
        /// Which share of the table's rows.
        share_of_table: f64,
    },
    /// Test rows that the model rejects are not part of the test figures.
    TestRowsRejected {
        /// How many.
        rows: u64,
        /// Of how many test rows.
        of: u64,
        /// The columns that reject them, those that reject most first.
        by: Vec<RejectedBy>,
        /// What would help, where they are many.
        advice: Option<Advice>,
    },
    /// Rows that the model rejects are not part of the figures.
    RowsRejected {
        /// How many.
        rows: u64,
        /// The columns that reject them, those that reject most first.
        by: Vec<RejectedBy>,
    },
    /// A column with so many levels that it may be free text or an identifier.
    ManyLevels {
        /// The column.
        column: String,
        /// How many.
        levels: usize,
    },
    /// A column most of whose levels have few training rows to learn from.
    RareLevels {
        /// The column.
        column: String,
        /// How many levels.
        levels: usize,
        /// How many training rows.
        rows: u64,
        /// Levels with fewer training rows than this should be one.
        fewest: u64,
    },
    /// Levels of a column that are the same but for case and outer blanks, and are learnt apart.
    RespeltLevels {
        /// The column.
        column: String,
        /// The spellings of each such level.
        groups: Vec<Vec<String>>,
    },
    /// Declared levels that no training row has.
    UnseenLevels {
        /// The column.
        column: String,
        /// The levels.
        levels: Vec<String>,
    },
    /// The rows have another share of class 1 than the one that probabilities are corrected to.
    OtherBaseRate {
        /// The share of class 1 among the rows.
        of_rows: f64,
        /// The share that probabilities are corrected to.
        of_model: f64,
    },
    /// The model was fitted with weights that the table has too, and its figures here count rows.
    WeightsUnused(String),
    /// A file beside a model that tells of another one.
    OtherModel {
        /// The file.
        file: PathBuf,
        /// What names the model that it tells of.
        of_file: String,
        /// What names the model.
        of_model: String,
    },
    /// The table is too small for a split, so no row is held out.
    NoTestRows(String),
    /// A penalty in raw units, or on the intercept, holds coefficients far from the fit without it.
    CoefficientsHeld {
        /// The recipe, if it is one.
        recipe: Option<Recipe>,
        /// The coefficients, the farthest first.
        held: Vec<HeldCoefficient>,
    },
    /// An isotonic calibration that is learnt on so few rows that its steps follow chance.
    FewRowsIsotonic {
        /// Rows that it is learnt on.
        rows: u64,
        /// Those of the smaller class.
        smaller_class: u64,
    },
    /// The best strength of the penalty is the last one that was tried, so another one may be better still.
    BestAtEdge {
        /// Inverse strength of the penalty.
        c: f64,
        /// At which end of those that were tried.
        edge: GridEdge,
    },
    /// Such a penalty costs the ranking of test rows.
    RankingLost {
        /// The recipe, if it is one.
        recipe: Option<Recipe>,
        /// Area under the ROC curve of the test rows.
        roc_auc: f64,
        /// That of the standard recipe.
        standard: f64,
    },
}

/// An end of the strengths that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridEdge {
    /// The smallest C, the strongest penalty.
    Low,
    /// The largest C, the weakest penalty.
    High,
}

/// A coefficient that a penalty holds far from where it would be without.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HeldCoefficient {
    /// The feature.
    pub feature: String,
    /// Its coefficient.
    pub value: f64,
    /// That of the fit without a penalty, with the same class weights.
    pub unpenalised: f64,
    /// How many standard errors of the latter lie between them.
    pub std_errors: f64,
}

/// Fewer groups than these say little of how groups differ.
const FEWEST_GROUPS: u64 = 30;

fn few_groups_are_said(groups: u64) -> String {
    let are = if groups == 1 { "group is" } else { "groups are" };
    format!(
        "{groups} {are} few: standard errors and intervals from the spread between them are too small below {FEWEST_GROUPS}"
    )
}

/// A warning where there are few groups.
pub(crate) fn few_groups(groups: u64) -> Option<Warning> {
    (groups < FEWEST_GROUPS).then_some(Warning::FewGroups(groups))
}

impl Warning {
    /// What would help, where there is something to say beyond the warning.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::ManyLevels { column, .. } => Some(Advice::DropColumn(column.clone())),
            Self::MayBeGroups(column) => Some(Advice::GroupBy(column.clone())),
            Self::RowsLeftOut { .. } | Self::ColumnsFlattened { .. } => Some(Advice::LearnMissing),
            Self::TestRowsRejected { advice, .. } => advice.clone(),
            Self::FewRowsAParameter { .. } => Some("train on more rows, or on fewer columns".into()),
            Self::GroupsNotCounted(_) => Some(Advice::CountByGroup),
            Self::RowsCopied { .. } => {
                Some("keep copies once, or name a column whose equal values make rows one group".into())
            }
            Self::WeightsUnused(column) => Some(Advice::Weigh(column.clone())),
            Self::OtherModel { .. } => Some("make it again, or take it away".into()),
            Self::CoefficientsHeld { recipe, .. } | Self::RankingLost { recipe, .. } => {
                Some(Advice::StandardRecipe { is_preset: recipe.is_some() })
            }
            Self::FewRowsIsotonic { .. } => Some("calibrate by a sigmoid, which has two parameters".into()),
            Self::BestAtEdge { edge: GridEdge::High, .. } => {
                Some("try larger values of C as well; where these change nothing, no penalty is needed".into())
            }
            Self::BestAtEdge { edge: GridEdge::Low, .. } => Some(
                "try smaller values of C as well; where these do best, the columns tell little of the label".into(),
            ),
            Self::RareLevels { column, fewest, .. } => Some(Advice::PoolRare { column: column.clone(), rows: *fewest }),
            _ => None,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged { gradient_max_norm } => write!(
                f,
                "the fit did not converge (largest gradient entry {gradient_max_norm:.1e}); its figures are not those of an optimum"
            ),
            Self::Separated { features, is_complete } => write!(
                f,
                "the classes are {} separated by `{}`: without a penalty no finite optimum exists; the size of these coefficients is that of the penalty",
                if *is_complete { "completely" } else { "quasi-completely" },
                features.join("`, `")
            ),
            Self::MayBeGroups(column) => write!(
                f,
                "the values of column `{}` repeat as those of users do; rows of one user on both sides of a split make a model look better than it is",
                shown(column)
            ),
            Self::FewRowsAParameter { smaller_class, parameters, form } => {
                f.write_str(&few_rows(*smaller_class, *parameters, *form))
            }
            Self::CutsSought(columns) => write!(
                f,
                "the cuts of {} were sought by the labels of the same rows; intervals and p-values take them as given, so those of these columns look surer than they are",
                quoted(columns)
            ),
            Self::RowsUnnamed { column, rows } => f.write_str(&unnamed(column, *rows)),
            Self::GroupsUnknown(column) => f.write_str(&without_groups(column)),
            Self::LaterRowsLeftOut(rows) => f.write_str(&later_rows(*rows)),
            Self::FewGroups(groups) => f.write_str(&few_groups_are_said(*groups)),
            Self::RowsUnlabelled(1) => f.write_str("1 row without a label was left out"),
            Self::RowsUnlabelled(rows) => write!(f, "{} rows without a label were left out", count(*rows)),
            Self::GroupsNotCounted(column) => f.write_str(&uncounted_groups(column)),
            Self::RowsCopied { rows, of } => f.write_str(&copied(*rows, *of)),
            Self::TrainingRows { share_of_table } => f.write_str(&trained_on(*share_of_table)),
            Self::RowsLeftOut { rows, columns } => {
                write!(f, "{} left out; most are missing in {}", incomplete(*rows), cells_of(columns))
            }
            Self::ColumnsFlattened { columns, missing } => write!(
                f,
                "without the rows that were left out for missing cells there is one value alone in {}; most are missing in {}",
                quoted(columns),
                cells_of(missing)
            ),
            Self::TestRowsRejected { rows, of, by, .. } => write!(
                f,
                "{} of {} test rows {} rejected and not part of the test figures; at fault: {}",
                count(*rows),
                count(*of),
                if *rows == 1 { "is" } else { "are" },
                rejected::at_fault(by)
            ),
            Self::RowsRejected { rows, by } => {
                let are = if *rows == 1 { "row is" } else { "rows are" };
                write!(f, "{} {are} rejected by the model and not part of the figures", count(*rows))?;
                if by.is_empty() { Ok(()) } else { write!(f, "; at fault: {}", rejected::at_fault(by)) }
            }
            Self::ManyLevels { column, levels } => {
                write!(f, "column `{column}` has {} levels; is it free text or an identifier?", count(*levels as u64))
            }
            Self::RareLevels { column, levels, rows, .. } => write!(
                f,
                "column `{column}` has {} levels for {} training rows: most of them have few rows to learn from, and a level that no training row has is rejected",
                count(*levels as u64),
                count(*rows)
            ),
            Self::RespeltLevels { column, groups } => f.write_str(&respelt(column, groups)),
            Self::UnseenLevels { column, levels } => {
                let levels: Vec<String> = levels.iter().map(|level| format!("`{level}`")).collect();
                write!(
                    f,
                    "column `{column}` has no training row with {}; such users will be rejected",
                    levels.join(", ")
                )
            }
            Self::OtherBaseRate { of_rows, of_model } => write!(
                f,
                "{} of the rows are of class 1, but the model's probabilities are corrected to {}: figures of `probability` and of calibration show that difference",
                percent(*of_rows),
                percent(*of_model)
            ),
            Self::WeightsUnused(column) => f.write_str(&unused_weights(column)),
            Self::OtherModel { file, of_file, of_model } => write!(
                f,
                "`{}` tells of another model: of `{}`, and the model beside it is `{}`",
                file.display(),
                short_id(of_file),
                short_id(of_model)
            ),
            Self::CoefficientsHeld { recipe, held } => f.write_str(&held_back(*recipe, held)),
            Self::RankingLost { recipe, roc_auc, standard } => f.write_str(&ranking_lost(*recipe, *roc_auc, *standard)),
            Self::FewRowsIsotonic { rows, smaller_class } => f.write_str(&few_isotonic(*rows, *smaller_class)),
            Self::BestAtEdge { c, edge } => write!(
                f,
                "the best C, {}, is the {} of those that were tried: another one may be better still",
                significant(*c),
                if *edge == GridEdge::Low { "smallest" } else { "largest" }
            ),
            Self::NoTestRows(reason) => write!(f, "no test rows: {reason}"),
        }
    }
}

/// Coefficients far from the fit without a penalty.
fn held_back(recipe: Option<Recipe>, held: &[HeldCoefficient]) -> String {
    const SHOWN: usize = 3;
    let one = |held: &HeldCoefficient| {
        format!(
            "`{}` is {} and would be {} without the penalty, {:.1} standard errors away",
            shown(&held.feature),
            significant(held.value),
            significant(held.unpenalised),
            held.std_errors
        )
    };
    let all: Vec<String> = held.iter().take(SHOWN).map(one).collect();
    let more = match held.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => "; and 1 more coefficient".to_owned(),
        more => format!("; and {more} more coefficients"),
    };
    format!("{} holds coefficients back: {}{more}", subject(recipe), all.join("; "))
}

/// What costs something.
fn subject(recipe: Option<Recipe>) -> String {
    recipe.map_or_else(
        || "the penalty, which depends on units or offsets of columns,".to_owned(),
        |recipe| format!("the recipe `{recipe}`"),
    )
}

/// Fewer rows than these, or fewer of the smaller class, are few for a curve of steps; scikit-learn's guide says "much less than
/// 1000".
const ISOTONIC_ROWS: [u64; 2] = [1000, 100];

/// A warning where an isotonic calibration is learnt on few rows.
pub(crate) fn few_isotonic_rows([n0, n1]: [u64; 2]) -> Option<Warning> {
    let (rows, smaller_class) = (n0 + n1, n0.min(n1));
    let [enough, enough_of_class] = ISOTONIC_ROWS;
    (rows < enough || smaller_class < enough_of_class).then_some(Warning::FewRowsIsotonic { rows, smaller_class })
}

fn few_isotonic(rows: u64, smaller_class: u64) -> String {
    let [enough, enough_of_class] = ISOTONIC_ROWS;
    format!(
        "the isotonic calibration is learnt on {} rows, {} of the smaller class: with fewer than {} rows, or {} of a class, its steps follow chance",
        count(rows),
        count(smaller_class),
        count(enough),
        count(enough_of_class)
    )
}

fn unnamed(column: &str, rows: u64) -> String {
    format!(
        "{} rows have no value in `{}`, by which rows are grouped; they are taken as one group",
        count(rows),
        shown(column)
    )
}

fn without_groups(column: &str) -> String {
    format!(
        "the training kept rows of one `{}` together, and this table has no such column: its intervals take every row for independent",
        shown(column)
    )
}

fn later_rows(rows: u64) -> String {
    format!("{} later rows are left out, because their groups have earlier rows as well", count(rows))
}

fn uncounted_groups(column: &str) -> String {
    let rest = "intervals of a training on them take each row for itself, so they say more than they know";
    format!("counts do not say which rows are of one `{}`: {rest}", shown(column))
}

fn copied(rows: u64, of: u64) -> String {
    let (share, rows, of) = (percent(rows as f64 / of as f64), count(rows), count(of));
    format!(
        "{rows} of {of} test rows ({share}) equal a training row in all feature columns, far more than columns that are independent of each other would make: rows are copies of others, or columns follow from each other; where rows are copies, the test figures measure memory"
    )
}

fn trained_on(share: f64) -> String {
    format!(
        "{} of the rows of this table are rows that the model was trained on: figures are too good; evaluate on rows that it has not seen",
        percent(share)
    )
}

fn ranking_lost(recipe: Option<Recipe>, roc_auc: f64, standard: f64) -> String {
    format!(
        "{} costs ROC AUC on test rows: {roc_auc:.4}, and {standard:.4} with the recipe `standard`",
        subject(recipe)
    )
}

fn unused_weights(column: &str) -> String {
    let column = shown(column);
    format!(
        "the model was fitted with the weights in column `{column}`, which this table has too, and here every row counts the same"
    )
}

fn incomplete(rows: u64) -> String {
    if rows == 1 {
        "1 row with a missing cell was".to_owned()
    } else {
        format!("{} rows with missing cells were", count(rows))
    }
}

fn respelt(column: &str, groups: &[Vec<String>]) -> String {
    const SHOWN: usize = 6;
    let group =
        |group: &Vec<String>| group.iter().map(|level| format!("`{}`", shown(level))).collect::<Vec<_>>().join(", ");
    let more = match groups.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "levels of column `{}` differ only in case or outer blanks, and are learnt apart: {}{more}",
        shown(column),
        groups.iter().take(SHOWN).map(group).collect::<Vec<_>>().join("; ")
    )
}

/// The columns with most missing cells.
fn cells_of(columns: &[(String, u64)]) -> String {
    const NAMED: usize = 5;
    let named = columns.iter().take(NAMED).map(|(column, cells)| format!("`{}` ({})", shown(column), count(*cells)));
    let named = named.collect::<Vec<_>>().join(", ");
    match columns.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more columns"),
    }
}
