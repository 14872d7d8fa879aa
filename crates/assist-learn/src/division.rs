//! Which rows are training rows and which are test rows: drawn one by one or by whole groups, or divided by their times.

use assist_data::{
    Bits, CountedFolds, DateRole, GroupFault, GroupTotals, KeyPurpose, NO_COLUMN, Schema, Selection, Subset, Table,
    TestRows, TimeFault, TimeRole, TimeSplit, Timeline, counted_test_rows, group_folds, group_split, is_test_key,
    is_test_side, sklearn_test_rows, stratified_folds, time_column,
};
use assist_features::{Encoded, LabelScan};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::settings::{Settings, SplitSettings};
use crate::split_method::{DivisionFault, SplitMethod};
use crate::warning::Warning;

/// Which rows are test rows.
#[derive(Debug, Clone)]
pub(crate) enum Division {
    /// Observations, each for itself.
    Rows(TestRows),
    /// Those of these groups: one bit for each.
    Groups(Bits),
    /// The latest.
    Times(Box<TimeDivision>),
}

/// The rows by time, and how they are divided.
#[derive(Debug, Clone)]
pub(crate) struct TimeDivision {
    timeline: Timeline,
    split: TimeSplit,
}

impl TimeDivision {
    /// The training rows and the test rows.
    pub(crate) fn sides(&self) -> [&TestRows; 2] {
        [&self.split.train, &self.split.test]
    }

    /// What is told of the times.
    pub(crate) fn report(&self, time: Option<&TimeRole>) -> Option<TimeReport> {
        let TimeSplit { until, from, left_out, .. } = self.split;
        let time = time?;
        let [train_until, test_from] = [until, from].map(|at| time.in_words(at));
        let form = time.reading.date.as_ref().map(|date| date.form.clone()).unwrap_or_default();
        Some(TimeReport { column: time.column.clone(), train_until, test_from, left_out, form })
    }
}

/// How rows are divided by their times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeReport {
    /// The column that says when each row was recorded.
    pub column: String,
    /// The latest time of a training row.
    pub train_until: String,
    /// The earliest time of a test row.
    pub test_from: String,
    /// Later observations that are no test rows, because their groups have training rows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// In which form the times are written, as `strftime` writes it; empty where they are numbers or have a type of their own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
}

impl TimeReport {
    /// That rows are in neither subset, where some are.
    pub(crate) fn warning(&self) -> Option<Warning> {
        (self.left_out > 0).then_some(Warning::LaterRowsLeftOut(self.left_out))
    }

    /// The column in the table that was divided.
    pub(crate) fn role(&self, table: &Table) -> Result<TimeRole, Error> {
        let declared = DateRole { form: Some(self.form.clone()), parts: None };
        let declared = if self.form.is_empty() { None } else { Some(&declared) };
        Ok(time_column(table, &self.column, declared, &table.options().na.clone().into())?)
    }
}

