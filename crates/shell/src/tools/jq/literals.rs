//! Objects, patterns and strings of jq's language.

use super::lexer::Token;
use super::parse::{Filter, MAX_DEPTH, Node, Parsed, Parser, Pattern, Piece, index, literal};
use super::value::Value;
use std::rc::Rc;

impl Parser {
    pub(super) fn object(&mut self) -> Parsed<Filter> {
        let mut entries = Vec::new();
        while !self.accept("}")? {
            let (key, default): (Filter, Option<Filter>) = match self.token.clone() {
                Token::Variable(name) => {
                    self.advance()?;
                    (literal(Value::text(&name)), Some(Rc::new(Node::Variable(name))))
                }
                Token::Name(name) => {
                    self.advance()?;
                    let key = literal(Value::text(&name));
                    (key.clone(), Some(index(Rc::new(Node::Identity), key)))
                }
                Token::Number(number) => {
                    self.advance()?;
                    (literal(Value::Number(number)), None)
                }
                Token::Quote => {
                    let key = self.string(None)?;
                    (key.clone(), Some(index(Rc::new(Node::Identity), key)))
                }
                Token::Format(name) => {
                    self.advance()?;
                    let key = if self.token == Token::Quote {
                        self.string(Some(name))?
                    } else {
                        Rc::new(Node::Format(Some(name), Vec::new()))
                    };
                    (key.clone(), Some(index(Rc::new(Node::Identity), key)))
                }
                Token::Op("(") => {
                    self.advance()?;
                    let key = self.pipe()?;
                    self.expect(")")?;
                    (key, None)
                }
                _ => return Err(self.unexpected()),
            };
            let value = if self.accept(":")? {
                let mut value = self.binary(0)?;
                while self.accept("|")? {
                    value = Rc::new(Node::Pipe(value, self.binary(0)?));
                }
                value
            } else {
                default.ok_or_else(|| self.unexpected())?
            };
            entries.push((key, value));
            if !self.accept(",")? && !self.is("}") {
                return Err(self.unexpected());
            }
        }
        Ok(Rc::new(Node::Object(entries)))
    }

    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the filter is nested too deeply".to_owned());
        }
        let pattern = match self.token.clone() {
            Token::Variable(name) => {
                self.advance()?;
                Pattern::Variable(name)
            }
            Token::Op("[") => {
                self.advance()?;
                let mut items = vec![self.pattern()?];
                while self.accept(",")? {
                    items.push(self.pattern()?);
                }
                self.expect("]")?;
                Pattern::Array(items)
            }
            Token::Op("{") => {
                self.advance()?;
                let mut items = Vec::new();
                loop {
                    let key = match self.token.clone() {
                        Token::Variable(name) => {
                            self.advance()?;
                            items.push((literal(Value::text(&name)), Pattern::Variable(name)));
                            None
                        }
                        Token::Name(name) => {
                            self.advance()?;
                            Some(literal(Value::text(name)))
                        }
                        Token::Quote => Some(self.string(None)?),
                        Token::Op("(") => {
                            self.advance()?;
                            let key = self.pipe()?;
                            self.expect(")")?;
                            Some(key)
                        }
                        _ => return Err(self.unexpected()),
                    };
                    if let Some(key) = key {
                        self.expect(":")?;
                        items.push((key, self.pattern()?));
                    }
                    if !self.accept(",")? {
                        break;
                    }
                }
                self.expect("}")?;
                Pattern::Object(items)
            }
            _ => return Err(self.unexpected()),
        };
        self.depth -= 1;
        Ok(pattern)
    }

    /// A string literal; its opening quote is the current token.
    pub(super) fn string(&mut self, format: Option<String>) -> Parsed<Filter> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.chars.get(self.at).copied() else {
                return Err("syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END (Unix shell quoting issues?)".to_owned());
            };
            self.at += 1;
            match c {
                '"' => break,
                '\\' => match self.chars.get(self.at).copied() {
                    Some('(') => {
                        self.at += 1;
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                        self.advance()?;
                        pieces.push(Piece::Filter(self.pipe()?));
                        if !self.is(")") {
                            return Err(self.unexpected());
                        }
                    }
                    Some('u') => {
                        let digits: String = self.chars[self.at + 1..].iter().take(4).collect();
                        let code = u32::from_str_radix(&digits, 16).unwrap_or(0xfffd);
                        text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                        self.at += 1 + digits.chars().count();
                    }
                    Some(c) => {
                        self.at += 1;
                        text.push(match c {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            'b' => '\x08',
                            'f' => '\x0c',
                            other => other,
                        });
                    }
                    None => {}
                },
                c => text.push(c),
            }
        }
        self.advance()?;
        if pieces.is_empty() {
            return Ok(literal(Value::text(text)));
        }
        pieces.push(Piece::Text(text));
        Ok(Rc::new(Node::Format(format, pieces)))
    }
}
