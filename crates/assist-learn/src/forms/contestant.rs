//! The card of a comparison: sought among fewer candidates than the one that is trained, since it is sought again in every fold; and a
//! saved card or rule over all columns of a table, beside models that see all of them.

use assist_features::Design;
use assist_score::{FeatureSpace, Model, Term};

use super::card;
use crate::error::Error;
use crate::progress::Watch;
use crate::settings::{CardOptions, FitSettings};

/// Candidates of a card that is compared, at most.
const CANDIDATES: usize = 24;
/// Rows that it is sought in, at most.
const ROWS: usize = 10_000;

/// A card of a design's rows, over all of its columns; none where none can be made, or where no line tells anything.
pub(crate) fn contestant(design: &Design, watch: Watch<'_>) -> Result<Option<Model>, Error> {
    let sample = (design.n_rows() > ROWS).then(|| design.sample(ROWS));
    let options = CardOptions { candidates: CANDIDATES, ..CardOptions::new(&FitSettings::default()) };
    match card::fit(sample.as_ref().unwrap_or(design), options, None, watch) {
        Ok(learned) => Ok(Some(learned.fit.model)),
        // Rows in which nothing varies, or of one class, have other models.
        Err(Error::NoCard | Error::Card(assist_card::Error::Empty { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A saved card or rule over the columns of a space with the same names, and others. Terms of levels that the space does not know are
/// true of none of its rows, and are left out.
pub(crate) fn over_columns(saved: &Model, space: &FeatureSpace) -> Result<Model, Error> {
    let own = saved.space();
    let place = |column: usize| {
        let name = own.column_name(column)?;
        space.column_names().position(|known| known == name)
    };
    let moved = |term: &Term| {
        Some(match term {
            Term::Cut { column, low, high } => Term::Cut { column: place(*column)?, low: *low, high: *high },
            Term::Missing { column } => {
                let column = place(*column)?;
                space.numeric.get(column)?.fill_value.map(|_| Term::Missing { column })?
            }
            Term::Level { column, code } => {
                let level = own.categorical.get(column.checked_sub(own.numeric.len())?)?.levels.get(*code as usize)?;
                let column = place(*column)?;
                let of = space.categorical.get(column.checked_sub(space.numeric.len())?)?;
                let code = of.levels.iter().position(|known| known == level)?;
                Term::Level { column, code: u32::try_from(code).ok()? }
            }
            _ => return None,
        })
    };
    let mut parameters = saved.parameters().clone();
    let points = own.additional.iter().zip(&parameters.coefficients);
    let (additional, coefficients) = points.filter_map(|(term, points)| Some((moved(term)?, *points))).unzip();
    parameters.coefficients = coefficients;
    let space = FeatureSpace { additional, form: own.form, ..space.without_cuts() };
    Ok(Model::new(space, parameters).map_err(assist_model::Error::from)?)
}
