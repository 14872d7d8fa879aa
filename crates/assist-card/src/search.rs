//! All sets of five features, depth first: which of them might hold a card below the cut?
//!
//! Pairs of first features are handed out to threads. Each third feature is fitted with them, and the pairs of further
//! ones that survive the closed form of `pair_filter` are fitted on their 32 cells until their bound reaches the cut.
//! The cut does not change during the search, so that the result does not depend on which thread comes first.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::candidates::{Row, Table};
use crate::closer_look::{cells, look};
use crate::control::Control;
use crate::dual_bound::cells_of_intersections;
use crate::intersections::Intersections;
use crate::pair_filter::{Base, PairFilter};
use crate::saturated::Saturated;
use crate::settings::Progress;
use crate::support::{Support, mask, rows_with};

/// What is searched.
pub(crate) struct Tables<'tables> {
    pub(crate) table: &'tables Table,
    /// All observations.
    pub(crate) counts: &'tables Intersections,
    /// Those of class 1.
    pub(crate) ones: &'tables Intersections,
    pub(crate) saturated: &'tables Saturated,
}

/// What a search has found.
pub(crate) struct Outcome {
    /// Supports whose bound is below the cut, by bound.
    pub(crate) survivors: Vec<Support>,
    /// How many supports and triples were looked at.
    pub(crate) nodes: u64,
    /// Whether all pairs were dealt with.
    pub(crate) complete: bool,
}

/// Goes through all supports. `loss` is for the progress alone: mean log-loss of the incumbent.
pub(crate) fn survivors(
    tables: &Tables<'_>,
    cut: f64,
    loss: f64,
    control: &Control,
    progress: &(dyn Fn(Progress) + Sync),
) -> Outcome {
    let table = tables.table;
    let width = table.width();
    let fixed =
        |place: usize, from: usize| if place < table.padding { place..place + 1 } else { from..width - 4 + place };
    let pairs: Vec<(usize, usize)> = fixed(0, 0).flat_map(|i| fixed(1, i + 1).map(move |j| (i, j))).collect();
    let done = AtomicUsize::new(0);
    let found: Vec<Piece> = pairs
        .par_iter()
        .with_max_len(1)
        .map_init(Scratch::default, |scratch, &(i, j)| {
            let piece = of_pair(tables, [i, j], fixed(2, j + 1), cut, control, scratch);
            if piece.complete {
                let pairs_done = done.fetch_add(1, Ordering::Relaxed) + 1;
                progress(Progress { pairs_done, pairs: pairs.len(), loss });
            }
            piece
        })
        .collect();

    let nodes = found.iter().map(|piece| piece.nodes).sum();
    let complete = found.iter().all(|piece| piece.complete);
    let mut survivors: Vec<Support> = found.into_iter().flat_map(|piece| piece.survivors).collect();
    survivors.sort_by(|a, b| a.fit.bound.total_cmp(&b.fit.bound).then_with(|| a.features.cmp(&b.features)));
    Outcome { survivors, nodes, complete }
}

/// What comes of one pair of first features.
struct Piece {
    survivors: Vec<Support>,
    nodes: u64,
    complete: bool,
}

#[derive(Default)]
struct Scratch {
    filter: PairFilter,
    pairs: Vec<(usize, usize)>,
    with_two: Vec<Row>,
    with_three: Vec<Row>,
    with_four: Held,
}

