//! Merging identical rows while that pays.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hasher};

use crate::column::{Codes, NumericValues};
use crate::segment::{Count, Counts, NumericDesign, Segment, are_narrow};
use crate::weights::{RowWeights, Weights};

/// After how many rows it is decided whether merging goes on.
const TRIAL_ROWS: usize = 1 << 16;
/// Merging goes on if at least one row in this many was seen before.
const WORTHWHILE: usize = 10;

/// The rows of some segments, identical ones once, in the order of their first occurrence; `None` where rows hardly repeat.
pub(crate) fn merged(segments: &[Segment]) -> Option<Segment> {
    let observations = segments.iter().flat_map(|segment| segment.counts.totals()).sum();
    if are_narrow(observations) { merged_as::<u32>(segments) } else { merged_as::<u64>(segments) }
}

fn merged_as<N: Count>(segments: &[Segment]) -> Option<Segment> {
    let hasher = DefaultHashBuilder::default();
    let mut index: HashTable<(u32, u32)> = HashTable::new();
    let mut firsts: Vec<(usize, u32)> = Vec::new();
    let mut counts: Vec<[N; 2]> = Vec::new();
    let mut weights: Option<Vec<RowWeights>> = segments.iter().any(|s| s.weights.is_some()).then(Vec::new);
    let mut n_rows = 0_usize;
    for (number, segment) in segments.iter().enumerate() {
        for row in 0..segment.n_rows() {
            if n_rows == TRIAL_ROWS && (TRIAL_ROWS - firsts.len()) * WORTHWHILE < TRIAL_ROWS {
                return None;
            }
            n_rows += 1;
            let [n0, n1] = segment.counts.get(row);
            let hash = hash_of(segment, row, &hasher);
            // Half of the hash tells nearly all rows apart without a look at them.
            let half = (hash >> 32) as u32;
            let found = index.find(hash, |(known, at)| {
                let (of_segment, first) = firsts[*at as usize];
                *known == half && are_equal(segment, row, &segments[of_segment], first as usize)
            });
            let at = if let Some((_, at)) = found {
                *at as usize
            } else {
                let next = u32::try_from(firsts.len()).expect("rows were counted with 32 bits");
                // The table asks for hashes again when it grows, and half of one is enough to spread entries.
                index.insert_unique(hash, (half, next), |(_, at)| {
                    let (of_segment, first) = firsts[*at as usize];
                    hash_of(&segments[of_segment], first as usize, &hasher)
                });
                firsts.push((number, u32::try_from(row).expect("rows were counted with 32 bits")));
                counts.push([N::default(); 2]);
                weights.iter_mut().for_each(|weights| weights.push(RowWeights::default()));
                firsts.len() - 1
            };
            if let Some(weights) = &mut weights {
                weights[at].add(segment.row_weights(row));
            }
            let [of_0, of_1] = &mut counts[at];
            *of_0 += N::of(n0);
            *of_1 += N::of(n1);
        }
    }
    Some(gathered(segments, &firsts, N::counts(counts), weights.map(Weights::Sums)))
}

fn hash_of(segment: &Segment, row: usize, hasher: &DefaultHashBuilder) -> u64 {
    let mut state = hasher.build_hasher();
    for column in &segment.numeric {
        state.write_u64(column.values.get(row).to_bits());
        if let Some(missing) = &column.missing {
            state.write_u8(missing[row]);
        }
    }
    for codes in &segment.groups {
        state.write_u32(codes.get(row));
    }
    // What weighs nothing stays apart, so that it can be told from what does.
    if segment.is_weightless(row) {
        state.write_u8(1);
    }
    state.finish()
}

fn are_equal(a: &Segment, row_a: usize, b: &Segment, row_b: usize) -> bool {
    let same_number = |(a, b): (&NumericDesign, &NumericDesign)| {
        a.values.get(row_a).to_bits() == b.values.get(row_b).to_bits()
            && a.missing.as_ref().map(|all| all[row_a]) == b.missing.as_ref().map(|all| all[row_b])
    };
    let same_code = |(a, b): (&Codes, &Codes)| a.get(row_a) == b.get(row_b);
    a.numeric.iter().zip(&b.numeric).all(same_number)
        && a.groups.iter().zip(&b.groups).all(same_code)
        && a.is_weightless(row_a) == b.is_weightless(row_b)
}

/// The rows at some places, as one segment.
fn gathered(segments: &[Segment], places: &[(usize, u32)], counts: Counts, weights: Option<Weights>) -> Segment {
    let Some(first) = segments.first() else {
        return Segment { numeric: Vec::new(), groups: Vec::new(), counts, clusters: None, weights };
    };
    let numeric = (0..first.numeric.len()).map(|column| {
        let mut values = NumericValues::default();
        places.iter().for_each(|(s, row)| values.push(segments[*s].numeric[column].values.get(*row as usize)));
        let missing = first.numeric[column].missing.as_ref().map(|_| {
            let at = |(s, row): &(usize, u32)| {
                segments[*s].numeric[column].missing.as_ref().map_or(0, |missing| missing[*row as usize])
            };
            places.iter().map(at).collect()
        });
        NumericDesign { values, missing }
    });
    let groups = (0..first.groups.len()).map(|group| {
        let mut codes = Codes::default();
        places.iter().for_each(|(s, row)| codes.push(segments[*s].groups[group].get(*row as usize)));
        codes
    });
    Segment { numeric: numeric.collect(), groups: groups.collect(), counts, clusters: None, weights }
}
