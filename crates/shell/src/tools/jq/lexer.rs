//! Tokens of jq's language.

use super::parse::{Parsed, Parser};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Op(&'static str),
    Name(String),
    Variable(String),
    Field(String),
    Format(String),
    Number(f64),
    Quote,
    End,
}

const OPERATORS: &[&str] = &[
    "?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "|", ",", "+", "-",
    "*", "/", "%", "=", "<", ">", "(", ")", "[", "]", "{", "}", ":", ";", ".", "?",
];

impl Parser {
    pub(super) fn unexpected(&self) -> String {
        let what = match &self.token {
            Token::End => "$end".to_owned(),
            Token::Op(op) => format!("'{op}'"),
            Token::Name(_) => "IDENT".to_owned(),
            Token::Variable(_) => "'$'".to_owned(),
            Token::Field(_) => "FIELD".to_owned(),
            Token::Format(_) => "FORMAT".to_owned(),
            Token::Number(_) => "LITERAL".to_owned(),
            Token::Quote => "QQSTRING_START".to_owned(),
        };
        format!("syntax error, unexpected {what} (Unix shell quoting issues?)")
    }

    pub(super) fn advance(&mut self) -> Parsed<()> {
        loop {
            match self.chars.get(self.at) {
                Some(c) if c.is_whitespace() => self.at += 1,
                Some('#') => {
                    while self.chars.get(self.at).is_some_and(|c| *c != '\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        let word = |from: usize, chars: &[char]| -> String {
            chars[from..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect()
        };
        let starts_name = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphabetic() || *c == '_');
        let Some(c) = self.chars.get(self.at).copied() else {
            self.token = Token::End;
            return Ok(());
        };
        self.token = if c == '"' {
            self.at += 1;
            Token::Quote
        } else if c.is_ascii_digit() || c == '.' && self.chars.get(self.at + 1).is_some_and(char::is_ascii_digit) {
            let mut end = self.at;
            while let Some(c) = self.chars.get(end) {
                let sign = (*c == '+' || *c == '-') && matches!(self.chars[end - 1], 'e' | 'E');
                if !(c.is_ascii_digit() || *c == '.' || *c == 'e' || *c == 'E' || sign && end > self.at) {
                    break;
                }
                end += 1;
            }
            let text: String = self.chars[self.at..end].iter().collect();
            self.at = end;
            Token::Number(text.parse().map_err(|_| format!("invalid numeric literal '{text}'"))?)
        } else if starts_name(Some(&c)) {
            let mut name = word(self.at, &self.chars);
            self.at += name.len();
            while self.chars[self.at..].starts_with(&[':', ':']) {
                let next = word(self.at + 2, &self.chars);
                self.at += 2 + next.len();
                name = format!("{name}::{next}");
            }
            Token::Name(name)
        } else if c == '$' && starts_name(self.chars.get(self.at + 1)) {
            let name = word(self.at + 1, &self.chars);
            self.at += 1 + name.len();
            Token::Variable(name)
        } else if c == '.' && starts_name(self.chars.get(self.at + 1)) {
            let name = word(self.at + 1, &self.chars);
            self.at += 1 + name.len();
            Token::Field(name)
        } else if c == '@' {
            let name = word(self.at + 1, &self.chars);
            self.at += 1 + name.len();
            Token::Format(name)
        } else {
            let rest = &self.chars[self.at..];
            let matches = |op: &&&str| op.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c));
            let Some(operator) = OPERATORS.iter().find(matches) else {
                return Err(format!("syntax error, unexpected INVALID_CHARACTER '{c}' (Unix shell quoting issues?)"));
            };
            self.at += operator.len();
            Token::Op(operator)
        };
        Ok(())
    }
}