fn of_pair(
    tables: &Tables<'_>,
    [i, j]: [usize; 2],
    thirds: std::ops::Range<usize>,
    cut: f64,
    control: &Control,
    scratch: &mut Scratch,
) -> Piece {
    let &Tables { table, counts, ones, saturated } = tables;
    let mut piece = Piece { survivors: Vec::new(), nodes: 0, complete: false };
    let mut start = [0.0; 4];
    let mut cells_first = false;
    scratch.with_two.clear();
    for k in thirds {
        if control.is_over() {
            return piece;
        }
        start[3] = 0.0;
        let base = Base::new(counts, table, [i, j, k], &start);
        start = base.fit.coefficients;
        piece.nodes += 1;
        let later = table.width() - k - 1;
        let seconds = if table.padding > 3 { 0..1 } else { 0..later.saturating_sub(1) };
        scratch.filter.survivors(counts, table, &base, cut, seconds, &mut scratch.pairs);
        if scratch.pairs.is_empty() {
            continue;
        }
        if scratch.with_two.is_empty() {
            scratch.with_two.extend(rows_with(&table.rows, mask(&[i, j])));
        }
        scratch.with_three.clear();
        scratch.with_three.extend(rows_with(&scratch.with_two, mask(&[k])));
        let mut fourth = usize::MAX;
        let mut with_fourth = Fourth::default();
        let mut ones_with_fourth = Fourth::default();
        let base_ones = of_subsets(ones, &base);
        let mut fourth_ones = [0.0; 8];
        for &(l, m) in &scratch.pairs {
            piece.nodes += 1;
            if fourth != l {
                fourth = l;
                with_fourth = Fourth::new(counts, &base, k + 1 + l);
                ones_with_fourth = Fourth::new(ones, &base, k + 1 + l);
                fourth_ones = with_subsets(ones, &base, k + 1 + l);
                scratch.with_four.fill(rows_with(&scratch.with_three, mask(&[k + 1 + l])));
            }
            let fifth = k + 1 + m;
            let all = scratch.with_four.with(fifth);
            let projected = &scratch.filter.projected;
            let (first, second) = (&projected[l], &projected[m]);
            let n = cells(&base, first, second, with_fourth.with(m - l - 1, all));
            let by_cells = || {
                let both = ones_with_fourth.with(m - l - 1, scratch.with_four.ones_with(fifth));
                let fifth_ones = with_subsets(ones, &base, fifth);
                let mut cells = [0.0; 32];
                for (part, counts) in cells.chunks_exact_mut(8).zip([base_ones, fourth_ones, fifth_ones, both]) {
                    part.copy_from_slice(&counts);
                }
                cells_of_intersections(&mut cells);
                saturated.bound(&n, &cells) >= cut
            };
            // The bound that did the last time is tried first.
            if cells_first && by_cells() {
                continue;
            }
            let look = look(&base, first, second, &n);
            if look.bound >= cut {
                cells_first = false;
                continue;
            }
            if !cells_first && by_cells() {
                cells_first = true;
                continue;
            }
            let support = Support::of_cells(table, &[i, j, k, k + 1 + l, fifth], n, &look.start, cut);
            if support.fit.bound < cut {
                piece.survivors.push(support);
            }
        }
    }
    piece.complete = true;
    piece
}

/// Rows by column, so that the sum over those that have a feature takes several at a time.
#[derive(Default)]
struct Held {
    /// The features, 64 in each.
    words: [Vec<u64>; 2],
    n: Vec<u64>,
    ones: Vec<u64>,
}

impl Held {
    fn fill<'rows>(&mut self, rows: impl Iterator<Item = &'rows Row>) {
        let [low, high] = &mut self.words;
        low.clear();
        high.clear();
        self.n.clear();
        self.ones.clear();
        for row in rows {
            #[expect(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
            let halves = [row.features as u64, (row.features >> 64) as u64];
            low.push(halves[0]);
            high.push(halves[1]);
            self.n.push(row.n);
            self.ones.push(row.ones);
        }
    }

    /// Observations that have a feature.
    fn with(&self, feature: usize) -> f64 {
        self.sum(&self.n, feature)
    }

    /// Observations of class 1 that have a feature.
    fn ones_with(&self, feature: usize) -> f64 {
        self.sum(&self.ones, feature)
    }

    fn sum(&self, counts: &[u64], feature: usize) -> f64 {
        let place = feature % 64;
        let held = self.words[feature / 64].iter().map(|word| 0_u64.wrapping_sub(word >> place & 1));
        held.zip(counts).map(|(all, n)| all & n).sum::<u64>() as f64
    }
}

/// Counts of the subsets of a base, in the order of its cells.
fn of_subsets(counts: &Intersections, base: &Base) -> [f64; 8] {
    let [i, j, k] = base.features;
    [&[][..], &[i], &[j], &[i, j], &[k], &[i, k], &[j, k], &[i, j, k]].map(|subset| counts.of(subset))
}

/// The same together with a later feature.
fn with_subsets(counts: &Intersections, base: &Base, f: usize) -> [f64; 8] {
    let [i, j, k] = base.features;
    [&[f][..], &[i, f], &[j, f], &[i, j, f], &[k, f], &[i, k, f], &[j, k, f], &[i, j, k, f]]
        .map(|subset| counts.of(subset))
}

/// The intersections of some of the base with a fourth feature and each later one.
#[derive(Default)]
struct Fourth<'counts> {
    by_subset: [&'counts [f64]; 7],
}