/// The folds of the training rows.
pub(crate) struct FoldRows {
    /// Parts of the training rows: a division each, whose test rows they are.
    pub(crate) parts: Vec<Division>,
    /// Where parts follow each other in time, the rows of each but the first that it is judged by.
    pub(crate) judged: Option<Vec<Division>>,
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
        if let Some(division) = Self::of_whole(labels, split)? {
            return Ok(division);
        }
        let (counts, row_counts) = (labels.label_counts(), labels.row_counts());
        Ok(Self::Rows(match (split.method, row_counts) {
            (SplitMethod::Groups, _) => return Err(DivisionFault::NoGroups.into()),
            (SplitMethod::Time, _) => return Err(DivisionFault::NoTimes.into()),
            (SplitMethod::Hash, _) => return Err(DivisionFault::NoKey.into()),
            (SplitMethod::Stated, _) => return Err(DivisionFault::NoSides.into()),
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

    /// By times or by whole groups, where rows have these.
    pub(crate) fn of_whole(labels: &LabelScan<'_>, split: SplitSettings) -> Result<Option<Self>, Error> {
        if let Some(timeline) = labels.timeline() {
            let split = timeline.split(split.test_size).map_err(|fault| of_meaning(fault, labels))?;
            return Ok(Some(Self::Times(Box::new(TimeDivision { timeline, split }))));
        }
        let role = labels.schema().group.as_ref();
        let by_key = match split.method {
            SplitMethod::Hash => labels.rows_by_key(|key| is_test_key(key, split.test_size)),
            SplitMethod::Stated => labels.rows_by_key(is_test_side),
            _ => None,
        };
        if let Some((test_rows, role)) = by_key.zip(role) {
            check_sides(labels, test_rows.class_counts(), &role.column, split.method == SplitMethod::Stated)?;
            return Ok(Some(Self::Rows(test_rows)));
        }
        let Some(groups) = labels.groups() else { return Ok(None) };
        if let (SplitMethod::Hash, Some(role)) = (split.method, role) {
            let mut are_test = Bits::zeros(groups.groups().len());
            let mut of_test = [0, 0];
            for (code, group) in groups.groups().iter().enumerate().filter(|(_, g)| is_test_key(g.key, split.test_size))
            {
                are_test.set(code);
                of_test = [0, 1].map(|class| of_test[class] + group.counts[class]);
            }
            check_sides(labels, of_test, &role.column, false)?;
            return Ok(Some(Self::Groups(are_test)));
        }
        if let (method @ SplitMethod::Selection, Some(group)) = (split.method, &labels.schema().group) {
            return Err(DivisionFault::RowsOfGroups { method, column: group.column.clone() }.into());
        }
        let drawn = group_split(groups, split.test_size, split.seed);
        Ok(Some(Self::Groups(drawn.map_err(|fault| of_meaning(fault, labels))?)))
    }

    /// The second pass: the training and the test rows, coded.
    pub(crate) fn encode(&self, labels: &LabelScan<'_>, watch: Watch<'_>) -> Result<[Encoded; 2], Error> {
        tell(watch, Stage::ReadingRows, 0)?;
        Ok(match self {
            Self::Rows(test_rows) => labels.encode(test_rows)?,
            Self::Groups(test_groups) => labels.encode_groups(test_groups)?,
            Self::Times(of) if of.split.left_out == 0 => labels.encode(&of.split.test)?,
            Self::Times(of) => {
                // Rows that are left out are in neither, so each is read for itself.
                let [_, train] = labels.encode(&of.split.train)?;
                let [_, test] = labels.encode(&of.split.test)?;
                [train, test]
            }
        })
    }

    /// The folds of the training rows. They are those of scikit-learn's `StratifiedKFold(n_folds, shuffle=True,
    /// random_state=seed)` over the training rows in the table's order, or whole groups; those of a table of counts are drawn,
    /// and those of rows with times follow each other.
    pub(crate) fn folds(&self, labels: &LabelScan<'_>, n_folds: u8, seed: u32) -> Result<FoldRows, Error> {
        let parts = match (self, labels.groups()) {
            (Self::Times(of), _) => {
                let folds = of.timeline.folds(&of.split, n_folds)?;
                let judged = folds[1..].iter().map(|fold| Self::Rows(fold.judged.clone())).collect();
                let parts = folds.into_iter().map(|fold| Self::Rows(fold.rows)).collect();
                return Ok(FoldRows { parts, judged: Some(judged) });
            }
            (Self::Groups(are_test), Some(groups)) => {
                let folds = group_folds(groups, |code| !are_test.get(code), n_folds, seed);
                let folds = folds.map_err(|fault| of_meaning(fault, labels))?;
                let division = |fold: u8| {
                    let mut bits = Bits::default();
                    folds.iter().for_each(|of_group| bits.push(*of_group == Some(fold)));
                    Self::Groups(bits)
                };
                (0..n_folds).map(division).collect()
            }
            (Self::Rows(test_rows), _) => folds_of_rows(test_rows, labels, n_folds, seed)?,
            (Self::Groups(_), None) => return Err(DivisionFault::NoGroups.into()),
        };
        Ok(FoldRows { parts, judged: None })
    }

    /// What is told of the times.
    pub(crate) fn time_report(&self, time: Option<&TimeRole>) -> Option<TimeReport> {
        if let Self::Times(of) = self { of.report(time) } else { None }
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

/// Refuses sides of which one lacks a class; there are so many test rows of each label.
fn check_sides(labels: &LabelScan<'_>, of_test: [u64; 2], column: &str, is_stated: bool) -> Result<(), DivisionFault> {
    let of_all = labels.label_counts();
    for label in 0..2 {
        for (is_test, n) in [(true, of_test[label]), (false, of_all[label] - of_test[label])] {
            if n == 0 {
                let class = labels.class_of_label(label);
                let (column, is_stated) = (column.to_owned(), is_stated);
                return Err(DivisionFault::ClassOnOneSide { column, class, is_test, is_stated });
            }
        }
    }
    Ok(())
}

/// A fault that names a class by what the class means: splits know labels in their order alone.
fn of_meaning(fault: assist_data::Error, labels: &LabelScan<'_>) -> assist_data::Error {
    use assist_data::Error::{Groups, Times};
    let meaning = |class: usize| labels.class_of_label(class);
    match fault {
        Groups(GroupFault::ClassInFewGroups { class, groups, needed }) => {
            GroupFault::ClassInFewGroups { class: meaning(class), groups, needed }.into()
        }
        Times(TimeFault::ClassOnOneSide { class, is_later }) => {
            TimeFault::ClassOnOneSide { class: meaning(class), is_later }.into()
        }
        other => other,
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

/// The column of a table of counts that says on which side of the split its rows are.
pub const SPLIT_COLUMN: &str = "split";

impl Settings {
    /// The settings for a table: one of counts that has a column `split` is divided as that says, unless it is dropped or has a
    /// role of its own.
    ///
    /// # Errors
    ///
    /// Groups, times or a key that divide the rows in another way: the column would be a feature.
    pub(crate) fn for_table(&self, table: &Table) -> Result<Self, Error> {
        let mut settings = self.clone();
        let roles = &self.roles;
        let has = |name: &str| table.columns().iter().any(|column| column == name);
        let is_settled = roles.drop.iter().flatten().chain(&roles.keep).any(|name| name == SPLIT_COLUMN);
        if !self.counts || is_settled || roles.declares(SPLIT_COLUMN) || !has(SPLIT_COLUMN) {
            return Ok(settings);
        }
        let others = [&roles.group, &roles.time, &roles.split_key].into_iter().flatten();
        let other = |column: &&String| *column != NO_COLUMN && *column != SPLIT_COLUMN && has(column);
        if let Some(column) = others.into_iter().find(other) {
            return Err(DivisionFault::DividedAlready(column.clone()).into());
        }
        settings.roles.split_key = Some(SPLIT_COLUMN.to_owned());
        settings.split.method = SplitMethod::Stated;
        Ok(settings)
    }

    /// That the rows of a table of counts had groups, which are not a column of it.
    pub(crate) fn lost_groups(&self, table: &Table) -> Option<Warning> {
        let is_lost = |column: &&String| *column != NO_COLUMN && !table.columns().contains(column);
        let lost = self.roles.group.as_ref().filter(|_| self.counts).filter(is_lost);
        lost.map(|column| Warning::GroupsNotCounted(column.clone()))
    }

    /// What keys are for.
    pub(crate) fn key_purpose(&self) -> KeyPurpose {
        let SplitSettings { method, seed, .. } = self.split;
        match method {
            SplitMethod::Stated => KeyPurpose::Sides,
            SplitMethod::Hash if self.roles.split_key.is_some() && self.roles.split_key != self.roles.group => {
                KeyPurpose::HashedRows { seed }
            }
            SplitMethod::Hash => KeyPurpose::HashedGroups { seed },
            _ => KeyPurpose::Groups,
        }
    }

    /// The roles of the columns of a table.
    pub(crate) fn schema(&self, table: &Table) -> Result<Schema, Error> {
        let mut schema = self.roles.resolve(table, self.counts)?;
        schema.group = schema.group.map(|role| role.for_purpose(self.key_purpose()));
        Ok(schema)
    }

    /// Refuses a way of drawing rows that does not go with the groups or the times that are asked for.
    pub(crate) fn check_division(&self) -> Result<(), Error> {
        let group = self.roles.group.as_ref().filter(|column| *column != NO_COLUMN);
        match (&self.roles.split_key, self.split.method) {
            (None, SplitMethod::Stated) => return Err(DivisionFault::NoSides.into()),
            (Some(key), SplitMethod::Hash | SplitMethod::Stated) => {
                if let Some(group) = group.filter(|group| *group != key || self.split.method == SplitMethod::Stated) {
                    return Err(DivisionFault::KeyOfGroups { key: key.clone(), group: group.clone() }.into());
                }
            }
            (Some(column), method) => {
                return Err(DivisionFault::KeyWithoutUse { method, column: column.clone() }.into());
            }
            (None, _) => {}
        }
        match (&self.roles.time, self.split.method) {
            (Some(column), method @ (SplitMethod::Selection | SplitMethod::Hash | SplitMethod::Stated))
                if column != NO_COLUMN =>
            {
                return Err(DivisionFault::RowsOfTimes { method, column: column.clone() }.into());
            }
            (None, SplitMethod::Time) => return Err(DivisionFault::NoTimes.into()),
            _ => {}
        }
        match (&self.roles.group, self.split.method) {
            (Some(column), method @ SplitMethod::Selection) if column != NO_COLUMN => {
                Err(DivisionFault::RowsOfGroups { method, column: column.clone() }.into())
            }
            (None, SplitMethod::Groups) => Err(DivisionFault::NoGroups.into()),
            _ => Ok(()),
        }
    }
}
