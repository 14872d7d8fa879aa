//! The groups of a table, counted while its labels are read.
//!
//! Which class a label is turns out when all are known, so groups are counted by what is certain at once: whether a label is
//! the positive one, or, where none is stated, which of the two was met first.

use std::sync::{Mutex, PoisonError};

use assist_data::{BatchLabels, GroupBuffer, GroupCounter, GroupTotals, LabelCells, NO_LABEL};

/// The groups that all partitions have so far.
#[derive(Debug)]
pub(crate) struct GroupScan {
    counter: GroupCounter,
    /// The positive label, where it is stated: all others are one.
    positive: Option<String>,
    /// The first label that was met, where none is stated.
    first: Mutex<Option<String>>,
}

/// A thread's part of the scan.
pub(crate) struct GroupPart<'a> {
    scan: &'a GroupScan,
    buffer: GroupBuffer<'a>,
    /// For each label of the partition the place under which it is counted.
    places: Vec<usize>,
}

impl GroupScan {
    pub(crate) fn new(positive: Option<String>) -> Self {
        Self { counter: GroupCounter::default(), positive, first: Mutex::default() }
    }

    pub(crate) fn part(&self) -> GroupPart<'_> {
        GroupPart { scan: self, buffer: self.counter.buffer(), places: Vec::new() }
    }

    /// The totals by class, `names` being the labels of the classes; those of a table of counts are 0 and 1 from the start.
    pub(crate) fn totals(self, names: &[String], is_counted: bool) -> GroupTotals {
        let first = self.first.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_second = |label: &String| names.get(1) == Some(label);
        let swap = match (&self.positive, &first) {
            _ if is_counted => false,
            (Some(positive), _) => !is_second(positive),
            (None, Some(first)) => is_second(first),
            (None, None) => false,
        };
        self.counter.totals(swap)
    }

    fn place_of(&self, label: &String) -> usize {
        if let Some(positive) = &self.positive {
            return usize::from(label == positive);
        }
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        usize::from(first.get_or_insert_with(|| label.clone()) != label)
    }
}

impl GroupPart<'_> {
    /// Counts the kept rows of a block.
    pub(crate) fn add(&mut self, keys: &[u64], kept: &[u32], labels: LabelCells<'_>, names: &[String]) {
        self.learn(names);
        for row in kept.iter().map(|row| *row as usize) {
            match labels {
                LabelCells::Single(labels) if labels[row] < NO_LABEL => {
                    let place = self.places[usize::from(labels[row])];
                    self.buffer.add(keys[row], [u64::from(place == 0), u64::from(place == 1)]);
                }
                LabelCells::Counts(counts) => self.buffer.add(keys[row], counts[row]),
                _ => {}
            }
        }
    }

    /// As [`add`](Self::add), for rows of the strict reader.
    pub(crate) fn add_batch(&mut self, keys: &[u64], keep: &[bool], labels: &BatchLabels, names: &[String]) {
        self.learn(names);
        for (row, key) in keys.iter().enumerate().filter(|(row, _)| keep[*row]) {
            match labels {
                BatchLabels::Single(labels) => {
                    if let Some(place) = labels[row].map(|label| self.places[usize::from(label)]) {
                        self.buffer.add(*key, [u64::from(place == 0), u64::from(place == 1)]);
                    }
                }
                BatchLabels::Counts(counts) => self.buffer.add(*key, counts[row]),
                _ => {}
            }
        }
    }

    pub(crate) fn finish(self) {
        self.buffer.finish();
    }

    fn learn(&mut self, names: &[String]) {
        for name in &names[self.places.len().min(names.len())..] {
            self.places.push(self.scan.place_of(name));
        }
    }
}
