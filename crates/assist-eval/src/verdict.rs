//! The verdict: what the figures of an audit and of a comparison say, in sentences. Each is made from figures alone and changes
//! with them.

use assist_score::{FactorTest, FactorTests, Inference, Model, Separation};
use serde::Serialize;

use crate::audit::{Audit, UnseenRows};
use crate::comparison::{
    Candidate, Comparison, DECISION_TREE, IMPORTANCE_ROWS, LOGISTIC_REGRESSION, MAJORITY, PERMUTED_TREE, RANDOM_FOREST,
};
use crate::metrics::wilson;
use crate::words::{code, count, leaves, listed, number, p_value, percent, plural};
use crate::wrong_slices::WrongSlice;

/// Fewer held-out rows tell nothing: half the 95 % interval of a share is then above 20 points.
const FEW_ROWS: u64 = 20;
/// A difference with a smaller probability than this under the null hypothesis is told as one.
const LEVEL: f64 = 0.05;

/// A sentence or two of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub about: Topic,
    /// The words.
    pub text: String,
}

/// What a finding is about, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// What to do.
    Recommendation,
    /// Whether the label is a formula of the columns.
    Label,
    /// The best model on held-out rows.
    Best,
    /// Whether the decision tree memorises.
    Memorising,
    /// Logistic regression beside the others.
    LogisticRegression,
    /// Where logistic regression is most wrong.
    Slice,
    /// Columns without evidence of an effect.
    Columns,
    /// Classes that the features separate.
    Separation,
}

/// All findings, the recommendation first. `model` is the logistic regression of the comparison.
pub fn verdict(audit: &Audit, comparison: &Comparison, model: &Model) -> Vec<Finding> {
    let Inference { factor_tests, separation, .. } = &model.parameters().inference;
    let finding = |about: Topic, text: Option<String>| text.map(|text| Finding { about, text });
    let all = [
        finding(Topic::Recommendation, recommendation(audit, comparison)),
        finding(Topic::Label, Some(label(audit, comparison))),
        finding(Topic::Best, best_model(comparison)),
        finding(Topic::Memorising, memorising(comparison)),
        finding(Topic::LogisticRegression, logistic_regression(audit, comparison, model)),
        finding(Topic::Slice, slice(comparison)),
        finding(Topic::Columns, factor_tests.as_ref().and_then(|tests| columns(tests, comparison))),
        finding(Topic::Separation, separation.as_ref().map(separated)),
    ];
    all.into_iter().flatten().collect()
}

/// What a contestant is called in a sentence.
pub fn title(name: &str) -> &str {
    match name {
        LOGISTIC_REGRESSION => "logistic regression",
        DECISION_TREE => "the decision tree",
        RANDOM_FOREST => "the random forest",
        MAJORITY => "the more frequent class",
        PERMUTED_TREE => "a decision tree on permuted labels",
        _ => "a decision tree of two levels",
    }
}

fn accuracy(model: &Candidate) -> f64 {
    model.test.accuracy.unwrap_or(0.0)
}

/// The best of the three candidates; of equal ones the one that is named first.
fn best(comparison: &Comparison) -> Option<&Candidate> {
    let candidates = [LOGISTIC_REGRESSION, DECISION_TREE, RANDOM_FOREST].map(|name| comparison.model(name));
    candidates.into_iter().flatten().reduce(|best, next| if accuracy(next) > accuracy(best) { next } else { best })
}

/// Whether `a` is better than `b` beyond luck.
fn beats(comparison: &Comparison, a: &str, b: &str) -> bool {
    comparison.paired(a, b).is_some_and(|test| {
        let a_wrong_less =
            if test.a == a { test.b_only_wrong > test.a_only_wrong } else { test.a_only_wrong > test.b_only_wrong };
        a_wrong_less && test.mcnemar_p < LEVEL
    })
}

