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
    let sizes = fold_sizes(class_counts, first_class, n_folds)?;
    let mut generator = Mt::new(seed);
    let mut folds = [Vec::new(), Vec::new()];
    for class in [first_class, 1 - first_class] {
        let of_class = &mut folds[class];
        for (fold, sizes) in (0..n_folds).zip(&sizes) {
            of_class.extend(std::iter::repeat_n(fold, index(sizes[class])));
        }
        shuffle(of_class, &mut generator);
    }
    Ok(folds)
}

/// How many rows of each class each fold has: every n-th row of the rows sorted by class goes to a fold, classes in the order
/// of their first rows.
///
/// # Errors
///
/// Fewer than two folds, or a class with fewer rows than folds.
pub(crate) fn fold_sizes(class_counts: [u64; 2], first_class: usize, n_folds: u8) -> Result<Vec<[u64; 2]>, Error> {
    let n = u64::from(n_folds);
    if n_folds < 2 || class_counts[0].min(class_counts[1]) < n {
        return Err(Error::Folds { n_folds, class_counts });
    }
    // Of the first so many rows those whose number leaves the remainder `fold`.
    let up_to = |rows: u64, fold: u64| (rows + n - 1 - fold) / n;
    let of_fold = |fold: u64| {
        let mut sizes = [0, 0];
        let mut before = 0;
        for class in [first_class, 1 - first_class] {
            let end = before + class_counts[class];
            sizes[class] = up_to(end, fold) - up_to(before, fold);
            before = end;
        }
        sizes
    };
    Ok((0..n).map(of_fold).collect())
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
        assert_eq!(fold_sizes([5, 8], 1, 3).expect("enough rows"), [[2, 3], [1, 3], [2, 2]]);
        assert!(stratified_folds([2, 8], 0, 3, 7).is_err() && stratified_folds([5, 8], 0, 1, 7).is_err());
    }
}
