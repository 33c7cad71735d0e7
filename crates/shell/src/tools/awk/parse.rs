//! awk's grammar: from tokens to a program.

use super::lexer::{Token, lex};
use crate::tools::regex::Regex;
use sorted::SortedMap;
use std::rc::Rc;

/// How deep a program may be nested.
const MAX_DEPTH: u32 = 60;

#[derive(Default)]
pub struct Program {
    pub begin: Vec<Block>,
    pub rules: Vec<Rule>,
    pub end: Vec<Block>,
    pub functions: SortedMap<String, Rc<Function>>,
}

pub type Block = Rc<Vec<Statement>>;

pub struct Rule {
    pub from: Option<Expr>,
    /// The second pattern of a range.
    pub to: Option<Expr>,
    /// `None` prints the record.
    pub body: Option<Block>,
}

pub struct Function {
    pub parameters: Vec<String>,
    pub body: Block,
}

pub enum Statement {
    Expr(Expr),
    Print(Vec<Expr>, Option<(&'static str, Expr)>),
    Printf(Vec<Expr>, Option<(&'static str, Expr)>),
    If(Expr, Block, Option<Block>),
    While(Expr, Block),
    Do(Block, Expr),
    For(Option<Box<Statement>>, Option<Expr>, Option<Box<Statement>>, Block),
    ForIn(String, String, Block),
    Block(Block),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

pub enum Expr {
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<Regex>),
    Variable(String),
    Element(String, Vec<Expr>),
    Field(Box<Expr>),
    Assign(&'static str, Box<Expr>, Box<Expr>),
    /// Step, whether the old value counts, place.
    Step(f64, bool, Box<Expr>),
    Unary(char, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Match(bool, Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    Getline(Option<Box<Expr>>, Option<Box<Expr>>),
}

pub type Parsed<T> = Result<T, String>;

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    pub(super) depth: u32,
    /// Inside `print`, where `>` redirects.
    pub(super) no_greater: bool,
    /// Inside `for (`, where `in` belongs to the loop.
    pub(super) no_in: bool,
}

pub fn parse(text: &str) -> Parsed<Program> {
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0, no_greater: false, no_in: false };
    let mut program = Program::default();
    loop {
        parser.separators();
        match parser.peek().clone() {
            Token::End => return Ok(program),
            Token::Name(name) if name == "BEGIN" || name == "END" => {
                parser.at += 1;
                let block = parser.braces()?;
                if name == "BEGIN" { &mut program.begin } else { &mut program.end }.push(block);
            }
            Token::Name(name) if name == "function" || name == "func" => {
                parser.at += 1;
                let (name, function) = parser.function()?;
                program.functions.insert(name, Rc::new(function));
            }
            _ => program.rules.push(parser.rule()?),
        }
    }
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    pub(super) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    pub(super) fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Token::Op(op) if *op == operator)
    }

    pub(super) fn accept(&mut self, operator: &str) -> bool {
        let found = self.is(operator);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, operator: &str) -> Parsed<()> {
        if self.accept(operator) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) | Token::Call(name) if name == word)
    }

    pub(super) fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn unexpected(&self) -> String {
        let what = match self.peek() {
            Token::Op(op) => (*op).to_owned(),
            Token::Name(name) | Token::Call(name) => name.clone(),
            Token::Number(number) => number.to_string(),
            Token::Text(text) => format!("\"{text}\""),
            Token::Regex(text) => format!("/{text}/"),
            Token::Newline => "end of line".to_owned(),
            Token::End => "end of file".to_owned(),
        };
        let line = self.tokens[..self.at.min(self.tokens.len())].iter().filter(|t| **t == Token::Newline).count() + 1;
        format!("line {line}: syntax error at or near {what}")
    }

    pub(super) fn newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.at += 1;
        }
    }

    fn separators(&mut self) {
        while *self.peek() == Token::Newline || self.is(";") {
            self.at += 1;
        }
    }

    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err("the program is nested too deeply".to_owned()) } else { Ok(()) }
    }

    fn function(&mut self) -> Parsed<(String, Function)> {
        let (Token::Call(name) | Token::Name(name)) = self.next() else { return Err(self.unexpected()) };
        self.expect("(")?;
        let mut parameters = Vec::new();
        while let Token::Name(parameter) = self.peek().clone() {
            self.at += 1;
            parameters.push(parameter);
            if !self.accept(",") {
                break;
            }
            self.newlines();
        }
        self.expect(")")?;
        self.newlines();
        Ok((name, Function { parameters, body: self.braces()? }))
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let mut rule = Rule { from: None, to: None, body: None };
        if !self.is("{") {
            rule.from = Some(self.expr()?);
            if self.accept(",") {
                self.newlines();
                rule.to = Some(self.expr()?);
            }
        }
        if self.is("{") {
            rule.body = Some(self.braces()?);
        }
        Ok(rule)
    }

    fn braces(&mut self) -> Parsed<Block> {
        self.enter()?;
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.separators();
            if self.accept("}") {
                self.depth -= 1;
                return Ok(Rc::new(statements));
            }
            statements.push(self.statement()?);
        }
    }

    /// The body of `if` and the loops: a block or one statement.
    fn body(&mut self) -> Parsed<Block> {
        self.newlines();
        if self.is("{") {
            return self.braces();
        }
        if self.accept(";") {
            return Ok(Rc::default());
        }
        self.enter()?;
        let statement = self.statement()?;
        self.depth -= 1;
        Ok(Rc::new(vec![statement]))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let word = match self.peek() {
            Token::Name(name) | Token::Call(name) => name.clone(),
            Token::Op("{") => return Ok(Statement::Block(self.braces()?)),
            _ => String::new(),
        };
        let statement = match word.as_str() {
            "if" => {
                self.at += 1;
                self.expect("(")?;
                let test = self.expr()?;
                self.expect(")")?;
                let then = self.body()?;
                let mark = self.at;
                self.separators();
                if self.accept_word("else") {
                    return Ok(Statement::If(test, then, Some(self.body()?)));
                }
                self.at = mark;
                return Ok(Statement::If(test, then, None));
            }
            "while" => {
                self.at += 1;
                self.expect("(")?;
                let test = self.expr()?;
                self.expect(")")?;
                return Ok(Statement::While(test, self.body()?));
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                self.separators();
                if !self.accept_word("while") {
                    return Err(self.unexpected());
                }
                self.expect("(")?;
                let test = self.expr()?;
                self.expect(")")?;
                Statement::Do(body, test)
            }
            "for" => return self.for_loop(),
            _ => self.simple(&word)?,
        };
        match self.peek() {
            Token::Newline | Token::End | Token::Op(";" | "}") => Ok(statement),
            _ => Err(self.unexpected()),
        }
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.at += 1;
        self.expect("(")?;
        if let [Token::Name(key), Token::Name(word), Token::Name(array), Token::Op(")"), ..] = &self.tokens[self.at..]
            && word == "in"
        {
            let (key, array) = (key.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::ForIn(key, array, self.body()?));
        }
        let word = |parser: &Self| match parser.peek() {
            Token::Name(name) | Token::Call(name) => name.clone(),
            _ => String::new(),
        };
        let init = if self.is(";") { None } else { Some(Box::new(self.simple(&word(self))?)) };
        self.expect(";")?;
        self.newlines();
        let test = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple(&word(self))?)) };
        self.expect(")")?;
        Ok(Statement::For(init, test, step, self.body()?))
    }

    fn ends_statement(&self) -> bool {
        matches!(self.peek(), Token::Newline | Token::End | Token::Op(";" | "}" | ")"))
    }

    fn simple(&mut self, word: &str) -> Parsed<Statement> {
        let plain = |statement| {
            move |parser: &mut Self| {
                parser.at += 1;
                Ok(statement)
            }
        };
        match word {
            "next" | "nextfile" => plain(Statement::Next)(self),
            "break" => plain(Statement::Break)(self),
            "continue" => plain(Statement::Continue)(self),
            "exit" | "return" => {
                self.at += 1;
                let value = if self.ends_statement() { None } else { Some(self.expr()?) };
                Ok(if word == "exit" { Statement::Exit(value) } else { Statement::Return(value) })
            }
            "delete" => {
                self.at += 1;
                let (Token::Name(name) | Token::Call(name)) = self.next() else { return Err(self.unexpected()) };
                if !self.accept("[") {
                    return Ok(Statement::Delete(name, None));
                }
                let index = self.list()?;
                self.expect("]")?;
                Ok(Statement::Delete(name, Some(index)))
            }
            "print" | "printf" => {
                self.at += 1;
                let outer = std::mem::replace(&mut self.no_greater, true);
                let values = self.print_values()?;
                let target = match self.peek() {
                    Token::Op(op @ (">" | ">>" | "|")) => {
                        let op = *op;
                        self.at += 1;
                        Some((op, self.concatenation()?))
                    }
                    _ => None,
                };
                self.no_greater = outer;
                Ok(if word == "print" { Statement::Print(values, target) } else { Statement::Printf(values, target) })
            }
            _ => Ok(Statement::Expr(self.expr()?)),
        }
    }

    /// The values of `print`, with or without parentheses around all of them.
    fn print_values(&mut self) -> Parsed<Vec<Expr>> {
        if self.ends_statement() || matches!(self.peek(), Token::Op(">" | ">>" | "|")) {
            return Ok(Vec::new());
        }
        if self.is("(") {
            let mark = self.at;
            self.at += 1;
            let outer = std::mem::replace(&mut self.no_greater, false);
            let list = self.list();
            self.no_greater = outer;
            if let Ok(list) = list
                && self.accept(")")
                && (self.ends_statement() || matches!(self.peek(), Token::Op(">" | ">>" | "|")))
            {
                return Ok(list);
            }
            self.at = mark;
        }
        self.list()
    }

    pub(super) fn list(&mut self) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expr()?];
        while self.accept(",") {
            self.newlines();
            list.push(self.expr()?);
        }
        Ok(list)
    }
}
