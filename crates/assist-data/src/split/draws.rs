//! The draws of NumPy's legacy random state: shuffles by masked rejection, whole or only as far as they are needed.

use rand_mt::Mt;

/// Draws that are made before the swaps they stand for, so that the swaps need not wait for each other.
pub(crate) const DRAWS: usize = 256;

/// NumPy's legacy `RandomState.shuffle`: Fisher-Yates from the end, each index by masked rejection.
pub(crate) fn shuffle<T>(items: &mut [T], generator: &mut Mt) {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last).expect("rows were checked to fit 32 bits");
        items.swap(last, draw_up_to(bound, generator));
    }
}

fn draw_up_to(bound: u32, generator: &mut Mt) -> usize {
    let mask = u32::MAX >> bound.leading_zeros();
    loop {
        let draw = generator.next_u32() & mask;
        if draw <= bound {
            return draw as usize;
        }
    }
}

/// The draws of a shuffle of `n` items for its last places, from the end.
pub(crate) fn draw_down(n: usize, targets: &mut [u32], generator: &mut Mt) {
    let mut done = 0;
    while done < targets.len() {
        let bound = u32::try_from(n - 1 - done).expect("rows were checked to fit 32 bits");
        let draw = generator.next_u32() & (u32::MAX >> bound.leading_zeros());
        // A draw above the bound is overwritten by the next: without a branch that would be wrong every fourth time.
        targets[done] = draw;
        done += usize::from(draw <= bound);
    }
}

/// Passes over the draws of a shuffle of `n` items.
pub(crate) fn skip_draws(n: usize, generator: &mut Mt) {
    let mut bound = u32::try_from(n).expect("rows were checked to fit 32 bits").saturating_sub(1);
    while bound > 0 {
        let mask = u32::MAX >> bound.leading_zeros();
        while bound > mask >> 1 {
            bound -= u32::from(generator.next_u32() & mask <= bound);
        }
    }
}

/// A count of rows as an index.
pub(crate) fn index(count: u64) -> usize {
    usize::try_from(count).expect("rows were checked to fit 32 bits")
}