fn label(audit: &Audit, comparison: &Comparison) -> String {
    let (Some(rule), Some(found)) = (&audit.rule, &audit.found) else {
        return no_rule(audit, comparison);
    };
    let columns: Vec<String> = found.columns().into_iter().map(code).collect();
    let cuts = found.literals.iter().filter_map(|literal| {
        let [low, high] = literal.cut()?.map(number);
        Some(format!("that of {} in ({low}, {high}]", code(&literal.column)))
    });
    let cuts: Vec<String> = cuts.collect();
    let cuts = if cuts.is_empty() {
        String::new()
    } else {
        format!(" Of its cuts only the interval is known: {}.", listed(&cuts))
    };
    let others = if audit.other_rules.is_empty() {
        String::new()
    } else {
        let others: Vec<String> = audit.other_rules.iter().map(|rule| code(rule)).collect();
        format!(" Other columns say the same: {} would do as well.", listed(&others))
    };
    if audit.exceptions == 0 {
        format!(
            "The label is a formula of {}: {} agrees with all {} rows. Someone or something computed it.{cuts}{others}",
            listed(&columns),
            code(rule),
            count(audit.rows),
        )
    } else {
        format!(
            "The label is nearly a formula of {}: {} agrees with {} of {} rows; {} against it.{cuts}{others}",
            listed(&columns),
            code(rule),
            count(audit.rows - audit.exceptions),
            count(audit.rows),
            if audit.exceptions == 1 { "1 is".to_owned() } else { format!("{} are", count(audit.exceptions)) },
        )
    }
}

fn no_rule(audit: &Audit, comparison: &Comparison) -> String {
    /// A tree with more leaves is no formula that anybody would write down.
    const FEW_LEAVES: usize = 64;
    if let Some(rule) = audit.best_rule.as_ref().filter(|_| audit.exceptions <= 1) {
        return format!(
            "Whether the label is a formula cannot be told: {} agrees with {} of {} rows, but so few prove nothing: {}.",
            code(rule),
            count(audit.rows - audit.exceptions),
            count(audit.rows),
            audit.chance_in_words(),
        );
    }
    let among = if audit.not_searched.is_empty() { "" } else { " among those that were searched" };
    // An error among the rows that a whole tree was grown on means that equal rows have different labels.
    let is_formula = |tree: &&Candidate| {
        errors(tree) == 0
            && tree.train.accuracy == Some(1.0)
            && tree.test.rows >= FEW_ROWS
            && tree.parameters <= FEW_LEAVES
    };
    let tree = comparison.model(DECISION_TREE).filter(is_formula);
    let longer = tree.map_or(String::new(), |tree| {
        format!(
            " It may be a longer one: a decision tree of {} makes no error on {} held-out rows.",
            leaves(tree.parameters),
            count(tree.test.rows)
        )
    });
    format!("No rule of at most three conditions{among} reproduces the label.{longer}")
}

/// Whether a model ranks users in need above others beyond luck: the interval of its area lies above a half.
fn ranks(model: &Candidate) -> bool {
    model.test.intervals.roc_auc.is_some_and(|[low, _]| low > 0.5)
}

fn best_model(comparison: &Comparison) -> Option<String> {
    let best = best(comparison)?;
    let n = count(best.test.rows);
    let errors = errors(best);
    let majority = comparison.model(MAJORITY)?;
    let (own, plain) = (percent(accuracy(best)), percent(accuracy(majority)));
    if !beats(comparison, best.name, MAJORITY) {
        return Some(if accuracy(best) > accuracy(majority) || best.test.rows < FEW_ROWS {
            format!(
                "Whether any model is better than saying the same of everybody cannot be told: {} is right for {own} of {n} held-out rows, the more frequent class for {plain}, and so few rows do not tell them apart.",
                title(best.name),
            )
        } else {
            format!(
                "No model decides better than saying the same of everybody, which is right for {plain} of {n} held-out rows; {} is right for {own}.",
                title(best.name),
            )
        });
    }
    let right = if errors == 0 {
        // The exact one-sided bound: (1 - bound)^n = 0.05.
        let bound = 1.0 - (0.05_f64.ln() / best.test.rows as f64).exp();
        format!(
            "no error in {n} rows, so with 95 % confidence its share of errors is below {:.2} %",
            (bound * 1e4).ceil() / 1e2
        )
    } else {
        format!("right for {own} of {n} rows{}", interval(best))
    };
    let others = [LOGISTIC_REGRESSION, DECISION_TREE, RANDOM_FOREST].into_iter().filter(|name| *name != best.name);
    let undecided: Vec<String> =
        others.filter(|name| !beats(comparison, best.name, name)).map(|name| title(name).to_owned()).collect();
    let undecided = if undecided.is_empty() {
        String::new()
    } else {
        format!(" It is not shown to be better than {}.", listed(&undecided))
    };
    Some(format!(
        "On held-out rows {} does best: {right}; the more frequent class alone would be right for {plain}.{undecided}",
        title(best.name),
    ))
}

