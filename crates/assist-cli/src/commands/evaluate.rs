//! `evaluate`: the metrics of a saved model on a labelled table.

use assist_data::TestRows;
use assist_features::MissingPolicy;
use serde_json::json;

use crate::args::EvaluateArguments;
use crate::commands::train::{evaluated, metrics_table};
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count};

pub(crate) fn run(arguments: &EvaluateArguments, output: Output) -> Result<(), Failure> {
    loading::use_threads(arguments.threads)?;
    let (model, id) = assist_model::load_with_id(&arguments.model.model)?;
    let table = loading::open(&arguments.data)?;
    let space = model.space();
    let schema = loading::schema_of_model(space, arguments.counts, !arguments.allow_rejected);
    let takes_missing =
        space.numeric.iter().any(|c| c.fill.is_some()) || space.categorical.iter().any(|c| c.missing.is_some());
    let policy = if takes_missing || arguments.allow_rejected { MissingPolicy::Level } else { MissingPolicy::Error };
    let labels = [space.target.negative.as_str(), space.target.positive.as_str()];
    let observations = loading::observe(&table, &schema, policy, (!arguments.counts).then_some(labels), output)?;
    let [all, _] = loading::encode(&observations, &TestRows::none(), output)?;
    let built = all.design(space);
    let result = evaluated(&model, &built);
    if result.rejected_rows > 0 && !arguments.allow_rejected {
        return Err(Failure::outcome(
            if built.rejected > 0 {
                format!(
                    "{} rows have a missing cell in a column where the model knows none",
                    count(result.rejected_rows)
                )
            } else {
                format!("{} rows have values that are too large to be scored", count(result.rejected_rows))
            },
            "mend the cells, or leave such rows out with `--allow-rejected`".to_owned(),
        ));
    }
    if result.rejected_rows > 0 {
        output::warning(&format!(
            "{} rows are rejected by the model and not part of the figures",
            count(result.rejected_rows)
        ));
    }
    let mut document = serde_json::to_value(&result)?;
    document["format_version"] = json!(1);
    document["model_id"] = json!(id.to_string());
    output.json_document(&document)?;
    output.answer(&metrics_table(&[(&table.name(), &result.metrics)]))
}
