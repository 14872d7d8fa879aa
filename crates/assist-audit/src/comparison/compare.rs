//! Logistic regression beside a decision tree, a random forest and controls, on the same split.

use assist_features::Design;
use assist_metrics::{
    ClusterScore, ClusteredScores, Pair, PairedTest, Sample, ScoreCounts, evaluate, paired_test,
    paired_test_of_clusters,
};
use assist_score::{Correction, FeatureSpace, Intercept, Model};
use ndarray::Array2;

use super::candidate::{Candidate, Importance, ParameterKind};
use super::candidate_kind::CandidateKind;
use super::operating_point::{Decisions, Threshold, Thresholds, TrainingFold, logits};
use super::result::{CandidatePair, Comparison, ComparisonWithScores, TestScores};
use super::settings::ComparisonSettings;
use super::subsets::{Exchanged, Predictions, Subsets};
use crate::coded::CodedRows;
use crate::error::Error;
use crate::sample::permute_labels;
use crate::trees::{Forest, Tree};
use crate::unseen::UnseenRows;
use crate::wrong_slices::{HeatMap, heat_map, wrong_slices};

/// Segments of each model that are reported.
const SLICES: usize = 3;
/// Pairs of models that are tested against each other.
const PAIRS: [[CandidateKind; 2]; 11] = {
    use CandidateKind::{Card, DecisionTree, LogisticRegression, MajorityClass, RandomForest, Rule, SmallTree};
    [
        [LogisticRegression, DecisionTree],
        [LogisticRegression, RandomForest],
        [DecisionTree, RandomForest],
        [LogisticRegression, SmallTree],
        [LogisticRegression, Rule],
        [LogisticRegression, Card],
        [LogisticRegression, MajorityClass],
        [DecisionTree, MajorityClass],
        [RandomForest, MajorityClass],
        [Rule, MajorityClass],
        [Card, MajorityClass],
    ]
};

/// A candidate before it is evaluated.
struct CandidateModel {
    name: CandidateKind,
    parameters: usize,
    parameters_are: ParameterKind,
    predictions: Predictions,
    /// Absent for controls.
    importances: Option<Vec<Importance>>,
}

