//! Lists, pipelines and simple commands.

use super::ast::{
    AssignValue, Assignment, Command, Item, Kind, Link, List, Part, Pipeline, Redirect, Simple, Target, TimeFormat,
    Word,
};
use super::error::ParseError;
use super::lexer::{Pending, Token, is_name};
use std::rc::Rc;

/// How deep commands may be nested; beyond it the text is refused rather than the stack risked.
const MAX_DEPTH: u32 = 40;

pub(super) type Parsed<T> = Result<T, ParseError>;

/// Reads commands off a text, one complete command at a time.
pub struct Parser {
    pub(super) chars: Rc<[char]>,
    pub(super) pos: usize,
    pub line: u32,
    pub(super) peeked: Option<Token>,
    /// Where the peeked token begins (with the blanks before it).
    pub(super) before: usize,
    pub(super) heredocs: Vec<Pending>,
    pub(super) depth: u32,
    /// Whether a missing end of a here-document is worth waiting for.
    pub(super) interactive: bool,
    /// Things bash says without refusing the text.
    pub warnings: Vec<String>,
}

impl Parser {
    pub fn new(text: &str, interactive: bool) -> Self {
        // A last line without its end counts as a whole one, also in the numbers of messages.
        let end = if text.ends_with('\n') { None } else { Some('\n') };
        Self::over(text.chars().chain(end).collect(), interactive)
    }

    fn over(chars: Rc<[char]>, interactive: bool) -> Self {
        Self {
            chars,
            pos: 0,
            line: 1,
            peeked: None,
            before: 0,
            heredocs: Vec::new(),
            depth: 0,
            interactive,
            warnings: Vec::new(),
        }
    }

    /// A parser for a piece of text inside this one.
    pub(super) fn nested(&self, text: &str) -> Parser {
        Parser { line: self.line, depth: self.depth, ..Parser::over(text.chars().collect(), false) }
    }

    /// The text of one line, as error messages quote it.
    pub fn line_text(&self, line: u32) -> String {
        let wanted = line.saturating_sub(1) as usize;
        self.chars.split(|c| *c == '\n').nth(wanted).map(|l| l.iter().collect()).unwrap_or_default()
    }

