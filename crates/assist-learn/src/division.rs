//! Which rows are training rows and which are test rows: drawn one by one, or by whole groups.

use assist_data::{
    Bits, CountedFolds, GroupTotals, Selection, Subset, TestRows, counted_test_rows, group_folds, group_split,
    sklearn_test_rows, stratified_folds,
};
use assist_features::{Encoded, LabelScan};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::settings::{Settings, SplitSettings};
use crate::split_method::{DivisionFault, SplitMethod};

/// Which rows are test rows.
#[derive(Debug, Clone)]
pub(crate) enum Division {
    /// Observations, each for itself.
    Rows(TestRows),
    /// Those of these groups: one bit for each.
    Groups(Bits),
}

/// The groups of a table and how they are divided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupsReport {
    /// The column whose equal values make rows one group.
    pub column: String,
    /// Groups with training rows.
    pub train: u64,
    /// Groups with test rows.
    pub test: u64,
    /// Groups with both.
    pub shared: u64,
    /// Rows that name no group, which together are one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed_rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Division {
    /// No test rows: every observation is a training row.
    pub(crate) fn none() -> Self {
        Self::Rows(TestRows::None)
    }

    /// Which observations are test rows. Those of a table of counts are drawn by how many each row stands for, whatever method
    /// is asked for: all have the same law.
    pub(crate) fn draw(labels: &LabelScan<'_>, split: SplitSettings) -> Result<Self, Error> {
        let method = match split.method {
            SplitMethod::Sklearn | SplitMethod::Selection if labels.is_counted() => SplitMethod::Hypergeometric,
            method => method,
        };
        Self::drawn_by(labels, SplitSettings { method, ..split })
    }

    /// As [`draw`](Self::draw), by the very method that a training has recorded. Older ones split a table of counts as if every
    /// observation were written out, label 0 first.
    pub(crate) fn drawn_by(labels: &LabelScan<'_>, split: SplitSettings) -> Result<Self, Error> {
        if let Some(groups) = labels.groups() {
            return Ok(Self::Groups(group_split(groups, split.test_size, split.seed)?));
        }
        let (counts, row_counts) = (labels.label_counts(), labels.row_counts());
        Ok(Self::Rows(match (split.method, row_counts) {
            (SplitMethod::Groups, _) => return Err(DivisionFault::NoGroups.into()),
            (SplitMethod::Sklearn, _) => sklearn_test_rows(counts, split.test_size, split.seed)?,
            (SplitMethod::Hypergeometric, Some(rows)) => counted_test_rows(&rows, split.test_size, split.seed)?,
            (SplitMethod::Selection | SplitMethod::Hypergeometric, rows) => {
                let mut selection = Selection::new(counts, split.test_size, split.seed)?;
                let mut of_class = [Bits::default(), Bits::default()];
                let mut select = |label: u8| of_class[usize::from(label)].push(selection.assign(label) == Subset::Test);
                for [n0, n1] in rows.unwrap_or_default() {
                    (0..n0).for_each(|_| select(0));
                    (0..n1).for_each(|_| select(1));
                }
                labels.for_each_label(select);
                TestRows::Observations(of_class)
            }
        }))
    }

    /// The second pass: the training and the test rows, coded.
    pub(crate) fn encode(&self, labels: &LabelScan<'_>, watch: Watch<'_>) -> Result<[Encoded; 2], Error> {
        tell(watch, Stage::ReadingRows, 0)?;
        Ok(match self {
            Self::Rows(test_rows) => labels.encode(test_rows)?,
            Self::Groups(test_groups) => labels.encode_groups(test_groups)?,
        })
    }

    /// For each fold of the training rows the division whose test rows are those of the fold. Folds are those of
    /// scikit-learn's `StratifiedKFold(n_folds, shuffle=True, random_state=seed)` over the training rows in the table's order,
    /// or whole groups; those of a table of counts are drawn.
    pub(crate) fn folds(&self, labels: &LabelScan<'_>, n_folds: u8, seed: u32) -> Result<Vec<Self>, Error> {
        match (self, labels.groups()) {
            (Self::Groups(are_test), Some(groups)) => {
                let folds = group_folds(groups, |code| !are_test.get(code), n_folds, seed)?;
                let division = |fold: u8| {
                    let mut bits = Bits::default();
                    folds.iter().for_each(|of_group| bits.push(*of_group == Some(fold)));
                    Self::Groups(bits)
                };
                Ok((0..n_folds).map(division).collect())
            }
            (Self::Rows(test_rows), _) => folds_of_rows(test_rows, labels, n_folds, seed),
            (Self::Groups(_), None) => Err(DivisionFault::NoGroups.into()),
        }
    }

    /// What is told of the groups; `subsets` are the training and the test rows.
    pub(crate) fn report(labels: &LabelScan<'_>, column: Option<&str>, subsets: [&Encoded; 2]) -> Option<GroupsReport> {
        let (groups, column) = labels.groups().zip(column)?;
        let [train, test] = subsets.map(|rows| rows.clusters(groups.groups().len()));
        let is_shared = |code: &usize| train.get(*code) && test.get(*code);
        let n = |bits: &Bits| bits.count(0..bits.len());
        Some(GroupsReport {
            column: column.to_owned(),
            train: n(&train),
            test: n(&test),
            shared: (0..groups.groups().len()).filter(is_shared).count() as u64,
            unnamed_rows: GroupTotals::unnamed(groups),
        })
    }
}

fn folds_of_rows(test_rows: &TestRows, labels: &LabelScan<'_>, n_folds: u8, seed: u32) -> Result<Vec<Division>, Error> {
    if let Some(rows) = labels.row_counts() {
        return Ok(CountedFolds::new(&rows, test_rows, n_folds, seed)?.map(Division::Rows).collect());
    }
    let is_test = |class: usize, index: usize| match test_rows {
        TestRows::Observations(of_class) => of_class[class].get(index),
        _ => false,
    };
    // Which observations of each class, in the table's order, are training rows.
    let mut seen = [0, 0];
    let mut is_training = [Vec::new(), Vec::new()];
    let mut first_class = None;
    labels.for_each_label(|label| {
        let class = usize::from(label);
        let is_train = !is_test(class, seen[class]);
        seen[class] += 1;
        is_training[class].push(is_train);
        if is_train {
            first_class.get_or_insert(class);
        }
    });
    let counts = [0, 1].map(|class| is_training[class].iter().filter(|is_train| **is_train).count() as u64);
    let of_class = stratified_folds(counts, first_class.unwrap_or(0), n_folds, seed)?;
    let division = |fold: u8| {
        let rows = [0, 1].map(|class| {
            let mut of_training = of_class[class].iter();
            let mut bits = Bits::default();
            for is_train in &is_training[class] {
                bits.push(*is_train && of_training.next() == Some(&fold));
            }
            bits
        });
        Division::Rows(TestRows::Observations(rows))
    };
    Ok((0..n_folds).map(division).collect())
}

impl Settings {
    /// Refuses a way of drawing rows that does not go with the groups that are asked for.
    pub(crate) fn check_division(&self) -> Result<(), Error> {
        match (&self.roles.group, self.split.method) {
            (Some(column), method @ SplitMethod::Selection) if column != "none" => {
                Err(DivisionFault::RowsOfGroups { method, column: column.clone() }.into())
            }
            (None, SplitMethod::Groups) => Err(DivisionFault::NoGroups.into()),
            _ => Ok(()),
        }
    }
}
