//! A model as a service: an HTTP API, the protocols that existing clients speak, and a page for people.
