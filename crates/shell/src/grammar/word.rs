//! The inside of words: quotes and expansions.

use super::ast::{Index, Param, ParamOp, Part, ReplaceMode, Word};
use super::error::ParseError;
use super::lexer::{Token, is_meta, is_name_char};
use super::parser::{Parsed, Parser};
use std::rc::Rc;

/// Where a run of word parts stands, which decides what ends it and what quotes mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// A word of a command.
    Plain,
    /// Between double quotes.
    Double,
    /// A here-document's body, an arithmetic text: double-quote rules without an end.
    Here,
    /// An operand of `${ }`, ended by `}` or one of two more characters.
    Brace { quoted: bool, stops: [char; 2] },
    /// The right side of `=~`: parentheses and bars are part of it.
    Regex,
}

impl Within {
    fn ends(self, c: char) -> bool {
        match self {
            Within::Plain => is_meta(c),
            Within::Double => c == '"',
            Within::Here => false,
            Within::Brace { stops, .. } => c == '}' || stops.contains(&c),
            Within::Regex => matches!(c, ' ' | '\t' | '\n'),
        }
    }

    fn double_rules(self) -> bool {
        matches!(self, Within::Double | Within::Here | Within::Brace { quoted: true, .. })
    }
}

/// Collects parts, joining neighbouring text.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn text(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.0.push(Part::Text(c.to_string())),
        }
    }

    fn quoted(&mut self, piece: &str) {
        match self.0.last_mut() {
            Some(Part::Quoted(text)) => text.push_str(piece),
            _ => self.0.push(Part::Quoted(piece.to_owned())),
        }
    }
}

impl Parser {
    /// One word of a command.
    pub(super) fn word(&mut self) -> Parsed<Word> {
        Ok(Word { parts: self.parts(Within::Plain)? })
    }

    pub(super) fn regex_word(&mut self) -> Parsed<Word> {
        self.skip_blanks();
        let mut parts = self.parts(Within::Regex)?;
        // Blanks inside parentheses belong to the expression.
        while open_parens(&parts) && self.at(0).is_some_and(|c| c == ' ') {
            self.pos += 1;
            parts.push(Part::Text(" ".to_owned()));
            parts.extend(self.parts(Within::Regex)?);
        }
        Ok(Word { parts })
    }

    /// The whole text by the rules of a here-document's body.
    pub(super) fn here_text(mut self) -> Parsed<Word> {
        Ok(Word { parts: self.parts(Within::Here)? })
    }

    fn parts(&mut self, within: Within) -> Parsed<Vec<Part>> {
        let mut parts = Parts::default();
        let start = self.line;
        while let Some(c) = self.at(0) {
            if within == Within::Plain && (c == '<' || c == '>') && self.at(1) == Some('(') && parts.0.is_empty() {
                self.pos += 2;
                let list = self.command_list()?;
                parts.0.push(Part::Process(Rc::new(list), c == '<'));
                continue;
            }
            if within.ends(c) {
                return Ok(parts.0);
            }
            self.step();
            match c {
                '\\' => self.backslash(within, &mut parts),
                '\'' if !within.double_rules() => {
                    let text = self.until_quote('\'')?;
                    parts.quoted(&text);
                }
                '"' if within != Within::Here && within != Within::Double => {
                    let inner = self.parts(Within::Double)?;
                    if self.step().is_none() {
                        return Err(ParseError::unmatched('"', start));
                    }
                    parts.0.push(Part::Double(inner));
                }
                '`' => {
                    let list = self.backticks(within)?;
                    parts.0.push(list);
                }
                '$' => self.dollar(within, &mut parts)?,
                c if within.double_rules() => parts.quoted(c.encode_utf8(&mut [0; 4])),
                c => parts.text(c),
            }
        }
        match within {
            Within::Double => Err(ParseError::unmatched('"', start)),
            Within::Brace { .. } => Err(ParseError::unmatched('}', start)),
            _ => Ok(parts.0),
        }
    }

