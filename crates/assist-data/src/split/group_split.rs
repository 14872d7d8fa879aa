//! Splits and folds of whole groups: no user has rows on two sides, and each side has the class shares of the whole as far as
//! whole groups allow.
//!
//! Large groups go first, alike ones in the order of a stable hash of their key and the seed. So the order of the rows and the
//! number of threads decide nothing, and small groups make up for what large ones leave.

use assist_draw::Random;

use crate::error::Error;
use crate::group_fault::GroupFault;
use crate::split::groups::{Group, GroupTotals, mixed_word};
use crate::split::test_rows::Bits;

/// Which groups are test groups: one bit each, in the order of their codes.
///
/// Every group is a test group with the same probability, `test_size`, whatever its size and its labels: a rule that takes what
/// is lacking takes groups of mixed labels more often, and figures of the test rows are then not those of users. A group with
/// more rows than the test subset is to have stays in training, and the others are taken the more often.
///
/// # Errors
///
/// A test size outside (0, 1), a class that occurs in one group alone.
pub fn group_split(totals: &GroupTotals, test_size: f64, seed: u32) -> Result<Bits, Error> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::TestSize(test_size));
    }
    let groups = totals.groups();
    let counts = class_counts(groups);
    for class in 0..2 {
        let groups = groups.iter().filter(|group| group.counts[class] > 0).count();
        if groups < 2 {
            return Err(GroupFault::ClassInFewGroups { class, groups, needed: 2 }.into());
        }
    }
    let most = test_size * (counts[0] + counts[1]) as f64;
    let fits = |group: &Group| group.rows() as f64 <= most;
    let rest: u64 = groups.iter().filter(|group| fits(group)).map(Group::rows).sum();
    // Of the others as many rows, but never all of them.
    let probability =
        if rest == counts[0] + counts[1] { test_size } else { (most / rest as f64).min(test_size.max(0.8)) };
    let order = in_order(groups, |code| fits(&groups[code]), seed);
    Ok(with_both_classes(groups, balanced_sample(groups, &order, probability, &mut Random::new(seed.into()))))
}

/// A sample of groups whose class totals are those that are expected, as far as whole groups allow: one bit for each group.
///
/// Each is taken with the same probability, over all draws. One after another is decided, and what it has more or less than was
/// expected of it is taken off the probabilities of those that follow, as much down as up in expectation (correlated Poisson
/// sampling of Bondesson and Thorburn, 2008; of groups of one row each it is sampling without replacement). These are kept as
/// two numbers, one a class: the group of `n0` and `n1` observations has `(n0 p0 + n1 p1) / (n0 + n1)`.
fn balanced_sample(groups: &[Group], order: &[u32], probability: f64, random: &mut Random) -> Bits {
    let mut probabilities = [probability; 2];
    let mut taken = Bits::zeros(groups.len());
    let mut following = Following::new(order.iter().map(|code| &groups[*code as usize]));
    for code in order {
        let group = &groups[*code as usize];
        following.take_off(group);
        let [n0, n1] = group.counts.map(|n| n as f64);
        let mut own = ((n0 * probabilities[0] + n1 * probabilities[1]) / (n0 + n1)).clamp(0.0, 1.0);
        for way in [Way::Both, Way::Class(0), Way::Class(1), Way::Neither] {
            let Some(change) = following.change([n0, n1], way) else { continue };
            // How far the group's own probability can rise and fall until it or one of the classes' is 0 or 1.
            let [rise, fall] = [1.0, -1.0].map(|sign| {
                let room = |p: f64, change: f64| match sign * change {
                    change if change > 0.0 => (1.0 - p) / change,
                    change if change < 0.0 => p / -change,
                    _ => f64::INFINITY,
                };
                let classes = room(probabilities[0], change[0]).min(room(probabilities[1], change[1]));
                room(own, 1.0).min(classes)
            });
            let goes = if random.between_0_and_1() * (rise + fall) < fall { rise } else { -fall };
            own += goes;
            for class in 0..2 {
                probabilities[class] = (probabilities[class] + goes * change[class]).clamp(0.0, 1.0);
            }
            // Rounding leaves a little of what is decided.
            if !(1e-12..=1.0 - 1e-12).contains(&own) {
                break;
            }
        }
        if own > 0.5 {
            taken.set(*code as usize);
        }
    }
    taken
}

/// Whose probabilities make up for a group.
#[derive(Debug, Clone, Copy)]
enum Way {
    Both,
    Class(usize),
    Neither,
}

