//! The columns and scores of later rows beside those of the training rows: how far apart they are, and whether that can be chance.

use assist_metrics::{Cells, DriftSize, drift_test, holm, population_stability_index};
use assist_score::{Model, TrainingProfile};

use super::report::{CellShares, ColumnDrift, Drift};
use super::tally::Tally;

/// Cells of a column that are told one by one.
const MOST_CELLS: usize = 100;
/// What missing cells are called.
pub(super) const MISSING: &str = "(missing)";
/// What is no number, or none that is allowed.
pub(super) const NOT_ALLOWED: &str = "(not allowed)";
/// What no training row has.
pub(super) const UNKNOWN: &str = "(unknown)";
/// The cells of a column that are not told one by one.
const OTHERS: &str = "(others)";

/// The columns of a model, those with the largest index beyond chance first, and its scores.
pub(super) fn beside_training(model: &Model, profile: &TrainingProfile, tally: &Tally) -> (Vec<ColumnDrift>, Drift) {
    let space = model.space();
    let mut now = tally.cells.iter();
    let mut of_columns = Vec::with_capacity(space.n_columns());
    for (column, of_training) in space.numeric.iter().zip(&profile.numeric) {
        let mut then = of_training.counts.clone();
        then.extend([of_training.missing, 0]);
        let mut names = interval_names(&of_training.edges);
        names.extend([MISSING.to_owned(), NOT_ALLOWED.to_owned()]);
        let drift = beside(&names, &then, now.next().map_or(&[][..], Vec::as_slice), Cells::Ordered);
        of_columns.push(ColumnDrift { column: column.name.clone(), drift });
    }
    for (column, of_training) in space.categorical.iter().zip(&profile.categorical) {
        let mut then = of_training.clone();
        then.extend([0, 0]);
        let mut names = column.levels.clone();
        names.extend([MISSING.to_owned(), UNKNOWN.to_owned()]);
        let drift = beside(&names, &then, now.next().map_or(&[][..], Vec::as_slice), Cells::Unordered);
        of_columns.push(ColumnDrift { column: column.name.clone(), drift });
    }
    let then: Vec<u64> = profile.scores.counts.iter().map(|[n0, n1]| n0 + n1).collect();
    let mut score = beside(&interval_names(&profile.scores.edges), &then, &tally.scores, Cells::Ordered);
    correct(of_columns.iter_mut().map(|column| &mut column.drift).chain([&mut score]).collect());
    let beyond = |column: &ColumnDrift| column.drift.psi_beyond_chance.unwrap_or(0.0);
    let index = |column: &ColumnDrift| column.drift.psi.unwrap_or(0.0);
    of_columns.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)).then(index(b).total_cmp(&index(a))));
    (of_columns, score)
}

/// Two samples by the same cells.
pub(super) fn beside(names: &[String], then: &[u64], now: &[u64], cells: Cells) -> Drift {
    let test = drift_test(then, now, cells);
    let [of_then, of_now] = [then, now].map(|counts| counts.iter().sum::<u64>());
    let share = |n: u64, of: u64| if of > 0 { n as f64 / of as f64 } else { 0.0 };
    let cell = |((name, a), b): ((&String, &u64), &u64)| CellShares {
        name: name.clone(),
        rows: [*a, *b],
        shares: [share(*a, of_then), share(*b, of_now)],
    };
    let all = names.iter().zip(then).zip(now).map(cell).filter(|cell| cell.rows != [0, 0]);
    Drift {
        psi: population_stability_index(then, now),
        psi_beyond_chance: test.map(|test| test.psi_beyond_chance),
        cramers_v: test.map(|test| test.cramers_v),
        p_value: test.map(|test| test.p_value),
        p_holm: None,
        size: DriftSize::Unknown,
        cells: most_different(all.collect()),
    }
}

