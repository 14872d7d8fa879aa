//! What is asked of a verification.

use crate::domain::DomainSettings;

/// At which points exports are compared, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifySettings {
    /// How points are chosen.
    pub domain: DomainSettings,
    /// What compiles C: by default whatever is called `cc`, `gcc` or `clang`.
    pub compiler: Option<Compiler>,
}

/// A C compiler, which may be one for another processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler {
    /// The program and its options.
    pub command: Vec<String>,
    /// What runs the programs that it makes, where this machine does not.
    pub emulator: Option<String>,
}

impl From<DomainSettings> for VerifySettings {
    fn from(domain: DomainSettings) -> Self {
        Self { domain, compiler: None }
    }
}
