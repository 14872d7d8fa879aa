//! A random share of users who are not to be helped, always the same ones: what help changes can be told only beside those who
//! had none.

use assist_learn::Arm;
use sha2::{Digest as _, Sha256};

/// A share of users who are not to be helped.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdout {
    share: f64,
    column: String,
}

impl Holdout {
    /// A share between 0 and 1 of the users whom a column names; nothing where it is no such share.
    pub fn new(share: f64, column: &str) -> Option<Self> {
        (share > 0.0 && share < 1.0).then(|| Self { share, column: column.to_owned() })
    }

    /// The column that names users.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The share.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// The arm of the user of this name. It follows from the name alone, so that a user stays in it, whichever service is asked;
    /// a larger share keeps the users of a smaller one.
    pub(crate) fn arm_of(&self, user: &str) -> Arm {
        let mut hash = Sha256::new();
        // Other experiments draw by other words.
        hash.update(b"assist holdout 1\0");
        hash.update(user.as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let (bits, _) = digest.split_first_chunk::<8>().expect("it has 32 bytes");
        // The upper 53 bits, as a number from 0 up to 1.
        let draw = (u64::from_be_bytes(*bits) >> 11) as f64 / (1_u64 << 53) as f64;
        if draw < self.share { Arm::HeldOut } else { Arm::Helped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_kept_and_contained_in_larger_ones() {
        let [tenth, fifth] = [0.1, 0.2].map(|share| Holdout::new(share, "user_id").expect("a share"));
        let held_out = |holdout: &Holdout| -> Vec<u32> {
            (0..100_000).filter(|user| holdout.arm_of(&user.to_string()) == Arm::HeldOut).collect()
        };
        let (few, more) = (held_out(&tenth), held_out(&fifth));
        // Six standard errors.
        assert!((few.len() as f64 - 10_000.0).abs() < 6.0 * 95.0, "{}", few.len());
        assert!((more.len() as f64 - 20_000.0).abs() < 6.0 * 127.0, "{}", more.len());
        assert!(few.iter().all(|user| more.contains(user)));
    }

    /// A user stays in the arm with every version of the program. The draws are those of Python's `hashlib`: the upper 53 bits of
    /// the first eight bytes of `sha256(b"assist holdout 1\0" + user)`.
    #[test]
    fn draws_are_those_of_another_program() {
        for (user, draw) in
            [("u1", 0.389_331_635_368_715_84), ("17", 0.529_781_829_020_139_9), ("ü", 0.251_136_324_765_781_85)]
        {
            let arm = |share: f64| Holdout::new(share, "id").expect("a share").arm_of(user);
            assert_eq!((arm(draw), arm(draw.next_up())), (Arm::Helped, Arm::HeldOut), "{user}");
        }
    }

    #[test]
    fn what_is_no_share_is_none() {
        assert!([0.0, 1.0, -0.1, f64::NAN, f64::INFINITY].into_iter().all(|share| Holdout::new(share, "id").is_none()));
    }
}
