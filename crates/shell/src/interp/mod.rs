//! Runs what the grammar understood.

mod brace;
pub(crate) mod builtins;
mod command;
mod compound;
mod cond;
mod exec;
mod expand;
mod fields;
mod glob;
mod io;
pub mod jobs;
mod param;
pub mod pattern;
pub(crate) mod redirect;
pub mod session;
pub mod shell;
pub(crate) mod slice;
pub mod vars;

/// Why the normal course of commands is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Break(u32),
    Continue(u32),
    Return(i32),
    Exit(i32),
    /// An error that ends a script, or brings an interactive shell back to its prompt.
    Abort(i32),
}

/// What running something gives: its exit code, or a jump.
pub type Ran = Result<i32, Flow>;
