//! Which shape an interaction of two numbers has: a product, or steps. Each is fitted to folds of the training rows, and judged by
//! the rows that are left out.

use assist_audit::{ProposedTerm, StepsBesideProduct, TermTests, TrainingFold};
use assist_features::{AddedTerms, Design};
use assist_model::{ClassWeight, InferenceLevel, LogisticRegression};
use assist_score::{FeatureSpace, Term};

/// Interactions whose shape is looked at, the clearest ones.
const MOST_LOOKED_AT: usize = 5;
/// A p-value above this, after Holm's correction, shows no interaction, and so none of any shape.
const CLEAR: f64 = 0.01;
/// Rows that are fitted, and rows that are judged by, in each fold.
const ROWS: usize = 10_000;

/// Tells for each clear interaction of two numbers how steps do beside the product. `additional` are the terms that the model has
/// already, in whose presence both are judged.
pub(crate) fn compare_shapes(tests: &mut TermTests, folds: &[TrainingFold], additional: &[Term]) {
    let clear = tests.tests.iter_mut().filter(|test| test.p_holm < CLEAR);
    let interactions = clear.filter_map(|test| match &test.term {
        ProposedTerm::Interaction { columns } => Some((columns, &mut test.steps)),
        _ => None,
    });
    for (columns, steps) in interactions.take(MOST_LOOKED_AT) {
        *steps = steps_beside_product(columns, folds, additional);
    }
}

fn steps_beside_product(
    columns: &[String; 2],
    folds: &[TrainingFold],
    additional: &[Term],
) -> Option<StepsBesideProduct> {
    let space = folds.first()?.fitted.space();
    if !columns.iter().all(|name| is_number(space, name)) {
        return None;
    }
    let [product, steps] = [
        AddedTerms::new(vec![], vec![columns.clone()]),
        AddedTerms::new(vec![], vec![]).with_steps(vec![columns.clone()]),
    ];
    let (mut n, mut sums, mut squares) = (0.0, [0.0; 2], 0.0);
    for fold in folds {
        let [fitted, held_out] = [&fold.fitted, &fold.held_out].map(sampled);
        let of_product = losses(&fitted, &held_out, &product, additional)?;
        let of_steps = losses(&fitted, &held_out, &steps, additional)?;
        for (a, b) in of_product.iter().zip(&of_steps) {
            for class in [0, 1] {
                let (count, difference) = (a.counts[class] as f64, a.losses[class] - b.losses[class]);
                n += count;
                sums[0] += count * a.losses[class];
                sums[1] += count * b.losses[class];
                squares += count * difference * difference;
            }
        }
    }
    if n < 2.0 {
        return None;
    }
    let [of_product, of_steps] = sums.map(|sum| sum / n);
    let variance = (squares / n - (of_product - of_steps).powi(2)).max(0.0);
    Some(StepsBesideProduct::new(of_product, of_steps, (variance / n).sqrt()))
}

fn is_number(space: &FeatureSpace, name: &str) -> bool {
    space.numeric.iter().any(|column| column.name == name && !column.is_binned())
}

fn sampled(design: &Design) -> Design {
    if design.n_rows() > ROWS { design.sample(ROWS) } else { design.clone() }
}

/// What a row that was not fitted costs with either label, and how often it was seen with each.
struct RowLosses {
    losses: [f64; 2],
    counts: [u64; 2],
}

/// The log-losses of rows by a fit to others with further terms. `None` where there is no such fit.
fn losses(fitted: &Design, held_out: &Design, added: &AddedTerms, additional: &[Term]) -> Option<Vec<RowLosses>> {
    let terms = [additional, &fitted.learn_terms(added).ok()?].concat();
    let regression =
        LogisticRegression::default().with_class_weight(ClassWeight::None).with_inference(InferenceLevel::Basic);
    let fit = regression.fit(&fitted.with_terms(terms.clone())).ok()?;
    let scores = held_out.with_terms(terms).scores(&fit.model);
    // The loss with label 0, and with label 1.
    let loss = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    Some(scores.iter().map(|(score, counts)| RowLosses { losses: [loss(score), loss(-score)], counts }).collect())
}
