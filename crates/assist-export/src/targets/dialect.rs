//! What engines spell in different ways, and what they cannot have.

use std::fmt;

use crate::error::Error;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// The standard's, which many engines take.
    Ansi,
    /// That of `DuckDB`.
    DuckDb,
    /// That of `PostgreSQL`, which ends a query where a product overflows or vanishes. So numbers beyond 1e60 are refused as too
    /// large, and in products numbers nearer to 0 than 1e-60 count as 0.
    Postgres,
    /// That of `SQLite`, which needs its mathematical functions (they are there since 3.35 unless left out).
    Sqlite,
    /// That of Apache Spark.
    Spark,
    /// That of `BigQuery`.
    BigQuery,
    /// That of Snowflake.
    Snowflake,
    /// That of Trino.
    Trino,
}

/// How a query is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlOptions {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// The table of rows: `rows` by default. Parts of its name have dots between them, as in `schema.rows`.
    pub table: String,
    /// Columns that are passed on, such as a key: none by default.
    pub keys: Vec<String>,
}

impl SqlOptions {
    /// The defaults.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, table: "rows".into(), keys: Vec::new() }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ansi => "ansi",
            Self::DuckDb => "duckdb",
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::Spark => "spark",
            Self::BigQuery => "bigquery",
            Self::Snowflake => "snowflake",
            Self::Trino => "trino",
        })
    }
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Ansi,
        Self::DuckDb,
        Self::Postgres,
        Self::Sqlite,
        Self::Spark,
        Self::BigQuery,
        Self::Snowflake,
        Self::Trino,
    ];

    /// The dialect of this name, as [`Display`](fmt::Display) writes it.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.to_string() == name)
    }

    /// The type of floats of 64 bits.
    pub fn double(self) -> &'static str {
        match self {
            Self::Ansi | Self::Postgres => "DOUBLE PRECISION",
            Self::DuckDb | Self::Spark | Self::Snowflake | Self::Trino => "DOUBLE",
            Self::Sqlite => "REAL",
            Self::BigQuery => "FLOAT64",
        }
    }

    /// The type of texts of any length.
    pub fn text_type(self) -> &'static str {
        match self {
            Self::Ansi => "VARCHAR(65535)",
            Self::DuckDb | Self::Snowflake | Self::Trino => "VARCHAR",
            Self::Postgres | Self::Sqlite => "TEXT",
            Self::Spark | Self::BigQuery => "STRING",
        }
    }

    /// What makes a common table expression be computed once, where a hint is needed.
    pub(crate) fn once(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Postgres | Self::Sqlite => "MATERIALIZED ",
            Self::Ansi | Self::Spark | Self::BigQuery | Self::Snowflake | Self::Trino => "",
        }
    }

    /// The largest number that is computed with, where that is not every number.
    pub(crate) fn largest(self) -> Option<f64> {
        (self == Self::Postgres).then_some(1e60)
    }

    /// The largest number whose negative exponential is taken: beyond it nothing changes that could be seen.
    pub(crate) fn largest_exponent(self) -> f64 {
        if self == Self::Postgres { 300.0 } else { 700.0 }
    }

    /// Whether `Name` and `name` are one column.
    pub fn folds_case(self) -> bool {
        !matches!(self, Self::Ansi | Self::Postgres | Self::Snowflake)
    }

    /// A text without the zeros at its end.
    pub(crate) fn without_zeros(self, of: &str) -> String {
        self.without_last(of, '0')
    }

    /// A text without as many of a letter as there are at its end.
    pub fn without_last(self, of: &str, letter: char) -> String {
        match self {
            Self::Ansi | Self::Postgres | Self::Spark | Self::Trino => format!("TRIM(TRAILING '{letter}' FROM {of})"),
            Self::DuckDb | Self::Sqlite | Self::BigQuery | Self::Snowflake => format!("RTRIM({of}, '{letter}')"),
        }
    }

    /// A text without the blanks around it, and with everything else.
    pub fn trimmed(self, of: &str) -> String {
        match self {
            Self::Ansi | Self::Trino => format!("TRIM(BOTH ' ' FROM {of})"),
            Self::BigQuery => format!("TRIM({of}, ' ')"),
            _ => format!("TRIM({of})"),
        }
    }

    /// The MD5 hash of a text as 32 lower-case hexadecimal digits, compared by their codes; `None` where there is no such function.
    pub fn md5(self, of: &str) -> Option<String> {
        match self {
            Self::DuckDb | Self::Spark | Self::Snowflake => Some(format!("MD5({of})")),
            // Digits and small letters are in this order wherever the database was made, and this says so.
            Self::Postgres => Some(format!("MD5({of}) COLLATE \"C\"")),
            Self::BigQuery => Some(format!("TO_HEX(MD5({of}))")),
            Self::Trino => Some(format!("LOWER(TO_HEX(MD5(TO_UTF8({of}))))")),
            Self::Ansi | Self::Sqlite => None,
        }
    }

    /// Two texts, one behind the other.
    pub fn joined(self, first: &str, second: &str) -> String {
        match self {
            Self::BigQuery | Self::Spark => format!("CONCAT({first}, {second})"),
            _ => format!("{first} || {second}"),
        }
    }

    /// What texts are ordered by so that their code points decide.
    pub fn by_code_point(self, text: &str) -> String {
        if self == Self::Postgres { format!("{text} COLLATE \"C\"") } else { text.to_owned() }
    }

    /// The name of a table, each part of which is quoted for itself: `schema.table`. A dot within double quotes is part of a name.
    ///
    /// # Errors
    ///
    /// As [`identifier`](Self::identifier).
    pub fn table(self, name: &str) -> Result<String, Error> {
        let (mut parts, mut is_quoted) = (vec![String::new()], false);
        for letter in name.chars() {
            match letter {
                '"' => is_quoted = !is_quoted,
                '.' if !is_quoted => parts.push(String::new()),
                letter => parts.last_mut().expect("one at least").push(letter),
            }
        }
        let parts: Result<Vec<String>, Error> = parts.iter().map(|part| self.identifier(part)).collect();
        Ok(parts?.join("."))
    }

    /// A literal of a float of 64 bits that has the very same bits.
    pub fn number(self, number: f64) -> String {
        let literal = match self {
            Self::Ansi | Self::DuckDb | Self::BigQuery | Self::Trino => format!("{number:e}"),
            // Without the letter it might be a decimal, by a setting.
            Self::Spark => format!("{number:e}D"),
            Self::Postgres => return format!("'{number:e}'::float8"),
            // A literal without quotes is a decimal number first.
            Self::Snowflake => return format!("'{number:e}'::DOUBLE"),
            Self::Sqlite => return exact_fraction(number),
        };
        if number.is_sign_negative() { format!("({literal})") } else { literal }
    }

    /// A literal of a text.
    ///
    /// # Errors
    ///
    /// The character U+0000, which no literal can hold.
    pub fn text(self, text: &str) -> Result<String, Error> {
        if text.contains('\0') {
            let limit =
                format!("the text `{}` holds the character U+0000, which no literal can", assist_score::shown(text));
            return Err(Error::limit(&self, limit));
        }
        Ok(match self {
            Self::Ansi | Self::DuckDb | Self::Postgres | Self::Sqlite | Self::Trino => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Self::Snowflake => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
            Self::Spark | Self::BigQuery => {
                let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r");
                format!("'{escaped}'")
            }
        })
    }

    /// A quoted name.
    ///
    /// # Errors
    ///
    /// A name that the engine cannot have.
    pub fn identifier(self, name: &str) -> Result<String, Error> {
        let refuse =
            |limit: String| Err(Error::limit(&self, format!("the name `{}` {limit}", assist_score::shown(name))));
        if name.is_empty() || name.contains('\0') {
            return refuse("is empty or holds the character U+0000".into());
        }
        match self {
            Self::Postgres if name.len() > 63 => refuse(format!("has {} bytes, and PostgreSQL keeps 63", name.len())),
            Self::BigQuery if name.chars().count() > 300 => {
                refuse("is longer than the 300 characters of BigQuery".into())
            }
            Self::BigQuery if name.contains(|letter| "!\"$()*,./;?@[\\]^`{}~\n\r".contains(letter)) => {
                refuse("holds a character that BigQuery takes in no name of a column".into())
            }
            Self::Ansi | Self::DuckDb | Self::Postgres | Self::Sqlite | Self::Snowflake | Self::Trino => {
                Ok(format!("\"{}\"", name.replace('"', "\"\"")))
            }
            Self::Spark | Self::BigQuery => Ok(format!("`{}`", name.replace('`', "``"))),
        }
    }
}

