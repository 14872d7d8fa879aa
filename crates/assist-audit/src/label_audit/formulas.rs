//! The ways of joining conditions: all formulas of one to three that have each condition once.

use std::sync::LazyLock;

use super::rule::Shape;

/// How predicates, each of them or its negation, are joined: a formula that has each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Formula {
    pub(crate) table: u8,
    pub(crate) shape: Shape,
    /// Which predicates are negated, bit by bit.
    pub(crate) negated: u8,
}

/// All formulas of one to three predicates that have each once.
///
/// # Panics
///
/// With another number of predicates.
pub(crate) fn formulas(n: usize) -> &'static [Formula] {
    static ALL: LazyLock<[Vec<Formula>; 3]> = LazyLock::new(|| [1, 2, 3].map(made));
    &ALL[n - 1]
}

fn made(n: usize) -> Vec<Formula> {
    let outcomes = 0..1_u8 << n;
    let mut formulas = Vec::new();
    for negated in outcomes.clone() {
        let mut shapes = vec![Shape::All];
        if n > 1 {
            shapes.push(Shape::Any);
        }
        if n == 3 {
            shapes.extend((0..3).flat_map(|outer| [Shape::AndAny(outer), Shape::OrAll(outer)]));
        }
        for shape in shapes {
            let holds = |outcome: u8| {
                let of = |at: usize| (outcome ^ negated) >> at & 1 == 1;
                let others = |outer: u8| (0..3).filter(move |at| *at != usize::from(outer));
                match shape {
                    Shape::All => (0..n).all(of),
                    Shape::Any => (0..n).any(of),
                    Shape::AndAny(outer) => of(outer.into()) && others(outer).any(of),
                    Shape::OrAll(outer) => of(outer.into()) || others(outer).all(of),
                }
            };
            let table =
                outcomes.clone().filter(|outcome| holds(*outcome)).fold(0, |table, outcome| table | 1 << outcome);
            formulas.push(Formula { table, shape, negated });
        }
    }
    formulas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_four_eight_and_sixty_four_formulas() {
        for (n, count) in [(1, 2), (2, 8), (3, 64)] {
            let mut tables: Vec<u8> = formulas(n).iter().map(|formula| formula.table).collect();
            tables.sort_unstable();
            tables.dedup();
            assert_eq!(tables.len(), count, "all of them differ");
        }
    }
}
