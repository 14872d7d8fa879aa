//! What an audit found, in words.

use assist_metrics::words::{code, count, leaves, number, percent, plural};

use super::result::{Audit, PermutedControl, most_exceptions};

impl Audit {
    /// What was found, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = match &self.rule {
            Some(rule) => self.of_rule(rule),
            None => vec![self.of_no_rule()],
        };
        lines.extend(self.permuted_control.as_ref().map(of_control));
        lines.extend(self.not_searched.iter().map(|what| format!("not searched in full: {what}")));
        lines
    }

    fn of_rule(&self, rule: &str) -> Vec<String> {
        let mut lines = vec![format!("rule: {rule}")];
        lines.push(if self.exceptions == 0 {
            format!("exceptions: 0 in {}", count(self.rows))
        } else {
            format!("exceptions: {} in {}, so the rule is not exact", count(self.exceptions), count(self.rows))
        });
        lines.extend(self.exceptional_rows.iter().map(|row| format!("  exception: {row}")));
        for literal in &self.literals {
            if let Some(cut) = literal.cut() {
                let why = if literal.no_row_between {
                    "no row has a value between"
                } else {
                    "wherever it lies there, the rule has as many exceptions"
                };
                let [low, high] = cut.map(number);
                lines.push(format!("the cut of {} lies in ({low}, {high}]: {why}", code(&literal.column)));
            }
        }
        if !self.other_rules.is_empty() {
            lines.push(format!("other rules have as few exceptions: {}", self.other_rules.join("; ")));
        }
        if let Some(support) = self.support {
            lines.push(format!("it predicts class 1 for {} rows", count(support)));
        }
        if let Some(unseen) = self.unseen_rows {
            lines.push(if unseen.rows == 0 {
                "every combination of values among the test rows occurs in training as well".to_owned()
            } else {
                format!(
                    "found on the training rows alone, it is wrong on {} of the {} test rows with a combination of values unseen in training",
                    count(unseen.errors),
                    count(unseen.rows)
                )
            });
        }
        if let Some(chance) = self.log10_chance {
            // Nobody can tell smaller ones apart.
            let exponent = chance.ceil().max(-100.0);
            lines.push(format!("random labels would have such a rule with a probability below 10^{exponent}"));
        }
        lines
    }

    fn of_no_rule(&self) -> String {
        let exceptions = plural(usize::try_from(self.exceptions).unwrap_or(usize::MAX), "exception");
        match &self.best_rule {
            Some(rule) if self.exceptions <= most_exceptions([self.smaller_class; 2]) => format!(
                "no rule is believed: {} has {exceptions} in {} rows, but so few prove nothing: {}",
                code(rule),
                count(self.rows),
                self.chance_in_words(),
            ),
            best => {
                let among = if self.not_searched.is_empty() { "" } else { " among those that were searched" };
                format!(
                    "no rule of at most three conditions{among} reproduces the label: the best one that was tried{} has {exceptions} in {} rows, {} of the smaller class{}",
                    best.as_ref().map_or(String::new(), |rule| format!(", {},", code(rule))),
                    count(self.rows),
                    percent(self.exceptions as f64 / self.smaller_class.max(1) as f64),
                    if self.exceptions < self.smaller_class { "" } else { ": no better than the same for all" },
                )
            }
        }
    }

    /// What is known of the probability that random labels have such a rule.
    pub fn chance_in_words(&self) -> String {
        match self.log10_chance.map(|chance| 10_f64.powf(chance)) {
            Some(bound) if bound < 0.5 => format!(
                "random labels have such a rule with a probability of up to {}, and less than one in a million is asked for",
                percent(bound)
            ),
            _ => "random labels may well have such a rule".to_owned(),
        }
    }
}

fn of_control(control: &PermutedControl) -> String {
    /// A smaller gap between training and test rows shows nothing.
    const SHOWS: f64 = 0.1;
    let memorises = control.train_accuracy - control.test_accuracy > SHOWS;
    format!(
        "control with permuted labels: {}; a decision tree grows {} for {} rows, and is right on {} of them {} on {} of test rows{}",
        if control.rule_found { "a rule is found, so do not believe the one above" } else { "no rule is found" },
        leaves(control.leaves),
        count(control.train_rows as u64),
        percent(control.train_accuracy),
        if memorises { "but" } else { "and" },
        percent(control.test_accuracy),
        if memorises { ": what memorising looks like" } else { "; too small a gap to show memorising" },
    )
}
