//! A fit that did not converge is no result, unless that is allowed.

use assist_data::Advice;
use assist_model::Fit;
use assist_score::Penalty;

use crate::error::{Error, NotConverged};
use crate::settings::Settings;

/// Refuses a fit that did not converge, unless that is allowed.
pub(crate) fn check_converged(settings: &Settings, fit: &Fit) -> Result<(), Error> {
    if fit.model.parameters().training.fit.converged || settings.allow_unconverged {
        return Ok(());
    }
    Err(Error::NotConverged(Box::new(not_converged(settings, fit))))
}

fn not_converged(settings: &Settings, fit: &Fit) -> NotConverged {
    let parameters = fit.model.parameters();
    let facts = &parameters.training.fit;
    let is_enough = facts.iterations < settings.fit.max_iter;
    // One cause has one hint: where the classes are separated, nothing else is of help.
    let advice = if fit.report.is_separated {
        Advice::Penalise
    } else if !is_enough {
        Advice::MoreIterations
    } else if settings.fit.penalty() == Penalty::None {
        Advice::Penalise
    } else {
        Advice::NothingNearer
    };
    let separation = parameters.inference.separation.as_ref();
    NotConverged {
        iterations: facts.iterations,
        gradient_max_norm: facts.gradient_max_norm,
        tolerance: facts.tolerance,
        termination: facts.termination.clone(),
        separation: separation.map(|separation| (separation.features.clone(), separation.is_complete)),
        advice,
    }
}
