//! Runs what the grammar understood.

pub mod session;
pub mod shell;
