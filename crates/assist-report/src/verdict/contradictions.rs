//! What two statements of one verdict must not say. Statements are made from the same figures, each by rules of its own; these rules
//! hold them against each other.

use assist_audit::CandidateKind;

use super::calibration::Agreement;
use super::contest::LEVEL;
use super::deciding::Standing;
use super::finding::Finding;
use super::memorising::MemoryVerdict;
use super::recommendation::{Action, Recommendation};
use super::shape::ShapeVerdict;
use super::statement::Statement;

/// Two statements of one verdict that cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Contradiction {
    /// Logistic regression is recommended as enough or as the best, and another model is said to decide better.
    OutdoneButRecommended,
    /// Another model is recommended as better than logistic regression, and none is said to be.
    OtherWithoutReason,
    /// A model is recommended, and none is said to decide better than the majority class.
    UselessButRecommended,
    /// No model is recommended, and one is said to decide better than the majority class or to rank.
    UsefulButNotRecommended,
    /// The order of users is recommended, and it is said not to be shown.
    OrderWithoutRanking,
    /// Logistic regression is said to be enough, and to lack something or to be outdone.
    EnoughButLacking,
    /// Terms are recommended, and none is said to be missing; or one is said to be missing, and is not recommended.
    TermsUnlikeTests,
    /// A rule is recommended that is not said to be found, or the other way round.
    RuleUnlikeLabel,
    /// There is a column to ask about that is not said to predict nearly all, or the other way round.
    AskedUnlikeColumns,
    /// More is said of models than test rows that are copies tell.
    ToldFromCopies,
    /// Memorising is said or denied without rows that training never saw.
    MemoryWithoutRows,
    /// A column is said to have evidence of an effect and not to have it.
    ColumnBothWays,
    /// A model is said to make errors in segments and none at all.
    ErrorsOfNone,
    /// Probabilities are said to agree and not to agree with what is observed.
    CalibrationBothWays,
    /// A model is said to decide better than logistic regression that is less often right.
    BetterButLessAccurate,
    /// A card is said not to be shown to decide worse than logistic regression, and to decide worse.
    CardBothWays,
    /// A sentence names more than five columns or models.
    TooManyNames,
}

/// All pairs of statements of a verdict that contradict each other; none is what there should be.
pub fn contradictions(findings: &[Finding]) -> Vec<Contradiction> {
    let all = Statements::of(findings);
    let rules: [(Contradiction, bool); 17] = [
        (Contradiction::OutdoneButRecommended, all.is_outdone_but_recommended()),
        (Contradiction::OtherWithoutReason, all.is_other_without_reason()),
        (Contradiction::UselessButRecommended, all.is_useless_but_recommended()),
        (Contradiction::UsefulButNotRecommended, all.is_useful_but_not_recommended()),
        (Contradiction::OrderWithoutRanking, all.is_order_without_ranking()),
        (Contradiction::EnoughButLacking, all.is_enough_but_lacking()),
        (Contradiction::TermsUnlikeTests, all.are_terms_unlike_tests()),
        (Contradiction::RuleUnlikeLabel, all.is_rule_unlike_label()),
        (Contradiction::AskedUnlikeColumns, all.is_asked_unlike_columns()),
        (Contradiction::ToldFromCopies, all.is_told_from_copies()),
        (Contradiction::MemoryWithoutRows, all.is_memory_without_rows()),
        (Contradiction::ColumnBothWays, all.is_column_both_ways()),
        (Contradiction::ErrorsOfNone, all.are_errors_of_none()),
        (Contradiction::CalibrationBothWays, all.is_calibration_both_ways()),
        (Contradiction::BetterButLessAccurate, all.is_better_but_less_accurate()),
        (Contradiction::CardBothWays, all.is_card_both_ways()),
        (Contradiction::TooManyNames, findings.iter().any(|finding| has_many_names(&finding.text))),
    ];
    rules.into_iter().filter(|(_, holds)| *holds).map(|(contradiction, _)| contradiction).collect()
}

/// The statements of a verdict by their kind.
struct Statements<'a>(&'a [Finding]);

/// The statement of a kind, where a verdict has one.
macro_rules! find {
    ($statements:expr, $kind:ident) => {
        $statements.0.iter().find_map(|finding| match &finding.statement {
            Statement::$kind(statement) => Some(statement),
            _ => None,
        })
    };
}

impl<'a> Statements<'a> {
    fn of(findings: &'a [Finding]) -> Self {
        Self(findings)
    }

