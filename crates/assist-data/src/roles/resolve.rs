//! From what is declared, and what the cells say, to the roles of all columns of a table.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use assist_score::{NumberStyle, canonical_level, truth_value};

use super::evidence::ColumnEvidence;
use super::fate::{Fate, add_column, date_fate};
use super::file_styles::{ColumnStyle, Decimals, check_decimal};
use super::gather::{Gathered, gather, heads};
use super::grouping::may_name_users;
use super::judge::{CellKind, has_few_values, kind_of, reason_to_leave_out};
use super::names::{is_always_identifier, is_user_id};
use super::row_columns::{stated_column, time_role, weight_role};
use crate::cell_reading::{LabelReading, LevelReading, NumberReading};
use crate::cells::text_column;
use crate::column_role::{ColumnFound, ColumnRole, DecidedBy, LeftOutReason};
use crate::error::Error;
use crate::fast::csv_cells::for_each_cell;
use crate::fast::text_codes::unquoted;
use crate::group_fault::GroupFault;
use crate::schema::{COUNT_COLUMNS, CategoricalRole, GroupRole, LabelRole, NumericRole, Schema};
use crate::schema_file::{DateRole, NO_COLUMN, SchemaFile};
use crate::table::Table;
use crate::table_options::TableOptions;

/// Rows by which the styles of declared numbers are judged; that a file is written otherwise is seen in few.
const PROBED_ROWS: usize = 512;
/// In fewer cells than this a text is a slip, and the column may be one of numbers as declared.
const FEW_CELLS: u64 = 4;
/// Rows in which two labels are looked for.
const LABEL_ROWS: usize = 1 << 16;

impl SchemaFile {
    /// The roles of all columns of `table`. What is not declared is found in the cells and the name of a column; columns that
    /// cannot be features are left out, each with its reason.
    ///
    /// With `counts`, the label is the two columns `n0` and `n1` instead of the target.
    ///
    /// # Errors
    ///
    /// No target, columns that the table does not have, columns with several roles, no feature, and columns whose cells are
    /// nearly all numbers.
    pub fn resolve(&self, table: &Table, counts: bool) -> Result<Schema, Error> {
        if counts && let Some(of_counts) = self.without_absent(table) {
            return of_counts.resolve(table, counts);
        }
        let header = table.columns();
        let names: HashSet<&str> = header.iter().map(String::as_str).collect();
        let label = self.label(table, &names, counts)?;
        let label_columns: HashSet<&str> = label_columns(&label).into_iter().collect();
        let stated = self.stated_of(table);
        let na: Arc<[String]> = stated.na.into();
        let is_declared = |name: &str| self.declares(name);
        let mut dropped: Vec<String> = Vec::new();
        // A schema of the rows is one of their counts as well, where what is no feature is no longer there.
        for name in self.drop.iter().flatten().filter(|name| !counts || names.contains(name.as_str())) {
            if !dropped.contains(name) {
                dropped.push(name.clone());
            }
        }
        for name in &label_columns {
            if is_declared(name) || dropped.iter().chain(&self.keep).any(|taken| taken == name) {
                return Err(Error::TargetTwice { column: (*name).to_owned() });
            }
        }
        let weight = self.weight.as_deref().filter(|name| *name != NO_COLUMN || names.contains(name));
        if let Some(name) = weight
            && (label_columns.contains(name)
                || is_declared(name)
                || dropped.iter().chain(&self.keep).any(|n| n == name))
        {
            return Err(Error::WeightTwice(name.to_owned()));
        }
        let stated_group = self.stated_group(table, &names, &label_columns, &na)?;
        let time = self.stated_time(table, &names, &label_columns)?;
        // What names users tells nothing of them, and no time of the training rows comes again, unless it is asked for.
        let split_key = self.stated_split_key(table, &names, &label_columns)?;
        for name in stated_group.iter().map(|group| group.column.as_str()).chain(time).chain(split_key) {
            if !is_declared(name) && !self.keep.iter().chain(&dropped).any(|known| known == name) {
                dropped.push(name.to_owned());
            }
        }
        // Beside its counts the label itself would be a feature that gives everything away.
        dropped.extend(self.target.iter().filter(|t| counts && names.contains(t.as_str()) && !is_declared(t)).cloned());
        let needed = label_columns.iter().copied().chain(weight);
        let needed = needed.chain(dropped.iter().map(String::as_str)).chain(self.declared());
        if let Some(column) = needed.into_iter().find(|column| !names.contains(column)) {
            return Err(table.missing_column(column));
        }
        let dropped_names: HashSet<&str> = dropped.iter().map(String::as_str).collect();
        let is_feature = |name: &&String| {
            let name = name.as_str();
            !label_columns.contains(name) && !dropped_names.contains(name) && weight != Some(name)
        };
        let candidates: Vec<&str> = header.iter().filter(is_feature).map(String::as_str).collect();
        if candidates.is_empty() {
            return Err(Error::NoFeatures { left_out: Vec::new() });
        }
        let is_looked_at = |name: &&str| !candidates.contains(name);
        let looked_at: Vec<&str> = candidates.iter().copied().chain(weight).chain(time.filter(is_looked_at)).collect();
        let (found, decimals) = self.found(table, &looked_at, &na)?;
        let is_open = self.group.is_none() && split_key.is_none() && !counts;
        let found_group = if is_open { self.found_group(table, &label_columns, &na)? } else { None };
        let group = stated_group.or(found_group).or(split_key.map(|name| GroupRole::new(name, Arc::clone(&na))));
        let mut fates: HashMap<&str, Fate> = HashMap::new();
        for name in &candidates {
            fates.insert(name, self.fate(table, name, found.get(name), &decimals, &na)?);
        }
        let mut schema = Schema {
            label: label.clone(),
            weight: weight.map(|name| (name.to_owned(), weight_role(found.get(name), &decimals, &na))),
            time: match time {
                Some(name) => Some(time_role(table, name, found.get(name), &decimals, self.date.get(name), &na)?),
                None => None,
            },
            group,
            may_group: None,
            dropped,
            numeric: Vec::new(),
            categorical: Vec::new(),
            left_out: Vec::new(),
            columns: Vec::new(),
        };
        for name in header {
            let fate = fates.remove(name.as_str());
            schema.columns.push(self.column_found(
                name,
                fate.as_ref(),
                found.get(name.as_str()),
                &decimals,
                &label_columns,
            ));
            if let Some(fate) = fate {
                add_column(&mut schema, name, fate, &na, &names)?;
            }
        }
        if schema.numeric.is_empty() && schema.categorical.is_empty() {
            return Err(Error::NoFeatures { left_out: schema.left_out });
        }
        if self.group.is_none() && schema.group.is_none() && !counts {
            let levels: Vec<&str> = schema.categorical.iter().map(|(name, _)| name.as_str()).collect();
            schema.may_group = may_name_users(&found, &levels).map(str::to_owned);
        }
        schema.dropped.extend(schema.left_out.iter().map(|left| left.column.clone()));
        Ok(schema)
    }

