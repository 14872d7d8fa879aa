//! The page for people: what its templates show, made of a model, of the values that were entered, and of what became of them.

mod about;
mod changes;
mod chart;
mod evidence;
mod fields;
mod points;
mod result;
mod words;

use askama::Template;

pub(crate) use about::{About, about};
pub(crate) use fields::{Field, FieldKind, fields, values_of};
pub(crate) use result::{Shown, answer, shown};
pub(crate) use words::visible;

/// A page of a model.
#[derive(Debug, Template)]
#[template(path = "page.html")]
pub(crate) struct Page<'a> {
    pub(crate) title: String,
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) target: String,
    pub(crate) positive: String,
    /// What is said of a prediction of class 0, and of class 1.
    pub(crate) answers: [&'static str; 2],
    pub(crate) about: About,
    /// The column that names users, where some are held out.
    pub(crate) holdout: Option<&'a str>,
    pub(crate) address: String,
    /// Where the export is that scores in the page; empty where it cannot take the columns as they are entered.
    pub(crate) scorer: String,
    /// The pages of the models, where there are several.
    pub(crate) models: Vec<Link>,
    pub(crate) links: Vec<Link>,
    pub(crate) fields: Vec<Field>,
    pub(crate) result: Shown,
}

/// A link to another page.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) address: String,
    pub(crate) words: String,
    pub(crate) is_here: bool,
}

/// The result alone, for a page that is there.
#[derive(Debug, Template)]
#[template(path = "result.html")]
pub(crate) struct ResultOnly {
    pub(crate) result: Shown,
}

/// What stands in the place of a report that nobody has made.
#[derive(Debug, Template)]
#[template(path = "no_report.html")]
pub(crate) struct NoReport<'a> {
    pub(crate) title: &'a str,
    pub(crate) folder: String,
    pub(crate) back: String,
}

/// A page that says something.
#[derive(Debug, Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub(crate) title: &'a str,
    pub(crate) lines: Vec<String>,
    pub(crate) back: String,
}
