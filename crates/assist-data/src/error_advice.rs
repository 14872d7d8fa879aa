//! What helps with each thing that can be wrong with a table.

use assist_score::Reason;

use crate::advice::{Advice, quoted};
use crate::column_role::{LeftOut, LeftOutReason};
use crate::error::{CellProblem, Error, Place, Position};
use crate::fault::FEW_NUMBERS;
use crate::group_fault::GroupFault;
use crate::nearest::nearest;
use crate::time_fault::TimeFault;

impl Error {
    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::Store(fault) => fault.advice(),
            Self::NoFile(_) => "check the path; a pattern such as `logs/*.parquet` must match at least one file".into(),
            Self::Groups(GroupFault::ClassInFewGroups { .. }) | Self::Times(TimeFault::NoNewGroups { .. }) => {
                Advice::SplitByRows
            }
            Self::Groups(GroupFault::ByLabel(_)) => "group by the column that names users".into(),
            Self::Groups(GroupFault::SplitByLabel(_)) => "name a column that is neither label nor feature".into(),
            Self::Times(TimeFault::ByLabel(_) | TimeFault::TimesOfDay(_)) => {
                "order rows by the column that says when they were recorded, with dates, or numbers that rise with time"
                    .into()
            }
            Self::Times(TimeFault::NoTimes(column)) => Advice::StateTimeForm(column.clone(), None),
            Self::Times(TimeFault::Ambiguous { column, forms: [form, _] }) => {
                Advice::StateTimeForm(column.clone(), Some(form.clone()))
            }
            // The last time alone has more rows than were to be tested on.
            Self::Times(TimeFault::NoLaterRows { times: 2.. }) => Advice::LargerTestSize,
            Self::Times(TimeFault::NoLaterRows { .. } | TimeFault::ClassOnOneSide { is_later: false, .. }) => {
                Advice::SplitWithoutTime
            }
            Self::Times(TimeFault::ClassOnOneSide { .. }) => Advice::LargerTestSize,
            Self::Times(TimeFault::Folds { .. }) => "make fewer folds".into(),
            Self::EmptyFolder(_) => {
                "files whose names begin with a dot or an underscore are passed over; give the folder of the table"
                    .into()
            }
            Self::UnknownEnding(_) => "end the name in .csv, .tsv, .parquet, .arrow or .jsonl".into(),
            Self::Unreadable { .. } => {
                "the file is cut off, damaged or of another kind; write or fetch it again".into()
            }
            Self::TooLarge { .. } => "if it is a table all the same, unpack it, or write it in several files".into(),
            Self::SeveralFiles { .. } => "unpack it, and give the file or the folder that is the table".into(),
            Self::UnknownSheet { found, .. } if found.is_empty() => "give a workbook with a table in it".into(),
            Self::UnknownSheet { found, .. } => format!("the sheets are {}", quoted(found)).into(),
            Self::EmptyFile(_) | Self::NoRows(_) => "give a table with a header and at least one row".into(),
            Self::MissingColumn { column, found, .. } => match nearest(column, found) {
                Some(close) => format!("there is a column `{close}`; names must match exactly").into(),
                None if found.len() == 1 && found[0].contains(column.as_str()) => {
                    Advice::StateDelimiter(found[0].clone())
                }
                None if found.iter().any(|name| name.trim().parse::<f64>().is_ok()) => {
                    Advice::StateNoHeader(found.clone())
                }
                None => format!("the columns are {}", quoted(found)).into(),
            },
            Self::OtherColumns { expected, found, .. } => {
                format!("the first one has {}, this one has {}", quoted(expected), quoted(found)).into()
            }
            Self::DuplicateColumn { positions: None, .. } => "rename one of the two, or remove it".into(),
            Self::DuplicateColumn { positions: Some([first, second]), .. } => {
                format!("columns {first} and {second} have this name: rename one of the two, or remove it").into()
            }
            Self::UnnamedColumn { .. } => {
                "name it in the header, or remove it; pandas writes such a column unless it is given `index=False`"
                    .into()
            }
            Self::NotUtf8 { likely: Some(likely), .. } => format!(
                "the text is likely {likely}: save the file as UTF-8, for instance with `iconv -f {likely} -t UTF-8`"
            )
            .into(),
            Self::NotUtf8 { likely: None, .. } => {
                "save the file as UTF-8; a compressed or binary file must be unpacked first".into()
            }
            Self::NotUtf16 { .. } => "the file is cut off or damaged; write it again, best as UTF-8".into(),
            Self::Utf32(_) => "save the file as UTF-8".into(),
            Self::Contradiction { .. } => "leave the statement out, so that the file decides, or correct it".into(),
            Self::NoHeader { found, .. } => Advice::NameByPlace(found.clone()),
            Self::RowLength { cause, .. } => cause.advice(),
            Self::Json { place: Place { position: Position::Line(1) | Position::Row(1), .. }, .. } => {
                "the file must be an array of objects, or have one on each line, such as {\"error_count\": 2, \"device_type\": \"Phone\"}; if its rows are a part of a document, or written by columns, take them out first (pandas writes them with `orient=\"records\"`)".into()
            }
            Self::Json { .. } => {
                "each line must be one object such as {\"error_count\": 2, \"device_type\": \"Phone\"}".into()
            }
            Self::Cell { problem, column, .. } => match problem {
                CellProblem::Number { reason: Reason::NotANumber(value), expected } => {
                    Advice::MarkOrLevel { column: column.clone(), value: value.clone(), expected: expected.clone() }
                }
                CellProblem::Number { reason: Reason::NotFinite(_), expected } => {
                    format!("column `{column}` takes {expected}; leave the cell empty if the value is missing").into()
                }
                CellProblem::Number { expected, .. } => {
                    Advice::AsDeclared { column: column.clone(), expected: expected.clone() }
                }
                CellProblem::NoTime => {
                    "fill the time in, or leave the row out: nobody knows whether it came before the test rows".into()
                }
                CellProblem::NoSide { .. } => {
                    format!("write `train` or `test` into every row of `{column}`, or divide rows in another way").into()
                }
                CellProblem::Weight(_) => {
                    format!("column `{column}` takes numbers that are not negative, 0 for a row that is not to count").into()
                }
                CellProblem::UnknownLevel { known, .. } => format!("the known levels are {}", quoted(known)).into(),
                CellProblem::Date { .. } => Advice::CorrectDate(column.clone()),
                CellProblem::Nul => "the file is damaged or in another encoding; save it as UTF-8".into(),
                CellProblem::Type(_) | CellProblem::TooLong => Advice::DropColumn(column.clone()),
            },
            // Nobody states a dozen markers one by one.
            Self::MixedColumn { column, texts: 4.., .. } => Advice::LevelOrDrop(column.clone()),
            Self::MixedColumn { column, value, .. } => {
                Advice::MarkOrLevel { column: column.clone(), value: value.clone(), expected: "a number".to_owned() }
            }
            Self::CannotKeep { column, .. } => Advice::DropColumn(column.clone()),
            Self::NoNumbers { column, are_dates: true, .. } => Advice::DateOrDrop(column.clone()),
            Self::NoNumbers { column, .. } => Advice::LevelOrDrop(column.clone()),
            Self::NoDates { column, .. } => Advice::StateDateForm(column.clone(), None),
            Self::AmbiguousDate { column, forms } => Advice::StateDateForm(column.clone(), Some(forms.clone())),
            Self::Missing(cells) if cells.iter().all(|cells| cells.is_label) => Advice::DropUnlabelled,
            Self::Missing(_) => Advice::AllowMissing,
            Self::NotTwoLabels { found, .. } if found.are_numbers && found.distinct > FEW_NUMBERS => {
                "choose a column with two labels, or add one that says whether the number is above a limit".into()
            }
            Self::NotTwoLabels { found, .. } => {
                Advice::ChoosePositive(found.labels.iter().map(|(label, _)| label.clone()).collect())
            }
            Self::LabelSpellings { spellings, .. } => {
                Advice::CorrectLabels(spellings.iter().filter_map(|same| Some(same.first()?.0.clone())).collect())
            }
            Self::NoLabels { .. } => "fill the labels in, or choose another target".into(),
            Self::UnknownLabel { .. } => "evaluate on a table with the labels that the model was trained on".into(),
            Self::OneClass { .. } => "give rows of both classes, or choose another target".into(),
            Self::PositiveNotFound { labels, .. } => Advice::ChoosePositive(labels.clone()),
            Self::NoTarget { columns } => Advice::NameTarget(columns.clone()),
            Self::TargetTwice { column } => format!("take `{column}` out of the dropped, kept and declared columns").into(),
            Self::WeightTwice(column) => {
                format!("choose another column of weights, or say nothing else of `{column}`").into()
            }
            Self::NoFeatures { left_out } if left_out.is_empty() => {
                "give a table with columns beside the target, or drop fewer of them".into()
            }
            Self::NoFeatures { left_out } => {
                // Numbers of rows and texts of which every one is another can be kept, but tell nothing of users.
                let tells = |left: &&LeftOut| match &left.reason {
                    LeftOutReason::RowNumbers => false,
                    LeftOutReason::Distinct { distinct, cells } | LeftOutReason::FreeText { distinct, cells } => {
                        distinct < cells
                    }
                    reason => reason.can_be_kept(),
                };
                let can_be_kept = left_out.iter().filter(tells);
                match can_be_kept.map(|left| left.column.clone()).collect::<Vec<_>>() {
                    none if none.is_empty() => "give a table with columns that tell users apart".into(),
                    columns => Advice::KeepColumns(columns),
                }
            }
            Self::Schema { .. } => "`data/assistance.schema.toml` shows how a schema is written".into(),
            Self::TestSize(_) => "0.2 keeps a fifth of the rows for testing".into(),
            Self::Folds { .. } => "ask for at least 2 folds and at most as many as the smaller class has rows".into(),
            Self::TooFewOfClass(_) => "give more rows of that class".into(),
            Self::TooFewRows { .. } => "give more rows, or another test size".into(),
            Self::OutputIsInput { .. } => "choose another name for the output; nothing was written".into(),
            Self::NotYours(_) => "it may be a trap: choose another place, or take it away if you know it".into(),
            Self::ReadOnly(_) => "choose another name, or give it the permission to write".into(),
            Self::NoCommonType { .. } => "take the files one by one, or give the column one type in all of them".into(),
            Self::FormatWithoutType { .. } => "write Parquet or Arrow, or leave the column out of the table".into(),
            Self::Io(_) | Self::Options(_) | Self::TooManyRows(_) | Self::Rows { .. } | Self::Write { .. } => {
                return None;
            }
        })
    }
}
