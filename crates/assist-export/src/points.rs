//! The points as the file that all runtimes read: of each row the numbers as 64-bit floats (NaN for a missing one), then for
//! each column of levels the place of its text in a table, as 32 bits; all little-endian.

use assist_score::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::Domain;
use crate::error::Error;

/// The file of points, and the tables of texts.
pub(crate) struct Points {
    pub(crate) path: PathBuf,
    pub(crate) n_numbers: usize,
    pub(crate) n_levels: usize,
    /// The texts of each column of levels as JSON, null for a missing one.
    pub(crate) texts: String,
}

impl Points {
    pub(crate) fn write(domain: &Domain, folder: &Path) -> Result<Self, Error> {
        let path = folder.join("points.bin");
        let mut file = std::io::BufWriter::with_capacity(1 << 20, fs_err::File::create(&path)?);
        let n_levels = domain.texts().count();
        let mut places = Vec::new();
        let mut n_columns = 0;
        for point in 0..domain.len() {
            domain.places(point, &mut places);
            n_columns = places.len();
            let n_numbers = n_columns - n_levels;
            for (column, place) in places.iter().enumerate() {
                if column >= n_numbers {
                    file.write_all(&place.to_le_bytes())?;
                    continue;
                }
                let number = if let Value::Number(number) = domain.value(column, *place) { number } else { f64::NAN };
                file.write_all(&number.to_le_bytes())?;
            }
        }
        file.flush()?;
        let texts: Vec<&[Option<String>]> = domain.texts().collect();
        let texts = serde_json::to_string(&texts).map_err(std::io::Error::from)?;
        Ok(Self { path, n_numbers: n_columns - n_levels, n_levels, texts })
    }
}