/// The groups that are not decided yet.
struct Following {
    /// Their observations of each class.
    counts: [u64; 2],
    /// The sums of `n_a n_b / (n0 + n1)` for the classes `00`, `01`, `11`: how the expected class totals change with the
    /// probabilities.
    products: [f64; 3],
}

impl Following {
    fn new<'g>(groups: impl Iterator<Item = &'g Group>) -> Self {
        let mut following = Self { counts: [0; 2], products: [0.0; 3] };
        for group in groups {
            following.counts = [0, 1].map(|class| following.counts[class] + group.counts[class]);
            following.products = [0, 1, 2].map(|i| following.products[i] + products(group)[i]);
        }
        following
    }

    fn take_off(&mut self, group: &Group) {
        self.counts = [0, 1].map(|class| self.counts[class] - group.counts[class]);
        self.products = [0, 1, 2].map(|i| self.products[i] - products(group)[i]);
    }

    /// How the classes' probabilities change as that of a group of these observations rises, so that the expected totals stay:
    /// of both classes, or, where only one can change, of the rows. `None` where nothing follows that could.
    fn change(&self, [n0, n1]: [f64; 2], way: Way) -> Option<[f64; 2]> {
        let [m00, m01, m11] = self.products;
        let rows = self.counts[0] + self.counts[1];
        match way {
            Way::Neither => Some([0.0; 2]),
            Way::Both if rows == 0 => None,
            Way::Both => {
                let determinant = m00 * m11 - m01 * m01;
                if self.counts.contains(&0) || determinant <= 1e-6 * m00 * m11 {
                    // All have the same class shares.
                    return Some([-(n0 + n1) / rows as f64; 2]);
                }
                Some([-(m11 * n0 - m01 * n1) / determinant, -(m00 * n1 - m01 * n0) / determinant])
            }
            Way::Class(class) => {
                let of_class = self.counts[class] as f64;
                (of_class > 0.0).then(|| [0, 1].map(|other| if other == class { -(n0 + n1) / of_class } else { 0.0 }))
            }
        }
    }
}

fn products(group: &Group) -> [f64; 3] {
    let [n0, n1] = group.counts.map(|n| n as f64);
    [n0 * n0 / (n0 + n1), n0 * n1 / (n0 + n1), n1 * n1 / (n0 + n1)]
}

/// Both subsets with both classes: the smallest group that has a class goes where that is missing. Each class occurs in two
/// groups at least.
fn with_both_classes(groups: &[Group], mut is_test: Bits) -> Bits {
    // Whoever moves for one class may be the last one of the other, so both are looked at twice.
    for class in [0, 1, 0, 1] {
        let of_class = |is_test: &Bits, side: bool| {
            let on_side = move |(code, group): &(usize, &Group)| group.counts[class] > 0 && is_test.get(*code) == side;
            groups.iter().enumerate().filter(on_side).map(|(code, group)| (group.rows(), code)).collect::<Vec<_>>()
        };
        for side in [false, true] {
            if of_class(&is_test, side).is_empty()
                && let Some((_, code)) = of_class(&is_test, !side).into_iter().min()
            {
                let sides = (0..groups.len()).map(|other| if other == code { side } else { is_test.get(other) });
                let mut moved = Bits::default();
                sides.for_each(|bit| moved.push(bit));
                is_test = moved;
            }
        }
    }
    is_test
}

/// The fold of each group that is in `taken`, in the order of the codes; `None` for the others. Each goes to the fold that has
/// least of what it brings.
///
/// # Errors
///
/// Fewer than two folds, a class that occurs in fewer groups than there are folds.
pub fn group_folds(
    totals: &GroupTotals,
    taken: impl Fn(usize) -> bool,
    n_folds: u8,
    seed: u32,
) -> Result<Vec<Option<u8>>, Error> {
    let groups = totals.groups();
    let of_training = || groups.iter().enumerate().filter(|(code, _)| taken(*code)).map(|(_, group)| group);
    let counts = class_counts(of_training());
    if n_folds < 2 {
        return Err(Error::Folds { n_folds, class_counts: counts });
    }
    for class in 0..2 {
        let n = of_training().filter(|group| group.counts[class] > 0).count();
        if n < usize::from(n_folds) {
            return Err(GroupFault::ClassInFewGroups { class, groups: n, needed: n_folds.into() }.into());
        }
    }
    let weights = counts.map(|n| 1.0 / (n as f64).powi(2));
    let mut folds = vec![None; groups.len()];
    let mut loads = vec![[0.0; 2]; usize::from(n_folds)];
    for code in in_order(groups, &taken, seed) {
        let size = groups[code as usize].counts.map(|n| n as f64);
        let brought = |load: &[f64; 2]| load[0] * size[0] * weights[0] + load[1] * size[1] * weights[1];
        let least = (0_u8..).zip(&loads).min_by(|(_, a), (_, b)| brought(a).total_cmp(&brought(b)));
        let (fold, _) = least.expect("there are two folds at least");
        folds[code as usize] = Some(fold);
        let load = &mut loads[usize::from(fold)];
        *load = [load[0] + size[0], load[1] + size[1]];
    }
    Ok(folds)
}

