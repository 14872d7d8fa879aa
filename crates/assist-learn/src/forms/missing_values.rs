//! Missing values of a rule: each of its columns may have none, and a condition on such a column is false, unless training rows without
//! a value have told something else.

use assist_score::{CategoricalColumn, MISSING_LEVEL, Model, NumericColumn, Term};

use crate::error::Error;

/// The columns of a rule's conditions of which every training row had a value.
pub(super) fn never_missing(model: &Model) -> Vec<String> {
    let needed = model.space().with_needed_columns();
    let numeric = needed.numeric.iter().filter(|column| column.fill_value.is_none()).map(|column| &column.name);
    let categorical = needed.categorical.iter().filter(|column| column.missing.is_none()).map(|column| &column.name);
    numeric.chain(categorical).cloned().collect()
}

/// The same rule, in whose columns a value may be missing.
pub(super) fn allowing_missing(model: &Model) -> Result<Model, Error> {
    let complete = never_missing(model);
    let mut space = model.space().clone();
    let mut parameters = model.parameters().clone();
    for column in space.numeric.iter_mut().filter(|column| complete.contains(&column.name)) {
        // What it counts as plays no role for a cut, in which a missing number never lies.
        let NumericColumn { fill_value, training_range: (low, _), .. } = column;
        fill_value.get_or_insert(*low);
    }
    let n_numeric = space.numeric.len();
    let mut added = Vec::new();
    for (place, of_levels) in space.categorical.iter_mut().enumerate() {
        if !complete.contains(&of_levels.name) {
            continue;
        }
        let (code, column) = (with_missing_level(of_levels), n_numeric + place);
        space.additional.iter_mut().for_each(|term| move_levels(term, column, code));
        // The points that a condition takes from the level that it excepts, it takes from a missing one too.
        let of_column = space.additional.iter().zip(&parameters.coefficients);
        let taken: f64 = of_column.filter(|(term, w)| term.columns() == [column] && **w < 0.0).map(|(_, w)| *w).sum();
        if taken < 0.0 {
            added.push((Term::Level { column, code }, taken));
        }
    }
    for (term, taken) in added {
        space.additional.push(term);
        parameters.coefficients.push(taken);
    }
    Ok(Model::new(space, parameters).map_err(assist_model::Error::from)?)
}

/// Gives a column a level for missing texts, in its place by code point.
fn with_missing_level(column: &mut CategoricalColumn) -> u32 {
    let place = column.levels.partition_point(|level| level.as_str() < MISSING_LEVEL);
    let code = u32::try_from(place).unwrap_or(u32::MAX);
    column.levels.insert(place, MISSING_LEVEL.to_owned());
    let moved = |of: u32| of + u32::from(of >= code);
    (column.reference, column.rare) = (moved(column.reference), column.rare.map(moved));
    column.missing = Some(code);
    code
}

/// Moves the levels of a column behind a level that was put between them.
fn move_levels(term: &mut Term, of: usize, from: u32) {
    match term {
        Term::Level { column, code } if *column == of && *code >= from => *code += 1,
        Term::Product { factors } => factors.iter_mut().for_each(|factor| move_levels(factor, of, from)),
        _ => {}
    }
}
