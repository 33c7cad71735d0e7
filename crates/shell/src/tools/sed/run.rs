//! Carries out a `sed` script, one input line at a time.

use super::parse::{Action, Address, Command, Piece, Range, Second};
use crate::interp::slice::change_case;
use crate::tools::regex::Regex;

/// How much work one line may be: a step counts one, and one more for each hundred bytes it handles. A script that
/// loops for ever is stopped there.
const WORK_LIMIT: usize = 200_000;
/// The most the pattern or hold space keeps.
const SPACE_LIMIT: usize = 16 << 20;

pub struct Machine {
    commands: Vec<Command>,
    /// For each command, whether it is inside its range and until which line.
    active: Vec<Option<u64>>,
    quiet: bool,
    number: u64,
    pattern: String,
    hold: String,
    out: Vec<u8>,
    /// Text to be printed after the line.
    after: Vec<u8>,
    /// Where to go on when a command had to wait for the next line, and whether that line is appended.
    waiting: Option<(usize, bool)>,
    newline: bool,
    pub quit: Option<i32>,
}

impl Machine {
    pub fn new(commands: Vec<Command>, quiet: bool) -> Self {
        let active = commands.iter().map(|_| None).collect();
        Self {
            commands,
            active,
            quiet,
            number: 0,
            pattern: String::new(),
            hold: String::new(),
            out: Vec::new(),
            after: Vec::new(),
            waiting: None,
            newline: true,
            quit: None,
        }
    }

    pub fn restart(&mut self) {
        self.number = 0;
        self.waiting = None;
        self.quit = None;
    }

    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Whether the script asks which line is the last.
    pub fn looks_ahead(&self) -> bool {
        self.commands.iter().any(|command| {
            matches!(command.range.first, Some(Address::Last))
                || matches!(command.range.second, Some(Second::Address(Address::Last)))
                || matches!(command.action, Action::Next | Action::AppendNext)
        })
    }