/// A number as a quotient of whole numbers. `SQLite` reads many decimal fractions one bit off, but a whole number divided or
/// multiplied by powers of two is exact.
fn exact_fraction(number: f64) -> String {
    const LARGEST: u32 = 62;
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let (mut whole, mut power) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent.cast_signed() - 1075) };
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if whole == 0 {
        return if sign.is_empty() { "0.0".into() } else { "(-0.0)".into() };
    }
    while whole % 2 == 0 {
        whole /= 2;
        power += 1;
    }
    if (0..=10).contains(&power) {
        whole <<= power;
        power = 0;
    }
    let mut text = format!("CAST({sign}{whole} AS REAL)");
    let operator = if power < 0 { '/' } else { '*' };
    let mut rest = power.unsigned_abs();
    while rest > 0 {
        let step = rest.min(u64::from(LARGEST));
        text.push_str(&format!(" {operator} {}", 1_u64 << step));
        rest -= step;
    }
    if power == 0 { text } else { format!("({text})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted_as_each_engine_wants_it() {
        let quoted = |dialect: Dialect| dialect.identifier("a\"`b").ok();
        assert_eq!(quoted(Dialect::Sqlite).as_deref(), Some("\"a\"\"`b\""));
        assert_eq!(quoted(Dialect::Spark).as_deref(), Some("`a\"``b`"));
        assert_eq!(quoted(Dialect::BigQuery), None);
        assert_eq!(Dialect::Postgres.text("it's \\").ok().as_deref(), Some("'it''s \\'"));
        assert_eq!(Dialect::Spark.text("it's \\").ok().as_deref(), Some("'it\\'s \\\\'"));
        assert_eq!(Dialect::Snowflake.text("it's \\").ok().as_deref(), Some("'it''s \\\\'"));
        let table = |name: &str| Dialect::DuckDb.table(name).ok();
        assert_eq!(table("lake.rows").as_deref(), Some("\"lake\".\"rows\""));
        assert_eq!(table("lake.\"a.b\"").as_deref(), Some("\"lake\".\"a.b\""));
        assert_eq!(table("lake."), None);
        let error = Dialect::Postgres.identifier(&"é".repeat(32)).expect_err("64 bytes");
        assert!(error.to_string().contains("PostgreSQL keeps 63"), "{error}");
    }

    #[test]
    fn numbers_of_sqlite_are_quotients() {
        assert_eq!(exact_fraction(-2.5), "(CAST(-5 AS REAL) / 2)");
        assert_eq!(exact_fraction(12.0), "CAST(12 AS REAL)");
        assert_eq!(exact_fraction(5e-324).matches('/').count(), 18);
        assert_eq!(Dialect::DuckDb.number(-0.1), "(-1e-1)");
    }
}
