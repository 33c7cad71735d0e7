//! Scripts of `sed`.

use crate::tools::regex::Regex;
use std::rc::Rc;

pub enum Address {
    Line(u64),
    Step(u64, u64),
    Last,
    Match(Rc<Regex>),
}

/// Which lines a command is for.
pub struct Range {
    pub first: Option<Address>,
    pub second: Option<Second>,
    pub negated: bool,
}

pub enum Second {
    Address(Address),
    /// `addr,+N`
    Plus(u64),
}

pub struct Command {
    pub range: Range,
    pub action: Action,
}

pub enum Action {
    Substitute {
        regex: Rc<Regex>,
        with: Vec<Piece>,
        global: bool,
        nth: u64,
        print: bool,
    },
    Translate(Vec<(char, char)>),
    Print,
    PrintFirst,
    Delete,
    DeleteFirst,
    Next,
    AppendNext,
    Quit(i32, bool),
    Number,
    Append(String),
    Insert(String),
    Change(String),
    Hold,
    HoldAppend,
    Get,
    GetAppend,
    Exchange,
    List,
    Label(String),
    Branch(String),
    BranchIf(String),
    /// `{`: where its `}` stands.
    Block(usize),
}

/// A piece of a replacement.
pub enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    extended: bool,
    last: Option<Rc<Regex>>,
}

