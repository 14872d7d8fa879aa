//! The supports among which a good card is sought at first: a beam, and swaps on its best.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::best::Best;
use crate::candidates::Table;
use crate::control::Control;
use crate::integer_points;
use crate::intersections::{Intersections, margins};
use crate::support::{Support, mask, rows_with};

/// How many supports of each size are kept.
const WIDTH: usize = 20;
/// How many supports smaller than the largest are tried for each size.
const SMALLER: usize = 3;
const MOST_SWAPS: usize = 20;

/// Finds a good card: from the best of each size, then from swaps.
pub(crate) fn search(
    counts: &Intersections,
    table: &Table,
    lines: usize,
    points: u32,
    best: &mut Best,
    control: &Control,
) {
    let lines = lines.min(table.sources.len());
    let mut level = Vec::new();
    for size in 1..=lines {
        // The shortest cards are sought in any case, so that there is one.
        if size > 1 && control.is_over() {
            return;
        }
        level = next_level(counts, table, &level);
        if size < lines {
            try_points(level.iter().take(SMALLER), points, best, control);
        }
    }
    if let Some(first) = level.first().filter(|_| !control.is_over()) {
        let swapped = swaps(counts, table, first.clone(), control);
        try_points(swapped.iter().chain(&level), points, best, control);
    }
}

fn try_points<'supports>(
    supports: impl Iterator<Item = &'supports Support>,
    points: u32,
    best: &mut Best,
    control: &Control,
) {
    for support in supports {
        if support.fit.bound < best.enough() {
            integer_points::search(support, points, best, control);
        }
        if control.is_over() {
            return;
        }
    }
}

/// The best supports of one size, among those that are reached from the best of one less.
fn next_level(counts: &Intersections, table: &Table, level: &[Support]) -> Vec<Support> {
    // A support has several parents; the first one has the best start.
    let mut children: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let root = [Vec::new()];
    let parents: Vec<&Vec<usize>> =
        if level.is_empty() { root.iter().collect() } else { level.iter().map(|support| &support.features).collect() };
    for (parent, features) in parents.iter().enumerate() {
        for feature in table.padding..table.width() {
            if let Err(place) = features.binary_search(&feature) {
                let mut child = (*features).clone();
                child.insert(place, feature);
                children.entry(child).or_insert(parent);
            }
        }
    }
    let with_parents: Vec<Vec<f64>> = parents
        .par_iter()
        .map(|features| {
            let needed = features.len() == 4;
            if needed { margins(rows_with(&table.rows, mask(features)), table.width()) } else { Vec::new() }
        })
        .collect();
    let mut supports: Vec<Support> = children
        .into_par_iter()
        .map(|(features, parent)| {
            let added = features.iter().find(|feature| !parents[parent].contains(feature));
            let all = added.and_then(|&added| with_parents[parent].get(added)).copied().unwrap_or(0.0);
            Support::new(counts, table, &features, all, &[0.0; 6], f64::INFINITY)
        })
        .collect();
    sort(&mut supports);
    supports.truncate(WIDTH);
    supports
}

/// Swaps features one by one as long as the loss falls: all supports on the way, the best one first.
fn swaps(counts: &Intersections, table: &Table, start: Support, control: &Control) -> Vec<Support> {
    let mut way = vec![start];
    for _ in 0..MOST_SWAPS {
        let current = way.last().expect("the way has a start");
        let mut children = BTreeSet::new();
        for out in 0..current.features.len() {
            for feature in (table.padding..table.width()).filter(|feature| !current.features.contains(feature)) {
                let mut child = current.features.clone();
                child.remove(out);
                let place = child.partition_point(|&other| other < feature);
                child.insert(place, feature);
                children.insert(child);
            }
        }
        let mut supports: Vec<Support> = children
            .into_par_iter()
            .map(|features| {
                let all = if features.len() == 5 {
                    rows_with(&table.rows, mask(&features)).map(|row| row.n as f64).sum()
                } else {
                    0.0
                };
                Support::new(counts, table, &features, all, &[0.0; 6], current.fit.loss)
            })
            .collect();
        sort(&mut supports);
        match supports.into_iter().next() {
            Some(better) if better.fit.loss < current.fit.loss * (1.0 - 1e-9) && !control.is_over() => way.push(better),
            _ => break,
        }
    }
    way.reverse();
    // The start is among the supports of the beam already.
    way.pop();
    way
}

fn sort(supports: &mut [Support]) {
    supports.sort_by(|a, b| a.fit.loss.total_cmp(&b.fit.loss).then_with(|| a.features.cmp(&b.features)));
}