    /// The column by which rows are grouped: that which is stated, or which is found for its name and its first rows. Whether all
    /// rows bear out what was found, [`GroupTotals::are_like_users`](crate::GroupTotals::are_like_users) tells.
    ///
    /// # Errors
    ///
    /// A column that the table does not have, or that holds the label.
    pub fn group(&self, table: &Table) -> Result<Option<GroupRole>, Error> {
        let names: HashSet<&str> = table.columns().iter().map(String::as_str).collect();
        let target: HashSet<&str> = self.target.as_deref().into_iter().collect();
        let na: Arc<[String]> = self.stated_of(table).na.into();
        let split_key = self.stated_split_key(table, &names, &target)?;
        match &self.group {
            None if split_key.is_none() => self.found_group(table, &target, &na),
            _ => {
                let stated = self.stated_group(table, &names, &target, &na)?;
                Ok(stated.or(split_key.map(|name| GroupRole::new(name, na))))
            }
        }
    }

    /// The same without groups, times and keys of rows that their counts do not have; nothing where there are none.
    fn without_absent(&self, table: &Table) -> Option<Self> {
        let is_absent = |name: &String| name != NO_COLUMN && !table.columns().contains(name);
        let mut of_counts = self.clone();
        for column in [&mut of_counts.group, &mut of_counts.time, &mut of_counts.split_key] {
            column.take_if(|name| is_absent(name));
        }
        (of_counts != *self).then_some(of_counts)
    }

    fn stated_split_key(
        &self,
        table: &Table,
        names: &HashSet<&str>,
        label_columns: &HashSet<&str>,
    ) -> Result<Option<&str>, Error> {
        stated_column(table, names, label_columns, self.split_key.as_deref(), GroupFault::SplitByLabel)
    }

