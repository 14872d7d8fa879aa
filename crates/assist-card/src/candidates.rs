//! The table that is searched: candidates that differ, turned and sorted, over rows that differ.

use std::collections::HashSet;

use crate::error::{Error, Missing};

/// Sums of counts up to here are exact in a float.
const MOST_OBSERVATIONS: u128 = 1 << 53;

/// Binary candidates over rows with counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    columns: Vec<Vec<bool>>,
    counts: Vec<[u64; 2]>,
}

impl Candidates {
    /// A table of `columns` (each one candidate, with as many cells as there are rows) and, by row, how many
    /// observations of class 0 and of class 1 it stands for. Rows may repeat, and columns may be constant, equal or
    /// opposite: equal and opposite ones are one candidate, which a card has on one line at most, and constant ones are none.
    ///
    /// ```
    /// use assist_card::{Candidates, Error};
    ///
    /// let table = Candidates::new(vec![vec![true, false]], vec![[3, 1], [1, 3]])?;
    /// assert_eq!((table.n_candidates(), table.n_rows()), (1, 2));
    /// assert_eq!(Candidates::new(vec![vec![true]], vec![[0, 4]]), Err(Error::OneClass { class: 1 }));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn new(columns: Vec<Vec<bool>>, counts: Vec<[u64; 2]>) -> Result<Self, Error> {
        if columns.is_empty() {
            return Err(Error::Empty { what: Missing::Candidates });
        }
        if let Some(candidate) = columns.iter().position(|column| column.len() != counts.len()) {
            return Err(Error::Lengths { candidate, rows: columns[candidate].len(), counts: counts.len() });
        }
        let [zeros, ones] =
            counts.iter().fold([0_u128; 2], |sums, row| [sums[0] + u128::from(row[0]), sums[1] + u128::from(row[1])]);
        match (zeros, ones) {
            (0, 0) => Err(Error::Empty { what: Missing::Observations }),
            (0, _) => Err(Error::OneClass { class: 1 }),
            (_, 0) => Err(Error::OneClass { class: 0 }),
            _ if zeros + ones > MOST_OBSERVATIONS => Err(Error::TooManyObservations),
            _ => Ok(Self { columns, counts }),
        }
    }

    /// How many columns were handed in.
    pub fn n_candidates(&self) -> usize {
        self.columns.len()
    }

    /// How many rows were handed in.
    pub fn n_rows(&self) -> usize {
        self.counts.len()
    }
}

/// A row of the table that is searched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// Bit `f` is feature `f`.
    pub(crate) features: u128,
    /// Its observations.
    pub(crate) n: u64,
    /// Those of class 1.
    pub(crate) ones: u64,
}

/// What a feature was made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Source {
    /// Index of the column.
    pub(crate) candidate: usize,
    /// Whether the feature is the column's complement.
    pub(crate) complement: bool,
    /// Observations in which the feature holds, of each class.
    pub(crate) counts: [u64; 2],
}

/// Features: candidates without duplicates, complements and constants, each so turned that it holds for the minority,
/// strongest first. In front of them is room for `padding` features that never hold, with which a search for five
/// lines is one for fewer.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) sources: Vec<Source>,
    pub(crate) padding: usize,
    /// Observations.
    pub(crate) n: f64,
    /// Observations by class.
    pub(crate) classes: [u64; 2],
    /// Smoothed mass of class 1, over all rows.
    pub(crate) all_ones: f64,
    /// Smoothed mass of class 1 where each feature holds, padding included.
    pub(crate) ones: Vec<f64>,
    /// How many candidates were left out for being weak.
    pub(crate) screened: usize,
}

impl Table {
    /// That of all candidates, as far as so many are searched.
    #[cfg(test)]
    pub(crate) fn new(candidates: &Candidates, lines: usize, smoothing: f64) -> Result<Self, Error> {
        Self::of_strongest(candidates, lines, smoothing, crate::settings::MOST_CANDIDATES)
    }

    /// The table that is searched for cards of `lines` lines, of the strongest candidates at most `most`.
    pub(crate) fn of_strongest(
        candidates: &Candidates,
        lines: usize,
        smoothing: f64,
        most: usize,
    ) -> Result<Self, Error> {
        let live: Vec<usize> = (0..candidates.counts.len()).filter(|&row| candidates.counts[row] != [0, 0]).collect();
        let mut classes = [0, 0];
        for &row in &live {
            classes[0] += candidates.counts[row][0];
            classes[1] += candidates.counts[row][1];
        }
        let mut features = distinct(candidates, &live, classes);
        if features.is_empty() {
            return Err(Error::Empty { what: Missing::VaryingCandidates });
        }
        let gain = |source: &Source| {
            let rest = [classes[0] - source.counts[0], classes[1] - source.counts[1]];
            -(entropy(source.counts, smoothing) + entropy(rest, smoothing))
        };
        features.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then(a.candidate.cmp(&b.candidate)));
        let screened = features.len().saturating_sub(most);
        features.truncate(most);
        // Padding stands for lines that are not there; a longer card is sought in another way and has none.
        let padding = if lines > 5 { 0 } else { 5 - lines.min(features.len()) };
        let smooth = |counts: [u64; 2]| smoothed(counts, smoothing)[1];
        let mut ones = vec![0.0; padding];
        ones.extend(features.iter().map(|source| smooth(source.counts)));
        Ok(Self {
            rows: distinct_rows(candidates, &live, &features, padding),
            padding,
            n: (classes[0] + classes[1]) as f64,
            classes,
            all_ones: smooth(classes),
            ones,
            screened,
            sources: features,
        })
    }

    /// How many features there are, padding included.
    pub(crate) fn width(&self) -> usize {
        self.ones.len()
    }
}

