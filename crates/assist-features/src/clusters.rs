//! Sums over clusters of rows, such as the rows of one user: what standard errors are made of where rows are not independent.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::block::Block;
use crate::column::{as_index, with_codes};
use crate::design::Design;
use crate::moments::features_of;
use assist_score::logistic::{BLOCK_ROWS, BlockVector};

/// Numbers that the sums of a range of clusters may have: they stay in memory together, and all rows are gone through once for
/// each range.
const MOST_SUMS: usize = 1 << 23;

/// The outer products of the sums over clusters.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClusterMoments {
    /// `sum_g u_g u_g'`, the intercept last.
    pub matrix: Array2<f64>,
    /// How many clusters there are.
    pub n_clusters: usize,
}

impl Design {
    /// `sum_g u_g u_g'`, where `u_g = sum r_i (x_i, 1)` over the rows of cluster `g`. `residual` writes the `r_i` of a block, with
    /// zeros behind its last row. `None` where rows are not grouped.
    ///
    /// Every cluster is summed in the order of the rows, and ranges of clusters in their order, so that the result is the same
    /// however many threads there are.
    pub fn cluster_moments(&self, residual: impl Fn(&Block<'_>, &mut BlockVector) + Sync) -> Option<ClusterMoments> {
        let of_segments: Vec<&[u32]> = self
            .segments
            .iter()
            .map(|segment| if segment.n_rows() == 0 { Some(&[][..]) } else { segment.clusters.as_deref() })
            .collect::<Option<_>>()?;
        let n_codes = of_segments.iter().flat_map(|codes| codes.iter()).max().map_or(0, |code| *code as usize + 1);
        let width = self.n_features() + 1;
        let range = (MOST_SUMS / width).max(1);
        let features: Vec<Vec<Vec<usize>>> = self
            .layout
            .groups
            .iter()
            .map(|group| (0..group.n_codes).map(|code| features_of(&self.layout, group, code)).collect())
            .collect();
        let starts: Vec<usize> = (0..n_codes).step_by(range).collect();
        let of_ranges: Vec<ClusterMoments> = starts
            .into_par_iter()
            .map(|start| self.moments_of(start..(start + range).min(n_codes), &features, &residual))
            .collect();
        let none = ClusterMoments { matrix: Array2::zeros((width, width)), n_clusters: 0 };
        Some(of_ranges.into_iter().fold(none, |all, of_range| ClusterMoments {
            matrix: all.matrix + of_range.matrix,
            n_clusters: all.n_clusters + of_range.n_clusters,
        }))
    }

    /// The same rows in clusters, one number for each row, which those of a cluster have in common: rows that were not put
    /// together ([`Encoded::design_by_row`](crate::Encoded::design_by_row)), and whose cluster so can be told.
    ///
    /// # Panics
    ///
    /// With another number of clusters than of rows, or with rows that were put together.
    #[must_use]
    pub fn with_clusters(mut self, clusters: &[u32]) -> Self {
        assert_eq!(clusters.len(), self.n_rows(), "a cluster for each row");
        assert!(!self.is_merged, "rows that were put together may be of several clusters");
        let mut rest = clusters;
        for segment in &mut self.segments {
            let (own, others) = rest.split_at(segment.n_rows());
            Arc::make_mut(segment).clusters = Some(own.to_vec());
            rest = others;
        }
        self
    }

    fn moments_of(
        &self,
        clusters: Range<usize>,
        features: &[Vec<Vec<usize>>],
        residual: &(impl Fn(&Block<'_>, &mut BlockVector) + Sync),
    ) -> ClusterMoments {
        let width = self.n_features() + 1;
        let mut sums = vec![0.0; clusters.len() * width];
        let mut is_there = vec![false; clusters.len()];
        self.for_each_block(|block| {
            let mut r = [0.0; BLOCK_ROWS];
            residual(block, &mut r);
            block.add_to_clusters(&r, &clusters, features, &mut sums, &mut is_there);
        });
        let rows = ArrayView2::from_shape((clusters.len(), width), &sums).expect("a row of sums for each cluster");
        ClusterMoments { matrix: rows.t().dot(&rows), n_clusters: is_there.into_iter().filter(|there| *there).count() }
    }
}

impl Block<'_> {
    /// Adds `r_i (x_i, 1)` to the sums of each row's cluster, of those in a range.
    fn add_to_clusters(
        &self,
        r: &BlockVector,
        range: &Range<usize>,
        features: &[Vec<Vec<usize>>],
        sums: &mut [f64],
        is_there: &mut [bool],
    ) {
        let Some(codes) = &self.segment.clusters else { return };
        let width = sums.len() / range.len().max(1);
        for (row, cluster) in codes[self.rows.clone()].iter().map(|code| *code as usize).enumerate() {
            if !range.contains(&cluster) {
                continue;
            }
            let at = cluster - range.start;
            is_there[at] = true;
            let sums = &mut sums[at * width..(at + 1) * width];
            for (sum, column) in sums.iter_mut().zip(&self.dense) {
                *sum += r[row] * column[row];
            }
            for (codes, features) in self.segment.groups.iter().zip(features) {
                let code = with_codes!(codes, codes => as_index(codes[self.rows.start + row]));
                features[code].iter().for_each(|feature| sums[*feature] += r[row]);
            }
            sums[width - 1] += r[row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Segment;

    fn design(clusters: Option<&[u32]>) -> Design {
        let (errors, device) = ([3.0, 0.5, 3.0, 1.0, 2.0, 7.0], ["a", "b", "c", "b", "a", "a"]);
        let labels = [true, false, true, false, true, false];
        let design = Design::builder().number("errors", &errors).category("device", &device).labels(&labels);
        let encoded = design.encode().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        let mut design = encoded.design_by_row(&space).design;
        let [segment]: [Arc<Segment>; 1] = std::mem::take(&mut design.segments).try_into().expect("one segment");
        design.segments = [[0, 1, 2], [3, 4, 5]].map(|rows| Arc::new(segment.select(&rows))).to_vec();
        match clusters {
            Some(clusters) => design.with_clusters(clusters),
            None => design,
        }
    }

    #[test]
    fn products_are_those_of_the_sums_over_clusters() {
        let clusters = [7, 2, 7, 2, 2, 0];
        let design = design(Some(&clusters));
        let residual = |block: &Block<'_>, r: &mut BlockVector| {
            // A number for each row that depends on its features alone.
            r.iter_mut().zip(&block.dense[0]).take(block.n_rows()).for_each(|(r, x)| *r = x * x - 2.0);
        };
        let found = design.cluster_moments(residual).expect("grouped");
        let x = design.to_dense();
        let mut expected = Array2::<f64>::zeros((4, 4));
        for cluster in [0, 2, 7] {
            let mut u = [0.0; 4];
            for row in (0..6).filter(|row| clusters[*row] == cluster) {
                let r = x[[row, 0]].powi(2) - 2.0;
                (0..3).for_each(|j| u[j] += r * x[[row, j]]);
                u[3] += r;
            }
            expected += &Array2::from_shape_fn((4, 4), |(i, j)| u[i] * u[j]);
        }
        assert!((&found.matrix - &expected).iter().all(|d| d.abs() < 1e-12), "{} is not {expected}", found.matrix);
        assert_eq!(found.n_clusters, 3);
        assert_eq!(design.clusters(), Some(clusters.to_vec()));
    }

    #[test]
    fn rows_without_clusters_have_no_sums() {
        let design = design(None);
        assert_eq!((design.cluster_moments(|_, _| ()), design.clusters()), (None, None));
    }
}
