//! How another thread ends a fit that lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a solver stopped that a raised flag has ended.
pub(crate) const INTERRUPTED: &str = "interrupted by another thread";

/// A flag that ends fits from any thread: clones are the same flag. A fit looks at it before every step of its solver and fails
/// with [`Error::Interrupted`](crate::Error::Interrupted) once it is raised.
///
/// ```
/// use assist_model::{Design, Error, Interrupt, LogisticRegression};
///
/// let design = Design::builder().number("errors", &[3.0, 0.0, 2.0]).labels(&[true, false, false]).build()?;
/// let interrupt = Interrupt::default();
/// let regression = LogisticRegression::default().with_interrupt(interrupt.clone());
/// assert!(regression.fit(&design).is_ok());
/// interrupt.raise();
/// assert!(matches!(regression.fit(&design), Err(Error::Interrupted)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Ends the fits that look at this flag.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What may end a fit is no part of what it is: settings are the same with any flag.
impl PartialEq for Interrupt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
