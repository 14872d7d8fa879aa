//! A design feature by feature, for solvers that change one coefficient at a time: numbers as they are, bins and levels as the
//! rows that have them, which together is as long as the rows have cells.

use crate::design::Design;

/// The features of a design, one by one.
#[derive(Debug)]
pub struct ByFeature {
    /// Numbers and indicators of missing ones, which come first, then the additional terms, which come last.
    dense: Vec<Vec<f64>>,
    /// How many come first.
    n_numbers: usize,
    /// Where the rows of each other feature begin, and last where they all end.
    starts: Vec<usize>,
    rows: Vec<u32>,
}

/// One feature of all rows.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "whoever walks over features has to treat both")]
pub enum FeatureCells<'a> {
    /// A number of each row.
    Numbers(&'a [f64]),
    /// The rows in which it is 1; it is 0 in all others.
    Ones(&'a [u32]),
}

impl Design {
    /// The features, each with its cells.
    pub fn by_feature(&self) -> ByFeature {
        let (layout, n_rows) = (&self.layout, self.n_rows());
        let (n_dense, n_numbers) = (layout.n_dense(), layout.n_numbers());
        let shards = self.fold(
            n_rows,
            || vec![Vec::new(); n_dense],
            |columns: &mut Vec<Vec<f64>>, block, _| {
                for (column, cells) in columns.iter_mut().zip(&block.dense) {
                    column.extend_from_slice(&cells[..block.n_rows()]);
                }
            },
        );
        let mut dense = vec![Vec::with_capacity(n_rows); n_dense];
        for shard in shards {
            dense.iter_mut().zip(shard).for_each(|(column, cells)| column.extend(cells));
        }
        // The features of each code of each group, so that no row is divided up.
        let features_of: Vec<Vec<Vec<usize>>> = layout
            .groups
            .iter()
            .map(|group| {
                let of_code = |code| {
                    let mut features = Vec::new();
                    layout.ungrouped(group, code, |column, level| {
                        features.extend(layout.feature_of_level[column][level]);
                    });
                    features
                };
                (0..group.n_codes).map(of_code).collect()
            })
            .collect();
        let each_one = |take: &mut dyn FnMut(usize, usize)| {
            let mut first = 0;
            for segment in &self.segments {
                for (codes, features_of) in segment.groups.iter().zip(&features_of) {
                    for row in 0..segment.n_rows() {
                        let features = &features_of[codes.get(row) as usize];
                        features.iter().for_each(|feature| take(feature - n_numbers, first + row));
                    }
                }
                first += segment.n_rows();
            }
        };
        let mut starts = vec![0; layout.n_coded() + 1];
        each_one(&mut |feature, _| starts[feature + 1] += 1);
        for feature in 1..starts.len() {
            starts[feature] += starts[feature - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts.last().copied().unwrap_or(0)];
        each_one(&mut |feature, row| {
            rows[next[feature]] = u32::try_from(row).unwrap_or(u32::MAX);
            next[feature] += 1;
        });
        ByFeature { dense, n_numbers, starts, rows }
    }
}

impl ByFeature {
    /// The cells of a feature.
    ///
    /// # Panics
    ///
    /// Where there is no such feature.
    pub fn cells(&self, feature: usize) -> FeatureCells<'_> {
        let n_coded = self.starts.len() - 1;
        match feature.checked_sub(self.n_numbers) {
            None => FeatureCells::Numbers(&self.dense[feature]),
            Some(level) if level < n_coded => {
                FeatureCells::Ones(&self.rows[self.starts[level]..self.starts[level + 1]])
            }
            Some(_) => FeatureCells::Numbers(&self.dense[feature - n_coded]),
        }
    }
}
