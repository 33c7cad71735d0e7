//! From words as written to the words a command gets.

use super::Flow;
use super::fields::{Field, Fields};
use super::io::{Fd, Io};
use super::pattern;
use super::shell::Shell;
use super::{brace, glob};
use crate::grammar::arith;
use crate::grammar::ast::{List, Part, Word};
use crate::io::Capture;
use crate::os::future::LocalBoxFuture;
use std::rc::Rc;

/// What `$( )` may collect.
const SUBSTITUTION_LIMIT: usize = 16 << 20;
/// What one command's words may come to, as the kernel limits what `exec` takes.
const ARGUMENTS_LIMIT: usize = 8 << 20;

/// How expansions inside a word are treated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Unquoted: values are split and may match files.
    Split,
    /// Unquoted where no splitting happens: assignments, `case`, `[[ ]]`.
    Whole,
    /// Between double quotes.
    Quoted,
}

impl Shell {
    fn separators(&self) -> String {
        self.session.borrow().get("IFS").unwrap_or(" \t\n").to_owned()
    }

    /// All expansions of a command's words.
    pub(super) async fn words(&self, words: &[Word], io: &Io) -> Result<Vec<String>, Flow> {
        let mut out = Vec::new();
        let mut size = 0;
        for word in words {
            for word in brace::expand(word) {
                let start = out.len();
                self.word_fields(&word, io, &mut out).await?;
                size += out[start..].iter().map(|w| w.len() + 1).sum::<usize>();
                if size > ARGUMENTS_LIMIT {
                    self.complain(io, "Argument list too long");
                    return Err(Flow::Abort(1));
                }
            }
        }
        Ok(out)
    }

    async fn word_fields(&self, word: &Word, io: &Io, out: &mut Vec<String>) -> Result<(), Flow> {
        if let [Part::Text(text)] = word.parts.as_slice()
            && !text.starts_with('~')
            && !pattern::is_pattern(text)
        {
            out.push(text.clone());
            return Ok(());
        }
        let mut fields = Fields::new(&self.separators());
        self.parts(&word.parts, io, Mode::Split, true, &mut fields).await?;
        for field in fields.finish() {
            self.glob_field(&field, out);
        }
        Ok(())
    }

    fn glob_field(&self, field: &Field, out: &mut Vec<String>) {
        let session = self.session.borrow();
        if field.globs() && !session.options.no_glob {
            let matches = glob::expand(&self.kernel().files.borrow(), session.cwd(), field.pattern());
            if !matches.is_empty() {
                out.extend(matches);
                return;
            }
        }
        out.push(field.text());
    }

    /// A word as one text, neither split nor matched against files.
    pub(super) async fn word_text(&self, word: &Word, io: &Io) -> Result<String, Flow> {
        Ok(pattern::unescape(&self.word_pattern(word, io).await?))
    }

    /// A word as a pattern: what was quoted is escaped.
    pub(super) async fn word_pattern(&self, word: &Word, io: &Io) -> Result<String, Flow> {
        let mut fields = Fields::new("");
        self.parts(&word.parts, io, Mode::Whole, true, &mut fields).await?;
        let fields: Vec<_> = fields.finish().iter().map(|field| field.pattern().to_owned()).collect();
        Ok(fields.join(" "))
    }

    /// The value of an assignment: as [`Shell::word_text`], with tildes also after colons.
    pub(super) async fn assigned_text(&self, word: &Word, io: &Io) -> Result<String, Flow> {
        if let [Part::Text(text)] = word.parts.as_slice()
            && text.contains('~')
        {
            let pieces: Vec<_> = text.split(':').map(|piece| self.tilde(piece)).collect();
            return Ok(pieces.join(":"));
        }
        self.word_text(word, io).await
    }

