//! The training rows that move the fit most, with their cells: where someone would look for a wrong record.

use assist_features::Design;
use assist_metrics::words::number;
use assist_metrics::{FitContext, Metrics};
use assist_model::UnpenalisedFit;
use assist_report::{DISCLOSING_ROWS, InfluentialCell, InfluentialRow};
use assist_score::{Model, NumericColumn};

/// How many rows are listed.
const LISTED: usize = 10;

/// How well a model describes the rows that it was fitted to.
pub(crate) fn fit_context(model: &Model, design: &Design, metrics: &Metrics) -> FitContext {
    let fit = match UnpenalisedFit::of(model, design) {
        Ok(_) if design.clusters().is_some() => {
            Err("rows of one group are not independent, so there is no likelihood of them".to_owned())
        }
        Ok(fit) => Ok((fit.log_likelihood(), fit.n_parameters())),
        Err(reason) => Err(reason.to_string()),
    };
    FitContext::new(metrics, fit)
}

/// The rows of a design that move the unpenalised fit of its model most. None where there is no such fit, where there are very
/// many rows, or where columns are binned, whose rows are known by their bins alone.
pub(crate) fn influential_rows(model: &Model, design: &Design) -> Vec<InfluentialRow> {
    let space = model.space();
    if space.numeric.iter().any(NumericColumn::is_binned) {
        return Vec::new();
    }
    let found = UnpenalisedFit::of(model, design).ok().and_then(|fit| fit.most_influential(LISTED));
    let Some(found) = found.filter(|found| !found.is_empty()) else { return Vec::new() };
    let counts: Vec<u64> = design.counts().map(|[n0, n1]| n0 + n1).collect();
    let mut rows: Vec<InfluentialRow> = found
        .iter()
        .map(|of| InfluentialRow {
            label: if of.label { space.target.positive.clone() } else { space.target.negative.clone() },
            rows: of.count,
            probability: of.probability,
            leverage: of.leverage,
            distance: of.distance,
            cells: Vec::new(),
        })
        .collect();
    for (place, column) in space.numeric.iter().enumerate() {
        let numbers = design.numbers(place);
        for (row, of) in rows.iter_mut().zip(&found) {
            let value = numbers.get(of.row).filter(|value| !value.is_nan()).map(|value| number(*value));
            row.cells.push(InfluentialCell { column: column.name.clone(), value });
        }
    }
    for (place, column) in space.categorical.iter().enumerate() {
        let codes = design.level_codes(place);
        let mut of_level = vec![0; column.levels.len()];
        for (code, count) in codes.iter().zip(&counts) {
            if let Some(of_level) = of_level.get_mut(*code as usize) {
                *of_level += count;
            }
        }
        for (row, of) in rows.iter_mut().zip(&found) {
            let level = codes.get(of.row).map(|code| *code as usize);
            let is_named = |level: &usize| of_level.get(*level).is_some_and(|rows| *rows >= DISCLOSING_ROWS);
            let value = level.filter(is_named).and_then(|level| column.levels.get(level).cloned());
            row.cells.push(InfluentialCell { column: column.name.clone(), value });
        }
    }
    rows
}