    fn backslash(&mut self, within: Within, parts: &mut Parts) {
        match self.step() {
            None => parts.quoted("\\"),
            Some('\n') => {}
            Some(c) if within.double_rules() => {
                let special = matches!(c, '$' | '`' | '\\')
                    || (c == '"' && within != Within::Here)
                    || (c == '}' && matches!(within, Within::Brace { .. }));
                if !special {
                    parts.quoted("\\");
                }
                parts.quoted(c.encode_utf8(&mut [0; 4]));
            }
            Some(c) => parts.quoted(c.encode_utf8(&mut [0; 4])),
        }
    }

    fn until_quote(&mut self, quote: char) -> Parsed<String> {
        let start = self.line;
        let mut text = String::new();
        loop {
            match self.step() {
                None => return Err(ParseError::unmatched(quote, start)),
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    /// The text after `` ` ``, itself a list of commands once `\$`, ``\` `` and `\\` are undone.
    fn backticks(&mut self, within: Within) -> Parsed<Part> {
        let start = self.line;
        let mut text = String::new();
        loop {
            match self.step() {
                None => return Err(ParseError::unmatched('`', start)),
                Some('`') => break,
                Some('\\') => match self.step() {
                    Some(c @ ('$' | '`' | '\\')) => text.push(c),
                    Some('"') if within == Within::Double => text.push('"'),
                    Some(c) => text.extend(['\\', c]),
                    None => return Err(ParseError::unmatched('`', start)),
                },
                Some(c) => text.push(c),
            }
        }
        self.enter()?;
        let mut inner = self.nested(&text);
        let list = inner.list_until(false, &[])?;
        let token = inner.next()?;
        if !matches!(token, Token::End) {
            return Err(inner.unexpected(&token));
        }
        self.depth -= 1;
        Ok(Part::Command(Rc::new(list)))
    }

    /// Commands up to the closing parenthesis, which is consumed. Here-documents announced inside belong inside.
    fn command_list(&mut self) -> Parsed<super::ast::List> {
        self.enter()?;
        let outer = std::mem::take(&mut self.heredocs);
        let peeked = self.peeked.take();
        let before = self.before;
        let list = self.list_until(false, &[")"])?;
        match self.next()? {
            Token::Op(")") => {}
            Token::End => return Err(ParseError::unmatched(')', self.line)),
            other => return Err(self.unexpected(&other)),
        }
        self.heredocs = outer;
        self.peeked = peeked;
        self.before = before;
        self.depth -= 1;
        Ok(list)
    }

    /// What follows a `$` that has been read.
    fn dollar(&mut self, within: Within, parts: &mut Parts) -> Parsed<()> {
        match self.at(0) {
            Some('(') if self.at(1) == Some('(') => {
                if let Some(text) = self.arith_text(2) {
                    self.enter()?;
                    let word = self.nested(&text).here_text()?;
                    self.depth -= 1;
                    parts.0.push(Part::Arith(Rc::new(word)));
                } else {
                    self.pos += 1;
                    parts.0.push(Part::Command(Rc::new(self.command_list()?)));
                }
            }
            Some('(') => {
                self.pos += 1;
                parts.0.push(Part::Command(Rc::new(self.command_list()?)));
            }
            Some('{') => {
                self.pos += 1;
                self.enter()?;
                let part = self.braced(within.double_rules())?;
                self.depth -= 1;
                parts.0.push(part);
            }
            Some('\'') if !within.double_rules() => {
                self.pos += 1;
                let text = self.ansi_quote()?;
                parts.quoted(&text);
            }
            Some('"') if !within.double_rules() => {}
            Some(c) if is_name_char(c, true) => {
                let mut name = String::new();
                while let Some(c) = self.at(0).filter(|c| is_name_char(*c, false)) {
                    name.push(c);
                    self.pos += 1;
                }
                parts.0.push(plain_param(name));
            }
            Some(c @ ('0'..='9' | '@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                self.pos += 1;
                parts.0.push(plain_param(c.to_string()));
            }
            _ if within.double_rules() => parts.quoted("$"),
            _ => parts.text('$'),
        }
        Ok(())
    }

    /// The text between `((` (at `skip` characters from here) and its `))`, or nothing if it does not close that way.
    pub(super) fn arith_text(&mut self, skip: usize) -> Option<String> {
        let mut depth = 0u32;
        let mut at = self.pos + skip;
        let mut quote = None;
        while let Some(c) = self.chars.get(at) {
            match (quote, *c) {
                (Some(q), c) if q == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(*c),
                (None, '\\') => at += 1,
                (None, '(') => depth += 1,
                (None, ')') if depth > 0 => depth -= 1,
                (None, ')') => {
                    if self.chars.get(at + 1) != Some(&')') {
                        return None;
                    }
                    let text: String = self.chars[self.pos + skip..at].iter().collect();
                    self.line += text.matches('\n').count() as u32;
                    self.pos = at + 2;
                    return Some(text.replace('"', ""));
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The inside of `${ }`; the brace has been read.
    fn braced(&mut self, quoted: bool) -> Parsed<Part> {
        let (start, begin) = (self.line, self.pos);
        let mut indirect = false;
        let mut length = false;
        if self.at(0) == Some('#')
            && self.at(1).is_some_and(|c| c != '}' && (is_name_char(c, false) || "@*?!$-#".contains(c)))
        {
            length = true;
            self.pos += 1;
        } else if self.at(0) == Some('!') && self.at(1).is_some_and(|c| is_name_char(c, false) || c == '@' || c == '#')
        {
            indirect = true;
            self.pos += 1;
        }
        let name = self.param_name();
        if name.is_empty() {
            return self.bad_substitution(begin, start);
        }
        let index = self.index()?;
        let op = if length { Some(ParamOp::Length) } else { self.param_op(quoted, indirect, index.is_some())? };
        let Some(op) = op else { return self.bad_substitution(begin, start) };
        if self.step() != Some('}') {
            return self.bad_substitution(begin, start);
        }
        Ok(Part::Param(Rc::new(Param { name, index, indirect, op })))
    }

    /// Skips to the closing brace; what stands between is only looked at when the word is expanded.
    fn bad_substitution(&mut self, begin: usize, start: u32) -> Parsed<Part> {
        self.pos = begin;
        while let Some(c) = self.step() {
            if c == '}' {
                let text: String = self.chars[begin..self.pos].iter().collect();
                return Ok(Part::Bad(format!("${{{text}")));
            }
        }
        Err(ParseError::unmatched('}', start))
    }

    fn param_name(&mut self) -> String {
        let mut name = String::new();
        match self.at(0) {
            Some(c) if is_name_char(c, true) => {
                while let Some(c) = self.at(0).filter(|c| is_name_char(*c, false)) {
                    name.push(c);
                    self.pos += 1;
                }
            }
            Some(c) if c.is_ascii_digit() => {
                while let Some(c) = self.at(0).filter(char::is_ascii_digit) {
                    name.push(c);
                    self.pos += 1;
                }
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                name.push(c);
                self.pos += 1;
            }
            _ => {}
        }
        name
    }

    fn index(&mut self) -> Parsed<Option<Index>> {
        if self.at(0) != Some('[') {
            return Ok(None);
        }
        let start = self.line;
        self.pos += 1;
        if matches!(self.at(0), Some('@' | '*')) && self.at(1) == Some(']') {
            let all = self.at(0) == Some('@');
            self.pos += 2;
            return Ok(Some(if all { Index::All } else { Index::Star }));
        }
        let parts = self.parts(Within::Brace { quoted: false, stops: [']', ']'] })?;
        if self.step() != Some(']') {
            return Err(ParseError::unmatched(']', start));
        }
        Ok(Some(Index::At(Word { parts })))
    }

    fn operand(&mut self, quoted: bool, stop: char) -> Parsed<Word> {
        Ok(Word { parts: self.parts(Within::Brace { quoted, stops: [stop, stop] })? })
    }

    fn param_op(&mut self, quoted: bool, indirect: bool, indexed: bool) -> Parsed<Option<ParamOp>> {
        let Some(c) = self.at(0) else { return Ok(Some(ParamOp::Plain)) };
        if indirect && (c == '*' || c == '@') && self.at(1) == Some('}') {
            self.pos += 1;
            return Ok(Some(ParamOp::Names));
        }
        if c == '}' {
            return Ok(Some(if indirect && indexed { ParamOp::Keys } else { ParamOp::Plain }));
        }
        let colon = c == ':' && matches!(self.at(1), Some('-' | '=' | '+' | '?'));
        if colon {
            self.pos += 1;
        }
        let c = self.step().unwrap_or('}');
        Ok(Some(match c {
            '-' => ParamOp::Default(self.operand(quoted, '}')?, colon),
            '=' => ParamOp::Assign(self.operand(quoted, '}')?, colon),
            '+' => ParamOp::Alternative(self.operand(quoted, '}')?, colon),
            '?' => ParamOp::Error(self.operand(quoted, '}')?, colon),
            '#' | '%' => {
                let longest = self.at(0) == Some(c);
                if longest {
                    self.pos += 1;
                }
                // Patterns keep their own quoting, also between double quotes.
                let pattern = self.operand(false, '}')?;
                if c == '#' { ParamOp::TrimStart { pattern, longest } } else { ParamOp::TrimEnd { pattern, longest } }
            }
            '/' => {
                let mode = match self.at(0) {
                    Some('/') => ReplaceMode::All,
                    Some('#') => ReplaceMode::Start,
                    Some('%') => ReplaceMode::End,
                    _ => ReplaceMode::First,
                };
                if mode != ReplaceMode::First {
                    self.pos += 1;
                }
                // A slash right at the beginning belongs to the pattern.
                let slash = self.at(0) == Some('/');
                self.pos += usize::from(slash);
                let mut pattern = self.operand(false, '/')?;
                if slash {
                    pattern.parts.insert(0, Part::Quoted("/".to_owned()));
                }
                let mut with = Word::default();
                if self.at(0) == Some('/') {
                    self.pos += 1;
                    with = self.operand(quoted, '}')?;
                }
                ParamOp::Replace { pattern, with, mode }
            }
            ':' => {
                let offset = self.operand(true, ':')?;
                let mut length = None;
                if self.at(0) == Some(':') {
                    self.pos += 1;
                    length = Some(self.operand(true, '}')?);
                }
                ParamOp::Slice { offset, length }
            }
            '^' | ',' => {
                let all = self.at(0) == Some(c);
                if all {
                    self.pos += 1;
                }
                ParamOp::Case { upper: c == '^', all }
            }
            '@' => ParamOp::Transform(self.step().unwrap_or('}')),
            _ => return Ok(None),
        }))
    }

    /// `$'…'` with C's escapes; the opening quote has been read.
    fn ansi_quote(&mut self) -> Parsed<String> {
        let start = self.line;
        let mut raw = String::new();
        loop {
            match self.step() {
                None => return Err(ParseError::unmatched('\'', start)),
                Some('\'') => break,
                Some('\\') => match self.step() {
                    Some('\'') => raw.push('\''),
                    Some('"') => raw.push('"'),
                    Some(c) => raw.extend(['\\', c]),
                    None => return Err(ParseError::unmatched('\'', start)),
                },
                Some(c) => raw.push(c),
            }
        }
        let bytes = crate::tools::escape::expand(raw.as_bytes(), crate::tools::escape::Style::Ansi).bytes;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn plain_param(name: String) -> Part {
    Part::Param(Rc::new(Param { name, index: None, indirect: false, op: ParamOp::Plain }))
}

fn open_parens(parts: &[Part]) -> bool {
    let mut depth = 0i64;
    for part in parts {
        if let Part::Text(text) = part {
            depth += text.matches('(').count() as i64 - text.matches(')').count() as i64;
        }
    }
    depth > 0
}
