//! What the figures say, in sentences. Each is a [`Statement`] with the figures that it rests on; its words are made from these
//! alone.

mod asked; // which users were asked for, and of how many rows
mod assemble; // the statements of a comparison, the recommendation first
mod calibration; // whether predicted and observed shares agree
mod card_beside; // a scorecard beside logistic regression
mod columns; // columns without evidence of an effect
mod contest; // which model is better than which, beyond chance
mod contradictions; // what two statements of one verdict must not say
mod deciding; // whether the models decide better than the majority class, and which does
mod finding; // a statement in words, with its figures
mod finding_figure; // a figure that a finding rests on
mod label; // whether the label is a formula
mod memorising; // whether the decision tree memorises
mod ranking; // how well scores rank users
mod recommendation; // what to do
mod segments; // where the saved model is most wrong
mod separation; // features that separate the classes
mod shape; // bends and interactions that logistic regression lacks
mod single_column; // what one column alone predicts
mod statement; // all kinds of statements
mod topic; // what findings are about

pub use asked::Asked;
pub use assemble::{VerdictInput, verdict};
pub use calibration::{Agreement, ProbabilityCheck};
pub use card_beside::CardBeside;
pub use columns::{ColumnVerdict, ColumnsTogether};
pub use contradictions::{Contradiction, contradictions};
pub(crate) use deciding::capital;
pub use deciding::{AsSaved, Deciding, Judged, Standing};
pub use finding::Finding;
pub use finding_figure::FindingFigure;
pub use label::LabelFormula;
pub use memorising::{Gap, Memory, MemoryVerdict};
pub use ranking::{Ranking, RankingRival};
pub use recommendation::{Action, Recommendation};
pub use segments::ErrorSegments;
pub use separation::SeparatedClasses;
pub use shape::{OutdoneReason, ShapeFound, ShapeVerdict};
pub use single_column::SingleColumns;
pub use statement::Statement;
pub use topic::Topic;
