//! The query of the sums of one step, in ordinary SQL, and what they add up to.
//!
//! Rows with the same levels have the same dummies, so the sums are taken for each combination of levels (a cell), as long as
//! there are few, and spread over the levels here: then there are as many sums as numbers ask for, however many levels there are.

use assist_learn::Term;
use assist_learn::arrow::array::RecordBatch;
use assist_model::RowSums;
use ndarray::Array2;

use super::engine::Engine;
use super::first_look::{DIALECT, numbers, texts, whole_numbers};
use super::sums_rows::SumsRows;
use crate::error::Error;
use crate::fault::EngineFault;

/// Cells up to which sums are taken for each.
const MOST_CELLS: usize = 20_000;
/// Sums of one query: planning takes a time that grows with their square.
const SUMS_AT_ONCE: usize = 400;
/// Features within cells up to which there are sums for each two of them.
const MOST_FEATURES: usize = 150;

/// How the sums over some rows are asked for.
pub(super) struct SumsPlan<'r> {
    rows: &'r SumsRows,
    /// Categorical columns whose levels make cells.
    cells: Vec<usize>,
    /// Coordinates whose sums are taken within cells: numbers, and levels of the other columns.
    within: Vec<usize>,
    /// For each coordinate what it is.
    terms: Vec<Term>,
}

/// A point: coordinates as expressions.
struct Point<'p> {
    weights: [f64; 2],
    at: &'p [f64],
}

/// A query of a step, and which pairs of the features within cells it has sums of.
struct StepQuery {
    sql: String,
    pairs: Vec<(usize, usize)>,
}

impl<'r> SumsPlan<'r> {
    /// The columns with fewest levels make cells.
    pub(super) fn new(rows: &'r SumsRows) -> Result<Self, Error> {
        let terms = rows.space.terms();
        let mut by_levels: Vec<usize> = (0..rows.texts.len()).collect();
        by_levels.sort_by_key(|column| rows.texts[*column].len());
        let (mut cells, mut product) = (Vec::new(), 1_usize);
        for column in by_levels {
            // Texts that are written in several ways make cells of their own.
            let texts: usize = rows.texts[column].iter().map(Vec::len).sum();
            product = product.saturating_mul(texts.max(1));
            if product <= MOST_CELLS {
                cells.push(column);
            }
        }
        let is_within = |term: &Term| match term {
            Term::Level { column, .. } => !cells.contains(&(column - rows.n_numeric())),
            _ => true,
        };
        let within: Vec<usize> = (0..terms.len()).filter(|place| is_within(&terms[*place])).collect();
        if within.len() > MOST_FEATURES {
            return Err(EngineFault::TooManySums { features: within.len() as u64, most: MOST_FEATURES as u64 }.into());
        }
        Ok(Self { rows, cells, within, terms })
    }

    /// The queries of a step: sums of pairs are shared out among as many as are needed.
    fn queries(&self, point: &Point<'_>) -> Result<Vec<StepQuery>, Error> {
        let m = self.within.len();
        let pairs: Vec<(usize, usize)> = (0..m).flat_map(|i| (i..m).map(move |j| (i, j))).collect();
        let room = SUMS_AT_ONCE.saturating_sub(3 + 2 * m).max(1);
        let mut chunks: Vec<Vec<(usize, usize)>> = pairs.chunks(room).map(<[_]>::to_vec).collect();
        if chunks.is_empty() {
            chunks.push(Vec::new());
        }
        let with = self.with_weights(point)?;
        let keys: Vec<String> = self.cells.iter().map(|column| format!("c{column}")).collect();
        let queries = chunks.into_iter().map(|pairs| {
            let mut sums = keys.clone();
            sums.push("COUNT(*) AS k, SUM(s * loss) AS loss, SUM(r) AS r, SUM(w) AS w".to_owned());
            sums.extend((0..m).map(|i| format!("SUM(r * f{i}) AS r{i}, SUM(w * f{i}) AS w{i}")));
            sums.extend(pairs.iter().map(|(i, j)| format!("SUM(w * f{i} * f{j}) AS w{i}_{j}")));
            let group = if keys.is_empty() { String::new() } else { format!("\nGROUP BY {}", keys.join(", ")) };
            StepQuery { sql: format!("{with}SELECT {}\nFROM assist_w{group}\n", sums.join(", ")), pairs }
        });
        Ok(queries.collect())
    }