    /// The next complete command: everything up to the end of its line. `None` at the end of the text.
    ///
    /// # Errors
    /// A syntax error; the rest of the text is then of no use.
    pub fn next_command(&mut self) -> Parsed<Option<List>> {
        loop {
            match self.peek()? {
                Token::End => return Ok(None),
                Token::Newline => self.peeked = None,
                _ => break,
            }
        }
        let list = self.list_until(true, &[])?;
        match self.next()? {
            Token::Newline | Token::End => Ok(Some(list)),
            other => Err(self.unexpected(&other)),
        }
    }

    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::other("syntax error: commands are nested too deeply", self.line));
        }
        Ok(())
    }

    pub(super) fn unexpected(&self, token: &Token) -> ParseError {
        match token {
            Token::End => ParseError::end(self.line),
            Token::Newline => ParseError::unexpected("newline", self.line.saturating_sub(1).max(1)),
            Token::Op(op) => ParseError::unexpected(op, self.line),
            Token::Number(_) | Token::Word(_) => {
                let text: String = self.chars[self.before..self.pos.min(self.chars.len())].iter().collect();
                ParseError::unexpected(text.trim(), self.line)
            }
        }
    }

    /// A list inside a compound command, up to one of the closing words or operators (not consumed).
    pub(super) fn list(&mut self, closers: &[&str]) -> Parsed<List> {
        self.enter()?;
        let list = self.list_until(false, closers)?;
        self.depth -= 1;
        if list.items.is_empty() {
            let token = self.next()?;
            return Err(self.unexpected(&token));
        }
        Ok(list)
    }

    fn closes(&mut self, closers: &[&str]) -> Parsed<bool> {
        Ok(match self.peek()? {
            Token::End => true,
            Token::Op(op) => {
                matches!(*op, ")" | ";;" | ";&" | ";;&") && (closers.contains(op) || closers.contains(&";;"))
            }
            Token::Word(word) => word.plain().is_some_and(|text| closers.contains(&text)),
            _ => false,
        })
    }

    pub(super) fn list_until(&mut self, one_line: bool, closers: &[&str]) -> Parsed<List> {
        let mut list = List::default();
        loop {
            if !one_line {
                self.skip_newlines()?;
            }
            if self.closes(closers)? || (one_line && matches!(self.peek()?, Token::Newline)) {
                return Ok(list);
            }
            self.peek()?;
            let start = self.before;
            let first = self.pipeline()?;
            let mut rest = Vec::new();
            loop {
                let link = if self.accept("&&")? {
                    Link::And
                } else if self.accept("||")? {
                    Link::Or
                } else {
                    break;
                };
                self.skip_newlines()?;
                rest.push((link, self.pipeline()?));
            }
            self.peek()?;
            let end = self.before.max(start);
            let text = self.chars[start..end].iter().take(400).collect::<String>().trim().to_owned();
            let background = self.accept("&")?;
            let separated = background || self.accept(";")?;
            list.items.push(Item { first, rest, background, text });
            if !separated {
                match self.peek()? {
                    Token::Newline if !one_line => {}
                    _ => return Ok(list),
                }
            }
        }
    }

    pub(super) fn skip_newlines(&mut self) -> Parsed<()> {
        while matches!(self.peek()?, Token::Newline) {
            self.peeked = None;
        }
        Ok(())
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut pipeline = Pipeline { negated: false, timed: None, commands: Vec::new() };
        loop {
            if self.accept_keyword("!")? {
                pipeline.negated = !pipeline.negated;
            } else if pipeline.timed.is_none() && self.accept_keyword("time")? {
                pipeline.timed = Some(if self.accept_keyword("-p")? { TimeFormat::Posix } else { TimeFormat::Bash });
            } else {
                break;
            }
        }
        if (pipeline.timed.is_some() || pipeline.negated)
            && matches!(self.peek()?, Token::Newline | Token::End | Token::Op(";"))
        {
            return Ok(pipeline);
        }
        loop {
            let mut command = self.command()?;
            let both = self.accept("|&")?;
            if both {
                command.redirects.push(Redirect { fd: 2, target: Target::Dup(Word::quoted("1")) });
            }
            pipeline.commands.push(Rc::new(command));
            if !both && !self.accept("|")? {
                return Ok(pipeline);
            }
            self.skip_newlines()?;
        }
    }

    pub(super) fn command(&mut self) -> Parsed<Command> {
        let token = self.peek()?;
        if let Token::End | Token::Newline = token {
            let token = self.next()?;
            return Err(self.unexpected(&token));
        }
        let line = self.line;
        if let Some(kind) = self.compound()? {
            let mut redirects = Vec::new();
            while let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
            }
            return Ok(Command { kind, redirects, line });
        }
        self.simple(line)
    }

    fn simple(&mut self, line: u32) -> Parsed<Command> {
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        loop {
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            let Token::Word(_) = self.peek()? else { break };
            let Token::Word(mut word) = self.next()? else { break };
            if simple.words.is_empty() {
                word = match self.assignment(word)? {
                    Ok(assignment) => {
                        simple.assignments.push(assignment);
                        continue;
                    }
                    Err(word) => word,
                };
                if simple.assignments.is_empty() && redirects.is_empty() && self.at_function_parens(&word) {
                    return self.function_body(word.plain().unwrap_or_default().to_owned(), line);
                }
            } else if self.at(0) == Some('(') && ends_with_equals(&word) && declares(&simple.words[0]) {
                let elements = self.array()?;
                word.parts.push(Part::Array(Rc::new(elements)));
            }
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            let token = self.next()?;
            return Err(self.unexpected(&token));
        }
        Ok(Command { kind: Kind::Simple(simple), redirects, line })
    }

    /// Whether `()` follows a word that can name a function.
    fn at_function_parens(&mut self, word: &Word) -> bool {
        if word.plain().is_none_or(|name| name.contains(['=', '$'])) {
            return false;
        }
        let mut at = 0;
        while matches!(self.at(at), Some(' ' | '\t')) {
            at += 1;
        }
        if self.at(at) != Some('(') {
            return false;
        }
        at += 1;
        while matches!(self.at(at), Some(' ' | '\t')) {
            at += 1;
        }
        if self.at(at) != Some(')') {
            return false;
        }
        self.pos += at + 1;
        true
    }

    /// Turns `name=…`, `name+=…`, `name[i]=…` into an assignment, or gives the word back.
    fn assignment(&mut self, mut word: Word) -> Parsed<Result<Assignment, Word>> {
        let Some(Part::Text(first)) = word.parts.first() else { return Ok(Err(word)) };
        let Some((name, index, append, length)) = split_assignment(first) else { return Ok(Err(word)) };
        let index = match index {
            Some(text) => Some(self.nested(&text).here_text()?),
            None => None,
        };
        let rest = first[length..].to_owned();
        if rest.is_empty() && word.parts.len() == 1 && self.at(0) == Some('(') {
            let value = AssignValue::Array(self.array()?);
            return Ok(Ok(Assignment { name, index, append, value }));
        }
        if rest.is_empty() {
            word.parts.remove(0);
        } else {
            word.parts[0] = Part::Text(rest);
        }
        Ok(Ok(Assignment { name, index, append, value: AssignValue::Word(word) }))
    }

    /// `( word … )` with optional `[index]=` before each.
    fn array(&mut self) -> Parsed<Vec<(Option<Word>, Word)>> {
        self.enter()?;
        self.pos += 1;
        let mut elements = Vec::new();
        loop {
            match self.next()? {
                Token::Newline => {}
                Token::Op(")") => break,
                Token::Word(mut word) => {
                    let mut key = None;
                    if let Some(Part::Text(first)) = word.parts.first()
                        && let Some(close) = first.find("]=")
                        && first.starts_with('[')
                    {
                        key = Some(self.nested(&first[1..close]).here_text()?);
                        word.parts[0] = Part::Text(first[close + 2..].to_owned());
                    }
                    elements.push((key, word));
                }
                other => return Err(self.unexpected(&other)),
            }
        }
        self.depth -= 1;
        Ok(elements)
    }

    pub(super) fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let mut fd = None;
        if let Token::Number(number) = self.peek()? {
            fd = Some(*number);
            self.peeked = None;
        }
        let Token::Op(operator) = self.peek()? else { return Ok(None) };
        let operator = *operator;
        if !matches!(operator, "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "<&" | ">&" | "<>" | ">|" | "&>" | "&>>") {
            return Ok(None);
        }
        self.peeked = None;
        let word = match self.next()? {
            Token::Word(word) => word,
            other => return Err(self.unexpected(&other)),
        };
        let fd_or = |default| fd.unwrap_or(default);
        let (fd, target) = match operator {
            "<" => (fd_or(0), Target::Read(word)),
            ">" => (fd_or(1), Target::Write(word)),
            ">|" => (fd_or(1), Target::Clobber(word)),
            ">>" => (fd_or(1), Target::Append(word)),
            "<>" => (fd_or(0), Target::ReadWrite(word)),
            "<&" => (fd_or(0), Target::Dup(word)),
            ">&" if fd.is_none() && !is_descriptor(&word) => (1, Target::Both(word)),
            ">&" => (fd_or(1), Target::Dup(word)),
            "&>" => (1, Target::Both(word)),
            "&>>" => (1, Target::BothAppend(word)),
            "<<<" => (fd_or(0), Target::HereString(word)),
            _ => (fd_or(0), Target::HereDoc(self.announce_heredoc(&word, operator == "<<-"))),
        };
        Ok(Some(Redirect { fd, target }))
    }
}