/// The mass of each class where each label counts as the other one by a share.
pub(crate) fn smoothed(counts: [u64; 2], smoothing: f64) -> [f64; 2] {
    let [zeros, ones] = counts.map(|count| count as f64);
    [zeros + smoothing * (ones - zeros), ones + smoothing * (zeros - ones)]
}

/// Log-loss of the share of class 1, smoothed, in nats over all observations.
fn entropy(counts: [u64; 2], smoothing: f64) -> f64 {
    let masses = smoothed(counts, smoothing);
    let n = masses[0] + masses[1];
    masses.iter().filter(|&&mass| mass > 0.0).map(|&mass| -mass * (mass / n).ln()).sum()
}

/// Candidates that vary and differ from all earlier ones and from their complements, each turned to the minority.
fn distinct(candidates: &Candidates, live: &[usize], classes: [u64; 2]) -> Vec<Source> {
    let mut seen = HashSet::new();
    let mut features = Vec::new();
    for (candidate, column) in candidates.columns.iter().enumerate() {
        let first = column[live[0]];
        let mut words = vec![0_u64; live.len().div_ceil(64)];
        let mut counts = [0, 0];
        for (place, &row) in live.iter().enumerate() {
            if column[row] != first {
                words[place / 64] |= 1 << (place % 64);
            }
            if column[row] {
                counts[0] += candidates.counts[row][0];
                counts[1] += candidates.counts[row][1];
            }
        }
        if words.iter().all(|&word| word == 0) || !seen.insert(words) {
            continue;
        }
        let complement = 2 * u128::from(counts[0] + counts[1]) > u128::from(classes[0] + classes[1]);
        if complement {
            counts = [classes[0] - counts[0], classes[1] - counts[1]];
        }
        features.push(Source { candidate, complement, counts });
    }
    features
}

/// Rows that differ in their features, in order of their bits.
fn distinct_rows(candidates: &Candidates, live: &[usize], features: &[Source], padding: usize) -> Vec<Row> {
    let mut bits = vec![0_u128; live.len()];
    for (place, source) in features.iter().enumerate() {
        let column = &candidates.columns[source.candidate];
        for (bits, &row) in bits.iter_mut().zip(live) {
            *bits |= u128::from(column[row] != source.complement) << (padding + place);
        }
    }
    let mut rows: Vec<Row> = bits
        .into_iter()
        .zip(live)
        .map(|(features, &row)| Row {
            features,
            n: candidates.counts[row][0] + candidates.counts[row][1],
            ones: candidates.counts[row][1],
        })
        .collect();
    rows.sort_unstable_by_key(|row| row.features);
    rows.dedup_by(|later, earlier| {
        let same = later.features == earlier.features;
        if same {
            earlier.n += later.n;
            earlier.ones += later.ones;
        }
        same
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[&[u8]], counts: &[[u64; 2]]) -> Result<Table, Error> {
        let columns = columns.iter().map(|column| column.iter().map(|&cell| cell == 1).collect()).collect();
        Table::new(&Candidates::new(columns, counts.to_vec())?, 5, 1e-4)
    }

    #[test]
    fn duplicates_complements_and_constants_go() {
        let columns: [&[u8]; 5] = [&[1, 1, 1], &[0, 1, 0], &[1, 0, 1], &[0, 1, 0], &[0, 1, 1]];
        let table = table(&columns, &[[1, 2], [2, 1], [5, 5]]).expect("a table");
        let mut kept: Vec<_> = table.sources.iter().map(|source| (source.candidate, source.complement)).collect();
        kept.sort_unstable();
        assert_eq!(kept, [(1, false), (4, true)]);
        assert_eq!((table.padding, table.width(), table.rows.len()), (3, 5, 3));
    }

    #[test]
    fn rows_without_observations_make_no_difference() {
        let columns: [&[u8]; 2] = [&[0, 1, 0, 1], &[0, 1, 1, 1]];
        let table = table(&columns, &[[1, 2], [2, 1], [0, 0], [4, 3]]).expect("a table");
        assert_eq!(table.sources.len(), 1);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows.iter().map(|row| row.n).sum::<u64>() as f64, table.n);
    }

    #[test]
    fn constants_alone_are_an_error() {
        let found = table(&[&[1, 1]], &[[1, 2], [2, 1]]);
        assert_eq!(found.expect_err("nothing varies"), Error::Empty { what: Missing::VaryingCandidates });
    }
}