fn errors(model: &Candidate) -> u64 {
    let [[_, fp], [fne, _]] = model.test.confusion_matrix;
    fp + fne
}

fn interval(model: &Candidate) -> String {
    let right = model.test.rows - errors(model);
    wilson(right, model.test.rows)
        .map_or(String::new(), |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)))
}

fn memorising(comparison: &Comparison) -> Option<String> {
    /// Shares of the control's gap between training and held-out rows.
    const LITTLE: f64 = 0.1;
    const MUCH: f64 = 0.5;
    let (tree, control) = (comparison.model(DECISION_TREE)?, comparison.model(PERMUTED_TREE)?);
    let all = |model: &Candidate| UnseenRows { rows: model.test.rows, errors: errors(model) };
    // Values that occur in training can be known by heart; but not by the control, whose labels were given out by lot.
    let judged_by = if tree.unseen_rows.rows >= FEW_ROWS { tree.unseen_rows } else { all(tree) };
    let ([own_gap, own_error], [control_gap, control_error]) = (gap(tree, judged_by)?, gap(control, all(control))?);
    let own = format!(
        "it has {} and is right for {} of the training rows and {} of the held-out ones",
        leaves(tree.parameters),
        percent(tree.train.accuracy?),
        percent(tree.test.accuracy?),
    );
    if tree.test.rows < FEW_ROWS {
        return Some(format!(
            "Whether the decision tree memorises cannot be told from {} held-out rows: {own}.",
            count(tree.test.rows)
        ));
    }
    if control_gap <= 2.0 * control_error {
        return Some(format!(
            "Whether the decision tree memorises cannot be told: {own}; but even on permuted labels, with {}, it does not do much worse on held-out rows than on those that it was grown on.",
            leaves(control.parameters)
        ));
    }
    let looks_like = format!(
        "on permuted labels, where there is nothing to learn, it grows {} for {} rows and is right for {} of them, but for {} of the held-out ones",
        leaves(control.parameters),
        count(comparison.rows[0] as u64),
        percent(control.train.accuracy?),
        percent(control.test.accuracy?),
    );
    let unseen = if tree.unseen_rows.rows == 0 {
        String::new()
    } else {
        format!(
            "; of the {} held-out rows whose values never occur in training it gets {} wrong",
            count(tree.unseen_rows.rows),
            if tree.unseen_rows.errors == 0 { "none".to_owned() } else { count(tree.unseen_rows.errors) }
        )
    };
    // A gap within sampling error is none.
    let share = own_gap / control_gap;
    let judgement = if share < LITTLE || own_gap <= 2.0 * own_error {
        "does not memorise"
    } else if share < MUCH {
        "memorises in part"
    } else {
        "memorises"
    };
    Some(format!("The decision tree {judgement}: {own}{unseen}. What memorising looks like: {looks_like}."))
}

/// By how much the accuracy is lower on some held-out rows than on those that the model was grown on, and the standard error of
/// that.
fn gap(model: &Candidate, held_out: UnseenRows) -> Option<[f64; 2]> {
    let train = model.train.accuracy?;
    let test = 1.0 - held_out.errors as f64 / held_out.rows as f64;
    let variance = |share: f64, rows: u64| share * (1.0 - share) / rows.max(1) as f64;
    Some([train - test, (variance(train, model.train.rows) + variance(test, held_out.rows)).sqrt()])
}