fn is_descriptor(word: &Word) -> bool {
    match word.plain() {
        Some(text) => text == "-" || text.trim_end_matches('-').chars().all(|c| c.is_ascii_digit()),
        None => !matches!(word.parts.first(), Some(Part::Quoted(_) | Part::Double(_) | Part::Text(_))),
    }
}

fn declares(word: &Word) -> bool {
    matches!(word.plain(), Some("declare" | "typeset" | "local" | "export" | "readonly"))
}

fn ends_with_equals(word: &Word) -> bool {
    word.plain().is_some_and(|text| text.strip_suffix('=').is_some_and(|name| is_name(name.trim_end_matches('+'))))
}

/// Splits the head of an assignment: name, index text, whether it appends, and how many bytes it takes.
pub(crate) fn split_assignment(text: &str) -> Option<(String, Option<String>, bool, usize)> {
    let equals = text.find('=')?;
    let mut head = &text[..equals];
    let mut index = None;
    if let Some(open) = head.find('[') {
        // An index may itself hold `=`, as in `a[x==1]=2`; that is rare enough to leave out.
        let close = head.trim_end_matches('+').strip_suffix(']')?.len();
        index = Some(head[open + 1..close].to_owned());
        let append = head.ends_with('+');
        let name = &head[..open];
        return is_name(name).then(|| (name.to_owned(), index, append, equals + 1));
    }
    let append = head.ends_with('+');
    if append {
        head = &head[..head.len() - 1];
    }
    is_name(head).then(|| (head.to_owned(), index, append, equals + 1))
}