/// Compares a fitted model with trees, a forest and controls. `rows` are those of `train` and `test`, designs of `space`, whose
/// columns are those of the model and whose numbers are plain. Thresholds are chosen on the folds, which are of the training rows;
/// without one everybody decides at a probability of a half. `others` are cards and rules over the columns of `space`; a rule
/// decides as it is.
///
/// # Errors
///
/// A tree that cannot be grown.
///
/// # Panics
///
/// Where one of the subsets has no observation.
pub fn compare(
    model: &Model,
    others: &[(CandidateKind, Model)],
    space: &FeatureSpace,
    rows: &CodedRows,
    [train, test]: [&Design; 2],
    folds: &[TrainingFold],
    settings: ComparisonSettings,
) -> Result<ComparisonWithScores, Error> {
    let subsets = Subsets::draw(rows, [train, test], settings);
    let thresholds = Thresholds::choose(folds, settings)?;
    let operating = |kind: CandidateKind| thresholds.of(kind).logit;
    let train_labels = subsets.samples[0].labels.as_slice();
    let mut permuted = train_labels.to_vec();
    permute_labels(&mut permuted, subsets.clusters.as_ref().map(|[train, _]| train.as_slice()), settings.seed);
    let tree = Tree::grow(&subsets.x[0], train_labels, None)?;
    let small = Tree::grow(&subsets.x[0], train_labels, Some(2))?;
    let control = Tree::grow(&subsets.x[0], &permuted, None)?;
    let forest = Forest::grow(&subsets.x[0], train_labels, settings.n_trees, settings.seed);
    let ones = train_labels.iter().filter(|label| **label == 1).count() as f64 / train_labels.len() as f64;

    let column_of: Vec<String> = space.features().into_iter().map(|feature| feature.column).collect();
    let features = |sample: &[usize], exchanged: Exchanged<'_>| subsets.features(sample, exchanged, &column_of);
    let of_tree = |tree: &Tree, x: &Array2<f64>| -> Vec<f64> {
        logits(&x.rows().into_iter().map(|row| tree.probability(row)).collect::<Vec<_>>())
    };
    let of_a_tree = |name: CandidateKind, tree: &Tree, importances: Option<Vec<Importance>>| CandidateModel {
        name,
        parameters: tree.leaves(),
        parameters_are: ParameterKind::Leaves,
        predictions: Predictions {
            scores: subsets.x.each_ref().map(|x| of_tree(tree, x)),
            threshold: 0.0,
            operating: operating(name),
        },
        importances,
    };
    // The model's scores are logits of raw probabilities, which its correction takes to the others.
    let of_model = thresholds.of(CandidateKind::LogisticRegression).probability();
    let of_model = model.correction().threshold(of_model);
    let [of_tree_at, of_forest_at] = [CandidateKind::DecisionTree, CandidateKind::RandomForest].map(operating);
    let mut of_columns =
        subsets.importances(of_tree_at, |sample, exchanged| of_tree(&tree, &features(sample, exchanged)));
    add_impurity(&mut of_columns, &column_of, &tree.impurity_importances());
    let mut candidates = vec![
        CandidateModel {
            name: CandidateKind::LogisticRegression,
            parameters: n_parameters(model),
            parameters_are: ParameterKind::Coefficients,
            predictions: Predictions {
                scores: [0, 1].map(|subset| subsets.scores(model, subset)),
                threshold: model.parameters().threshold,
                operating: of_model,
            },
            importances: Some(
                subsets.importances(of_model, |sample, exchanged| subsets.scores_of(model, sample, exchanged)),
            ),
        },
        of_a_tree(CandidateKind::DecisionTree, &tree, Some(of_columns)),
        CandidateModel {
            name: CandidateKind::RandomForest,
            parameters: forest.n_trees(),
            parameters_are: ParameterKind::Trees,
            predictions: Predictions {
                scores: subsets.x.each_ref().map(|x| logits(&forest.probabilities(x))),
                threshold: 0.0,
                operating: of_forest_at,
            },
            importances: Some(subsets.importances(of_forest_at, |sample, exchanged| {
                logits(&forest.probabilities(&features(sample, exchanged)))
            })),
        },
        of_a_tree(CandidateKind::SmallTree, &small, None),
        subsets.majority_class(ones),
        of_a_tree(CandidateKind::PermutedTree, &control, None),
    ];
    candidates.splice(4..4, others.iter().map(|(name, model)| subsets.of_points(*name, model, operating(*name))));
    let tested = |kind: CandidateKind| candidates.iter().find(|candidate| candidate.name == kind);
    let pair = |[a, b]: [CandidateKind; 2]| {
        let test = subsets.pair(&tested(a)?.predictions, &tested(b)?.predictions);
        Some(CandidatePair { a, b, test })
    };
    let paired_tests = PAIRS.into_iter().filter_map(pair).collect();
    let subject = tested(settings.subject).unwrap_or(&candidates[0]);
    let heat_map = subsets.heat_map(&subject.predictions, subject.importances.as_deref().unwrap_or_default());
    let judge = |candidate: CandidateModel| {
        // The control is judged by the labels that it was grown on.
        let labels = if candidate.name == CandidateKind::PermutedTree { &permuted } else { train_labels };
        let (name, threshold) = (candidate.name, thresholds.of(candidate.name));
        let (evaluated, test_scores) = subsets.judged(candidate, correction_of(name, model), labels, threshold);
        (evaluated, (name, test_scores))
    };
    let (models, test_scores): (Vec<Candidate>, Vec<_>) = candidates.into_iter().map(judge).unzip();
    let comparison = Comparison {
        heat_map,
        slices: models.iter().find(|model| model.name == settings.subject).unwrap_or(&models[0]).slices.clone(),
        models,
        paired_tests,
        term_tests: None,
        rows: subsets.samples.each_ref().map(|sample| sample.labels.len()),
        of_rows: [0..rows.n_train, rows.n_train..rows.n_rows()].map(|range| rows.class_counts(range).iter().sum()),
    };
    Ok(ComparisonWithScores { comparison, test_scores: TestScores(test_scores) })
}

/// Notes what each column reduces the impurity by, from what its features do.
fn add_impurity(of_columns: &mut [Importance], column_of: &[String], by_feature: &[f64]) {
    for importance in of_columns {
        let of_column = column_of.iter().zip(by_feature).filter(|(column, _)| **column == importance.column);
        importance.impurity = Some(of_column.map(|(_, share)| share).sum());
    }
}

/// What takes the scores of a model to probabilities.
fn correction_of(name: CandidateKind, model: &Model) -> Correction<'_> {
    match name {
        CandidateKind::LogisticRegression => model.correction(),
        _ => Correction::Affine { slope: 1.0, shift: 0.0 },
    }
}