    pub(super) fn parts<'a>(
        &'a self,
        parts: &'a [Part],
        io: &'a Io,
        mode: Mode,
        at_start: bool,
        out: &'a mut Fields,
    ) -> LocalBoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            for (i, part) in parts.iter().enumerate() {
                match part {
                    Part::Text(text) if i == 0 && at_start && text.starts_with('~') => {
                        let expanded = self.tilde(text);
                        let end = text.find('/').map_or("", |at| &text[at..]);
                        if expanded != *text && mode != Mode::Quoted {
                            out.quoted(expanded.strip_suffix(end).unwrap_or(&expanded));
                            out.text(end);
                        } else {
                            out.text(text);
                        }
                    }
                    Part::Text(text) if mode == Mode::Quoted => out.quoted(text),
                    Part::Text(text) => out.text(text),
                    Part::Quoted(text) => out.quoted(text),
                    Part::Double(inner) => {
                        // `"$@"` without parameters gives no word at all, every other pair of quotes gives one.
                        let only_list =
                            matches!(inner.as_slice(), [Part::Param(param)] if super::param::is_list(param));
                        if !only_list {
                            out.quoted("");
                        }
                        self.parts(inner, io, Mode::Quoted, false, out).await?;
                    }
                    Part::Param(param) => self.param(param, io, mode, out).await?,
                    Part::Command(list) => {
                        let text = self.substitute(list.clone(), io).await?;
                        emit(out, &text, mode);
                    }
                    Part::Arith(word) => {
                        let value = self.arith(word, io).await?;
                        emit(out, &value.to_string(), mode);
                    }
                    Part::Process(list, reads) => {
                        let path = self.process_file(list.clone(), *reads, io).await?;
                        out.quoted(&path);
                    }
                    Part::Bad(text) => {
                        self.complain(io, &format!("{text}: bad substitution"));
                        return Err(Flow::Abort(1));
                    }
                    Part::Array(_) => {}
                }
            }
            Ok(())
        })
    }

    /// `~`, `~/x`, `~+`, `~root`.
    pub(super) fn tilde(&self, text: &str) -> String {
        if !text.starts_with('~') {
            return text.to_owned();
        }
        let end = text.find('/').unwrap_or(text.len());
        let session = self.session.borrow();
        let home = match &text[1..end] {
            "" => Some(session.get("HOME").unwrap_or("/root").to_owned()),
            "+" => Some(session.cwd().to_owned()),
            "-" => session.get("OLDPWD").map(str::to_owned),
            "root" => Some("/root".to_owned()),
            _ => None,
        };
        match home {
            Some(home) => format!("{home}{}", &text[end..]),
            None => text.to_owned(),
        }
    }

    /// The output of a list of commands, without the newlines at its end.
    pub(super) async fn substitute(&self, list: Rc<List>, io: &Io) -> Result<String, Flow> {
        let (writer, capture) = Capture::new(SUBSTITUTION_LIMIT);
        let inner = io.clone();
        inner.set(1, Fd::Write(writer));
        let group = Some(self.process.record.group.get());
        let nested = self.nesting.get();
        let child = self.fork(&inner, group, move |shell, io| {
            shell.nesting.set(nested + 1);
            Box::pin(async move { shell.list(&list, &io).await })
        });
        drop(inner);
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                self.complain(io, &format!("fork: retry: {error}"));
                return Err(Flow::Abort(error.code()));
            }
        };
        let status = child.wait().await;
        self.substituted.set(status.code);
        let mut bytes = capture.take();
        bytes.retain(|b| *b != 0);
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    /// `<( )` as a file that holds what the command printed; `>( )` is a file nobody reads.
    async fn process_file(&self, list: Rc<List>, reads: bool, io: &Io) -> Result<String, Flow> {
        let path = format!("/tmp/.fd{}", self.kernel().sequence());
        let text = if reads { format!("{}\n", self.substitute(list, io).await?) } else { String::new() };
        let content = if text == "\n" { String::new() } else { text };
        let written = self.kernel().files.borrow_mut().write(&path, content);
        if let Err(error) = written {
            self.complain(io, &format!("{path}: {error}"));
        }
        Ok(path)
    }

    pub(super) async fn arith(&self, word: &Word, io: &Io) -> Result<i64, Flow> {
        let text = self.word_text(word, io).await?;
        match self.evaluate(&text) {
            Ok(value) => Ok(value),
            Err(message) => {
                self.complain(io, &message);
                Err(Flow::Abort(1))
            }
        }
    }

    /// The value of an arithmetic expression.
    ///
    /// # Errors
    /// The words bash puts after the expression's text.
    pub(super) fn evaluate(&self, text: &str) -> Result<i64, String> {
        arith::evaluate(text, &mut &*self)
    }
}

/// A shell's variables, with those that it makes up when they are asked for (`SECONDS`, `RANDOM`).
impl arith::Variables for &Shell {
    fn read(&self, name: &str, index: Option<i64>) -> Option<String> {
        let known = self.session.borrow().read(name, index);
        if known.is_some() || index.is_some() { known } else { self.scalar(name) }
    }

    fn write(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), String> {
        self.session.borrow_mut().write(name, index, value)
    }
}

/// Adds the value of an expansion.
pub(super) fn emit(out: &mut Fields, text: &str, mode: Mode) {
    match mode {
        Mode::Split => out.split(text),
        Mode::Whole if text.is_empty() => {}
        // An unquoted value keeps its pattern characters in `case` and `[[ ]]`.
        Mode::Whole => out.text(text),
        Mode::Quoted => out.quoted(text),
    }
}