fn logistic_regression(audit: &Audit, comparison: &Comparison, fitted: &Model) -> Option<String> {
    let model = comparison.model(LOGISTIC_REGRESSION)?;
    let others = [DECISION_TREE, RANDOM_FOREST].into_iter().filter_map(|name| comparison.model(name));
    let other = others.reduce(|best, next| if accuracy(next) > accuracy(best) { next } else { best })?;
    let test = comparison.paired(LOGISTIC_REGRESSION, other.name)?;
    let at_half = model.accuracy_at_half.filter(|share| *share > accuracy(model));
    let at_half = at_half.map_or(String::new(), |share| {
        format!(" It would be right for {} if only those with a probability above 50 % were flagged.", percent(share))
    });
    let own = format!(
        "Logistic regression is right for {} of the held-out rows{}",
        percent(accuracy(model)),
        interval(model)
    );
    let discordant = format!(
        "it gets {} wrong that {} gets right, and {} right that it gets wrong (McNemar's exact test, p {})",
        plural(usize::try_from(test.a_only_wrong).unwrap_or(usize::MAX), "row"),
        title(other.name),
        count(test.b_only_wrong),
        equals(test.mcnemar_p),
    );
    Some(if beats(comparison, other.name, LOGISTIC_REGRESSION) {
        let is_complete = fitted.parameters().inference.separation.as_ref().is_some_and(|it| it.is_complete);
        let why = match &audit.found {
            _ if !fitted.parameters().training.fit.converged => {
                " Its fit did not converge, so these are not the figures of its optimum."
            }
            Some(found) if found.literals.len() == 1 || is_complete => {
                " A weighted sum could tell these classes apart, but the penalty holds this one back: a larger C lets it go further."
            }
            Some(_) => {
                " A weighted sum of the values cannot draw such steps; bins of numeric columns make features of them."
            }
            None => "",
        };
        format!("{own}: {discordant}.{why}{at_half}")
    } else if beats(comparison, LOGISTIC_REGRESSION, other.name) {
        format!("{own}, which is better than {}: {discordant}.{at_half}", title(other.name))
    } else {
        format!("{own}; there is no evidence that {} differs: {discordant}.{at_half}", title(other.name))
    })
}

fn equals(p: f64) -> String {
    if p < 0.0001 { p_value(p) } else { format!("= {}", p_value(p)) }
}

fn slice(comparison: &Comparison) -> Option<String> {
    let model = comparison.model(LOGISTIC_REGRESSION)?;
    if errors(model) == 0 {
        return None;
    }
    if model.slices.is_empty() {
        let text =
            "The errors of logistic regression gather in no region of one or two columns beyond what luck explains.";
        return Some(text.into());
    }
    let (always, mostly): (Vec<_>, Vec<_>) = model.slices.iter().partition(|slice| slice.is_always_wrong());
    let shown = |slices: &[&WrongSlice]| {
        let one = |slice: &&WrongSlice| {
            format!("where {} ({} of {} held-out rows)", slice.region, count(slice.errors), count(slice.rows))
        };
        listed(&slices.iter().map(one).collect::<Vec<_>>())
    };
    let mut parts = Vec::new();
    if !always.is_empty() {
        parts.push(format!("always wrong {}", shown(&always)));
    }
    if !mostly.is_empty() {
        parts.push(format!(
            "more often wrong than elsewhere ({} overall) {}",
            percent(1.0 - accuracy(model)),
            shown(&mostly)
        ));
    }
    Some(format!("Logistic regression is {}.", parts.join("; it is ")))
}

fn columns(tests: &FactorTests, comparison: &Comparison) -> Option<String> {
    /// A share of a tree's impurity that says that it uses a column.
    const USED: f64 = 0.05;
    let all = tests.factors.iter();
    let (without, with): (Vec<_>, Vec<_>) = all.partition(|test| test.p_holm.is_none_or(|p| p >= LEVEL));
    let names = |tests: &[&FactorTest]| -> Vec<String> {
        tests.iter().flat_map(|test| &test.columns).map(|column| code(column)).collect()
    };
    if without.is_empty() {
        let text = format!("Each column says something that the others do not: {}.", listed(&names(&with)));
        return (!with.is_empty()).then_some(text);
    }
    let joint = tests.without_evidence.as_ref();
    let names_without = listed(&names(&without));
    if let Some(joint) = joint.filter(|joint| joint.p_value < LEVEL && without.len() > 1) {
        return Some(format!(
            "None of {names_without} is shown to matter by itself, but together they say something that the other columns do not (likelihood-ratio test of all together, p {}).",
            equals(joint.p_value)
        ));
    }
    let p = joint.map_or(String::new(), |joint| {
        let together = if without.len() == 1 { "" } else { " of all together" };
        format!(" (likelihood-ratio test{together}, p {})", equals(joint.p_value))
    });
    let (adds, their) = if without.len() == 1 { ("adds", "its") } else { ("add", "their") };
    // What a column is worth on held-out rows has to be beyond what luck gives a tree with so many errors.
    let by_luck = comparison.model(DECISION_TREE).map_or(0.0, |tree| {
        let right = accuracy(tree);
        2.0 * (right * (1.0 - right) / tree.test.rows.clamp(1, IMPORTANCE_ROWS as u64) as f64).sqrt()
    });
    let used = comparison.model(DECISION_TREE).into_iter().flat_map(|tree| &tree.importances);
    let used: Vec<String> = used
        .filter(|of| of.impurity.is_some_and(|share| share > USED) && of.permutation > by_luck)
        .filter(|of| without.iter().any(|test| test.columns.contains(&of.column)))
        .map(|of| code(&of.column))
        .collect();
    let used = match (used.is_empty(), comparison.model(DECISION_TREE)) {
        (false, Some(tree))
            if [LOGISTIC_REGRESSION, MAJORITY].iter().all(|other| beats(comparison, tree.name, other)) =>
        {
            format!(" The decision tree does use {}, in a way that no weighted sum can.", listed(&used))
        }
        _ => String::new(),
    };
    let of_others = if with.is_empty() { "" } else { " of the other columns" };
    Some(format!(
        "There is no evidence that {names_without} {adds} anything to a weighted sum{of_others}: do not act on the signs of {their} coefficients{p}.{used}"
    ))
}

