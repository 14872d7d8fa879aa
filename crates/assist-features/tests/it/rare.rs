//! Rare levels pooled: the design is that of the table in which somebody has pooled them before.

use assist_data::{SchemaFile, Table};
use assist_features::{Design, DesignBuilder, Encoded, LabelScan, MissingPolicy, RareLevels};
use assist_score::{MISSING_LEVEL, RARE_LEVEL};
use proptest::prelude::*;

fn builder<'a>(levels: &[&str], numbers: &'a [f64]) -> DesignBuilder<'a> {
    let labels: Vec<bool> = (0..levels.len()).map(|row| row % 2 == 0).collect();
    Design::builder()
        .number("n", &numbers[..levels.len()])
        .category("x", levels)
        .labels(&labels)
        .missing(MissingPolicy::Level)
}

const NUMBERS: [f64; 400] = [0.5; 400];

#[test]
fn levels_with_few_rows_are_one_and_so_are_unknown_ones() {
    let levels = ["a", "a", "a", "b", "", "b", "c", "d", "a"];
    let rows = builder(&levels, &NUMBERS).rare(2);
    let space = rows.build().expect("built").space().clone();
    let column = &space.categorical[0];
    assert_eq!(column.levels, [MISSING_LEVEL, RARE_LEVEL, "a", "b"]);
    assert_eq!((column.missing, column.rare, column.reference), (Some(0), Some(1), 2));
    let names: Vec<String> = space.features().into_iter().map(|feature| feature.name).collect();
    assert_eq!(names, ["n", "x_(missing)", "x_(rare)", "x_b"]);
    let pooled = rows.encode().expect("coded").pooled_levels(&space);
    assert_eq!((pooled[0].column.as_str(), pooled[0].levels, pooled[0].rows), ("x", 2, 2));
    // Rows of another table that no training row was like.
    let others = builder(&["z", "a", "c", "(rare)"], &NUMBERS).build_in(&space).expect("built");
    assert_eq!((others.rejected, others.design.class_counts()), (0, [2, 2]));
    assert_eq!(others.design.to_dense().column(2).to_vec().iter().filter(|is| **is == 1.0).count(), 1);
}

#[test]
fn where_no_level_is_rare_an_unknown_one_is_rejected() {
    let levels = ["a", "a", "b", "b"];
    let space = builder(&levels, &NUMBERS).rare(2).build().expect("built").space().clone();
    assert_eq!((space.categorical[0].levels.len(), space.categorical[0].rare), (2, None));
    assert_eq!(builder(&["z", "a"], &NUMBERS).build_in(&space).expect("built").rejected, 1);
}

#[test]
fn a_declared_reference_is_never_pooled() {
    let levels = ["a", "a", "b", "c", "a", "c"];
    let space = builder(&levels, &NUMBERS).rare(3).reference("x", "b").build().expect("built").space().clone();
    assert_eq!(space.categorical[0].levels, [RARE_LEVEL, "a", "b"]);
    assert_eq!(space.categorical[0].reference, 2);
}

#[test]
fn where_all_levels_are_rare_the_column_says_nothing() {
    let space = builder(&["a", "b", "c", "d"], &NUMBERS).rare(2).build().expect("built").space().clone();
    assert_eq!(
        (space.categorical[0].levels.as_slice(), space.categorical[0].rare),
        (&[RARE_LEVEL.to_owned()][..], Some(0))
    );
    assert_eq!(space.n_features(), 1);
}

/// One column of levels, counted where there are few numbers and not counted where there are many.
fn of_text(levels: &[String], are_distinct: bool) -> Encoded {
    let rows = levels.iter().enumerate();
    let rows = rows.map(|(row, level)| {
        let number = if are_distinct { row as f64 * 0.37 } else { 1.0 };
        format!("{number},{level},{}\n", row % 2)
    });
    let text = ["n,x,y\n".to_owned()].into_iter().chain(rows).collect::<String>();
    let table = Table::from_csv_text("t.csv", &text).expect("readable");
    let schema: SchemaFile = toml::from_str("target = 'y'\n[numeric.n]\n[categorical.x]").expect("a schema");
    let schema = schema.resolve(&table, false).expect("resolved");
    LabelScan::read(&table, &schema, MissingPolicy::Level, None).expect("two classes").encode_all().expect("usable")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pooling_is_what_somebody_would_do_before(
        codes in prop::collection::vec(0..30_u32, 4..300),
        fewest in 2..20_u64,
        are_distinct: bool,
    ) {
        // Small codes are frequent.
        let levels: Vec<String> = codes.iter().map(|code| format!("l{}", code * code / 40)).collect();
        let rows_of = |level: &String| levels.iter().filter(|other| *other == level).count() as u64;
        let pool = |level: &String| if rows_of(level) < fewest { RARE_LEVEL.to_owned() } else { level.clone() };
        let before: Vec<String> = levels.iter().map(pool).collect();
        let rows = of_text(&levels, are_distinct).with_rare(RareLevels::Below(fewest));
        let space = rows.learn_space().expect("learnt");
        let expected = of_text(&before, are_distinct);
        let expected_space = expected.learn_space().expect("learnt");
        let column = &space.categorical[0];
        prop_assert_eq!(&column.levels, &expected_space.categorical[0].levels);
        prop_assert_eq!(column.rare.is_some(), before.iter().any(|level| level == RARE_LEVEL));
        let n_rare = before.iter().filter(|level| *level == RARE_LEVEL).count() as u64;
        prop_assert_eq!(rows.pooled_levels(&space).iter().map(|pooled| pooled.rows).sum::<u64>(), n_rare);
        // Put together as the rows of the other table are.
        let (found, expected) = (rows.design(&space).design, expected.design(&space).design);
        prop_assert_eq!(found.class_counts(), expected.class_counts());
        prop_assert_eq!(found.n_rows(), expected.n_rows());
        let lines = |design: &Design| {
            let mut lines: Vec<String> =
                design.to_dense().rows().into_iter().zip(design.counts()).map(|(row, n)| format!("{row} {n:?}")).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(&found), lines(&expected));
    }
}
