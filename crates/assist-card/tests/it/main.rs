//! Cards are held against brute force, and what may go wrong is tried.

mod brute; // all supports and points of small tables
mod cases; // separation, scaling, interruption, errors
mod tables; // tables that are generated