/// Corrects all p-values together, and says what each amounts to.
pub(super) fn correct(mut drifts: Vec<&mut Drift>) {
    drifts.retain(|drift| drift.p_value.is_some());
    let p_values: Vec<f64> = drifts.iter().filter_map(|drift| drift.p_value).collect();
    for (drift, p_holm) in drifts.into_iter().zip(holm(&p_values)) {
        drift.p_holm = Some(p_holm);
        drift.size = DriftSize::new(drift.psi_beyond_chance.unwrap_or(0.0), p_holm);
    }
}

/// The cells in their order; of very many those that differ most, and one for all others.
fn most_different(mut cells: Vec<CellShares>) -> Vec<CellShares> {
    if cells.len() <= MOST_CELLS {
        return cells;
    }
    let difference = |cell: &CellShares| (cell.shares[1] - cell.shares[0]).abs();
    cells.sort_by(|a, b| difference(b).total_cmp(&difference(a)));
    let rest = cells.split_off(MOST_CELLS - 1);
    let others = rest.into_iter().reduce(|all, cell| CellShares {
        name: OTHERS.to_owned(),
        rows: [all.rows[0] + cell.rows[0], all.rows[1] + cell.rows[1]],
        shares: [all.shares[0] + cell.shares[0], all.shares[1] + cell.shares[1]],
    });
    cells.extend(others);
    cells
}

/// What the bins between edges are called: by these to four digits behind the point, or to as many as tell them from each other and
/// from 0 and 1, which are more than numbers where they are probabilities.
pub(super) fn interval_names(edges: &[f64]) -> Vec<String> {
    let rounded = |digits: i32| -> Vec<f64> {
        let power = 10_f64.powi(digits);
        edges
            .iter()
            .map(|edge| Some((edge * power).round() / power).filter(|name| name.is_finite()).unwrap_or(*edge))
            .collect()
    };
    let tells = |named: &Vec<f64>| {
        let is_whole = |(name, edge): (&f64, &f64)| name != edge && (*name == 0.0 || *name == 1.0);
        named.windows(2).all(|pair| pair[0] < pair[1]) && !named.iter().zip(edges).any(is_whole)
    };
    let named = (4..16).map(rounded).find(tells).unwrap_or_else(|| edges.to_vec());
    let (Some(first), Some(last)) = (named.first(), named.last()) else { return vec!["(all)".to_owned()] };
    let between = named.windows(2).map(|pair| format!("({}, {}]", pair[0], pair[1]));
    std::iter::once(format!("<= {first}")).chain(between).chain([format!("> {last}")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_named_by_their_ends() {
        assert_eq!(interval_names(&[-0.5, 2.0, 7.123_456]), ["<= -0.5", "(-0.5, 2]", "(2, 7.1235]", "> 7.1235"]);
        assert_eq!(interval_names(&[]), ["(all)"]);
        assert_eq!(
            interval_names(&[0.5, 0.999_981, 0.999_999_4]),
            ["<= 0.5", "(0.5, 0.999981]", "(0.999981, 0.999999]", "> 0.999999"]
        );
        assert_eq!(
            interval_names(&[1e-9, 1e300]),
            ["<= 0.000000001", "(0.000000001, 1e300]", "> 1e300"]
                .map(|name| { name.replace("1e300", &1e300_f64.to_string()) })
        );
    }

    #[test]
    fn of_very_many_levels_those_that_differ_are_told() {
        let names: Vec<String> = (0..500).map(|n| format!("l{n}")).collect();
        let then: Vec<u64> = (0..500).map(|n| 10 + n % 3).collect();
        let mut now = then.clone();
        now[123] = 900;
        let drift = beside(&names, &then, &now, Cells::Unordered);
        assert_eq!((drift.cells.len(), drift.cells[0].name.as_str()), (MOST_CELLS, "l123"));
        assert_eq!(drift.cells[MOST_CELLS - 1].name, OTHERS);
        let totals = drift.cells.iter().fold([0, 0], |[a, b], cell| [a + cell.rows[0], b + cell.rows[1]]);
        assert_eq!(totals, [then.iter().sum(), now.iter().sum::<u64>()]);
    }
}