    fn stated_group(
        &self,
        table: &Table,
        names: &HashSet<&str>,
        label_columns: &HashSet<&str>,
        na: &Arc<[String]>,
    ) -> Result<Option<GroupRole>, Error> {
        let name = stated_column(table, names, label_columns, self.group.as_deref(), GroupFault::ByLabel)?;
        Ok(name.map(|name| GroupRole::new(name, Arc::clone(na))))
    }

    /// What is stated of how the table is written, here and where it was opened.
    pub(super) fn stated_of(&self, table: &Table) -> TableOptions {
        let mut stated = table.options().clone();
        stated.na.extend(self.table.na.iter().filter(|na| !table.options().na.contains(na)).cloned());
        stated.decimal = stated.decimal.or(self.table.decimal);
        stated
    }

    /// The role of the label, and how its cells are read.
    fn label(&self, table: &Table, names: &HashSet<&str>, counts: bool) -> Result<LabelRole, Error> {
        if counts {
            // Counts name no label; a feature may have the name that first comes to mind.
            let free =
                || ["label", "class", "outcome"].into_iter().find(|n| !names.contains(n)).unwrap_or("n1").to_owned();
            let name = self.target.clone().unwrap_or_else(free);
            return Ok(LabelRole::Counts { name, positive: self.positive.clone(), negative: self.negative.clone() });
        }
        let header = table.columns();
        let name = self.target.clone().ok_or_else(|| Error::NoTarget { columns: header.to_vec() })?;
        if !names.contains(name.as_str()) {
            return Err(table.missing_column(&name));
        }
        let reading = label_reading(table, &name, self.stated_of(table).na.into())?;
        // A stated truth value is spelt as the labels are inside.
        let positive = self.positive.as_ref().map(|positive| match truth_value(positive.trim()) {
            Some(truth) if reading.is_truth => truth.to_string(),
            _ if reading.decimal_comma => reading.key(positive),
            _ => positive.clone(),
        });
        Ok(LabelRole::Column { name, positive, reading })
    }

    /// What the cells say, of the columns for which that matters, and which mark stands before fractions where a column does
    /// not show it: as stated, as other columns show it, or as is usual beside the delimiter.
    fn found<'n>(
        &self,
        table: &Table,
        candidates: &[&'n str],
        na: &Arc<[String]>,
    ) -> Result<(HashMap<&'n str, ColumnEvidence>, Decimals), Error> {
        let is_open = |name: &&&str| {
            let is_kept = self.keep.iter().any(|keep| keep == **name);
            !self.numeric.contains_key(**name)
                && !self.categorical.contains_key(**name)
                && (is_kept || self.date.contains_key(**name) || !is_always_identifier(name))
        };
        let mut open: Vec<&str> = candidates.iter().filter(is_open).copied().collect();
        // A column that is called `id` and has a handful of values is no identifier, whatever it is. That of `user_id` is one.
        let named = candidates.iter().filter(|name| is_always_identifier(name) && !is_user_id(name));
        let named: Vec<&str> = named.copied().collect();
        let named: Vec<&str> = named.into_iter().filter(|name| !open.contains(name) && !self.declares(name)).collect();
        let probed = heads(table, &named, na, PROBED_ROWS)?;
        open.extend(named.iter().zip(&probed.columns).filter(|(_, e)| has_few_values(e)).map(|(name, _)| *name));
        let stated = self.stated_of(table).decimal;
        let Gathered { columns, n_rows, .. } = gather(table, &open, na, stated)?;
        if n_rows == 0 && !open.is_empty() {
            return Err(Error::NoRows(table.name()));
        }
        let mut found: HashMap<&str, ColumnEvidence> = open.into_iter().zip(columns).collect();
        // A declared number may be written for people. Where few rows show no sign of that, nothing more is asked.
        let has_style = |name: &str| self.numeric.get(name).is_some_and(|role| role.style.is_some());
        let numbers: Vec<&str> =
            candidates.iter().filter(|name| self.numeric.contains_key(**name) && !has_style(name)).copied().collect();
        let probed = heads(table, &numbers, na, PROBED_ROWS)?;
        let is_odd = |evidence: &ColumnEvidence| evidence.first_text.is_some();
        let odd: Vec<&str> = numbers
            .iter()
            .zip(&probed.columns)
            .filter(|(_, evidence)| is_odd(evidence))
            .map(|(name, _)| *name)
            .collect();
        found.extend(odd.iter().copied().zip(gather(table, &odd, na, stated)?.columns));
        let styles = || found.iter().map(|(name, evidence)| (*name, &evidence.styles));
        check_decimal(table, stated, styles())?;
        let decimals = Decimals::new(table, stated, &styles().map(|(_, styles)| styles));
        Ok((found, decimals))
    }