impl Subsets<'_> {
    /// A card or a rule. Its scores are logits of its probabilities, of which there are few.
    fn of_points(&self, name: CandidateKind, model: &Model, operating: f64) -> CandidateModel {
        let probability = |score: f64| model.correction().probability(score);
        let scores =
            |subset: usize| logits(&self.scores(model, subset).into_iter().map(probability).collect::<Vec<_>>());
        CandidateModel {
            name,
            parameters: model.parameters().coefficients.len(),
            parameters_are: if name == CandidateKind::Card { ParameterKind::Lines } else { ParameterKind::Conditions },
            predictions: Predictions {
                scores: [0, 1].map(scores),
                threshold: logits(&[probability(model.parameters().threshold)])[0],
                operating,
            },
            importances: Some(self.importances(operating, |sample, exchanged| {
                let scores = self.scores_of(model, sample, exchanged);
                logits(&scores.into_iter().map(probability).collect::<Vec<_>>())
            })),
        }
    }

    /// The share of class 1 for everybody.
    fn majority_class(&self, share: f64) -> CandidateModel {
        let scores = self.x.each_ref().map(|x| vec![logits(&[share])[0]; x.nrows()]);
        CandidateModel {
            name: CandidateKind::MajorityClass,
            parameters: 1,
            parameters_are: ParameterKind::Share,
            predictions: Predictions { scores, threshold: 0.0, operating: 0.0 },
            importances: None,
        }
    }

    /// A model with its figures and its scores of the test rows. `train_labels` are those of the training observations.
    fn judged(
        &self,
        candidate: CandidateModel,
        correction: Correction<'_>,
        train_labels: &[u8],
        threshold: Threshold,
    ) -> (Candidate, ScoreCounts) {
        let CandidateModel { name, parameters, parameters_are, predictions, importances } = candidate;
        let scores = |subset: usize, labels: &[u8]| {
            let counts = labels.iter().map(|label| [u32::from(*label == 0), u32::from(*label == 1)]);
            let scores = predictions.scores[subset].iter().copied().zip(counts);
            match &self.clusters {
                None => Sample::Observations(ScoreCounts::of_narrow(scores)),
                Some(clusters) => {
                    let rows = scores.zip(&clusters[subset]);
                    let row = |((score, counts), cluster): ((f64, [u32; 2]), &u32)| ClusterScore {
                        score,
                        counts: counts.map(u64::from),
                        cluster: *cluster,
                    };
                    Sample::Clusters(ClusteredScores::new(rows.map(row)))
                }
            }
        };
        let [train_scores, test_scores] = [scores(0, train_labels), scores(1, &self.samples[1].labels)];
        let wrong = self.wrong(&predictions);
        let as_grown = self.wrong(&Predictions { operating: predictions.threshold, ..predictions.clone() });
        let errors_on_unseen = |wrong: &[bool]| -> u64 {
            self.unseen.iter().zip(wrong).map(|(unseen, wrong)| u64::from(*unseen && *wrong)).sum()
        };
        let mut of_test = test_scores.evaluate(correction, predictions.threshold);
        if matches!(name, CandidateKind::LogisticRegression | CandidateKind::Card | CandidateKind::Rule) {
            test_scores.check_calibration(&mut of_test, correction);
        }
        let candidate = Candidate {
            name,
            train: train_scores.evaluate(correction, predictions.threshold),
            test: of_test,
            accuracy_at_half: evaluate(test_scores.scores(), correction, correction.threshold(0.5)).accuracy,
            decisions: Decisions {
                unseen_errors: errors_on_unseen(&wrong),
                ..Decisions::new(threshold, [&train_scores, &test_scores], correction, predictions.operating)
            },
            parameters,
            parameters_are,
            unseen_rows: UnseenRows {
                rows: self.unseen.iter().map(|unseen| u64::from(*unseen)).sum(),
                errors: errors_on_unseen(&as_grown),
            },
            // Where a control is wrong is of no interest, and errors of grouped rows come together without any reason but that.
            slices: if importances.is_some() && self.clusters.is_none() {
                wrong_slices(self.rows, &self.rows_of(1), &wrong, SLICES)
            } else {
                Vec::new()
            },
            importances: importances.unwrap_or_default(),
        };
        (candidate, test_scores.scores().clone())
    }

    fn pair(&self, a: &Predictions, b: &Predictions) -> PairedTest {
        let scores = a.scores[1].iter().zip(&b.scores[1]);
        let decisions = a.decisions().zip(b.decisions());
        let pairs = scores.zip(decisions).zip(&self.samples[1].labels).map(|((scores, decisions), label)| Pair {
            scores: [*scores.0, *scores.1],
            decisions: decisions.into(),
            label: *label,
        });
        let pairs: Vec<Pair> = pairs.collect();
        match &self.clusters {
            Some([_, clusters]) => paired_test_of_clusters(&pairs, clusters),
            None => paired_test(&pairs),
        }
    }

    /// A model's errors by the two columns that are worth most to it.
    fn heat_map(&self, predictions: &Predictions, importances: &[Importance]) -> Option<HeatMap> {
        let mut by_worth: Vec<usize> = (0..importances.len()).collect();
        by_worth.sort_by(|a, b| importances[*b].permutation.total_cmp(&importances[*a].permutation));
        let [one, other] = *by_worth.get(..2)? else { return None };
        Some(heat_map(self.rows, &self.rows_of(1), &self.wrong(predictions), [one.min(other), one.max(other)]))
    }
}

/// The coefficients of a model, and its intercept where it has one.
fn n_parameters(model: &Model) -> usize {
    let has_intercept = model.parameters().training.objective.intercept != Intercept::None;
    model.parameters().coefficients.len() + usize::from(has_intercept)
}
