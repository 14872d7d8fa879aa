//! The folds of a cross-validation.

use rand_mt::Mt;

use crate::error::Error;
use crate::split::draws::{index, shuffle};

/// The folds of scikit-learn's `StratifiedKFold(n_folds, shuffle=True, random_state=seed)`: for each class the fold of each
/// of its rows, in their order. `first_class` is the class of the first row.
///
/// # Errors
///
/// Fewer than two folds, or a class with fewer rows than folds.
pub fn stratified_folds(
    class_counts: [u64; 2],
    first_class: usize,
    n_folds: u8,
    seed: u32,
) -> Result<[Vec<u8>; 2], Error> {
    let fewest = class_counts[0].min(class_counts[1]);
    if n_folds < 2 || fewest < u64::from(n_folds) {
        return Err(Error::Folds { n_folds, class_counts });
    }
    let mut generator = Mt::new(seed);
    let mut folds = [Vec::new(), Vec::new()];
    // Every n-th row of the rows sorted by class goes to a fold, classes in the order of their first rows.
    let mut before = 0;
    for class in [first_class, 1 - first_class] {
        let n = index(class_counts[class]);
        let of_class = &mut folds[class];
        for fold in 0..usize::from(n_folds) {
            let rows = (before..before + n).filter(|row| row % usize::from(n_folds) == fold).count();
            of_class.extend(std::iter::repeat_n(u8::try_from(fold).unwrap_or(u8::MAX), rows));
        }
        shuffle(of_class, &mut generator);
        before += n;
    }
    Ok(folds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `StratifiedKFold(3, shuffle=True, random_state=7).split(y, y)` of scikit-learn 1.9.1 for the classes
    /// 1 0 1 1 0 0 1 1 0 1 1 0 1: the folds of the rows of class 0, then of class 1.
    #[test]
    fn folds_are_those_of_scikit_learn() {
        let folds = stratified_folds([5, 8], 1, 3, 7).expect("enough rows");
        assert_eq!(folds, [vec![2, 2, 1, 0, 0], vec![0, 1, 0, 2, 1, 0, 1, 2]]);
        assert!(stratified_folds([2, 8], 0, 3, 7).is_err() && stratified_folds([5, 8], 0, 1, 7).is_err());
    }
}
