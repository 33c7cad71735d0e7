//! Compound commands: `if`, loops, `case`, groups, functions.

use super::ast::{CaseArm, CaseEnd, Command, Function, Kind, Word};
use super::error::ParseError;
use super::lexer::{Token, is_name};
use super::parser::{Parsed, Parser};
use std::rc::Rc;

impl Parser {
    /// A compound command if one begins here.
    pub(super) fn compound(&mut self) -> Parsed<Option<Kind>> {
        if self.accept("(")? {
            if self.at(0) == Some('(') && self.chars.get(self.pos.wrapping_sub(1)) == Some(&'(') {
                self.pos -= 1;
                if let Some(text) = self.arith_text(2) {
                    return Ok(Some(Kind::Arith(self.nested(&text).here_text()?)));
                }
                self.pos += 1;
            }
            let list = self.list(&[")"])?;
            self.expect_op(")")?;
            return Ok(Some(Kind::Subshell(list)));
        }
        let Some(keyword) = self.peek_plain()? else { return Ok(None) };
        let kind = match keyword {
            "{" => {
                self.peeked = None;
                let list = self.list(&["}"])?;
                self.expect("}")?;
                Kind::Group(list)
            }
            "if" => self.if_clause()?,
            "while" | "until" => {
                let until = keyword == "until";
                self.peeked = None;
                let test = self.list(&["do"])?;
                let body = self.do_group()?;
                Kind::While { until, test, body }
            }
            "for" => self.for_clause()?,
            "case" => self.case_clause()?,
            "function" => self.function_clause()?,
            "[[" => {
                self.peeked = None;
                self.enter()?;
                let cond = self.cond_expression()?;
                self.depth -= 1;
                self.expect("]]")?;
                Kind::Cond(cond)
            }
            "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}" | "in" if keyword != "in" => {
                let token = self.next()?;
                return Err(self.unexpected(&token));
            }
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn expect(&mut self, keyword: &str) -> Parsed<()> {
        if self.accept_keyword(keyword)? {
            return Ok(());
        }
        let token = self.next()?;
        Err(self.unexpected(&token))
    }

    fn expect_op(&mut self, operator: &str) -> Parsed<()> {
        if self.accept(operator)? {
            return Ok(());
        }
        let token = self.next()?;
        Err(self.unexpected(&token))
    }

    fn do_group(&mut self) -> Parsed<super::ast::List> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn if_clause(&mut self) -> Parsed<Kind> {
        self.peeked = None;
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let test = self.list(&["then"])?;
            self.expect("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            arms.push((test, body));
            if self.accept_keyword("elif")? {
                continue;
            }
            if self.accept_keyword("else")? {
                otherwise = Some(self.list(&["fi"])?);
            }
            self.expect("fi")?;
            return Ok(Kind::If { arms, otherwise });
        }
    }

    fn for_clause(&mut self) -> Parsed<Kind> {
        self.peeked = None;
        self.skip_blanks();
        if self.starts_with("((") {
            return self.for_arith();
        }
        let token = self.next()?;
        let name = match &token {
            Token::Word(word) => word.plain().unwrap_or_default().to_owned(),
            _ => return Err(self.unexpected(&token)),
        };
        if !is_name(&name) {
            return Err(ParseError::other(format!("`{name}': not a valid identifier"), self.line));
        }
        self.skip_newlines()?;
        let mut words = None;
        if self.accept_keyword("in")? {
            let mut list = Vec::new();
            while let Token::Word(_) = self.peek()? {
                if let Token::Word(word) = self.next()? {
                    list.push(word);
                }
            }
            words = Some(list);
        }
        if !self.accept(";")? && words.is_some() && !matches!(self.peek()?, Token::Newline) {
            let token = self.next()?;
            return Err(self.unexpected(&token));
        }
        self.skip_newlines()?;
        let body = self.loop_body()?;
        Ok(Kind::For { name, words, body })
    }

    /// `do … done` or `{ … }`.
    fn loop_body(&mut self) -> Parsed<super::ast::List> {
        if self.accept_keyword("{")? {
            let body = self.list(&["}"])?;
            self.expect("}")?;
            return Ok(body);
        }
        self.do_group()
    }

    fn for_arith(&mut self) -> Parsed<Kind> {
        let Some(text) = self.arith_text(2) else { return Err(ParseError::unmatched(')', self.line)) };
        let mut pieces = text.splitn(3, ';').map(str::to_owned).collect::<Vec<_>>().into_iter();
        let (Some(init), Some(test), Some(step)) = (pieces.next(), pieces.next(), pieces.next()) else {
            return Err(ParseError::other("syntax error: arithmetic expression required", self.line));
        };
        let init = self.nested(&init).here_text()?;
        let test = self.nested(&test).here_text()?;
        let step = self.nested(&step).here_text()?;
        self.accept(";")?;
        self.skip_newlines()?;
        let body = self.loop_body()?;
        Ok(Kind::ForArith { init, test, step, body })
    }

    fn case_clause(&mut self) -> Parsed<Kind> {
        self.peeked = None;
        let token = self.next()?;
        let Token::Word(subject) = token else { return Err(self.unexpected(&token)) };
        self.skip_newlines()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.accept_keyword("esac")? {
                return Ok(Kind::Case { subject, arms });
            }
            let _ = self.accept("(")?;
            let mut patterns: Vec<Word> = Vec::new();
            loop {
                let token = self.next()?;
                let Token::Word(pattern) = token else { return Err(self.unexpected(&token)) };
                patterns.push(pattern);
                if !self.accept("|")? {
                    break;
                }
            }
            self.expect_op(")")?;
            self.enter()?;
            let body = self.list_until(false, &[";;", "esac"])?;
            self.depth -= 1;
            let end = if self.accept(";;")? {
                CaseEnd::Break
            } else if self.accept(";&")? {
                CaseEnd::Fall
            } else if self.accept(";;&")? {
                CaseEnd::Resume
            } else {
                self.expect("esac")?;
                arms.push(CaseArm { patterns, body, end: CaseEnd::Break });
                return Ok(Kind::Case { subject, arms });
            };
            arms.push(CaseArm { patterns, body, end });
        }
    }

    fn function_clause(&mut self) -> Parsed<Kind> {
        let line = self.line;
        self.peeked = None;
        let token = self.next()?;
        let name = match &token {
            Token::Word(word) => word.plain().unwrap_or_default().to_owned(),
            _ => return Err(self.unexpected(&token)),
        };
        if self.accept("(")? {
            self.expect_op(")")?;
        }
        Ok(self.function_body(name, line)?.kind)
    }

    /// The command after `name()`.
    pub(super) fn function_body(&mut self, name: String, line: u32) -> Parsed<Command> {
        self.skip_newlines()?;
        self.enter()?;
        let body = self.command()?;
        self.depth -= 1;
        if matches!(body.kind, Kind::Simple(_)) {
            return Err(ParseError::other("syntax error: a function's body is a compound command", self.line));
        }
        let function = Function { name, body: Rc::new(body) };
        Ok(Command { kind: Kind::Function(Rc::new(function)), redirects: Vec::new(), line })
    }
}
