//! awk's expressions, weakest operator first.

use super::lexer::Token;
use super::parse::{Expr, Parsed, Parser};
use crate::tools::regex::Regex;
use std::rc::Rc;

const FUNCTIONS: &[&str] = &[
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "toupper", "tolower", "int", "sqrt",
    "exp", "log", "sin", "cos", "atan2", "rand", "srand", "system", "close", "fflush", "systime", "strftime",
];

impl Parser {
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let left = self.ternary()?;
        let expr = match self.peek() {
            Token::Op(op @ ("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^="))
                if matches!(left, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_)) =>
            {
                let op = *op;
                self.next();
                self.newlines();
                Expr::Assign(op, Box::new(left), Box::new(self.expr()?))
            }
            _ => left,
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let test = self.or()?;
        if !self.accept("?") {
            return Ok(test);
        }
        self.newlines();
        let yes = self.expr()?;
        self.newlines();
        self.expect(":")?;
        self.newlines();
        let no = self.expr()?;
        Ok(Expr::Choose(Box::new(test), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.accept("||") {
            self.newlines();
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.membership()?;
        while self.accept("&&") {
            self.newlines();
            left = Expr::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while !self.no_in && self.accept_word("in") {
            let Token::Name(array) = self.next() else { return Err(self.unexpected()) };
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let negated = self.is("!") && {
                // `!~` comes as two operators.
                self.next();
                if !self.is("~") {
                    return Err(self.unexpected());
                }
                true
            };
            if !self.accept("~") {
                return Ok(left);
            }
            left = Expr::Match(negated, Box::new(left), Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concatenation()?;
        let operator = match self.peek() {
            Token::Op(">") if self.no_greater => return Ok(left),
            Token::Op(op @ ("<" | "<=" | "==" | "!=" | ">" | ">=")) => *op,
            Token::Op("|") if !self.no_greater => {
                self.next();
                if !self.accept_word("getline") {
                    return Err(self.unexpected());
                }
                return Err("a command cannot be read from here".to_owned());
            }
            _ => return Ok(left),
        };
        self.next();
        Ok(Expr::Binary(operator, Box::new(left), Box::new(self.concatenation()?)))
    }

    pub(super) fn concatenation(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            let begins = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Call(_) => true,
                Token::Name(name) => !matches!(name.as_str(), "in" | "getline"),
                Token::Op(op) => matches!(*op, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            let not_match = self.is("!");
            if !begins || not_match {
                return Ok(left);
            }
            left = Expr::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        while let Token::Op(op @ ("+" | "-")) = self.peek() {
            let op = *op;
            self.next();
            left = Expr::Binary(op, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Token::Op(op @ ("*" | "/" | "%")) = self.peek() {
            let op = *op;
            self.next();
            left = Expr::Binary(op, Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        if let Token::Op(op @ ("!" | "-" | "+")) = self.peek() {
            let op = op.chars().next().unwrap_or('+');
            self.next();
            self.enter()?;
            let inner = self.unary()?;
            self.depth -= 1;
            return Ok(Expr::Unary(op, Box::new(inner)));
        }
        self.power()
    }

    fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if !self.accept("^") {
            return Ok(base);
        }
        self.enter()?;
        let exponent = self.unary()?;
        self.depth -= 1;
        Ok(Expr::Binary("^", Box::new(base), Box::new(exponent)))
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let step = |operator: &str| if operator == "++" { 1.0 } else { -1.0 };
        if let Token::Op(op @ ("++" | "--")) = self.peek() {
            let op = *op;
            self.next();
            self.enter()?;
            let place = self.primary()?;
            self.depth -= 1;
            return Ok(Expr::Step(step(op), false, Box::new(place)));
        }
        let primary = self.primary()?;
        if let Token::Op(op @ ("++" | "--")) = self.peek()
            && matches!(primary, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_))
        {
            let op = *op;
            self.next();
            return Ok(Expr::Step(step(op), true, Box::new(primary)));
        }
        Ok(primary)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        match self.next() {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(Rc::from(text))),
            Token::Regex(text) => Ok(Expr::Regex(Rc::new(Regex::extended(&text, false)?))),
            Token::Op("$") => {
                self.enter()?;
                let index =
                    if matches!(self.peek(), Token::Op("++" | "--" | "-")) { self.unary()? } else { self.primary()? };
                self.depth -= 1;
                Ok(Expr::Field(Box::new(index)))
            }
            Token::Op("(") => {
                let outer = (std::mem::replace(&mut self.no_greater, false), std::mem::replace(&mut self.no_in, false));
                let mut list = self.list()?;
                self.expect(")")?;
                (self.no_greater, self.no_in) = outer;
                if list.len() > 1 || self.is_word("in") && !self.no_in {
                    if !self.accept_word("in") {
                        return Err(self.unexpected());
                    }
                    let Token::Name(array) = self.next() else { return Err(self.unexpected()) };
                    return Ok(Expr::In(list, array));
                }
                // Parentheses keep a place from being assigned to by accident, so a bare place is wrapped.
                let inner = list.remove(0);
                Ok(if matches!(inner, Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) {
                    Expr::Unary('(', Box::new(inner))
                } else {
                    inner
                })
            }
            Token::Name(name) | Token::Call(name) if name == "getline" => {
                let variable = match self.peek() {
                    Token::Name(_) | Token::Op("$") => Some(Box::new(self.primary()?)),
                    _ => None,
                };
                let file = if self.accept("<") { Some(Box::new(self.primary()?)) } else { None };
                Ok(Expr::Getline(variable, file))
            }
            Token::Call(name) => {
                self.next();
                let outer = (std::mem::replace(&mut self.no_greater, false), std::mem::replace(&mut self.no_in, false));
                self.newlines();
                let arguments = if self.is(")") { Vec::new() } else { self.list()? };
                self.newlines();
                self.expect(")")?;
                (self.no_greater, self.no_in) = outer;
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) if FUNCTIONS.contains(&name.as_str()) && self.is("(") => {
                self.next();
                let arguments = if self.is(")") { Vec::new() } else { self.list()? };
                self.expect(")")?;
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) => {
                if !self.accept("[") {
                    return Ok(Expr::Variable(name));
                }
                let outer = (std::mem::replace(&mut self.no_greater, false), std::mem::replace(&mut self.no_in, false));
                let index = self.list()?;
                self.expect("]")?;
                (self.no_greater, self.no_in) = outer;
                Ok(Expr::Element(name, index))
            }
            _ => {
                // Back to the token that does not fit, for the message.
                self.back();
                Err(self.unexpected())
            }
        }
    }
}