    fn recommendation(&self) -> Option<&'a Recommendation> {
        find!(self, Recommendation)
    }

    fn action(&self) -> Option<&'a Action> {
        self.recommendation().map(|of| &of.action)
    }

    fn standing(&self) -> Option<Standing> {
        find!(self, Deciding).map(|of| of.standing)
    }

    fn is_outdone_but_recommended(&self) -> bool {
        let is_outdone = find!(self, Deciding).is_some_and(|of| !of.better_than_logistic_regression().is_empty());
        matches!(self.action(), Some(Action::UseLogisticRegression { .. })) && is_outdone
    }

    fn is_card_both_ways(&self) -> bool {
        let Some(Action::UseLogisticRegression { card: Some(_), .. }) = self.action() else { return false };
        let Some(deciding) = find!(self, Deciding) else { return false };
        let of = |kind: CandidateKind| deciding.model(kind);
        let (card, own) = (of(CandidateKind::Card), of(CandidateKind::LogisticRegression));
        card.zip(own).is_none_or(|(card, own)| {
            card.accuracy < own.accuracy && card.p_beside_logistic_regression.is_some_and(|p| p < LEVEL)
        })
    }

    fn is_other_without_reason(&self) -> bool {
        let Some(Action::UseOther { model, is_shown, .. }) = self.action() else { return false };
        let Some(deciding) = find!(self, Deciding) else { return true };
        if *is_shown {
            !deciding.better_than_logistic_regression().contains(model)
        } else {
            deciding.standing != Standing::Better || deciding.subject != *model
        }
    }

    fn is_useless_but_recommended(&self) -> bool {
        let is_recommended =
            matches!(self.action(), Some(Action::UseLogisticRegression { .. } | Action::UseOther { .. }));
        is_recommended && self.standing() != Some(Standing::Better)
    }

    fn is_useful_but_not_recommended(&self) -> bool {
        let is_none = matches!(self.action(), Some(Action::UseNone { .. } | Action::CollectMoreRows { .. }));
        let ranks = find!(self, Ranking).is_some_and(|of| of.is_shown);
        is_none && (self.standing() == Some(Standing::Better) || ranks)
    }

    fn is_order_without_ranking(&self) -> bool {
        matches!(self.action(), Some(Action::UseOrder { .. })) && !find!(self, Ranking).is_some_and(|of| of.is_shown)
    }

    fn is_enough_but_lacking(&self) -> bool {
        let says_enough = match self.action() {
            Some(Action::UseLogisticRegression { is_enough, .. }) => *is_enough,
            _ => false,
        } || find!(self, Shape).is_some_and(ShapeVerdict::is_enough);
        let is_lacking = find!(self, Shape).is_some_and(|of| !of.found.is_empty() || !of.outdone_by.is_empty());
        let is_outdone = find!(self, Deciding).is_some_and(|of| !of.better_than_logistic_regression().is_empty())
            || find!(self, Ranking).is_some_and(|of| !of.better().is_empty());
        says_enough && (is_lacking || is_outdone)
    }

    fn are_terms_unlike_tests(&self) -> bool {
        let is_missing = find!(self, Shape).is_some_and(|of| !of.found.is_empty());
        match self.action() {
            Some(Action::AddTerms { .. }) => !is_missing,
            Some(Action::UseLogisticRegression { .. } | Action::UseOther { .. } | Action::UseNone { .. }) => is_missing,
            _ => false,
        }
    }

    fn is_rule_unlike_label(&self) -> bool {
        let Some(label) = find!(self, Label) else { return false };
        match self.action() {
            Some(Action::UseRule { rule, .. }) => !label.is_exact() || label.rule.as_ref() != Some(rule),
            Some(Action::LookAtExceptions { exceptions, .. }) => !label.is_found || label.exceptions != *exceptions,
            Some(Action::RemoveCopies { .. }) | None => false,
            Some(_) => label.is_found,
        }
    }

    fn is_asked_unlike_columns(&self) -> bool {
        let Some(recommendation) = self.recommendation() else { return false };
        let single = find!(self, SingleColumn);
        let said: Vec<&String> = single.iter().flat_map(|of| &of.suspects).map(|of| &of.column).collect();
        // A rule of one condition is a column that predicts every row.
        let is_rule_alone = single.is_some() && find!(self, Label).is_some_and(|of| of.is_found && of.conditions == 1);
        recommendation.ask_about.iter().ne(said.iter().copied()) || is_rule_alone && said.is_empty()
    }

    fn is_told_from_copies(&self) -> bool {
        let are_copies = matches!(self.standing(), Some(Standing::Copies { .. }));
        let is_told = self.0.iter().any(|finding| {
            matches!(
                finding.statement,
                Statement::Ranking(_)
                    | Statement::Shape(_)
                    | Statement::SingleColumn(_)
                    | Statement::Segments(_)
                    | Statement::Calibration(_)
                    | Statement::Columns(_)
            )
        });
        are_copies && (is_told || !matches!(self.action(), Some(Action::RemoveCopies { .. })))
    }

    fn is_memory_without_rows(&self) -> bool {
        let Some(memory) = find!(self, Memorising) else { return false };
        let is_told = !matches!(memory.verdict, MemoryVerdict::TooFewRows { .. } | MemoryVerdict::NothingToMemorise);
        let asks_for_fewer =
            matches!(memory.verdict, MemoryVerdict::TooFewRows { enough } if enough <= memory.unseen.rows);
        is_told && memory.unseen.rows == 0 || asks_for_fewer
    }

    fn is_column_both_ways(&self) -> bool {
        find!(self, Columns).is_some_and(|of| of.clear.iter().any(|column| of.unclear.contains(column)))
    }

    fn are_errors_of_none(&self) -> bool {
        let errors = find!(self, Deciding).and_then(|of| of.model(assist_audit::CandidateKind::LogisticRegression));
        let has_none = errors.is_some_and(|of| of.errors == 0);
        find!(self, Segments).is_some_and(|of| has_none || of.error_rate <= 0.0)
    }

    fn is_calibration_both_ways(&self) -> bool {
        let mut found = self.0.iter().filter_map(|finding| match &finding.statement {
            Statement::Calibration(of) => Some(of.agreement),
            _ => None,
        });
        let first = found.next();
        found.any(|other: Agreement| Some(other) != first)
    }

    fn is_better_but_less_accurate(&self) -> bool {
        let Some(deciding) = find!(self, Deciding) else { return false };
        let own = deciding.model(assist_audit::CandidateKind::LogisticRegression).map_or(0.0, |of| of.accuracy);
        let is_less = |kind| deciding.model(kind).is_some_and(|of| of.accuracy <= own);
        deciding.better_than_logistic_regression().into_iter().any(is_less)
            || deciding.standing == Standing::Better
                && deciding.model(deciding.subject).is_some_and(|of| of.accuracy <= deciding.majority_accuracy)
    }
}