    fn fate(
        &self,
        table: &Table,
        name: &str,
        evidence: Option<&ColumnEvidence>,
        decimals: &Decimals,
        na: &Arc<[String]>,
    ) -> Result<Fate, Error> {
        if let Some(role) = self.numeric.get(name) {
            if let Some(evidence) = evidence.filter(|_| role.style.is_none())
                && evidence.unmarked() >= FEW_CELLS
                && 2 * evidence.numbers < evidence.unmarked()
                && let kind @ (CellKind::Levels | CellKind::Dates(_)) = kind_of(evidence, decimals)
                && let Some((value, at)) = evidence.first_text.clone()
            {
                let (column, place, are_dates) = (name.to_owned(), table.place(at), kind != CellKind::Levels);
                return Err(Error::NoNumbers { column, value, place, are_dates });
            }
            let ColumnStyle { style, of_files } =
                match (role.style, evidence.map(|evidence| kind_of(evidence, decimals))) {
                    (Some(style), _) => style.into(),
                    (None, Some(CellKind::Numbers(found))) => found,
                    (None, None) => NumberStyle::default().into(),
                    // What is no number is named where it stands.
                    (None, Some(_)) => {
                        let decimal = decimals.of_table.unwrap_or('.');
                        NumberStyle { decimal, ..NumberStyle::default() }.into()
                    }
                };
            let reading = NumberReading { style, of_files, na: Arc::clone(na), date: None };
            return Ok(Fate::Number(NumericRole { reading, ..role.clone() }));
        }
        let level = |role: &CategoricalRole, is_truth: bool| {
            let canonical = |level: &String| canonical_level(level).into_owned();
            Fate::Level(CategoricalRole {
                levels: role.levels.as_ref().map(|levels| levels.iter().map(canonical).collect()),
                reference: role.reference.as_ref().map(canonical),
                reading: LevelReading { na: Arc::clone(na), is_truth, date: None },
            })
        };
        if let Some(role) = self.categorical.get(name) {
            let are_truths = |levels: &Vec<String>| levels.iter().all(|level| truth_value(level).is_some());
            return Ok(level(role, role.levels.as_ref().is_some_and(are_truths)));
        }
        let Some(evidence) = evidence else {
            return Ok(Fate::Out(LeftOutReason::IdentifierName));
        };
        let kind = kind_of(evidence, decimals);
        let is_kept = self.keep.iter().any(|keep| keep == name);
        if let Some(role) = self.date.get(name) {
            return date_fate(table, name, evidence, &kind, role);
        }
        if let Some(reason) = reason_to_leave_out(name, evidence, &kind) {
            if !is_kept {
                return Ok(Fate::Out(reason));
            }
            if !reason.can_be_kept() {
                return Err(Error::CannotKeep { column: name.to_owned(), reason: reason.to_string() });
            }
        }
        Ok(match kind {
            CellKind::Numbers(ColumnStyle { style, of_files }) => {
                let reading = NumberReading { style, of_files, na: Arc::clone(na), date: None };
                Fate::Number(NumericRole { reading, ..NumericRole::default() })
            }
            CellKind::Dates(_) => return date_fate(table, name, evidence, &kind, &DateRole::default()),
            CellKind::Truths => level(&CategoricalRole::default(), true),
            CellKind::Mixed if !is_kept => return Err(mixed(table, name, evidence)),
            _ => level(&CategoricalRole::default(), false),
        })
    }

