//! The expressions of `[[ ]]`.

use super::ast::{Cond, Word};
use super::error::ParseError;
use super::lexer::Token;
use super::parser::{Parsed, Parser};

/// The tests that take one operand.
pub fn is_unary(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('-')
        && chars.next().is_some_and(|c| "abcdefghknoprstuvwxzLSGON".contains(c))
        && chars.next().is_none()
}

impl Parser {
    pub(super) fn cond_expression(&mut self) -> Parsed<Cond> {
        let mut left = self.cond_and()?;
        while self.accept("||")? {
            self.skip_newlines()?;
            left = Cond::Or(Box::new(left), Box::new(self.cond_and()?));
        }
        Ok(left)
    }

    fn cond_and(&mut self) -> Parsed<Cond> {
        let mut left = self.cond_term()?;
        while self.accept("&&")? {
            self.skip_newlines()?;
            left = Cond::And(Box::new(left), Box::new(self.cond_term()?));
        }
        Ok(left)
    }

    fn cond_term(&mut self) -> Parsed<Cond> {
        self.enter()?;
        let term = self.cond_primary()?;
        self.depth -= 1;
        self.skip_newlines()?;
        Ok(term)
    }

    fn cond_primary(&mut self) -> Parsed<Cond> {
        self.skip_newlines()?;
        if self.accept("(")? {
            let inner = self.cond_expression()?;
            if !self.accept(")")? {
                let token = self.next()?;
                return Err(self.unexpected(&token));
            }
            return Ok(inner);
        }
        if self.accept_keyword("!")? {
            return Ok(Cond::Not(Box::new(self.cond_primary()?)));
        }
        let word = self.cond_word()?;
        if let Some(operator) = word.plain().filter(|text| is_unary(text)).map(str::to_owned)
            && let Token::Word(next) = self.peek()?
            && next.plain() != Some("]]")
        {
            return Ok(Cond::Unary(operator, self.cond_operand("unary")?));
        }
        let operator = match self.peek()? {
            Token::Op(op @ ("<" | ">")) => (*op).to_owned(),
            Token::Word(next) => match next.plain() {
                Some(
                    op @ ("=" | "==" | "!=" | "=~" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot"
                    | "-ef"),
                ) => op.to_owned(),
                _ => return Ok(Cond::Word(word)),
            },
            _ => return Ok(Cond::Word(word)),
        };
        self.peeked = None;
        let right = if operator == "=~" { self.regex_word()? } else { self.cond_operand("binary")? };
        Ok(Cond::Binary(word, operator, right))
    }

    fn cond_operand(&mut self, kind: &str) -> Parsed<Word> {
        if matches!(self.peek()?, Token::Newline) {
            let message = format!("unexpected argument `newline' to conditional {kind} operator");
            return Err(ParseError::other(message, self.line.saturating_sub(1).max(1)));
        }
        self.cond_word()
    }

    fn cond_word(&mut self) -> Parsed<Word> {
        match self.next()? {
            Token::Word(word) if word.plain() != Some("]]") => Ok(word),
            Token::End => Err(ParseError::end(self.line)),
            Token::Number(number) => Ok(Word::quoted(number.to_string())),
            other => Err(match self.unexpected(&other) {
                e if e.incomplete => e,
                e => ParseError {
                    message: e.message.replace("syntax error near", "syntax error in conditional expression near"),
                    ..e
                },
            }),
        }
    }
}
