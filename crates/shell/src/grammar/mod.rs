//! The shell's grammar: from text to a syntax tree.
//!
//! Bash's grammar is not regular at any level: what a character means depends on what is open around it. So there is no
//! separate token pass; the [`lexer`] reads the next token when the [`parser`] asks, and [`word`] reads the inside of
//! words, calling the parser again for `$( )`.

pub mod arith;
pub mod ast;
mod compound;
mod cond;
pub mod error;
mod lexer;
mod parser;
mod word;

pub use cond::is_unary;
pub use error::{Awaits, ParseError};
pub use lexer::{is_name, is_name_char};
pub use parser::Parser;

/// Whether a text is whole as a script: nothing is left open at its end, such as a quote, a loop or a heredoc. A text
/// with an error in it is whole; running it tells the error.
pub fn is_complete(text: &str) -> bool {
    let mut parser = Parser::new(text, true);
    loop {
        match parser.next_command() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(error) => return !error.incomplete,
        }
    }
}
