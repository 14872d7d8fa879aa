//! Merging identical rows while that pays.

use std::collections::HashMap;

use crate::design::Design;

/// After how many rows it is decided whether merging goes on.
const TRIAL_ROWS: usize = 1 << 16;
/// Merging goes on if at least one row in this many was seen before.
const WORTHWHILE: usize = 10;

/// One row on its way into a design.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// One number a numeric column; NaN where it is missing.
    pub(crate) numbers: Vec<f64>,
    /// One code a categorical column.
    pub(crate) codes: Vec<u32>,
}

/// Puts rows into a design, identical ones once.
pub(crate) struct Merger {
    design: Design,
    fills: Vec<f64>,
    index: Option<HashMap<Vec<u8>, usize>>,
    key: Vec<u8>,
    rows: usize,
}

impl Merger {
    pub(crate) fn new(design: Design, fills: Vec<f64>) -> Self {
        Self { design, fills, index: Some(HashMap::new()), key: Vec::new(), rows: 0 }
    }

    /// Keeps every row as it is.
    pub(crate) fn without_merging(mut design: Design, fills: Vec<f64>) -> Self {
        design.is_merged = false;
        Self { design, fills, index: None, key: Vec::new(), rows: 0 }
    }

    pub(crate) fn push(&mut self, row: &Row, counts: [u64; 2]) {
        self.rows += 1;
        if self.rows == TRIAL_ROWS + 1 {
            let repeated = TRIAL_ROWS - self.design.n_rows();
            if self.index.is_some() && repeated * WORTHWHILE < TRIAL_ROWS {
                self.index = None;
                self.design.is_merged = false;
            }
        }
        let next = self.design.n_rows();
        if let Some(index) = &mut self.index {
            self.key.clear();
            row.numbers.iter().for_each(|number| self.key.extend(number.to_bits().to_le_bytes()));
            row.codes.iter().for_each(|code| self.key.extend(code.to_le_bytes()));
            if let Some(at) = index.get(self.key.as_slice()) {
                let known = &mut self.design.counts[*at];
                known[0] += counts[0];
                known[1] += counts[1];
                return;
            }
            index.insert(self.key.clone(), next);
        }
        self.append(row, counts);
    }

    fn append(&mut self, row: &Row, counts: [u64; 2]) {
        for ((number, column), fill) in row.numbers.iter().zip(&mut self.design.numeric).zip(&self.fills) {
            let is_missing = number.is_nan();
            column.values.push(if is_missing { *fill } else { *number });
            if let Some(missing) = &mut column.missing {
                missing.push(u8::from(is_missing));
            }
        }
        for (code, column) in row.codes.iter().zip(&mut self.design.categorical) {
            column.codes.push(*code);
        }
        self.design.counts.push(counts);
    }

    pub(crate) fn finish(self) -> Design {
        self.design
    }
}