fn separated(separation: &Separation) -> String {
    let kind = if separation.is_complete { "completely" } else { "quasi-completely" };
    let features: Vec<String> = separation.features.iter().map(|feature| code(feature)).collect();
    let (verb, these, their) = if features.len() == 1 {
        ("separates", "its coefficient", "its")
    } else {
        ("separate", "their coefficients", "their")
    };
    format!(
        "{} {kind} {verb} the classes: without a penalty {these} would be infinite, and with one {their} size is that of the penalty, so there are no p-values.",
        listed(&features),
    )
}

fn recommendation(audit: &Audit, comparison: &Comparison) -> Option<String> {
    if let (Some(rule), Some(found)) = (&audit.rule, &audit.found) {
        let rule = code(rule);
        if audit.exceptions > 0 {
            let (rows, are) = match audit.exceptions {
                1 => ("row".to_owned(), "it is a slip, or people gave it and it is"),
                n => (format!("{} rows", count(n)), "they are slips, or people gave it and they are"),
            };
            return Some(format!(
                "Look at the {rows} that the rule {rule} gets wrong: either the label was computed and {are} what a model has to learn."
            ));
        }
        if let [literal] = found.literals.as_slice() {
            return Some(format!(
                "First ask what {} is: {rule} tells the label of every row, as a copy of the label or something known only afterwards would. If so, leave it out; if not, use the rule itself.",
                code(&literal.column)
            ));
        }
        return Some(format!(
            "Use the rule itself, {rule}, where labels are computed as they were here. A model is worth training only on labels that people gave."
        ));
    }
    let best = best(comparison)?;
    let model = comparison.model(LOGISTIC_REGRESSION)?;
    if !beats(comparison, best.name, MAJORITY) {
        let n = best.test.rows;
        let is_open = accuracy(best) > accuracy(comparison.model(MAJORITY)?);
        if n >= FEW_ROWS && ranks(model) {
            let decides = if is_open { "no model is shown to decide" } else { "no model decides" };
            let auc = model.test.roc_auc.map_or(String::new(), |auc| format!(" (ROC AUC {auc:.3})"));
            return Some(format!(
                "Use logistic regression for its order and its probabilities, not for its decisions: it ranks users in need above others{auc}, but {decides} better than saying the same of everybody. `tune` finds a threshold for a cost, a capacity or a recall."
            ));
        }
        return Some(if is_open || n < FEW_ROWS {
            format!(
                "Collect more rows before anything is decided by a model: {} held-out rows are too few to tell whether any is better than saying the same of everybody.",
                count(n)
            )
        } else {
            "Use none of these models: on held-out rows none is better than saying the same of everybody.".into()
        });
    }
    if best.name != LOGISTIC_REGRESSION && beats(comparison, best.name, LOGISTIC_REGRESSION) {
        return Some(format!(
            "Use {}, or find the features that logistic regression lacks: it is right for {} of the held-out rows, logistic regression for {}.",
            title(best.name),
            percent(accuracy(best)),
            percent(accuracy(model)),
        ));
    }
    Some("Use logistic regression: no other model is shown to be better on held-out rows, and its coefficients can be read and checked.".into())
}
