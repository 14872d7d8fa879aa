//! What the fast path and the strict reader must agree on: the one check of all tests that read a table both ways.

use assist_data::{Bits, Schema, SchemaFile, Table, TestRows};
use assist_features::{Encoded, LabelScan, MissingPolicy};
use assist_score::FeatureSpace;

/// The training and the test rows of a table whose every third observation is a test row, and the space of the former.
pub(crate) fn encoded(observations: &LabelScan<'_>) -> Result<(FeatureSpace, [Encoded; 2]), String> {
    let of_class = observations.label_counts().map(|n| {
        let mut bits = Bits::default();
        (0..n).for_each(|index| bits.push(index % 3 == 2));
        bits
    });
    let subsets = observations.encode(&TestRows::Observations(of_class)).map_err(|error| error.to_string())?;
    Ok((subsets[0].learn_space().map_err(|error| error.to_string())?, subsets))
}

/// What comes of the table, whichever way: its designs, or the message of the error.
#[track_caller]
pub(crate) fn both_ways_agree(table: &Table, schema: &Schema, policy: MissingPolicy) {
    let quick = LabelScan::read(table, schema, policy, None).map_err(|error| error.to_string());
    let plain = LabelScan::read_strictly(table, schema, policy, None).map_err(|error| error.to_string());
    if let (Ok(quick), Ok(plain)) = (&quick, &plain) {
        assert_eq!(quick.label_counts(), plain.label_counts());
        let left_out = |scan: &LabelScan<'_>| {
            (scan.n_rows(), scan.dropped_rows(), scan.unlabelled_rows(), scan.lost_cells(), scan.class_counts())
        };
        assert_eq!(left_out(quick), left_out(plain));
        let labels = |scan: &LabelScan<'_>| {
            let mut labels = Vec::new();
            scan.for_each_row(|label| labels.push(label));
            labels
        };
        if quick.dropped_rows() == 0 {
            assert_eq!(labels(quick), labels(plain));
        }
    }
    // The fast path reads the features later, so it may find a fault there that the strict reader finds at once.
    let (quick_scan, plain_scan) = (quick, plain);
    let quick = quick_scan.as_ref().map_err(Clone::clone).and_then(encoded);
    let plain = plain_scan.as_ref().map_err(Clone::clone).and_then(encoded);
    match (quick, plain) {
        (Ok((mut space, quick)), Ok((plain_space, plain))) => {
            for (column, plain) in space.numeric.iter_mut().zip(&plain_space.numeric) {
                // A mean is a sum over partitions, whose last digits depend on where these begin.
                let close =
                    column.fill_value.zip(plain.fill_value).map(|(a, b)| (a - b).abs() <= 1e-12 * (1.0 + b.abs()));
                assert!(
                    close.unwrap_or(column.fill_value == plain.fill_value),
                    "{:?} is not {:?}",
                    column.fill_value,
                    plain.fill_value
                );
                column.fill_value = plain.fill_value;
            }
            assert_eq!(space, plain_space);
            let flat =
                |scan: &Result<LabelScan<'_>, String>| scan.as_ref().ok().map(|scan| scan.flattened_columns(&space));
            assert_eq!(flat(&quick_scan), flat(&plain_scan));
            for (quick, plain) in quick.into_iter().zip(plain) {
                assert_eq!(quick.missing_cells(), plain.missing_cells());
                assert_eq!(quick.hashed(&space).sketch(), plain.hashed(&space).sketch());
                let (quick, plain) = (quick.design_by_row(&space), plain.design_by_row(&space));
                assert_eq!((quick.rejected, quick.rejected_by), (plain.rejected, plain.rejected_by));
                assert_eq!(quick.design.to_dense(), plain.design.to_dense());
                assert!(quick.design.counts().eq(plain.design.counts()));
            }
        }
        (quick, plain) => assert_eq!(quick.map(|_| ()), plain.map(|_| ())),
    }
}

/// Roles are inferred from the first rows; where they cannot be, there is nothing to compare.
pub(crate) fn schema_of(table: &Table, text: &str) -> Option<Schema> {
    toml::from_str::<SchemaFile>(text).expect("a schema").resolve(table, false).ok()
}
