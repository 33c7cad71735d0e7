//! Tokens: operators, words, line ends, and the bodies of here-documents.

use super::ast::{Part, Word};
use super::error::{Awaits, ParseError};
use super::parser::Parser;
use std::cell::OnceCell;
use std::rc::Rc;

#[derive(Debug, Clone)]
pub(super) enum Token {
    Word(Word),
    Op(&'static str),
    /// Digits directly before `<` or `>`.
    Number(u32),
    Newline,
    End,
}

/// Longest first, so that the first match is the right one.
const OPERATORS: &[&str] = &[
    "<<<", "<<-", "&>>", ";;&", "&&", "||", ";;", ";&", "|&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|", "&", ";",
    "(", ")", "<", ">",
];

/// A here-document whose body comes after the end of the line.
pub(super) struct Pending {
    pub delimiter: String,
    pub strip_tabs: bool,
    pub literal: bool,
    pub body: Rc<OnceCell<Word>>,
    pub line: u32,
}

pub fn is_name_char(c: char, first: bool) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (!first && c.is_ascii_digit())
}

/// Whether a text can be a variable's name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().enumerate().all(|(i, c)| is_name_char(c, i == 0))
}

pub(super) fn is_meta(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

impl Parser {
    pub(super) fn at(&self, offset: usize) -> Option<char> {
        self.chars.get(self.pos + offset).copied()
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.at(i) == Some(c))
    }

    /// Steps over one character, counting lines.
    pub(super) fn step(&mut self) -> Option<char> {
        let c = self.at(0)?;
        self.pos += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.at(0) {
                Some(' ' | '\t' | '\r') => self.pos += 1,
                Some('\\') if self.at(1) == Some('\n') => {
                    self.pos += 2;
                    self.line += 1;
                }
                Some('#') => {
                    while self.at(0).is_some_and(|c| c != '\n') {
                        self.pos += 1;
                    }
                }
                _ => return,
            }
        }
    }

    pub(super) fn peek(&mut self) -> Result<&Token, ParseError> {
        if self.peeked.is_none() {
            self.before = self.pos;
            let token = self.lex()?;
            self.peeked = Some(token);
        }
        Ok(self.peeked.as_ref().unwrap_or(&Token::End))
    }

    pub(super) fn next(&mut self) -> Result<Token, ParseError> {
        self.peek()?;
        Ok(self.peeked.take().unwrap_or(Token::End))
    }

    /// Whether the next token is this operator; if so it is consumed.
    pub(super) fn accept(&mut self, operator: &str) -> Result<bool, ParseError> {
        let found = matches!(self.peek()?, Token::Op(op) if *op == operator);
        if found {
            self.peeked = None;
        }
        Ok(found)
    }

    /// The next token as an unquoted word, without consuming it.
    pub(super) fn peek_plain(&mut self) -> Result<Option<&str>, ParseError> {
        Ok(match self.peek()? {
            Token::Word(word) => word.plain(),
            _ => None,
        })
    }

    pub(super) fn accept_keyword(&mut self, keyword: &str) -> Result<bool, ParseError> {
        let found = self.peek_plain()? == Some(keyword);
        if found {
            self.peeked = None;
        }
        Ok(found)
    }

    fn lex(&mut self) -> Result<Token, ParseError> {
        self.skip_blanks();
        let Some(c) = self.at(0) else {
            self.finish_heredocs()?;
            let escaped_end = self.chars.ends_with(&['\\', '\n']) && !self.chars.ends_with(&['\\', '\\', '\n']);
            if self.interactive && escaped_end {
                return Err(ParseError::end(self.line));
            }
            return Ok(Token::End);
        };
        if c == '\n' {
            self.step();
            self.finish_heredocs()?;
            return Ok(Token::Newline);
        }
        if (c == '<' || c == '>') && self.at(1) == Some('(') {
            return Ok(Token::Word(self.word()?));
        }
        if let Some(operator) = OPERATORS.iter().find(|op| self.starts_with(op)) {
            self.pos += operator.len();
            return Ok(Token::Op(operator));
        }
        if c.is_ascii_digit() {
            let digits = self.chars[self.pos..].iter().take_while(|c| c.is_ascii_digit()).count();
            if digits <= 4 && matches!(self.at(digits), Some('<' | '>')) {
                let number = self.chars[self.pos..self.pos + digits].iter().collect::<String>();
                self.pos += digits;
                return Ok(Token::Number(number.parse().unwrap_or(0)));
            }
        }
        Ok(Token::Word(self.word()?))
    }

    /// Reads the bodies of the here-documents announced on the line that just ended.
    fn finish_heredocs(&mut self) -> Result<(), ParseError> {
        for pending in std::mem::take(&mut self.heredocs) {
            let mut text = String::new();
            loop {
                if self.pos >= self.chars.len() {
                    if self.interactive {
                        return Err(ParseError {
                            awaits: Some(Awaits::Delimiter(pending.delimiter, pending.strip_tabs)),
                            ..ParseError::end(self.line)
                        });
                    }
                    self.warnings.push(format!(
                        "warning: here-document at line {} delimited by end-of-file (wanted `{}')",
                        pending.line, pending.delimiter
                    ));
                    break;
                }
                let end = self.chars[self.pos..].iter().position(|c| *c == '\n').map(|n| self.pos + n);
                let line_end = end.unwrap_or(self.chars.len());
                let mut line = &self.chars[self.pos..line_end];
                if pending.strip_tabs {
                    let tabs = line.iter().take_while(|c| **c == '\t').count();
                    line = &line[tabs..];
                }
                self.pos = end.map_or(line_end, |end| end + 1);
                self.line += 1;
                if line.iter().copied().eq(pending.delimiter.chars()) {
                    break;
                }
                text.extend(line);
                text.push('\n');
            }
            let word = if pending.literal { Word::quoted(text) } else { self.nested(&text).here_text()? };
            let _ = pending.body.set(word);
        }
        Ok(())
    }

    /// Registers a here-document; the delimiter's quoting decides whether its body is expanded.
    pub(super) fn announce_heredoc(&mut self, delimiter: &Word, strip_tabs: bool) -> Rc<OnceCell<Word>> {
        let mut text = String::new();
        let mut literal = false;
        flatten(&delimiter.parts, &mut text, &mut literal);
        let body = Rc::new(OnceCell::new());
        self.heredocs.push(Pending { delimiter: text, strip_tabs, literal, body: body.clone(), line: self.line });
        body
    }
}

fn flatten(parts: &[Part], text: &mut String, literal: &mut bool) {
    for part in parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Quoted(piece) => {
                text.push_str(piece);
                *literal = true;
            }
            Part::Double(inner) => {
                *literal = true;
                flatten(inner, text, literal);
            }
            _ => {}
        }
    }
}
