//! How often levels that are all alike are said to differ, and how often a level that is not is found: tables of 30 levels, sliced
//! as `evaluate` slices them.
//!
//! usage: `slices [TABLES]`

use std::io::Write as _;

use assist_benches::draws::Draws;
use assist_metrics::{ClusterScore, ClusteredScores, Measure, Sample, ScoreCounts, Slices, slices};
use assist_score::{Correction, sigmoid};
use rayon::prelude::*;
use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, Normal};

const SEED: u64 = 20_261_127;
const LEVELS: usize = 30;
const ROWS: usize = 3000;
/// Rows of a user where rows are grouped.
const ROWS_OF_A_USER: usize = 5;
/// Fewest rows of a level that is compared, as `evaluate` has it by default.
const MINIMUM: u64 = 30;
const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

/// What tables are drawn by.
#[derive(Clone, Copy)]
struct World {
    /// The mean of the scores: below 0 few rows are of class 1.
    mean: f64,
    /// The log-odds of class 1 are this times the score: 1 where the model is calibrated.
    slope: f64,
    /// How much they are higher in the levels that are not like the others.
    shift: f64,
    /// How many levels are not.
    others: usize,
    /// Whether the last level has fifteen times the rows of the first.
    is_uneven: bool,
    /// The spread of what the rows of a user have in common, in scores and in labels; none where rows are independent.
    of_user: Option<f64>,
    /// Whether a user has one level, and not one for each row.
    one_level_a_user: bool,
}

const EQUAL: World =
    World { mean: 0.0, slope: 1.0, shift: 0.0, others: 0, is_uneven: false, of_user: None, one_level_a_user: false };

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a level")]
fn level(draws: &mut Draws, is_uneven: bool) -> usize {
    let u = draws.uniform();
    // A density that rises by a factor of 15.
    let at = if is_uneven { ((1.0 + 224.0 * u).sqrt() - 1.0) / 14.0 } else { u };
    ((at * LEVELS as f64) as usize).min(LEVELS - 1)
}

fn sliced(world: World, table: u64, scenario: u64) -> Slices {
    let mut draws = Draws::new(SEED, scenario, table);
    let mut levels: Vec<Vec<ClusterScore>> = vec![Vec::new(); LEVELS];
    let (mut common, mut user_level) = (0.0, 0);
    for row in 0..ROWS {
        if row % ROWS_OF_A_USER == 0 {
            common = world.of_user.map_or(0.0, |spread| spread * draws.normal());
            user_level = level(&mut draws, world.is_uneven);
        }
        let level = if world.one_level_a_user { user_level } else { level(&mut draws, world.is_uneven) };
        let score = world.mean + common + 1.5 * draws.normal();
        let shift = if level < world.others { world.shift } else { 0.0 };
        let label = draws.uniform() < sigmoid(world.slope * score + common + shift);
        let cluster = u32::try_from(row / ROWS_OF_A_USER).unwrap_or(u32::MAX);
        levels[level].push(ClusterScore { score, counts: [u64::from(!label), u64::from(label)], cluster });
    }
    let sample = |rows: Vec<ClusterScore>| match world.of_user {
        Some(_) => Sample::Clusters(ClusteredScores::new(rows)),
        None => Sample::Observations(ScoreCounts::new(rows.into_iter().map(|row| (row.score, row.counts)))),
    };
    let named = levels.into_iter().enumerate().map(|(level, rows)| (level.to_string(), sample(rows)));
    slices("level", named.collect(), PLAIN, 0.0, MINIMUM)
}

/// What is found of a table: whether anything differs, each measure before Holm's correction, whether all intervals of the share
/// predicted positive hold it, and whether that of its largest difference holds none.
fn found(slices: &Slices, share: f64) -> [bool; 7] {
    let differs = |measure: &Measure| slices.homogeneity[measure].p_value.is_some_and(|p| p < 0.05);
    let [recall, rate, flagged, calibration] = Measure::ALL.map(|measure| differs(&measure));
    let any = slices.homogeneity.values().any(|of| of.differs);
    let holds = |interval: [f64; 2], value: f64| (interval[0]..=interval[1]).contains(&value);
    let of_levels = slices.slices.iter().filter_map(|slice| slice.measures.get(&Measure::Flagged));
    let all_hold = of_levels.into_iter().all(|figure| holds(figure.interval, share));
    let largest = slices.homogeneity[&Measure::Flagged].largest_difference.as_ref();
    let none = largest.is_none_or(|gap| holds(gap.interval, 0.0));
    [any, recall, rate, flagged, calibration, all_hold, none]
}

fn main() -> std::io::Result<()> {
    let tables: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    let bound = 0.05 + 3.0 * (0.05 * 0.95 / tables as f64).sqrt();
    let simulated = |scenario: u64, world: World| -> Value {
        let share = Normal::standard().cdf(world.mean / 1.5_f64.hypot(world.of_user.unwrap_or(0.0)));
        let all: Vec<[bool; 7]> =
            (0..tables).into_par_iter().map(|table| found(&sliced(world, table, scenario), share)).collect();
        let share = |at: usize| all.iter().filter(|found| found[at]).count() as f64 / tables as f64;
        let mut of = json!({
            "a_difference_is_shown": share(0),
            "p_below_0.05": {
                "recall": share(1), "false_positive_rate": share(2), "flagged": share(3), "calibration": share(4),
            },
            "intervals_of_all_levels_hold": share(5),
            "largest_difference_may_be_none": share(6),
        });
        if world.others == 0 && world.slope <= 1.0 {
            of["holds"] = json!(share(0) <= bound);
        }
        of
    };
    let grouped = World { of_user: Some(1.0), ..EQUAL };
    let report = json!({
        "tables": tables, "levels": LEVELS, "rows": ROWS, "seed": SEED, "bound": bound,
        "equal_levels": {
            "even": simulated(1, EQUAL),
            "uneven_and_rare": simulated(2, World { mean: -2.5, is_uneven: true, ..EQUAL }),
            "overconfident": simulated(3, World { slope: 0.4, ..EQUAL }),
            "grouped": simulated(4, grouped),
            "grouped_one_level_a_user": simulated(5, World { one_level_a_user: true, ..grouped }),
        },
        "power": {
            "one_level_of_30_by_1.5": simulated(6, World { shift: 1.5, others: 1, ..EQUAL }),
            "half_of_the_levels_by_0.5": simulated(7, World { shift: 0.5, others: LEVELS / 2, ..EQUAL }),
            "grouped_half_of_the_levels_by_0.5":
                simulated(8, World { shift: 0.5, others: LEVELS / 2, one_level_a_user: true, ..grouped }),
        },
    });
    writeln!(std::io::stdout(), "{report:#}")
}
