//! jq's language: from a filter's text to its syntax tree.

use super::lexer::Token;
use super::value::Value;
use std::rc::Rc;

/// How deep a filter may be nested.
pub(super) const MAX_DEPTH: u32 = 60;

pub type Filter = Rc<Node>;

#[derive(Debug)]
pub enum Node {
    Identity,
    /// `..`
    Recurse,
    Literal(Value),
    /// A string with `\( )` in it; the format is applied to what is interpolated.
    Format(Option<String>, Vec<Piece>),
    /// `.[e]`: the term and the index.
    Index(Filter, Filter),
    Slice(Filter, Option<Filter>, Option<Filter>),
    Each(Filter),
    Try(Filter, Option<Filter>),
    Pipe(Filter, Filter),
    Comma(Filter, Filter),
    Negate(Filter),
    Binary(&'static str, Filter, Filter),
    And(Filter, Filter),
    Or(Filter, Filter),
    /// `//`
    Else(Filter, Filter),
    Assign(&'static str, Filter, Filter),
    If(Filter, Filter, Option<Filter>),
    Array(Option<Filter>),
    Object(Vec<(Filter, Filter)>),
    Variable(String),
    Call(String, Vec<Filter>),
    Define(Rc<Function>, Filter),
    Bind(Filter, Pattern, Filter),
    Reduce(Filter, Pattern, Filter, Filter),
    Foreach(Filter, Pattern, Filter, Filter, Option<Filter>),
    Label(String, Filter),
    Break(String),
}

#[derive(Debug)]
pub enum Piece {
    Text(String),
    Filter(Filter),
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub parameters: Vec<String>,
    pub body: Filter,
}

/// The left side of `as`.
#[derive(Debug)]
pub enum Pattern {
    Variable(String),
    Array(Vec<Pattern>),
    Object(Vec<(Filter, Pattern)>),
}

pub(super) struct Parser {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) token: Token,
    pub(super) depth: u32,
}

pub(super) type Parsed<T> = Result<T, String>;

/// Reads a whole filter.
pub fn parse(text: &str) -> Parsed<Filter> {
    let mut parser = Parser { chars: text.chars().collect(), at: 0, token: Token::End, depth: 0 };
    parser.advance()?;
    if parser.token == Token::End {
        return Ok(Rc::new(Node::Identity));
    }
    // A program of definitions alone is the identity.
    let filter = parser.pipe()?;
    if parser.token == Token::End { Ok(filter) } else { Err(parser.unexpected()) }
}

impl Parser {
    pub(super) fn is(&self, operator: &str) -> bool {
        matches!(&self.token, Token::Op(op) if *op == operator)
    }

    pub(super) fn accept(&mut self, operator: &str) -> Parsed<bool> {
        let found = self.is(operator);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, operator: &str) -> Parsed<()> {
        if self.accept(operator)? { Ok(()) } else { Err(self.unexpected()) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Name(name) if name == word)
    }

    fn accept_word(&mut self, word: &str) -> Parsed<bool> {
        let found = self.is_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.accept_word(word)? { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn pipe(&mut self) -> Parsed<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the filter is nested too deeply".to_owned());
        }
        let filter = self.pipe_inner()?;
        self.depth -= 1;
        Ok(filter)
    }

    fn pipe_inner(&mut self) -> Parsed<Filter> {
        if self.is_word("def") {
            let function = self.definition()?;
            let rest = if self.token == Token::End { Rc::new(Node::Identity) } else { self.pipe()? };
            return Ok(Rc::new(Node::Define(function, rest)));
        }
        if self.accept_word("label")? {
            let Token::Variable(name) = self.token.clone() else { return Err(self.unexpected()) };
            self.advance()?;
            self.expect("|")?;
            return Ok(Rc::new(Node::Label(name, self.pipe()?)));
        }
        let first = self.comma()?;
        if self.accept_word("as")? {
            let pattern = self.pattern()?;
            self.expect("|")?;
            return Ok(Rc::new(Node::Bind(first, pattern, self.pipe()?)));
        }
        if self.accept("|")? {
            return Ok(Rc::new(Node::Pipe(first, self.pipe()?)));
        }
        Ok(first)
    }