pub fn parse(text: &str, extended: bool) -> Result<Vec<Command>, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, extended, last: None };
    let mut commands: Vec<Command> = Vec::new();
    let mut open = Vec::new();
    loop {
        reader.skip(" \t\n;");
        if reader.peek().is_none() {
            return if open.is_empty() { Ok(commands) } else { Err("char 0: unmatched `{'".to_owned()) };
        }
        if reader.peek() == Some('}') {
            reader.at += 1;
            let Some(start) = open.pop() else { return Err(reader.fail("unexpected `}'")) };
            let end = commands.len();
            if let Some(Command { action: Action::Block(target), .. }) = commands.get_mut(start) {
                *target = end;
            }
            continue;
        }
        let command = reader.command()?;
        if let Action::Block(_) = command.action {
            open.push(commands.len());
        }
        commands.push(command);
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn skip(&mut self, set: &str) {
        while self.peek().is_some_and(|c| set.contains(c)) {
            self.at += 1;
        }
        if self.peek() == Some('#') && set.contains('\n') {
            while self.peek().is_some_and(|c| c != '\n') {
                self.at += 1;
            }
            self.skip(set);
        }
    }

    fn fail(&self, what: &str) -> String {
        format!("char {}: {what}", self.at)
    }

    fn number(&mut self) -> Option<u64> {
        let digits: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).collect();
        self.at += digits.len();
        digits.parse().ok()
    }

    fn regex(&mut self, text: &str, ignore_case: bool) -> Result<Rc<Regex>, String> {
        if text.is_empty() {
            return self.last.clone().ok_or_else(|| self.fail("no previous regular expression"));
        }
        let compiled = if self.extended { Regex::extended(text, ignore_case) } else { Regex::basic(text, ignore_case) };
        let regex = Rc::new(compiled.map_err(|error| self.fail(&error))?);
        self.last = Some(regex.clone());
        Ok(regex)
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.peek() {
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some(c) if c.is_ascii_digit() => {
                let line = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(line, self.number().unwrap_or(0))));
                }
                Some(Address::Line(line))
            }
            Some('/' | '\\') => {
                if self.next() == Some('\\') {
                    self.at += 1;
                }
                let delimiter = self.chars[self.at - 1];
                let Some(text) = self.until(delimiter, true) else {
                    return Err(self.fail("unterminated address regex"));
                };
                let ignore_case = self.peek() == Some('I');
                self.at += usize::from(ignore_case);
                Some(Address::Match(self.regex(&text, ignore_case)?))
            }
            _ => None,
        })
    }

    /// Text up to an unescaped delimiter, which is consumed.
    fn until(&mut self, delimiter: char, regex: bool) -> Option<String> {
        let mut text = String::new();
        let mut bracket = false;
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    'n' if regex && delimiter != 'n' => text.push('\n'),
                    c if c == delimiter && (!regex || !"|(){}+?.*[]^$".contains(c)) => text.push(c),
                    c if c == delimiter => text.extend(['\\', c]),
                    c => text.extend(['\\', c]),
                },
                c if c == delimiter && !bracket => return Some(text),
                c => {
                    if regex && c == '[' {
                        bracket = true;
                    } else if c == ']' && !text.ends_with('[') && !text.ends_with("[^") {
                        bracket = false;
                    }
                    text.push(c);
                }
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let first = self.address()?;
        let mut second = None;
        self.skip(" \t");
        if first.is_some() && self.peek() == Some(',') {
            self.at += 1;
            self.skip(" \t");
            second = if self.peek() == Some('+') {
                self.at += 1;
                Some(Second::Plus(self.number().unwrap_or(0)))
            } else {
                match self.address()? {
                    Some(address) => Some(Second::Address(address)),
                    None => return Err(self.fail("unexpected `,'")),
                }
            };
        }
        self.skip(" \t");
        let mut negated = false;
        while self.peek() == Some('!') {
            negated = true;
            self.at += 1;
            self.skip(" \t");
        }
        let range = Range { first, second, negated };
        let Some(letter) = self.next() else { return Err(self.fail("missing command")) };
        let action = self.action(letter)?;
        if !matches!(action, Action::Block(_)) {
            self.skip(" \t");
            match self.peek() {
                None | Some('\n' | ';' | '}' | '#') => {}
                Some(_) => {
                    self.at += 1;
                    return Err(self.fail(if letter == 's' {
                        "unknown option to `s'"
                    } else {
                        "extra characters after command"
                    }));
                }
            }
        }
        Ok(Command { range, action })
    }

    fn action(&mut self, letter: char) -> Result<Action, String> {
        Ok(match letter {
            '{' => Action::Block(0),
            's' => return self.substitute(),
            'y' => return self.translate(),
            'p' => Action::Print,
            'P' => Action::PrintFirst,
            'd' => Action::Delete,
            'D' => Action::DeleteFirst,
            'n' => Action::Next,
            'N' => Action::AppendNext,
            'q' | 'Q' => {
                self.skip(" \t");
                Action::Quit(self.number().unwrap_or(0) as i32, letter == 'q')
            }
            '=' => Action::Number,
            'a' => Action::Append(self.text()),
            'i' => Action::Insert(self.text()),
            'c' => Action::Change(self.text()),
            'h' => Action::Hold,
            'H' => Action::HoldAppend,
            'g' => Action::Get,
            'G' => Action::GetAppend,
            'x' => Action::Exchange,
            'l' => Action::List,
            ':' => Action::Label(self.label()),
            'b' => Action::Branch(self.label()),
            't' => Action::BranchIf(self.label()),
            'F' | 'z' | 'e' | 'r' | 'w' | 'R' | 'W' | 'T' => {
                return Err(self.fail(&format!("the command `{letter}' is not known here")));
            }
            _ => return Err(self.fail(&format!("unknown command: `{letter}'"))),
        })
    }

    fn label(&mut self) -> String {
        self.skip(" \t");
        let label: String = self.chars[self.at..].iter().take_while(|c| !"\n;}".contains(**c)).collect();
        self.at += label.chars().count();
        label.trim().to_owned()
    }

    /// The text of `a`, `i`, `c`, in the one-line form or after a backslash and newline.
    fn text(&mut self) -> String {
        self.skip(" \t");
        if self.peek() == Some('\\') {
            self.at += 1;
            if self.peek() == Some('\n') {
                self.at += 1;
            } else {
                self.skip(" \t");
            }
        }
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\n' => {
                    self.at -= 1;
                    break;
                }
                '\\' => text.extend(self.next()),
                c => text.push(c),
            }
        }
        text
    }

    fn substitute(&mut self) -> Result<Action, String> {
        let Some(delimiter) = self.next().filter(|c| *c != '\n' && *c != '\\') else {
            return Err(self.fail("unterminated `s' command"));
        };
        let Some(pattern) = self.until(delimiter, true) else { return Err(self.fail("unterminated `s' command")) };
        let Some(with) = self.until(delimiter, false) else { return Err(self.fail("unterminated `s' command")) };
        let (mut global, mut nth, mut print, mut ignore_case) = (false, 1, false, false);
        loop {
            match self.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore_case = true,
                Some('m' | 'M') => {}
                Some(c) if c.is_ascii_digit() => {
                    nth = self.number().unwrap_or(1);
                    if nth == 0 {
                        return Err(self.fail("number option to `s' command may not be zero"));
                    }
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        let regex = self.regex(&pattern, ignore_case)?;
        Ok(Action::Substitute { regex, with: replacement(&with), global, nth, print })
    }

    fn translate(&mut self) -> Result<Action, String> {
        let delimiter = self.next().unwrap_or('/');
        let (Some(from), Some(to)) = (self.until(delimiter, false), self.until(delimiter, false)) else {
            return Err(self.fail("unterminated `y' command"));
        };
        let read = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
        let (from, to): (Vec<char>, Vec<char>) = (read(&from).chars().collect(), read(&to).chars().collect());
        if from.len() != to.len() {
            return Err(self.fail("strings for `y' command are different lengths"));
        }
        Ok(Action::Translate(from.into_iter().zip(to).collect()))
    }
}

fn replacement(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '&' => Piece::Group(0),
            '\\' => match chars.next() {
                Some(c @ '0'..='9') => Piece::Group(c as usize - '0' as usize),
                Some(c @ ('U' | 'L' | 'u' | 'l' | 'E')) => Piece::Case(c),
                Some('n') => {
                    literal.push('\n');
                    continue;
                }
                Some('t') => {
                    literal.push('\t');
                    continue;
                }
                Some(c) => {
                    literal.push(c);
                    continue;
                }
                None => {
                    literal.push('\\');
                    continue;
                }
            },
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}