impl<'counts> Fourth<'counts> {
    fn new(counts: &'counts Intersections, base: &Base, fourth: usize) -> Self {
        let [i, j, k] = base.features;
        Self {
            by_subset: [
                counts.pairs(fourth),
                counts.triples(i, fourth),
                counts.triples(j, fourth),
                counts.quads(i, j, fourth),
                counts.triples(k, fourth),
                counts.quads(i, k, fourth),
                counts.quads(j, k, fourth),
            ],
        }
    }

    /// Observations that have the two further features and at least the features of each cell of the base.
    fn with(&self, distance: usize, all: f64) -> [f64; 8] {
        std::array::from_fn(|subset| self.by_subset.get(subset).map_or(all, |counts| counts[distance]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidates;
    use crate::intersections::Counted;

    /// A table of columns of which some are nested, some exclude each other and some are rare.
    fn table(seed: u64, base_logit: f64, lines: usize) -> Table {
        let mut state = seed;
        let mut share = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let rows = 150;
        let mut columns = vec![Vec::new(); 14];
        let mut counts = Vec::new();
        for _ in 0..rows {
            let (nested, level) = (share(), share());
            let mut cells: Vec<bool> = [0.2, 0.45, 0.7].iter().map(|&cut| nested < cut).collect();
            cells.extend([0.3, 0.6, 0.9].iter().map(|&top: &f64| level < top && level >= top - 0.3));
            cells.extend([0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5].map(|often| share() < often));
            let effects = [1.0, 0.0, -0.8, 0.7, -1.5, 0.0, 3.0, 0.5, -0.5, 0.9, 0.3, -0.2, 0.6, 0.0];
            let logit: f64 = cells.iter().zip(effects).map(|(&cell, effect)| if cell { effect } else { 0.0 }).sum();
            let ones = share() < 1.0 / (1.0 + (-base_logit - logit).exp());
            counts.push(if ones { [0, 1] } else { [1, 0] });
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.push(cell);
            }
        }
        Table::new(&Candidates::new(columns, counts).expect("both classes"), lines, 1e-4).expect("features")
    }

    /// All supports, fitted without any filter.
    fn all(counts: &Intersections, table: &Table) -> Vec<Support> {
        let mut sets = vec![Vec::new()];
        for size in 0..5 {
            sets = sets
                .into_iter()
                .flat_map(|set: Vec<usize>| {
                    let next = set.last().map_or(0, |last| last + 1);
                    let range = if size < table.padding { size..size + 1 } else { next..table.width() };
                    range.map(move |feature| [set.as_slice(), &[feature]].concat())
                })
                .collect();
        }
        sets.into_iter()
            .map(|set| {
                let five = rows_with(&table.rows, mask(&set)).map(|row| row.n as f64).sum();
                Support::new(counts, table, &set, five, &[0.0; 6], f64::INFINITY)
            })
            .collect()
    }

    #[test]
    fn no_support_below_the_cut_is_left_out() {
        for (seed, base_logit, lines) in
            [(1, 0.0, 5), (2, -3.0, 5), (3, 2.0, 5), (4, -1.0, 4), (5, 0.0, 2), (6, 0.5, 1)]
        {
            let table = table(seed, base_logit, lines);
            let control = Control::new(&|| false, None);
            let counts = Intersections::new(&table, Counted::All, &control);
            let ones = Intersections::new(&table, Counted::Ones, &control);
            let saturated = Saturated::new(&table, 1e-4);
            let tables = Tables { table: &table, counts: &counts, ones: &ones, saturated: &saturated };
            let mut all = all(&counts, &table);
            all.sort_by(|a, b| a.fit.loss.total_cmp(&b.fit.loss));
            assert!(all.iter().all(|support| support.fit.loss - support.fit.bound < 1e-6 * support.fit.loss));
            for place in [0, 1, 5, all.len() / 10, all.len() / 2, all.len() - 1] {
                // Just above the loss of one of them.
                let cut = all[place].fit.loss * (1.0 + 1e-8);
                let found = survivors(&tables, cut, 0.0, &control, &|_| ());
                let mut kept: Vec<_> = found.survivors.iter().map(|support| &support.features).collect();
                kept.sort();
                let mut expected: Vec<_> =
                    all.iter().filter(|support| support.fit.loss < cut).map(|support| &support.features).collect();
                expected.sort();
                let lost: Vec<_> = expected.iter().filter(|features| kept.binary_search(features).is_err()).collect();
                assert!(found.complete && lost.is_empty(), "{seed}, {place}: {lost:?}");
                // Those that are kept for doubt are few.
                assert!(
                    kept.len() <= expected.len() + expected.len() / 20 + 2,
                    "{} for {}",
                    kept.len(),
                    expected.len()
                );
            }
        }
    }
}
