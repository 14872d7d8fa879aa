//! What help has changed: users at risk who were helped beside those of a random share who deliberately were not.

use assist_metrics::{ShareDifference, observations_needed};
use serde::{Deserialize, Serialize};

/// Users who were predicted to need assistance, by what was done, with how many of them turned out to need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HelpEffect {
    /// Of users who were helped: those with outcome 1, and all whose outcome is known.
    pub helped: [u64; 2],
    /// Of users who were held out: the same.
    pub held_out: [u64; 2],
    /// The share with outcome 1 of those helped less that of those held out, with Newcombe's interval; absent where a group has
    /// no user whose outcome is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<ShareDifference>,
    /// How many more users it takes, helped and held out, to find the observed difference in four of five cases; absent where it
    /// is clear already, or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_users: Option<[u64; 2]>,
}

impl HelpEffect {
    pub(super) fn new(helped: [u64; 2], held_out: [u64; 2]) -> Self {
        let difference = ShareDifference::of_counts(helped, held_out);
        let share = |[hits, of]: [u64; 2]| hits as f64 / of as f64;
        let more_users = difference.filter(|difference| !difference.is_clear()).and_then(|_| {
            let ratio = held_out[1] as f64 / helped[1] as f64;
            let [of_helped, of_held_out] = observations_needed(share(helped), share(held_out), ratio)?;
            Some([of_helped.saturating_sub(helped[1]), of_held_out.saturating_sub(held_out[1])])
        });
        Self { helped, held_out, difference, more_users }
    }

    /// How many more users, of either kind.
    pub(super) fn more(&self) -> Option<u64> {
        self.more_users.map(|[helped, held_out]| helped.saturating_add(held_out)).filter(|more| *more > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_users_are_asked_for_where_the_difference_is_not_clear() {
        let clear = HelpEffect::new([48, 80], [56, 70]);
        let difference = clear.difference.expect("users").interval;
        assert!(difference[0] < -0.33 && difference[1] < -0.05 && clear.more_users.is_none());
        let unclear = HelpEffect::new([24, 40], [28, 40]);
        assert_eq!(unclear.more_users, Some([316, 316]), "356 of either for 60 % and 70 %");
        assert_eq!(unclear.more(), Some(632));
        assert_eq!([HelpEffect::new([5, 10], [5, 10]).more(), HelpEffect::new([5, 10], [0, 0]).more()], [None, None]);
    }
}
