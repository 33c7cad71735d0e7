//! Reading a Go template.

use serde_json::Value;

use super::{Node, Pipeline, Term};

/// The functions that may be called.
pub const FUNCTIONS: [&str; 19] = [
    "len",
    "index",
    "print",
    "println",
    "printf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "not",
    "base64decode",
    "exists",
    "slice",
    "html",
    "js",
];

/// What stands between two braces, or outside of them.
enum Piece {
    Text(String),
    Action(String),
}

pub fn template(source: &str) -> Result<Vec<Node>, String> {
    let pieces = pieces(source)?;
    let mut at = 0;
    let (nodes, end) = nodes(&pieces, &mut at)?;
    match end {
        None => Ok(nodes),
        Some(word) => Err(format!("unexpected {{{{{word}}}}}")),
    }
}

fn pieces(source: &str) -> Result<Vec<Piece>, String> {
    let mut all = Vec::new();
    let mut rest = source;
    let mut trim = false;
    while let Some(open) = rest.find("{{") {
        let after = &rest[open + 2..];
        let close = closing(after).ok_or("unclosed action")?;
        let (action, trims_before) = match after[..close].strip_prefix("- ") {
            Some(action) => (action, true),
            None => (&after[..close], false),
        };
        let (action, trims_after) = match action.strip_suffix(" -") {
            Some(action) => (action, true),
            None => (action, false),
        };
        let mut text = &rest[..open];
        if trim {
            text = text.trim_start();
        }
        if trims_before {
            text = text.trim_end();
        }
        all.push(Piece::Text(text.to_owned()));
        let action = action.trim();
        if !(action.starts_with("/*") && action.ends_with("*/")) {
            all.push(Piece::Action(action.to_owned()));
        }
        trim = trims_after;
        rest = &after[close + 2..];
    }
    all.push(Piece::Text(if trim { rest.trim_start() } else { rest }.to_owned()));
    Ok(all)
}

fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '`') => quote = Some(c),
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

/// The nodes up to an `end` or `else`, and that word with what follows it.
fn nodes(pieces: &[Piece], at: &mut usize) -> Result<(Vec<Node>, Option<String>), String> {
    let mut all = Vec::new();
    while let Some(piece) = pieces.get(*at) {
        *at += 1;
        let action = match piece {
            Piece::Text(text) => {
                all.push(Node::Text(text.clone()));
                continue;
            }
            Piece::Action(action) => action,
        };
        let (word, rest) = action.split_once(char::is_whitespace).unwrap_or((action, ""));
        match word {
            "end" | "else" => return Ok((all, Some(action.clone()))),
            "if" | "with" | "range" => all.push(block(word, rest.trim(), pieces, at)?),
            _ => all.push(statement(action)?),
        }
    }
    Ok((all, None))
}

fn block(word: &str, head: &str, pieces: &[Piece], at: &mut usize) -> Result<Node, String> {
    let (body, end) = nodes(pieces, at)?;
    let otherwise = match end.as_deref() {
        None => return Err("unexpected EOF".to_owned()),
        Some("end") => Vec::new(),
        Some("else") => match nodes(pieces, at)? {
            (nodes, Some(end)) if end == "end" => nodes,
            _ => return Err("unexpected EOF".to_owned()),
        },
        Some(chained) => {
            let rest = chained.trim_start_matches("else").trim();
            let (word, head) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            vec![block(word, head.trim(), pieces, at)?]
        }
    };
    match word {
        "if" => Ok(Node::If(pipeline(head)?, body, otherwise)),
        "with" => Ok(Node::With(pipeline(head)?, body, otherwise)),
        _ => {
            let (names, over) = match head.split_once(":=") {
                Some((names, over)) if head.starts_with('$') => {
                    (names.split(',').map(|name| name.trim().to_owned()).collect(), over)
                }
                _ => (Vec::new(), head),
            };
            Ok(Node::Range(names, pipeline(over)?, body, otherwise))
        }
    }
}

fn statement(action: &str) -> Result<Node, String> {
    if action.starts_with('$') {
        for sign in [":=", "="] {
            if let Some((name, value)) = action.split_once(sign)
                && name.trim().chars().skip(1).all(|c| c.is_alphanumeric() || c == '_')
            {
                return Ok(Node::Assign(name.trim().to_owned(), pipeline(value)?));
            }
        }
    }
    Ok(Node::Print(pipeline(action)?))
}

fn pipeline(text: &str) -> Result<Pipeline, String> {
    let mut reader = Reader { chars: text.trim().chars().collect(), at: 0 };
    let found = reader.pipeline()?;
    match reader.at < reader.chars.len() {
        true => Err(format!("unexpected {:?} in command", reader.chars[reader.at])),
        false => Ok(found),
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, String> {
        let mut commands = vec![Vec::new()];
        loop {
            self.blanks();
            match self.peek() {
                None | Some(')') => break,
                Some('|') => {
                    self.at += 1;
                    commands.push(Vec::new());
                }
                Some(_) => {
                    let term = self.term()?;
                    if let Some(command) = commands.last_mut() {
                        command.push(term);
                    }
                }
            }
        }
        match commands.iter().any(Vec::is_empty) {
            true => Err("missing value for command".to_owned()),
            false => Ok(commands),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
        }
        name
    }

    fn fields(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while self.peek() == Some('.') {
            self.at += 1;
            match self.name() {
                name if name.is_empty() => break,
                name => all.push(name),
            }
        }
        all
    }

    fn term(&mut self) -> Result<Term, String> {
        match self.peek() {
            Some('.') => Ok(Term::Field(self.fields())),
            Some('$') => {
                self.at += 1;
                let name = format!("${}", self.name());
                Ok(Term::Variable(name, self.fields()))
            }
            Some('(') => {
                self.at += 1;
                let inner = self.pipeline()?;
                if self.peek() != Some(')') {
                    return Err("unclosed left paren".to_owned());
                }
                self.at += 1;
                Ok(Term::Group(inner, self.fields()))
            }
            Some(quote @ ('"' | '`')) => {
                let from = self.at;
                self.at += 1;
                let mut escaped = false;
                while let Some(c) = self.peek() {
                    self.at += 1;
                    match c {
                        _ if escaped => escaped = false,
                        '\\' if quote == '"' => escaped = true,
                        c if c == quote => {
                            let literal: String = self.chars[from..self.at].iter().collect();
                            let bytes = crate::go::unquote(&literal).ok_or("invalid syntax")?;
                            return Ok(Term::Literal(String::from_utf8_lossy(&bytes).into_owned().into()));
                        }
                        _ => {}
                    }
                }
                Err("unterminated quoted string".to_owned())
            }
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let mut text = String::new();
                while let Some(c) = self.peek().filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | 'e')) {
                    text.push(c);
                    self.at += 1;
                }
                serde_json::from_str(&text).map(Term::Literal).map_err(|_| format!("bad number syntax: {text:?}"))
            }
            _ => match self.name().as_str() {
                "true" => Ok(Term::Literal(Value::Bool(true))),
                "false" => Ok(Term::Literal(Value::Bool(false))),
                "nil" => Ok(Term::Literal(Value::Null)),
                "" => Err(format!("unexpected {:?} in command", self.peek().unwrap_or(' '))),
                name if FUNCTIONS.contains(&name) => Ok(Term::Function(name.to_owned())),
                name => Err(format!("function {name:?} not defined")),
            },
        }
    }
}