    /// Rows of the training subset with what sums are made of.
    fn with_weights(&self, point: &Point<'_>) -> Result<String, Error> {
        let features: Result<Vec<String>, Error> =
            self.within.iter().enumerate().map(|(i, place)| Ok(format!("{} AS f{i}", self.feature(*place)?))).collect();
        let cells = self.cells.iter().map(|column| format!("c{column}"));
        let columns: Vec<String> = cells.chain(features?).chain(["y".to_owned()]).collect();
        let mut terms = Vec::new();
        for (i, place) in self.within.iter().enumerate() {
            terms.push(format!("{} * f{i}", DIALECT.number(point.at[*place])));
        }
        terms.extend(self.level_terms(&self.cells, point.at)?);
        terms.push(DIALECT.number(*point.at.last().unwrap_or(&0.0)));
        let [w0, w1] = point.weights.map(|weight| DIALECT.number(weight));
        Ok(format!(
            "{}, assist_x AS (\n  SELECT {} FROM assist_kept WHERE NOT is_test\n)\n\
             , assist_z AS (\n  SELECT *, {} AS z FROM assist_x\n)\n\
             , assist_p AS (\n  SELECT *, CASE WHEN z >= 0.0 THEN 1.0 / (1.0 + exp(-z)) ELSE exp(z) / (1.0 + exp(z)) END AS p,\n    \
             CASE WHEN z > 0.0 THEN z ELSE 0.0 END - y * z + ln(1.0 + exp(-abs(z))) AS loss,\n    \
             CASE WHEN y = 1.0 THEN {w1} ELSE {w0} END AS s FROM assist_z\n)\n\
             , assist_w AS (\n  SELECT *, s * (p - y) AS r, s * p * (1.0 - p) AS w FROM assist_p\n)\n",
            self.rows.with,
            columns.join(", "),
            balanced(&terms)
        ))
    }

    /// A coordinate as an expression of the row: a number counted from its centre in its spread, or whether the row has a level.
    fn feature(&self, place: usize) -> Result<String, Error> {
        let Scaled { centre, spread } = self.scaled(place);
        Ok(match &self.terms[place] {
            Term::Level { column, code } => {
                let column = column - self.rows.n_numeric();
                let texts = in_list(&self.rows.texts[column][*code as usize])?;
                format!("CASE WHEN c{column} IN ({texts}) THEN {} ELSE 0.0 END", DIALECT.number(1.0 / spread))
            }
            Term::Slope { column, .. } => {
                format!("(n{column} - {}) / {}", DIALECT.number(centre), DIALECT.number(spread))
            }
            _ => "0.0".to_owned(),
        })
    }

    /// What the levels of some columns add to a score.
    fn level_terms(&self, columns: &[usize], at: &[f64]) -> Result<Vec<String>, Error> {
        let mut terms = Vec::new();
        for column in columns {
            let mut cases = String::new();
            for (place, term) in self.terms.iter().enumerate() {
                let Term::Level { column: of, code } = term else { continue };
                if of - self.rows.n_numeric() == *column {
                    let texts = in_list(&self.rows.texts[*column][*code as usize])?;
                    let adds = DIALECT.number(at[place] / self.scaled(place).spread);
                    cases.push_str(&format!(" WHEN c{column} IN ({texts}) THEN {adds}"));
                }
            }
            if !cases.is_empty() {
                terms.push(format!("CASE{cases} ELSE 0.0 END"));
            }
        }
        Ok(terms)
    }

    fn scaled(&self, place: usize) -> Scaled {
        let scaling = &self.rows.scaling;
        Scaled { centre: scaling.centres[place], spread: scaling.spreads[place] }
    }

    /// The sums at a point; `run` runs a query.
    pub(super) fn add_up(
        &self,
        engine: &Engine,
        weights: [f64; 2],
        at: &[f64],
        run: &mut dyn FnMut(&str) -> Result<Vec<RecordBatch>, Error>,
    ) -> Result<RowSums, Error> {
        let n = at.len();
        let mut sums = RowSums { loss: 0.0, gradient: vec![0.0; n], hessian: Array2::zeros((n, n)) };
        let mut rows = 0;
        for (chunk, StepQuery { sql, pairs }) in self.queries(&Point { weights, at })?.into_iter().enumerate() {
            for batch in run(&sql)? {
                rows += self.add_batch(engine, &batch, &pairs, chunk == 0, &mut sums)?;
            }
        }
        // Each of the two halves of the Hessian was added up in one.
        for i in 0..n {
            for j in 0..i {
                let sum = sums.hessian[[i, j]] + sums.hessian[[j, i]];
                (sums.hessian[[i, j]], sums.hessian[[j, i]]) = (sum, sum);
            }
        }
        let expected: u64 = self.rows.counts[0].iter().sum();
        if rows != expected {
            let detail =
                format!("there were {rows} training rows in a step, and {expected} before: the files have changed");
            return Err(EngineFault::Answer { engine: engine.name(), detail }.into());
        }
        Ok(sums)
    }