/// Whether a sentence lists more than five things between backticks one after the other.
fn has_many_names(text: &str) -> bool {
    const MOST: usize = 5;
    let (mut run, mut longest) = (0, 0);
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            run += 1;
            longest = longest.max(run);
        } else if part != ", " && part != " and " {
            run = 0;
        }
    }
    longest > MOST
}

#[cfg(test)]
mod tests {
    use assist_audit::CandidateKind;

    use super::super::deciding::tests::{deciding, judged};
    use super::super::label::tests::formula;
    use super::super::ranking::tests::ranking;
    use super::super::shape::tests::{interaction, shape};
    use super::super::single_column::SingleColumns;
    use super::super::single_column::tests::column;
    use super::*;

    fn card_beside() -> super::super::card_beside::CardBeside {
        let text = r#"{"lines":5,"accuracy":0.85,"recall":0.5,"ranks_worse":false}"#;
        serde_json::from_str(text).expect("a card")
    }

    /// A verdict that does not contradict itself: logistic regression is useful, and nothing is missing.
    fn sound() -> Vec<Statement> {
        let action = Action::UseLogisticRegression {
            test_rows: 1000,
            accuracy: 0.9,
            interval: None,
            recall: None,
            majority_accuracy: 0.7,
            p_over_majority: Some(0.001),
            is_enough: true,
            ranks_better: None,
            card: None,
        };
        let mut label = formula(5);
        (label.is_found, label.rule) = (false, None);
        vec![
            Statement::Recommendation(Recommendation { ask_about: vec![], action }),
            Statement::Deciding(deciding((0.8, 0.001), (0.85, 0.4))),
            Statement::Ranking(ranking((0.7, 0.01), (0.79, 0.5))),
            Statement::Shape(shape(vec![], vec![])),
            Statement::SingleColumn(SingleColumns {
                best: column("a", 0.7, 0.6),
                suspects: vec![],
                majority_accuracy: None,
                is_open: false,
            }),
            Statement::Label(label),
        ]
    }

    /// The contradictions of the sound verdict after a change.
    fn after(change: impl Fn(&mut Statement)) -> Vec<Contradiction> {
        let mut statements = sound();
        statements.iter_mut().for_each(change);
        contradictions(&statements.into_iter().map(Finding::from).collect::<Vec<_>>())
    }

    fn recommended(action: &Action) -> Vec<Contradiction> {
        after(|statement| {
            if let Statement::Recommendation(of) = statement {
                of.action = action.clone();
            }
        })
    }

    #[test]
    fn a_sound_verdict_has_none() {
        assert_eq!(after(|_| ()), []);
    }