    /// A line with its newline, if it has one.
    pub fn raw_line(&mut self, line: &[u8], last: bool) {
        self.newline = line.ends_with(b"\n");
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).into_owned();
        self.line(&text, last);
    }

    pub fn line(&mut self, text: &str, last: bool) {
        self.number += 1;
        let start = match self.waiting.take() {
            Some((at, append)) => {
                if append && self.pattern.len() + text.len() < SPACE_LIMIT {
                    self.pattern.push('\n');
                    self.pattern.push_str(text);
                } else {
                    text.clone_into(&mut self.pattern);
                }
                at
            }
            None => {
                text.clone_into(&mut self.pattern);
                0
            }
        };
        self.execute(start, last);
    }

    /// The input is over; a command that waited for a line prints what it had.
    pub fn end(&mut self) {
        if let Some((_, append)) = self.waiting.take()
            && append
            && !self.quiet
        {
            self.print_pattern();
        }
        self.flush_after();
    }

    fn print(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'\n');
    }

    fn print_pattern(&mut self) {
        let text = std::mem::take(&mut self.pattern);
        self.out.extend_from_slice(text.as_bytes());
        if self.newline {
            self.out.push(b'\n');
        }
        self.pattern = text;
    }

    fn flush_after(&mut self) {
        let after = std::mem::take(&mut self.after);
        self.out.extend(after);
    }

    fn matches(&self, address: &Address, last: bool) -> bool {
        match address {
            Address::Line(line) => self.number == *line,
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => self.number >= *first && (self.number - first).is_multiple_of(*step),
            Address::Last => last,
            Address::Match(regex) => regex.is_match(&self.pattern),
        }
    }

    fn selected(&mut self, at: usize, last: bool) -> bool {
        let Range { first, second, negated } = &self.commands[at].range;
        let negated = *negated;
        let inside = match (first, second) {
            (None, _) => true,
            (Some(first), None) => self.matches(first, last),
            (Some(first), Some(second)) => match self.active[at] {
                Some(until) => {
                    let ends = match second {
                        Second::Address(Address::Line(line)) => {
                            if self.number > *line {
                                self.active[at] = None;
                                return self.matches(&Address::Line(0), last) != negated;
                            }
                            self.number == *line
                        }
                        Second::Address(address) => self.matches(address, last),
                        Second::Plus(_) => self.number >= until,
                    };
                    if ends {
                        self.active[at] = None;
                    }
                    true
                }
                None if self.matches(first, last) => {
                    let until = match second {
                        Second::Plus(0) => None,
                        Second::Plus(count) => Some(self.number + count),
                        Second::Address(Address::Line(line)) if *line <= self.number => None,
                        Second::Address(Address::Last) if last => None,
                        Second::Address(_) => Some(u64::MAX),
                    };
                    self.active[at] = until;
                    true
                }
                None => false,
            },
        };
        inside != negated
    }

    fn execute(&mut self, start: usize, last: bool) {
        let mut at = start;
        let mut work = 0;
        let mut substituted = false;
        while at < self.commands.len() {
            work += 1 + self.pattern.len() / 100;
            if work > WORK_LIMIT {
                self.quit = Some(1);
                break;
            }
            let selected = self.selected(at, last);
            if !selected {
                at = match self.commands[at].action {
                    Action::Block(end) => end,
                    _ => at + 1,
                };
                continue;
            }
            let next = at + 1;
            at = match &self.commands[at].action {
                Action::Substitute { regex, with, global, nth, print } => {
                    let changed = substitute(&self.pattern, regex, with, *global, *nth);
                    let print = *print;
                    if let Some(text) = changed {
                        substituted = true;
                        self.pattern = text;
                        if print {
                            self.print_pattern();
                        }
                    }
                    next
                }
                Action::Translate(pairs) => {
                    let swap = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    self.pattern = self.pattern.chars().map(swap).collect();
                    next
                }
                Action::Print => {
                    self.print_pattern();
                    next
                }
                Action::PrintFirst => {
                    let first = self.pattern.split('\n').next().unwrap_or_default().to_owned();
                    self.print(&first);
                    next
                }
                Action::Delete => {
                    self.flush_after();
                    return;
                }
                Action::DeleteFirst => {
                    let Some((_, rest)) = self.pattern.split_once('\n') else {
                        self.flush_after();
                        return;
                    };
                    self.pattern = rest.to_owned();
                    0
                }
                Action::Next => {
                    if !self.quiet {
                        self.print_pattern();
                    }
                    self.flush_after();
                    if last {
                        self.quit = Some(0);
                    }
                    self.waiting = Some((next, false));
                    return;
                }
                Action::AppendNext => {
                    if last {
                        break;
                    }
                    self.waiting = Some((next, true));
                    return;
                }
                Action::Quit(code, print) => {
                    self.quit = Some(*code);
                    if !print {
                        return;
                    }
                    break;
                }
                Action::Number => {
                    self.print(&self.number.to_string());
                    next
                }
                Action::Append(text) => {
                    self.after.extend_from_slice(format!("{text}\n").as_bytes());
                    next
                }
                Action::Insert(text) => {
                    let text = text.clone();
                    self.print(&text);
                    next
                }
                Action::Change(text) => {
                    let text = text.clone();
                    // In a range the text stands for all of it, so it is printed at its end.
                    if self.active[at].is_none() || self.commands[at].range.negated {
                        self.print(&text);
                    }
                    self.flush_after();
                    return;
                }
                Action::Hold => {
                    self.hold = self.pattern.clone();
                    next
                }
                Action::HoldAppend => {
                    if self.hold.len() + self.pattern.len() < SPACE_LIMIT {
                        self.hold = format!("{}\n{}", self.hold, self.pattern);
                    }
                    next
                }
                Action::Get => {
                    self.pattern = self.hold.clone();
                    next
                }
                Action::GetAppend => {
                    if self.hold.len() + self.pattern.len() < SPACE_LIMIT {
                        self.pattern = format!("{}\n{}", self.pattern, self.hold);
                    }
                    next
                }
                Action::Exchange => {
                    std::mem::swap(&mut self.hold, &mut self.pattern);
                    next
                }
                Action::List => {
                    let text = self.pattern.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
                    self.print(&format!("{text}$"));
                    next
                }
                Action::Branch(label) => self.target(label),
                Action::BranchIf(label) if std::mem::take(&mut substituted) => self.target(label),
                Action::BranchIf(_) | Action::Label(_) | Action::Block(_) => next,
            };
        }
        if !self.quiet {
            self.print_pattern();
        }
        self.flush_after();
    }

    fn target(&self, label: &str) -> usize {
        let found = self.commands.iter().position(|c| matches!(&c.action, Action::Label(own) if own == label));
        if label.is_empty() { self.commands.len() } else { found.unwrap_or(self.commands.len()) }
    }
}

/// The text with the matches from the `nth` on replaced; `None` when nothing was.
fn substitute(text: &str, regex: &Regex, with: &[Piece], global: bool, nth: u64) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut copied, mut count) = (0, 0, 0);
    let mut changed = false;
    // Where the last match ended: an empty one right there does not count.
    let mut last_end = None;
    while at <= text.len() {
        let Some(groups) = regex.captures_at(text, at) else { break };
        let Some((from, to)) = groups.first().copied().flatten() else { break };
        let next = to + text[to..].chars().next().map_or(1, char::len_utf8);
        if from == to && last_end == Some(from) {
            at = next;
            continue;
        }
        count += 1;
        if count >= nth {
            out.push_str(&text[copied..from]);
            append(&mut out, text, &groups, with);
            copied = to;
            changed = true;
            if !global {
                break;
            }
        }
        last_end = Some(to);
        at = if to > from { to } else { next };
    }
    out.push_str(&text[copied..]);
    changed.then_some(out)
}

fn append(out: &mut String, text: &str, groups: &[Option<(usize, usize)>], with: &[Piece]) {
    let (mut whole, mut once) = (None, None);
    for piece in with {
        let added = match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Group(n) => groups.get(*n).copied().flatten().map_or("", |(from, to)| &text[from..to]),
            Piece::Case(c @ ('U' | 'L')) => {
                whole = Some(*c);
                continue;
            }
            Piece::Case('E') => {
                whole = None;
                continue;
            }
            Piece::Case(c) => {
                once = Some(*c);
                continue;
            }
        };
        let mut added = match whole {
            Some(c) => change_case(added, c == 'U', true),
            None => added.to_owned(),
        };
        if !added.is_empty()
            && let Some(c) = once.take()
        {
            added = change_case(&added, c == 'u', false);
        }
        out.push_str(&added);
    }
}