    /// Adds the sums of some cells. Gives their rows, of the first query of a step.
    fn add_batch(
        &self,
        engine: &Engine,
        batch: &RecordBatch,
        pairs: &[(usize, usize)],
        is_first: bool,
        sums: &mut RowSums,
    ) -> Result<u64, Error> {
        let column = |name: &str| numbers(engine, batch, name);
        let (loss, r, w) = (column("loss")?, column("r")?, column("w")?);
        let m = self.within.len();
        let each = |name: &str| (0..m).map(|i| column(&format!("{name}{i}"))).collect::<Result<Vec<_>, Error>>();
        let (r_of, w_of) = (each("r")?, each("w")?);
        let of_pairs = pairs.iter().map(|(i, j)| column(&format!("w{i}_{j}"))).collect::<Result<Vec<_>, Error>>()?;
        let cells = self.cells.iter().map(|column| texts(engine, batch, &format!("c{column}")));
        let cells = cells.collect::<Result<Vec<_>, Error>>()?;
        let counts = whole_numbers(engine, batch, "k")?;
        let intercept = sums.gradient.len() - 1;
        let mut rows = 0;
        for row in 0..batch.num_rows() {
            if is_first {
                rows += counts.value(row);
                sums.loss += loss.value(row);
                // Coordinates that are the same in the whole cell.
                let mut fixed = vec![(intercept, 1.0)];
                for (column, text) in self.cells.iter().zip(&cells) {
                    fixed.extend(self.level_coordinate(*column, text.value(row)));
                }
                for (a, (place, value)) in fixed.iter().enumerate() {
                    sums.gradient[*place] += value * r.value(row);
                    for (other, other_value) in &fixed[..=a] {
                        add(&mut sums.hessian, *place, *other, value * other_value * w.value(row));
                    }
                    for (i, within) in self.within.iter().enumerate() {
                        add(&mut sums.hessian, *place, *within, value * w_of[i].value(row));
                    }
                }
                for (i, within) in self.within.iter().enumerate() {
                    sums.gradient[*within] += r_of[i].value(row);
                }
            }
            for ((i, j), of_pair) in pairs.iter().zip(&of_pairs) {
                add(&mut sums.hessian, self.within[*i], self.within[*j], of_pair.value(row));
            }
        }
        Ok(rows)
    }

    /// The coordinate of a level, and its value where the row has it; nothing for the reference.
    fn level_coordinate(&self, column: usize, text: &str) -> Option<(usize, f64)> {
        let code = self.rows.space.categorical[column].code(text)?;
        let of_column = column + self.rows.n_numeric();
        let is_it =
            |term: &Term| matches!(term, Term::Level { column, code: of } if *column == of_column && *of == code);
        let place = self.terms.iter().position(is_it)?;
        Some((place, 1.0 / self.scaled(place).spread))
    }

    /// The query of the scores: how many rows of each subset and class have about the same one. Scores are in steps of so much,
    /// counted from `threshold`; each step has the mean of its scores.
    pub(super) fn scores_query(&self, at: &[f64], threshold: f64, step: f64) -> Result<String, Error> {
        let mut terms = Vec::new();
        for (place, term) in self.terms.iter().enumerate() {
            if matches!(term, Term::Slope { .. }) {
                terms.push(format!("{} * ({})", DIALECT.number(at[place]), self.feature(place)?));
            }
        }
        let all: Vec<usize> = (0..self.rows.texts.len()).collect();
        terms.extend(self.level_terms(&all, at)?);
        terms.push(DIALECT.number(*at.last().unwrap_or(&0.0)));
        let mut known = Vec::new();
        for (column, levels) in self.rows.texts.iter().enumerate() {
            let texts: Vec<String> = levels.iter().flatten().cloned().collect();
            known.push(format!("c{column} IN ({})", in_list(&texts)?));
        }
        let is_known = if known.is_empty() { "TRUE".to_owned() } else { known.join(" AND ") };
        let bucket = format!("(z - {}) / {}", DIALECT.number(threshold), DIALECT.number(step));
        // What is just at the threshold is predicted 0, as what is below it.
        Ok(format!(
            "{}, assist_z AS (\n  SELECT is_test, y, {is_known} AS is_known, {} AS z FROM assist_kept\n)\n\
             SELECT is_test, y, is_known, ceil({bucket}) AS bucket, COUNT(*) AS k, SUM(z) AS z\n\
             FROM assist_z GROUP BY is_test, y, is_known, ceil({bucket})\n",
            self.rows.with,
            balanced(&terms)
        ))
    }
}

/// Where a coordinate's values lie.
struct Scaled {
    centre: f64,
    spread: f64,
}

/// Adds to one half of a symmetric matrix.
fn add(matrix: &mut Array2<f64>, i: usize, j: usize, value: f64) {
    matrix[[i.max(j), i.min(j)]] += value;
}

/// Texts with commas between them.
fn in_list(texts: &[String]) -> Result<String, Error> {
    let texts: Result<Vec<String>, _> = texts.iter().map(|text| DIALECT.text(text)).collect();
    Ok(texts?.join(", "))
}

/// A sum in the shape of a balanced tree: a deep expression overflows the stacks of those who plan it.
fn balanced(terms: &[String]) -> String {
    match terms {
        [] => "0.0".to_owned(),
        [term] => term.clone(),
        _ => {
            let (left, right) = terms.split_at(terms.len() / 2);
            format!("({} + {})", balanced(left), balanced(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_many_terms_are_shallow() {
        let terms: Vec<String> = (0..1000).map(|i| format!("t{i}")).collect();
        let text = balanced(&terms);
        let depth = text.chars().scan(0_i32, |depth, letter| {
            *depth += i32::from(letter == '(') - i32::from(letter == ')');
            Some(*depth)
        });
        assert!(depth.max() <= Some(10));
        assert_eq!(text.matches('+').count(), 999);
        assert_eq!(balanced(&[]), "0.0");
    }
}