    #[test]
    fn recommendations_follow_what_is_said() {
        use Contradiction::{
            EnoughButLacking, OtherWithoutReason, OutdoneButRecommended, RuleUnlikeLabel, TermsUnlikeTests,
            ToldFromCopies, UsefulButNotRecommended, UselessButRecommended,
        };
        let forest = |is_shown| Action::UseOther {
            model: CandidateKind::RandomForest,
            accuracy: [0.9, 0.9],
            p_holm: None,
            is_shown,
        };
        let with_card = after(|statement| match statement {
            Statement::Recommendation(Recommendation {
                action: Action::UseLogisticRegression { card, .. }, ..
            }) => *card = Some(card_beside()),
            Statement::Deciding(of) => of.models.push(judged(CandidateKind::Card, 0.85, 0.001)),
            _ => (),
        });
        assert_eq!(with_card, [Contradiction::CardBothWays]);
        assert_eq!(recommended(&forest(true)), [OtherWithoutReason]);
        assert_eq!(recommended(&forest(false)), [OtherWithoutReason]);
        assert_eq!(recommended(&Action::UseNone { test_rows: 9, majority_accuracy: 0.5 }), [UsefulButNotRecommended]);
        assert_eq!(recommended(&Action::UseRule { rule: "a > 1".into(), rows: 9 }), [RuleUnlikeLabel]);
        let terms = Action::AddTerms { terms: vec![], p_holm: 0.001, better: None };
        assert_eq!(recommended(&terms), [TermsUnlikeTests]);
        let of_deciding = |change: &dyn Fn(&mut super::super::deciding::Deciding)| {
            after(|statement| {
                if let Statement::Deciding(of) = statement {
                    change(of);
                }
            })
        };
        let outdone = of_deciding(&|of| *of = deciding((0.8, 0.001), (0.95, 0.001)));
        assert_eq!(outdone, [OutdoneButRecommended, EnoughButLacking]);
        assert_eq!(of_deciding(&|of| of.standing = Standing::Open), [UselessButRecommended]);
        assert_eq!(
            of_deciding(&|of| of.standing = Standing::Copies { equal: 9 }),
            [UselessButRecommended, ToldFromCopies]
        );
        let worse_than_nothing = of_deciding(&|of| of.majority_accuracy = 0.95);
        assert_eq!(worse_than_nothing, [Contradiction::BetterButLessAccurate]);
        let lacking = after(|statement| {
            if let Statement::Shape(of) = statement {
                of.found.push(interaction());
            }
        });
        assert_eq!(lacking, [EnoughButLacking, TermsUnlikeTests]);
    }

    #[test]
    fn orders_need_ranks_and_questions_need_columns() {
        let order = Action::UseOrder { roc_auc: 0.8, interval: None };
        assert_eq!(recommended(&order), []);
        let unranked = after(|statement| match statement {
            Statement::Recommendation(of) => of.action = order.clone(),
            Statement::Ranking(of) => of.is_shown = false,
            _ => (),
        });
        assert_eq!(unranked, [Contradiction::OrderWithoutRanking]);
        let asked = after(|statement| {
            if let Statement::SingleColumn(of) = statement {
                of.suspects.push(column("b", 0.99, 0.97));
            }
        });
        assert_eq!(asked, [Contradiction::AskedUnlikeColumns]);
    }

    #[test]
    fn columns_and_sentences_are_counted() {
        let of = |statement: Statement| {
            let all = sound().into_iter().chain([statement]).map(Finding::from);
            contradictions(&all.collect::<Vec<_>>())
        };
        let text = r#"{"columns":{"scarce":null,"clear":["a"],"unclear":["a","b"],"together":null,"test":"t","has_terms":false}}"#;
        assert_eq!(of(serde_json::from_str(text).expect("a statement")), [Contradiction::ColumnBothWays]);
        let memory = r#"{"memorising":{"verdict":{"is":"denied"},"leaves":3,"train_accuracy":1.0,"unseen":{"rows":0,"errors":0},"test_rows":9,"control_leaves":9,"control_accuracy":[1.0,0.5],"gap":null}}"#;
        assert_eq!(of(serde_json::from_str(memory).expect("a statement")), [Contradiction::MemoryWithoutRows]);
        let enough = memory.replace("\"denied\"", "\"too_few_rows\",\"enough\":5").replace("\"rows\":0", "\"rows\":8");
        assert_eq!(of(serde_json::from_str(&enough).expect("a statement")), [Contradiction::MemoryWithoutRows]);
        let none = r#"{"segments":{"model":"logistic_regression","threshold":0.5,"error_rate":0.0,"segments":[]}}"#;
        assert_eq!(of(serde_json::from_str(none).expect("a statement")), [Contradiction::ErrorsOfNone]);
    }

    #[test]
    fn names_are_counted_within_a_list() {
        assert!(!has_many_names("Each of `a`, `b`, `c`, `d` and `e` says something that `f` does not."));
        assert!(has_many_names("Each of `a`, `b`, `c`, `d`, `e` and `f` says something."));
        assert!(!has_many_names(""));
    }
}
