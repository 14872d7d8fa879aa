//! Whether a space of features is one: its columns, and the terms beyond those of the columns.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::columns::{CategoricalColumn, NumericColumn};
use crate::error::{Error, Inconsistency, TermFault};
use crate::space::FeatureSpace;
use crate::terms::Term;

impl FeatureSpace {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.inconsistency().map_or(Ok(()), |found| Err(Error::Inconsistent(found)))
    }

    fn inconsistency(&self) -> Option<Inconsistency> {
        if let Some(column) = self.categorical.iter().find(|column| !are_levels(column)) {
            return Some(Inconsistency::Levels(column.name.clone()));
        }
        if let Some(column) = self.numeric.iter().find(|column| !are_numbers(column)) {
            return Some(Inconsistency::Range(column.name.clone()));
        }
        if let Some(column) = self.numeric.iter().find(|column| is_upside_down(column)) {
            return Some(Inconsistency::UpsideDown(column.name.clone()));
        }
        if self.target.negative == self.target.positive {
            return Some(Inconsistency::OneLabel(self.target.positive.clone()));
        }
        if let Some(name) = doubled(self.column_names().map(ToString::to_string).collect()) {
            return Some(Inconsistency::DuplicateColumn(name));
        }
        let faults = self.additional.iter().map(|term| fault(self, term));
        if let Some((place, fault)) = faults.enumerate().find_map(|(place, fault)| Some((place, fault?))) {
            return Some(Inconsistency::Term { place, fault });
        }
        // Two features of one name may be a column and a level, and are told apart; the same term twice is one too many.
        let mut features = self.features_by_plain_names();
        features.sort_by(|a, b| a.name.cmp(&b.name));
        let doubled = features.chunk_by(|a, b| a.name == b.name).find_map(|namesakes| {
            let mut rest = namesakes;
            while let [first, others @ ..] = rest {
                if others.iter().any(|other| other.term == first.term) {
                    return Some(first.name.clone());
                }
                rest = others;
            }
            None
        });
        doubled.map(Inconsistency::DuplicateFeature)
    }
}

fn are_levels(column: &CategoricalColumn) -> bool {
    let are_sorted = column.levels.windows(2).all(|pair| pair[0] < pair[1]);
    let n_levels = u32::try_from(column.levels.len()).unwrap_or(0);
    let is_known = |code: u32| code < n_levels;
    let is_one = |code: Option<u32>| code.is_none_or(is_known);
    let stand_apart = column.missing.is_none() || column.missing != column.rare;
    are_sorted && is_known(column.reference) && is_one(column.missing) && is_one(column.rare) && stand_apart
}

fn are_numbers(column: &NumericColumn) -> bool {
    let (low, high) = column.training_range;
    let bounds = [Some(low), Some(high), Some(column.centre), column.min, column.max, column.fill_value];
    let mut all = bounds.into_iter().flatten().chain(column.cuts.iter().copied());
    all.all(f64::is_finite) && are_ascending(&column.cuts)
}

/// Whether the smallest number is above the largest one, of the training rows or of those that are allowed.
fn is_upside_down(column: &NumericColumn) -> bool {
    let (low, high) = column.training_range;
    low > high || column.min.zip(column.max).is_some_and(|(min, max)| min > max)
}

fn are_ascending(numbers: &[f64]) -> bool {
    numbers.windows(2).all(|pair| pair[0] < pair[1])
}

