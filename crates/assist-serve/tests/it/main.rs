//! What the service promises, shown by asking it.
