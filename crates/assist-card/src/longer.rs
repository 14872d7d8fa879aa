//! Cards of more lines than can be proven: a beam of cards, each a line longer than the one before.
//!
//! In turn, each line of a card may take other points or another feature, as long as that lowers the loss. Nothing is
//! proven by it; the bound is that of `everything`. One pass over the rows tells how many observations have each total
//! and each feature, which is all that the cards with one more line need.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::best::{Best, Found};
use crate::candidates::Table;
use crate::control::Control;
use crate::fit::{Total, scale};
use crate::integer_points::greatest_divisor;

/// How many cards are kept of each length.
const WIDTH: usize = 5;

/// Points by feature, ascending.
type Points = Vec<(usize, i32)>;

/// Extends the best card up to `lines` lines. Returns how many cards were fitted.
pub(crate) fn search(table: &Table, lines: usize, points: u32, best: &mut Best, control: &Control) -> u64 {
    let largest = i32::try_from(points).expect("points are checked to be few");
    let mut beam = vec![best.found().clone()];
    let mut nodes = 0;
    while beam[0].points.len() < lines.min(table.sources.len()) && !control.is_over() {
        let mut longer = with_one_more(table, &beam, -largest..=largest, &mut nodes);
        longer.truncate(WIDTH);
        for card in &mut longer {
            improve(table, card, largest, control, &mut nodes);
        }
        sort(&mut longer);
        longer.dedup_by(|a, b| a.points == b.points);
        let Some(first) = longer.first() else { break };
        if first.loss >= beam[0].loss {
            break;
        }
        best.offer(first.clone());
        beam = longer;
    }
    nodes
}

/// A first card, line by line: a few passes over the rows, before anything that takes long. Its first line is sought in any
/// case, so that a search that is ended early has a card.
pub(crate) fn greedy(table: &Table, lines: usize, points: u32, best: &mut Best, control: &Control) {
    let largest = i32::try_from(points).expect("points are checked to be few");
    let mut card = best.found().clone();
    let mut nodes = 0;
    while card.points.len() < lines.min(table.sources.len()) && (card.points.is_empty() || !control.is_over()) {
        // By itself a line is as good with any points.
        let of_line = if card.points.is_empty() { largest..=largest } else { -largest..=largest };
        let longer = with_one_more(table, std::slice::from_ref(&card), of_line, &mut nodes);
        match longer.into_iter().next() {
            Some(longer) if longer.loss < card.loss => card = longer,
            _ => break,
        }
        best.offer(reduced(card.clone()));
    }
}

/// The same card with points that have no common divisor.
fn reduced(mut card: Found) -> Found {
    let divisor = card.points.iter().fold(0, |divisor, (_, points)| greatest_divisor(divisor, points.unsigned_abs()));
    if let Ok(by @ 2..) = i32::try_from(divisor) {
        card.points.iter_mut().for_each(|(_, points)| *points /= by);
        card.scale[1] *= f64::from(by);
    }
    card
}

/// The best card with one line more for each feature, of all cards, best first.
fn with_one_more(table: &Table, cards: &[Found], points: RangeInclusive<i32>, nodes: &mut u64) -> Vec<Found> {
    let mut found: Vec<Found> = cards
        .par_iter()
        .flat_map_iter(|card| {
            let sums = Sums::new(table, &card.points);
            (table.padding..table.width()).filter_map({
                let points = points.clone();
                move |feature| sums.best_with(table, feature, points.clone())
            })
        })
        .collect();
    *nodes += (cards.len() * table.sources.len() * points.clone().filter(|points| *points != 0).count()) as u64;
    sort(&mut found);
    found.dedup_by(|a, b| a.points == b.points);
    found
}

/// Gives single lines other points, or another feature, as long as that helps.
fn improve(table: &Table, card: &mut Found, largest: i32, control: &Control, nodes: &mut u64) {
    while !control.is_over() {
        let without: Vec<Found> = (0..card.points.len())
            .map(|place| {
                let mut rest = card.points.clone();
                rest.remove(place);
                Found::new(rest, card.scale, card.loss)
            })
            .collect();
        match with_one_more(table, &without, -largest..=largest, nodes).into_iter().next() {
            Some(better) if better.loss < card.loss * (1.0 - 1e-9) => *card = better,
            _ => break,
        }
    }
}

fn sort(cards: &mut [Found]) {
    cards.sort_by(|a, b| a.loss.total_cmp(&b.loss).then_with(|| a.points.cmp(&b.points)));
}

/// Observations of a card by total, and of those with each feature.
struct Sums {
    points: Points,
    /// The total that comes first.
    lowest: i32,
    all: Vec<f64>,
    /// A row for each feature, with as many totals.
    with: Vec<f64>,
}

impl Sums {
    fn new(table: &Table, points: &[(usize, i32)]) -> Self {
        let lowest: i32 = points.iter().map(|&(_, points)| points.min(0)).sum();
        let highest: i32 = points.iter().map(|&(_, points)| points.max(0)).sum();
        let span = (highest - lowest).unsigned_abs() as usize + 1;
        let mut sums =
            Self { points: points.to_vec(), lowest, all: vec![0.0; span], with: vec![0.0; span * table.width()] };
        for row in &table.rows {
            let held = points.iter().filter(|&&(feature, _)| row.features >> feature & 1 == 1);
            let total = (held.map(|&(_, points)| points).sum::<i32>() - lowest).unsigned_abs() as usize;
            sums.all[total] += row.n as f64;
            let mut bits = row.features;
            while bits != 0 {
                sums.with[bits.trailing_zeros() as usize * span + total] += row.n as f64;
                bits &= bits - 1;
            }
        }
        sums
    }

    /// The best card with a line for one more feature, if the card has none for it.
    fn best_with(&self, table: &Table, feature: usize, of_line: RangeInclusive<i32>) -> Option<Found> {
        let largest = *of_line.end();
        if self.points.iter().any(|&(other, _)| other == feature) {
            return None;
        }
        let span = self.all.len();
        let with = &self.with[feature * span..(feature + 1) * span];
        let margin = largest.unsigned_abs() as usize;
        let mut best: Option<Found> = None;
        for points in of_line.filter(|&points| points != 0) {
            let mut sums = vec![0.0; span + 2 * margin];
            for total in 0..span {
                sums[total + margin] += self.all[total] - with[total];
                sums[(total + margin).wrapping_add_signed(points as isize)] += with[total];
            }
            let totals: Vec<Total> = (self.lowest - largest..)
                .zip(sums)
                .filter(|&(_, n)| n > 0.0)
                .map(|(points, n)| Total { points: f64::from(points), n })
                .collect();
            let mut card = self.points.clone();
            card.insert(card.partition_point(|&(other, _)| other < feature), (feature, points));
            let points_of_ones = card.iter().map(|&(feature, points)| f64::from(points) * table.ones[feature]).sum();
            let share = table.all_ones / table.n;
            let enough = best.as_ref().map_or(f64::INFINITY, |best| best.loss);
            let start = [(share / (1.0 - share)).ln(), 0.0];
            if let Some(found) = scale(&totals, table.all_ones, points_of_ones, start, enough) {
                best = Some(Found::new(card, [found.intercept, found.slope], found.loss));
            }
        }
        best
    }
}
