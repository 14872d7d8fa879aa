//! A column as bins of codes, and the predicates that are tried on it: all that there are, or the cuts that part the
//! observations most evenly and the most frequent levels.

use super::coded_rule::{Predicate, Test};
use crate::coded::{CodedColumn, CodedValues};

/// A column as bins of codes, and the predicates that are tried on it.
pub(crate) struct Axis {
    pub(crate) column: usize,
    pub(crate) bin_of_code: Vec<u32>,
    pub(crate) n_bins: usize,
    /// So many first bins are ordered; a predicate of their kind holds from a bin on.
    pub(crate) n_ordered: usize,
    /// Each with the place in a cumulated table where its sum stands.
    pub(crate) predicates: Vec<(Test, usize)>,
}

/// How many rules of `n` conditions there are, each cut between two neighbouring values counted: the natural logarithm of it.
pub(crate) fn log_rules(columns: &[CodedColumn], n: usize) -> f64 {
    let predicates: usize = columns.iter().map(|column| all_predicates(&column.values)).sum();
    let b = predicates as f64;
    match n {
        1 => (2.0 * b).ln(),
        2 => (8.0 * b * (b + 1.0) / 2.0).ln(),
        _ => (64.0 * b * (b + 1.0) * (b + 2.0) / 6.0).ln(),
    }
}

fn all_predicates(values: &CodedValues) -> usize {
    match values.n_numbers() {
        Some(n) => n.saturating_sub(1) + values.len() - n,
        None if values.len() == 2 => 1,
        None => values.len(),
    }
}

/// Tells of columns whose cuts or levels were not all tried.
pub(crate) fn note_thinned(columns: &[CodedColumn], axes: &[Axis], what: &str, not_searched: &mut Vec<String>) {
    let sizes = |axis: &Axis| (axis.predicates.len(), all_predicates(&columns[axis.column].values));
    let thinned: Vec<&Axis> = axes.iter().filter(|axis| sizes(axis).0 < sizes(axis).1).collect();
    let coarsest = thinned.iter().min_by(|a, b| {
        let share = |axis: &Axis| sizes(axis).0 as f64 / sizes(axis).1 as f64;
        share(a).total_cmp(&share(b))
    });
    let Some(coarsest) = coarsest else { return };
    let (tried, all) = sizes(coarsest);
    let column = &columns[coarsest.column];
    let kind = if column.values.n_numbers().is_some() { "cuts" } else { "levels" };
    let others = match thinned.len() - 1 {
        0 => String::new(),
        1 => ", and not all of 1 other column".to_owned(),
        n => format!(", and not all of {n} other columns"),
    };
    let moved = if column.values.n_numbers().is_some() { "; the best were then moved among all" } else { "" };
    not_searched.push(format!("{tried} of {all} {kind} of `{}`{others} were tried{what}{moved}", column.name));
}

impl Axis {
    /// A column with at most `most` predicates; those in `kept` are among them.
    pub(crate) fn new(columns: &[CodedColumn], column: usize, counts: &[[u64; 2]], most: usize, kept: &[Test]) -> Self {
        let CodedColumn { values, codes, .. } = &columns[column];
        let mut seen = vec![0_u64; values.len()];
        for (code, [n0, n1]) in codes.iter().zip(counts) {
            seen[*code as usize] += n0 + n1;
        }
        if let Some(n) = values.n_numbers() {
            let cuts = thinned_cuts(&seen[..n], most, kept);
            let mut bin_of_code: Vec<u32> = Vec::with_capacity(values.len());
            let mut bin = 0;
            for code in 0..n {
                bin += u32::from(cuts.binary_search(&narrow(code)).is_ok());
                bin_of_code.push(bin);
            }
            let n_ordered = cuts.len() + 1;
            let mut predicates: Vec<(Test, usize)> =
                cuts.iter().enumerate().map(|(at, cut)| (Test::From(*cut), at + 1)).collect();
            let has_missing = values.len() > n;
            if has_missing {
                bin_of_code.push(narrow(n_ordered));
                predicates.push((Test::Is(narrow(n)), n_ordered));
            }
            Self { column, bin_of_code, n_bins: n_ordered + usize::from(has_missing), n_ordered, predicates }
        } else {
            let mut by_count: Vec<usize> = (0..values.len()).collect();
            by_count
                .sort_by_key(|code| (!kept.contains(&Test::Is(narrow(*code))), std::cmp::Reverse(seen[*code]), *code));
            // The second of two levels is the first one's absence.
            by_count.truncate(if values.len() == 2 { 1 } else { most });
            by_count.sort_unstable();
            let mut bin_of_code = vec![narrow(by_count.len()); values.len()];
            by_count.iter().zip(0..).for_each(|(code, bin)| bin_of_code[*code] = bin);
            let predicates = by_count.iter().enumerate().map(|(bin, code)| (Test::Is(narrow(*code)), bin)).collect();
            Self { column, bin_of_code, n_bins: by_count.len() + 1, n_ordered: 0, predicates }
        }
    }

    pub(crate) fn predicate(&self, at: usize) -> Predicate {
        Predicate { column: self.column, test: self.predicates[at].0 }
    }

    /// The place of the conjunction of two predicates; `None` where no row can fulfil both.
    pub(crate) fn both(&self, a: usize, b: usize) -> Option<usize> {
        let (a, b) = (self.predicates[a].1, self.predicates[b].1);
        if a < self.n_ordered && b < self.n_ordered { Some(a.max(b)) } else { (a == b).then_some(a) }
    }
}

/// Cuts between codes: all, or those that part the observations most evenly, and those in `kept`.
fn thinned_cuts(seen: &[u64], most: usize, kept: &[Test]) -> Vec<u32> {
    let n = seen.len();
    if n <= most + 1 {
        return (1..narrow(n.max(1))).collect();
    }
    let total: u64 = seen.iter().sum();
    let mut cuts: Vec<u32> =
        kept.iter().filter_map(|test| if let Test::From(code) = test { Some(*code) } else { None }).collect();
    // Observations times predicates may be more than 64 bits hold.
    let (wanted, total) = (most.saturating_sub(cuts.len()).max(1) as u128, u128::from(total));
    let (mut before, mut next) = (0, 1);
    for (code, count) in seen.iter().enumerate() {
        if code > 0 && before * (wanted + 1) >= next * total {
            cuts.push(narrow(code));
            next = before * (wanted + 1) / total.max(1) + 1;
        }
        before += u128::from(*count);
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("codes have 32 bits")
}