fn doubled(mut names: Vec<String>) -> Option<String> {
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

/// What is wrong with an additional term.
fn fault(space: &FeatureSpace, term: &Term) -> Option<TermFault> {
    let numeric = |column: usize| space.numeric.get(column).ok_or(TermFault::NoSuchColumn);
    let found = match term {
        Term::Slope { column, centre } => {
            numeric(*column).and_then(|_| expect(centre.is_finite(), TermFault::NotFinite))
        }
        Term::Cut { column, low, high } => numeric(*column).and_then(|_| {
            let ends: Vec<f64> = [*low, *high].into_iter().flatten().collect();
            expect(ends.iter().all(|end| end.is_finite()), TermFault::NotFinite)?;
            expect(!ends.is_empty() && are_ascending(&ends), TermFault::EmptyInterval)
        }),
        Term::Level { column, code } => {
            let place = column.checked_sub(space.numeric.len());
            let of_levels = place.and_then(|place| space.categorical.get(place)).ok_or(TermFault::NoSuchColumn);
            of_levels.and_then(|of_levels| expect((*code as usize) < of_levels.levels.len(), TermFault::NoSuchLevel))
        }
        Term::Missing { column } => {
            numeric(*column).and_then(|column| expect(column.fill_value.is_some(), TermFault::NeverMissing))
        }
        Term::Basis { column, knots, pieces } => numeric(*column).and_then(|_| {
            let are_finite = knots.iter().chain(pieces.iter().flatten()).all(|number| number.is_finite());
            expect(are_finite, TermFault::NotFinite)?;
            expect(!knots.is_empty() && are_ascending(knots), TermFault::Knots)?;
            expect(pieces.len() == knots.len() + 1, TermFault::Pieces)
        }),
        Term::Product { factors } => return fault_of_product(space, factors),
    };
    found.err()
}

fn fault_of_product(space: &FeatureSpace, factors: &[Term]) -> Option<TermFault> {
    if factors.len() < 2 {
        return Some(TermFault::FewFactors);
    }
    if factors.iter().any(|factor| matches!(factor, Term::Product { .. })) {
        return Some(TermFault::NestedProduct);
    }
    factors.iter().find_map(|factor| fault(space, factor))
}

fn expect(is_so: bool, fault: TermFault) -> Result<(), TermFault> {
    if is_so { Ok(()) } else { Err(fault) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Target;
    use alloc::vec;

    fn space() -> FeatureSpace {
        let wait = NumericColumn { fill_value: Some(4.5), ..NumericColumn::new("wait", 0.0, 9.0) };
        let device = CategoricalColumn::new("device", vec!["a".into(), "b".into(), "c".into()]);
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        FeatureSpace::new(target, vec![], vec![NumericColumn::new("errors", 0.0, 4.0), wait], vec![device])
    }

    fn check(change: impl FnOnce(&mut FeatureSpace)) -> Option<Inconsistency> {
        let mut space = space();
        change(&mut space);
        space.inconsistency()
    }

    #[test]
    fn columns_have_sorted_levels_finite_numbers_and_names_of_their_own() {
        assert_eq!(check(|_| ()), None);
        assert_eq!(check(|s| s.categorical[0].levels.swap(0, 1)), Some(Inconsistency::Levels("device".into())));
        assert_eq!(check(|s| s.categorical[0].reference = 3), Some(Inconsistency::Levels("device".into())));
        assert_eq!(check(|s| s.categorical[0].rare = Some(3)), Some(Inconsistency::Levels("device".into())));
        let both = |s: &mut FeatureSpace| (s.categorical[0].missing, s.categorical[0].rare) = (Some(1), Some(1));
        assert_eq!(check(both), Some(Inconsistency::Levels("device".into())));
        let name = "wait".to_string();
        assert_eq!(check(|s| s.categorical[0].name.clone_from(&name)), Some(Inconsistency::DuplicateColumn(name)));
        for cuts in [vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN], vec![0.0, f64::INFINITY]] {
            assert_eq!(check(|s| s.numeric[0].cuts = cuts), Some(Inconsistency::Range("errors".into())));
        }
        for number in [f64::NAN, f64::INFINITY] {
            assert_eq!(check(|s| s.numeric[0].fill_value = Some(number)), Some(Inconsistency::Range("errors".into())));
            assert_eq!(check(|s| s.numeric[0].training_range.0 = number), Some(Inconsistency::Range("errors".into())));
        }
        let upside_down = Some(Inconsistency::UpsideDown("errors".into()));
        assert_eq!(check(|s| s.numeric[0].training_range = (4.0, 0.0)), upside_down);
        assert_eq!(check(|s| (s.numeric[0].min, s.numeric[0].max) = (Some(1.0), Some(0.0))), upside_down);
        assert_eq!(check(|s| s.target.negative = "1".into()), Some(Inconsistency::OneLabel("1".into())));
        assert_eq!(check(|s| s.numeric[0].centre = f64::NAN), Some(Inconsistency::Range("errors".into())));
    }

    #[test]
    fn additional_terms_are_of_columns_that_there_are() {
        let slope = Term::Slope { column: 0, centre: 1.0 };
        let level = Term::Level { column: 2, code: 1 };
        let basis = |knots: &[f64], n_pieces| Term::Basis {
            column: 0,
            knots: knots.to_vec(),
            pieces: vec![[1.0, 0.0, 0.0, 0.0]; n_pieces],
        };
        let product = |factors: &[&Term]| Term::Product { factors: factors.iter().copied().cloned().collect() };
        let cut = |low, high| Term::Cut { column: 0, low, high };
        let pair = product(&[&slope, &level]);
        for (term, fault) in [
            (Term::Slope { column: 2, centre: 0.0 }, TermFault::NoSuchColumn),
            (Term::Slope { column: 0, centre: f64::NAN }, TermFault::NotFinite),
            (cut(None, None), TermFault::EmptyInterval),
            (cut(Some(2.0), Some(2.0)), TermFault::EmptyInterval),
            (cut(Some(f64::NEG_INFINITY), Some(2.0)), TermFault::NotFinite),
            (Term::Level { column: 1, code: 0 }, TermFault::NoSuchColumn),
            (Term::Level { column: 3, code: 0 }, TermFault::NoSuchColumn),
            (Term::Level { column: 2, code: 3 }, TermFault::NoSuchLevel),
            (Term::Missing { column: 0 }, TermFault::NeverMissing),
            (basis(&[], 1), TermFault::Knots),
            (basis(&[1.0, 1.0], 3), TermFault::Knots),
            (basis(&[1.0, f64::NAN], 3), TermFault::NotFinite),
            (basis(&[1.0, 2.0], 2), TermFault::Pieces),
            (product(&[]), TermFault::FewFactors),
            (product(&[&slope]), TermFault::FewFactors),
            (product(&[&slope, &pair]), TermFault::NestedProduct),
            (product(&[&slope, &Term::Missing { column: 0 }]), TermFault::NeverMissing),
        ] {
            let additional = vec![pair.clone(), term];
            assert_eq!(check(|s| s.additional = additional), Some(Inconsistency::Term { place: 1, fault }));
        }
        let sound = vec![pair.clone(), basis(&[1.0], 2), basis(&[1.0, 2.0], 3), cut(Some(1.0), None)];
        assert_eq!(check(|s| s.additional = sound), None);
        let twice = Some(Inconsistency::DuplicateFeature("errors:device_b".into()));
        assert_eq!(check(|s| s.additional = vec![pair.clone(), pair.clone()]), twice);
    }
}