    /// What is told of a column.
    fn column_found(
        &self,
        name: &str,
        fate: Option<&Fate>,
        evidence: Option<&ColumnEvidence>,
        decimals: &Decimals,
        label_columns: &HashSet<&str>,
    ) -> ColumnFound {
        let is_weight = self.weight.as_deref() == Some(name);
        let is_dropped = fate.is_none() && !label_columns.contains(name) && !is_weight;
        let kind = evidence.map(|evidence| kind_of(evidence, decimals));
        let is_group = [&self.group, &self.split_key].into_iter().any(|key| key.as_deref() == Some(name)) && is_dropped;
        let role = match fate {
            _ if is_group => ColumnRole::Identifier,
            _ if label_columns.contains(name) => ColumnRole::Target,
            _ if is_weight => ColumnRole::Weight,
            None if self.time.as_deref() == Some(name) => ColumnRole::Time,
            Some(Fate::Number(_)) => ColumnRole::Number,
            Some(Fate::Level(role)) if role.reading.is_truth => ColumnRole::TruthValue,
            Some(Fate::Level(_)) => ColumnRole::Level,
            Some(Fate::Parts(..)) => ColumnRole::Date,
            Some(Fate::Out(reason)) => reason.role(),
            None => kind.as_ref().map_or(ColumnRole::Dropped, CellKind::role),
        };
        let style = match fate {
            Some(Fate::Number(role)) => role.reading.styles_in_words(),
            _ => None,
        };
        let date_form = match (fate, kind) {
            (Some(Fate::Parts(role, form)), _) => role.form.clone().or_else(|| form.map(str::to_owned)),
            (_, Some(CellKind::Dates(form))) => form.map(str::to_owned),
            _ => None,
        };
        let holds_numbers = matches!(fate, Some(Fate::Number(_)));
        ColumnFound {
            name: name.to_owned(),
            role,
            decided_by: if is_dropped || is_weight || self.declares(name) {
                DecidedBy::Declaration
            } else {
                DecidedBy::Detection
            },
            style,
            date_form,
            missing_markers: evidence.filter(|_| holds_numbers).map(|e| e.markers.clone()).unwrap_or_default(),
            left_out: match fate {
                Some(Fate::Out(reason)) => Some(reason.to_string()),
                _ => None,
            },
        }
    }
}

fn mixed(table: &Table, name: &str, evidence: &ColumnEvidence) -> Error {
    let (value, place) = match evidence.first_text.clone() {
        Some((value, at)) => (value, table.place(at)),
        None => (String::new(), table.place(crate::table::RowPosition { source: 0, row: 0 })),
    };
    Error::MixedColumn {
        column: name.to_owned(),
        texts: evidence.n_texts(),
        numbers: usize::try_from(evidence.numbers).unwrap_or(usize::MAX),
        cells: usize::try_from(evidence.cells - evidence.marked()).unwrap_or(usize::MAX),
        value,
        place,
    }
}

fn label_columns(label: &LabelRole) -> Vec<&str> {
    match label {
        LabelRole::Column { name, .. } => vec![name],
        LabelRole::Counts { .. } => COUNT_COLUMNS.to_vec(),
        LabelRole::None => vec![],
    }
}

/// How the cells of the target are read: whether what may be a marker of a missing label is one, which it is beside two
/// others, and whether labels are truth values.
///
/// # Errors
///
/// A table that cannot be read.
pub fn label_reading(table: &Table, name: &str, na: Arc<[String]>) -> Result<LabelReading, Error> {
    let decimal = table.options().decimal.or_else(|| table.usual_decimal(0));
    let mut reading = LabelReading { na, decimal_comma: decimal == Some(','), ..LabelReading::default() };
    let mut labels: BTreeSet<String> = BTreeSet::new();
    let (mut n_rows, mut is_truth) = (0, true);
    let mut take = |text: &str, labels: &mut BTreeSet<String>| {
        if labels.len() < 2
            && let Some(label) = reading.label(text).filter(|_| !LabelReading::is_weak_marker(text))
        {
            is_truth &= truth_value(text.trim()).is_some();
            labels.insert(label.to_ascii_lowercase());
        }
    };
    // Nearly always a few rows of plain text show two labels.
    for_each_cell(table, 0, &[name], PROBED_ROWS, |_, _, bytes, cell| {
        take(&unquoted(&bytes[cell]).unwrap_or_default(), &mut labels);
    });
    for batch in table.batches(&[name], PROBED_ROWS)? {
        if labels.len() > 1 {
            break;
        }
        let batch = batch?;
        let column = batch.record.column(0);
        // What is no text is said where labels are read.
        let Ok(texts) = text_column(column) else { break };
        texts.iter().flatten().for_each(|text| take(text, &mut labels));
        n_rows += batch.record.num_rows();
        if n_rows > LABEL_ROWS {
            break;
        }
    }
    reading.weak_markers = labels.len() > 1;
    reading.is_truth = is_truth && !labels.is_empty();
    Ok(reading)
}
