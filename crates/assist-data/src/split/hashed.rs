//! A split that any engine can make without knowing the other rows: a key is on the side that its hash says.
//!
//! The hash is MD5 of the text `assist split SEED:KEY`, because every warehouse has it, and what is compared is its text in
//! lower-case hexadecimal digits: so a query needs no arithmetic on bits. Nothing here is secret.

use md5::{Digest, Md5};

use crate::split::groups::NO_GROUP;

const TEST_SIDE: u64 = 1;
#[cfg(feature = "tables")]
const TRAINING_SIDE: u64 = 2;

/// What comes before a key when it is hashed, so that splits of two seeds have nothing to do with each other.
pub fn split_salt(seed: u32) -> String {
    format!("assist split {seed}:")
}

/// The first half of the hash of a key, which says on which side of the split it is. Never [`NO_GROUP`].
///
/// ```
/// use assist_data::{is_test_key, split_key};
///
/// // As `md5('assist split 42:17')` begins, anywhere.
/// assert_eq!(format!("{:016x}", split_key("17", 42)), "5e451f37d6fc5cc5");
/// assert!(!is_test_key(split_key("17", 42), 0.2));
/// ```
pub fn split_key(key: &str, seed: u32) -> u64 {
    let digest = Md5::new().chain_update(split_salt(seed)).chain_update(key).finalize();
    let (first, _) = digest.split_at(8);
    first.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)).max(NO_GROUP + 1)
}

/// Where hashes of training rows begin: those below, about a share `test_size` of all, are test rows. As 16 hexadecimal digits it is
/// what a query compares the digits of the whole hash with.
pub fn split_threshold(test_size: f64) -> u64 {
    const ALL: f64 = 18_446_744_073_709_551_616.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^64")]
    let threshold = (test_size * ALL) as u64;
    threshold
}

/// Whether rows of a key are test rows. Those without one, [`NO_GROUP`], are training rows.
pub fn is_test_key(key: u64, test_size: f64) -> bool {
    key != NO_GROUP && key < split_threshold(test_size)
}

/// The key of a side that a column names.
#[cfg(feature = "tables")]
pub(crate) fn side_key(side: &str) -> Option<u64> {
    match side {
        _ if side.eq_ignore_ascii_case("test") => Some(TEST_SIDE),
        _ if side.eq_ignore_ascii_case("train") => Some(TRAINING_SIDE),
        _ => None,
    }
}

/// Whether a key of a side is that of the test rows.
pub fn is_test_side(key: u64) -> bool {
    key == TEST_SIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_share_that_is_asked_for_is_test_keys_and_a_larger_one_takes_them_all() {
        let keys: Vec<u64> = (0..20_000).map(|key| split_key(&key.to_string(), 7)).collect();
        let test = |share: f64| keys.iter().filter(|key| is_test_key(**key, share)).count() as f64 / keys.len() as f64;
        // Five standard errors.
        assert!((test(0.2) - 0.2).abs() < 5.0 * (0.16_f64 / 20_000.0).sqrt(), "{}", test(0.2));
        assert!(keys.iter().all(|key| !is_test_key(*key, 0.2) || is_test_key(*key, 0.3)));
        assert!(!is_test_key(NO_GROUP, 0.999));
    }

    #[test]
    fn seeds_divide_independently() {
        let both =
            (0..20_000).filter(|key| [1, 2].iter().all(|seed| is_test_key(split_key(&key.to_string(), *seed), 0.5)));
        let share = both.count() as f64 / 20_000.0;
        assert!((share - 0.25).abs() < 5.0 * (0.1875_f64 / 20_000.0).sqrt(), "{share}");
    }

    #[test]
    fn digits_of_the_threshold_compare_as_numbers_do() {
        for share in [1e-9, 0.1, 0.2, 1.0 / 3.0, 0.999_999] {
            let digits = format!("{:016x}", split_threshold(share));
            for key in (0..2_000).map(|key| key.to_string()) {
                let digest = Md5::new().chain_update(split_salt(3)).chain_update(&key).finalize();
                let hash = format!("{:032x}", u128::from_be_bytes(digest.into()));
                assert_eq!(hash < digits, is_test_key(split_key(&key, 3), share), "{key}");
            }
        }
    }
}
