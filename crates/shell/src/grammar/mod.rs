//! The shell's grammar: from text to a syntax tree.

pub mod ast;
