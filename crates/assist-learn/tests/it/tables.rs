//! Tables that the tests share.

use assist_learn::{Model, Settings, Table, train, unwatched};

/// A table of so many rows whose label follows the errors, with exceptions.
pub(crate) fn table(rows: u32) -> Table {
    let row = |i: u32| {
        let (errors, wait) = (i * 7 % 5, i * 13 % 61);
        let help = errors + u32::from(wait > 30) + u32::from(i.is_multiple_of(11)) > 2;
        format!("u{i},{errors},{wait},{},{}\n", ["Phone", "Watch", "Desk"][(i % 3) as usize], u8::from(help))
    };
    let rows: String = (0..rows).map(row).collect();
    Table::from_csv_text("users.csv", &format!("user_id,errors,wait,device,help\n{rows}")).expect("a table")
}

/// The defaults for it.
pub(crate) fn settings() -> Settings {
    Settings::new("help")
}

/// A model of it.
pub(crate) fn model() -> Model {
    train(&table(300), &settings(), &unwatched).expect("trained").model
}
