//! In which form a later file has the dates of a model's column. The file shows it, as most of its cells read; where these read
//! in two ways, the model's own form decides.

use super::date_evidence::{may_be_date, read};
use crate::dates::{FORMS, is_day_first, moment};

/// How many cells each form reads.
#[derive(Debug, Clone)]
pub(super) struct LaterDates {
    /// The form of the model.
    recorded: String,
    /// Cells that the model's form reads.
    n_recorded: u64,
    /// Indices of [`FORMS`], and how many cells each reads.
    counts: Vec<(usize, u64)>,
}

impl LaterDates {
    pub(super) fn new(recorded: &str) -> Self {
        let counts = (0..FORMS.len()).map(|index| (index, 0)).collect();
        Self { recorded: recorded.to_owned(), n_recorded: 0, counts }
    }

    pub(super) fn add(&mut self, text: &str) {
        let text = text.trim();
        if !may_be_date(text) {
            return;
        }
        self.n_recorded += u64::from(moment(text, &self.recorded).is_some());
        for (index, count) in &mut self.counts {
            *count += u64::from(read(text, *index).is_some());
        }
    }

    /// Whether more cells would decide what these leave open. From then on only the forms that read most are tried.
    pub(super) fn is_open(&mut self) -> bool {
        let most = self.most();
        self.counts.retain(|(_, count)| *count == most && most > 0);
        let mut orders = self.counts.iter().map(|(index, _)| is_day_first(FORMS[*index].0));
        orders.next().is_some_and(|first| orders.any(|order| order != first))
    }

    fn most(&self) -> u64 {
        self.counts.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// The form to read the file in.
    pub(super) fn form(&self) -> String {
        let most = self.most();
        let mut best = self.counts.iter().filter(|(_, count)| *count == most).map(|(index, _)| FORMS[*index].0);
        // A form of the user's own is none of those that are tried.
        if most == 0 || self.n_recorded >= most && !FORMS.iter().any(|(form, _)| *form == self.recorded) {
            return self.recorded.clone();
        }
        if best.clone().any(|form| form == self.recorded) {
            return self.recorded.clone();
        }
        let order = is_day_first(&self.recorded);
        let first = best.clone().next().unwrap_or_default();
        let same_order = best.clone().find(|form| is_day_first(form) == order);
        let is_settled = best.all(|form| is_day_first(form) == is_day_first(first));
        match same_order {
            Some(form) if order.is_some() => form.to_owned(),
            _ if is_settled => first.to_owned(),
            // Neither the file nor the model says which number is the day.
            _ => self.recorded.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_shows_its_form_and_the_model_decides_what_it_leaves_open() {
        for (recorded, cells, form) in [
            ("%d/%m/%Y", vec!["01/02/2023", "02/13/2023"], "%m/%d/%Y"),
            ("%m/%d/%Y", vec!["01/02/2023", "13/02/2023"], "%d/%m/%Y"),
            ("%d/%m/%Y", vec!["01/02/2023"], "%d/%m/%Y"),
            ("%m/%d/%Y", vec!["01/02/2023"], "%m/%d/%Y"),
            // The order of day and month is the model's in another form, too.
            ("%d.%m.%Y", vec!["01/02/2023"], "%d/%m/%Y"),
            ("%m/%d/%y", vec!["01/02/2023"], "%m/%d/%Y"),
            // Of a model whose dates begin with the year nobody knows.
            ("%Y-%m-%d", vec!["01/02/2023"], "%Y-%m-%d"),
            ("%Y-%m-%d", vec!["01/02/2023", "31/02/2023", "31/01/2023"], "%d/%m/%Y"),
            ("", vec!["31.12.2023"], "%d.%m.%Y"),
            // What is no date, or a slip, decides nothing.
            ("%d/%m/%Y", vec!["01/02/2023", "13/02/2023", "02/13/2023", "14/02/2023", "soon"], "%d/%m/%Y"),
            ("%Y%m%d", vec!["20230102"], "%Y%m%d"),
            ("%d|%m|%Y", vec!["01|02|2023", "2023-02-01"], "%d|%m|%Y"),
            ("%d.%m.%Y", vec!["soon"], "%d.%m.%Y"),
        ] {
            let mut dates = LaterDates::new(recorded);
            cells.iter().for_each(|cell| dates.add(cell));
            assert_eq!(dates.form(), form, "{cells:?} for {recorded}");
        }
    }

    #[test]
    fn more_is_asked_for_only_where_day_and_month_may_be_exchanged() {
        let is_open = |cells: &[&str]| {
            let mut dates = LaterDates::new("%d/%m/%Y");
            cells.iter().for_each(|cell| dates.add(cell));
            dates.is_open()
        };
        assert!(is_open(&["01/02/2023"]));
        assert!(!is_open(&["01/02/2023", "13/02/2023"]) && !is_open(&["2023-01-02"]) && !is_open(&["soon"]));
    }
}
