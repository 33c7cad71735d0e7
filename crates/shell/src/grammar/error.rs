//! What the parser could not understand.

/// A syntax error, or the news that the text stops too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The words after `bash: `.
    pub message: String,
    pub line: u32,
    /// Whether more text could mend it.
    pub incomplete: bool,
    /// What has to come before another try can succeed; spares parsing a long heredoc anew with each line.
    pub awaits: Option<Awaits>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaits {
    /// A line that equals this delimiter (with leading tabs ignored if the flag says so).
    Delimiter(String, bool),
    /// A line that contains this character.
    Char(char),
}

impl ParseError {
    pub fn unexpected(token: &str, line: u32) -> Self {
        let message = format!("syntax error near unexpected token `{token}'");
        Self { message, line, incomplete: false, awaits: None }
    }

    pub fn end(line: u32) -> Self {
        Self { message: "syntax error: unexpected end of file".to_owned(), line, incomplete: true, awaits: None }
    }

    pub fn unmatched(quote: char, line: u32) -> Self {
        Self {
            message: format!("unexpected EOF while looking for matching `{quote}'"),
            line,
            incomplete: true,
            awaits: (quote != '}' && quote != ')').then_some(Awaits::Char(quote)),
        }
    }

    pub fn other(message: impl Into<String>, line: u32) -> Self {
        Self { message: message.into(), line, incomplete: false, awaits: None }
    }
}