/// The codes of the groups that are taken, large ones first, of these mixed ones first, and alike ones in the order of the seed:
/// small groups of one class make up for anything best, and so come last.
fn in_order(groups: &[Group], taken: impl Fn(usize) -> bool, seed: u32) -> Vec<u32> {
    let all = (0_u32..).zip(groups).filter(|(code, _)| taken(*code as usize));
    let smaller = |group: &Group| group.counts[0].min(group.counts[1]);
    let mut order: Vec<([u64; 3], u32)> = all
        .map(|(code, group)| ([u64::MAX - group.rows(), u64::MAX - smaller(group), mixed(group.key, seed)], code))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, code)| code).collect()
}

/// A number that depends on a key and a seed alone.
fn mixed(key: u64, seed: u32) -> u64 {
    mixed_word(mixed_word(key ^ u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15)) ^ u64::from(seed))
}

fn class_counts<'g>(groups: impl IntoIterator<Item = &'g Group>) -> [u64; 2] {
    groups.into_iter().fold([0, 0], |[n0, n1], group| [n0 + group.counts[0], n1 + group.counts[1]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::groups::group_key;
    use proptest::prelude::*;

    fn totals(counts: &[[u64; 2]]) -> GroupTotals {
        let group = |(name, counts): (usize, &[u64; 2])| Group { key: group_key(&name.to_string()), counts: *counts };
        GroupTotals::new(counts.iter().enumerate().map(group).collect())
    }

    /// Observations of both classes on the sides: training, test.
    fn sides(totals: &GroupTotals, is_test: &Bits) -> [[u64; 2]; 2] {
        let mut sides = [[0; 2]; 2];
        for (code, group) in totals.groups().iter().enumerate() {
            let side = &mut sides[usize::from(is_test.get(code))];
            *side = [side[0] + group.counts[0], side[1] + group.counts[1]];
        }
        sides
    }

    #[test]
    fn groups_of_one_class_are_divided_to_the_group() {
        let counts: Vec<[u64; 2]> = (0..400).map(|user| if user % 2 == 0 { [8, 0] } else { [0, 8] }).collect();
        let totals = totals(&counts);
        for seed in 0..200 {
            let is_test = group_split(&totals, 0.2, seed).expect("a split");
            assert_eq!(sides(&totals, &is_test), [[1280, 1280], [320, 320]]);
        }
        assert_ne!(group_split(&totals, 0.2, 1).expect("a split"), group_split(&totals, 0.2, 2).expect("a split"));
    }

    /// Figures of the test rows are those of users only where the test users are as any.
    #[test]
    fn groups_are_test_groups_as_often_whatever_their_labels() {
        let counts: Vec<[u64; 2]> = (0..180).map(|user| [user % 9, 8 - user % 9]).collect();
        let totals = totals(&counts);
        let mut taken = [0_u32; 9];
        let n_seeds = 2000;
        for seed in 0..n_seeds {
            let is_test = group_split(&totals, 0.2, seed).expect("a split");
            let [_, test] = sides(&totals, &is_test);
            assert!(test.iter().all(|n| n.abs_diff(144) <= 8), "{test:?} of 720 each, in groups of 8");
            for (_, group) in totals.groups().iter().enumerate().filter(|(code, _)| is_test.get(*code)) {
                taken[usize::try_from(group.counts[1]).expect("small")] += 1;
            }
        }
        // Four standard errors of independent draws.
        let expected = 0.2 * 20.0 * f64::from(n_seeds);
        assert!(taken.iter().all(|n| (f64::from(*n) - expected).abs() < 4.0 * (0.8 * expected).sqrt()), "{taken:?}");
    }

    /// A few users with many rows among many with one: all of them may be test users.
    #[test]
    fn large_groups_are_test_groups_as_often_as_small_ones() {
        let mut counts = vec![[12, 8]; 20];
        counts.extend((0..400).map(|user| if user % 5 < 3 { [1, 0] } else { [0, 1] }));
        let totals = totals(&counts);
        let (mut large, mut small) = (0, 0);
        let n_seeds = 1000;
        for seed in 0..n_seeds {
            let is_test = group_split(&totals, 0.25, seed).expect("a split");
            for (_, group) in totals.groups().iter().enumerate().filter(|(code, _)| is_test.get(*code)) {
                *(if group.rows() > 1 { &mut large } else { &mut small }) += 1;
            }
        }
        let [large, small] = [f64::from(large) / 20.0, f64::from(small) / 400.0].map(|n| n / f64::from(n_seeds));
        assert!((large - 0.25).abs() < 0.02 && (small - 0.25).abs() < 0.02, "{large} {small}");
    }

    #[test]
    fn a_group_that_is_larger_than_the_test_subset_is_a_training_group() {
        let mut counts = vec![[400, 300]];
        counts.extend((0..100).map(|user| [user % 3, 3 - user % 3]));
        let totals = totals(&counts);
        let largest = totals.groups().iter().position(|group| group.rows() == 700).expect("the large one");
        for seed in 0..50 {
            let is_test = group_split(&totals, 0.2, seed).expect("a split");
            assert!(!is_test.get(largest));
            let [_, [n0, n1]] = sides(&totals, &is_test);
            assert!((190..=210).contains(&(n0 + n1)), "{n0} + {n1} of 1000 rows");
        }
    }

    #[test]
    fn what_whole_groups_cannot_do_is_refused() {
        let message = |counts: &[[u64; 2]]| group_split(&totals(counts), 0.2, 1).expect_err("refused").to_string();
        assert_eq!(
            message(&[[3, 1], [3, 0], [3, 0]]),
            "class 1 occurs in 1 group, and whole groups are divided so that both classes are on every side: that takes 2"
        );
        assert!(message(&[]).starts_with("class 0 occurs in 0 groups"));
        assert!(group_split(&totals(&[[1, 1], [1, 1]]), 1.0, 1).is_err());
        assert!(group_folds(&totals(&[[1, 1], [1, 1]]), |_| true, 3, 1).is_err());
    }

    proptest! {
        /// As scikit-learn's `StratifiedGroupKFold`: a group is in one fold, and folds are even as far as groups allow.
        #[test]
        fn sides_have_both_classes_and_their_shares(
            counts in prop::collection::vec((0..9_u64, 0..9_u64), 12..200), size in 0.1..0.5, seed: u32
        ) {
            let counts: Vec<[u64; 2]> = counts.into_iter().map(|(n0, n1)| [n0, n1.max(u64::from(n0 == 0))]).collect();
            let totals = totals(&counts);
            let of_class = |class: usize| counts.iter().filter(|group| group[class] > 0).count();
            prop_assume!(of_class(0) > 4 && of_class(1) > 4);
            let is_test = group_split(&totals, size, seed).expect("a split");
            prop_assert_eq!(is_test.len(), totals.groups().len());
            let [train, test] = sides(&totals, &is_test);
            prop_assert!(train.iter().chain(&test).all(|n| *n > 0));
            for class in [0, 1] {
                let all = (train[class] + test[class]) as f64;
                // Two of the largest groups.
                prop_assert!((test[class] as f64 - size * all).abs() <= 17.0, "{} of {all} at {size}", test[class]);
            }
            // Groups in another order are the same groups.
            let mut turned = totals.groups().to_vec();
            turned.reverse();
            prop_assert_eq!(group_split(&GroupTotals::new(turned), size, seed).expect("a split"), is_test.clone());

            let folds = group_folds(&totals, |code| !is_test.get(code), 3, seed);
            let Ok(folds) = folds else { return Ok(()) };
            let mut loads = [[0_u64; 2]; 3];
            for (code, group) in totals.groups().iter().enumerate() {
                prop_assert_eq!(folds[code].is_none(), is_test.get(code));
                if let Some(fold) = folds[code] {
                    let load = &mut loads[usize::from(fold)];
                    *load = [load[0] + group.counts[0], load[1] + group.counts[1]];
                }
            }
            for class in [0, 1] {
                let of_folds = loads.map(|load| load[class]);
                let (low, high) = (of_folds.iter().min().expect("three"), of_folds.iter().max().expect("three"));
                prop_assert!(high - low <= 17, "{loads:?}");
            }
        }
    }
}