    fn definition(&mut self) -> Parsed<Rc<Function>> {
        self.advance()?;
        let Token::Name(name) = self.token.clone() else { return Err(self.unexpected()) };
        self.advance()?;
        let mut parameters = Vec::new();
        if self.accept("(")? {
            loop {
                match self.token.clone() {
                    Token::Name(name) => parameters.push(name),
                    Token::Variable(name) => parameters.push(format!("${name}")),
                    _ => return Err(self.unexpected()),
                }
                self.advance()?;
                if !self.accept(";")? {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let mut body = self.pipe()?;
        self.expect(";")?;
        // A parameter `$x` is a filter `x` whose value is bound.
        for name in parameters.iter().rev().filter_map(|p| p.strip_prefix('$')) {
            let call = Rc::new(Node::Call(name.to_owned(), Vec::new()));
            body = Rc::new(Node::Bind(call, Pattern::Variable(name.to_owned()), body));
        }
        let parameters = parameters.into_iter().map(|p| p.trim_start_matches('$').to_owned()).collect();
        Ok(Rc::new(Function { name, parameters, body }))
    }

    fn comma(&mut self) -> Parsed<Filter> {
        let mut left = self.binary(0)?;
        while self.accept(",")? {
            left = Rc::new(Node::Comma(left, self.binary(0)?));
        }
        Ok(left)
    }

    /// Operators by strength: `//`, assignments, `or`, `and`, comparisons, sums, products.
    pub(super) fn binary(&mut self, level: u8) -> Parsed<Filter> {
        if level == 7 {
            return self.prefix();
        }
        let mut left = self.binary(level + 1)?;
        loop {
            let operator = match &self.token {
                Token::Op(op) => *op,
                Token::Name(name) if name == "or" => "or",
                Token::Name(name) if name == "and" => "and",
                _ => return Ok(left),
            };
            let own = match operator {
                "//" => 0,
                "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => 1,
                "or" => 2,
                "and" => 3,
                "==" | "!=" | "<" | "<=" | ">" | ">=" => 4,
                "+" | "-" => 5,
                "*" | "/" | "%" => 6,
                _ => return Ok(left),
            };
            if own != level {
                return Ok(left);
            }
            self.advance()?;
            // `//` groups to the right, and the right side of an assignment may hold one.
            let right = match level {
                0 | 1 => self.nested_binary(0)?,
                _ => self.binary(level + 1)?,
            };
            left = Rc::new(match operator {
                "//" => Node::Else(left, right),
                "or" => Node::Or(left, right),
                "and" => Node::And(left, right),
                _ if level == 1 => Node::Assign(operator, left, right),
                _ => Node::Binary(operator, left, right),
            });
        }
    }

    fn nested_binary(&mut self, level: u8) -> Parsed<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the filter is nested too deeply".to_owned());
        }
        let filter = self.binary(level)?;
        self.depth -= 1;
        Ok(filter)
    }

    fn prefix(&mut self) -> Parsed<Filter> {
        if self.accept("-")? {
            let inner = self.postfix()?;
            return Ok(Rc::new(Node::Negate(inner)));
        }
        if self.is_word("def") {
            let function = self.definition()?;
            return Ok(Rc::new(Node::Define(function, self.pipe()?)));
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed<Filter> {
        let mut term = self.term()?;
        loop {
            if let Token::Field(name) = self.token.clone() {
                self.advance()?;
                term = index(term, literal(Value::text(name)));
            } else if self.is("[") {
                self.advance()?;
                term = self.bracket(term)?;
            } else if self.is(".") {
                self.advance()?;
                if self.token == Token::Quote {
                    let key = self.string(None)?;
                    term = index(term, key);
                } else if self.accept("[")? {
                    term = self.bracket(term)?;
                } else {
                    return Err(self.unexpected());
                }
            } else if self.accept("?")? {
                term = Rc::new(Node::Try(term, None));
            } else if self.is_word("as") {
                self.advance()?;
                let pattern = self.pattern()?;
                self.expect("|")?;
                return Ok(Rc::new(Node::Bind(term, pattern, self.pipe()?)));
            } else {
                return Ok(term);
            }
        }
    }

    /// What follows `[` after a term.
    fn bracket(&mut self, term: Filter) -> Parsed<Filter> {
        if self.accept("]")? {
            return Ok(Rc::new(Node::Each(term)));
        }
        if self.accept(":")? {
            let end = self.pipe()?;
            self.expect("]")?;
            return Ok(Rc::new(Node::Slice(term, None, Some(end))));
        }
        let start = self.pipe()?;
        if self.accept(":")? {
            let end = if self.is("]") { None } else { Some(self.pipe()?) };
            self.expect("]")?;
            return Ok(Rc::new(Node::Slice(term, Some(start), end)));
        }
        self.expect("]")?;
        Ok(index(term, start))
    }

    fn term(&mut self) -> Parsed<Filter> {
        let token = self.token.clone();
        match token {
            Token::Quote => return self.string(None),
            Token::Format(name) => {
                self.advance()?;
                if self.token == Token::Quote {
                    return self.string(Some(name));
                }
                return Ok(Rc::new(Node::Format(Some(name), Vec::new())));
            }
            _ => self.advance()?,
        }
        Ok(match token {
            Token::Number(number) => literal(Value::Number(number)),
            Token::Variable(name) => Rc::new(Node::Variable(name)),
            Token::Field(name) => index(Rc::new(Node::Identity), literal(Value::text(name))),
            Token::Op("..") => Rc::new(Node::Recurse),
            Token::Op(".") => {
                if self.token == Token::Quote {
                    let key = self.string(None)?;
                    return Ok(index(Rc::new(Node::Identity), key));
                }
                Rc::new(Node::Identity)
            }
            Token::Op("(") => {
                let inner = self.pipe()?;
                self.expect(")")?;
                inner
            }
            Token::Op("[") => {
                if self.accept("]")? {
                    return Ok(Rc::new(Node::Array(None)));
                }
                let inner = self.pipe()?;
                self.expect("]")?;
                Rc::new(Node::Array(Some(inner)))
            }
            Token::Op("{") => self.object()?,
            Token::Name(name) => return self.word(name),
            other => {
                self.token = other;
                return Err(self.unexpected());
            }
        })
    }

    fn word(&mut self, name: String) -> Parsed<Filter> {
        Ok(match name.as_str() {
            "null" => literal(Value::Null),
            "true" => literal(Value::Bool(true)),
            "false" => literal(Value::Bool(false)),
            "if" => self.condition()?,
            "try" => {
                let body = self.postfix_without_bind()?;
                let catch = if self.accept_word("catch")? { Some(self.postfix_without_bind()?) } else { None };
                Rc::new(Node::Try(body, catch))
            }
            "reduce" => {
                let source = self.source()?;
                let pattern = self.pattern()?;
                self.expect("(")?;
                let start = self.pipe()?;
                self.expect(";")?;
                let update = self.pipe()?;
                self.expect(")")?;
                Rc::new(Node::Reduce(source, pattern, start, update))
            }
            "foreach" => {
                let source = self.source()?;
                let pattern = self.pattern()?;
                self.expect("(")?;
                let start = self.pipe()?;
                self.expect(";")?;
                let update = self.pipe()?;
                let extract = if self.accept(";")? { Some(self.pipe()?) } else { None };
                self.expect(")")?;
                Rc::new(Node::Foreach(source, pattern, start, update, extract))
            }
            "break" => {
                let Token::Variable(label) = self.token.clone() else { return Err(self.unexpected()) };
                self.advance()?;
                Rc::new(Node::Break(label))
            }
            "then" | "elif" | "else" | "end" | "as" | "def" | "and" | "or" | "catch" => {
                return Err(format!("syntax error, unexpected {name} (Unix shell quoting issues?)"));
            }
            _ => {
                let mut arguments = Vec::new();
                if self.accept("(")? {
                    loop {
                        arguments.push(self.pipe()?);
                        if !self.accept(";")? {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Rc::new(Node::Call(name, arguments))
            }
        })
    }

    /// A term with its postfixes, up to `as`.
    fn source(&mut self) -> Parsed<Filter> {
        let source = self.postfix_without_bind()?;
        self.expect_word("as")?;
        Ok(source)
    }

    fn postfix_without_bind(&mut self) -> Parsed<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the filter is nested too deeply".to_owned());
        }
        let mut term = self.term()?;
        loop {
            if let Token::Field(name) = self.token.clone() {
                self.advance()?;
                term = index(term, literal(Value::text(name)));
            } else if self.accept("[")? {
                term = self.bracket(term)?;
            } else if self.accept("?")? {
                term = Rc::new(Node::Try(term, None));
            } else {
                self.depth -= 1;
                return Ok(term);
            }
        }
    }

    fn condition(&mut self) -> Parsed<Filter> {
        let test = self.pipe()?;
        self.expect_word("then")?;
        let then = self.pipe()?;
        let otherwise = if self.accept_word("elif")? {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err("the filter is nested too deeply".to_owned());
            }
            let inner = self.condition()?;
            self.depth -= 1;
            return Ok(Rc::new(Node::If(test, then, Some(inner))));
        } else if self.accept_word("else")? {
            Some(self.pipe()?)
        } else {
            None
        };
        self.expect_word("end")?;
        Ok(Rc::new(Node::If(test, then, otherwise)))
    }
}

pub(super) fn literal(value: Value) -> Filter {
    Rc::new(Node::Literal(value))
}

pub(super) fn index(term: Filter, key: Filter) -> Filter {
    Rc::new(Node::Index(term, key))
}
