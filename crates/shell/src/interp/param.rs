//! Parameters: `$x`, `${x…}`, the special ones, arrays.

use super::Flow;
use super::expand::{Mode, emit};
use super::fields::Fields;
use super::io::Io;
use super::pattern::Pattern;
use super::session::Value;
use super::shell::Shell;
use super::slice;
use crate::grammar::ast::{Index, Param, ParamOp, ReplaceMode};

/// Whether a parameter stands for a list of words between double quotes: `$@`, `${a[@]}`.
pub(super) fn is_list(param: &Param) -> bool {
    (param.name == "@" || matches!(param.index, Some(Index::All)) || matches!(param.op, ParamOp::Names))
        && !matches!(param.op, ParamOp::Length)
}

/// What a parameter stands for before its operator is applied.
enum Found {
    Nothing,
    Text(String),
    /// The words, and whether they join to one word between double quotes.
    List(Vec<String>, bool),
}

impl Shell {
    /// The value of a parameter that is not an array.
    pub(super) fn scalar(&self, name: &str) -> Option<String> {
        let session = self.session.borrow();
        match name {
            "?" => Some(session.status.to_string()),
            "$" => Some(session.pid.to_string()),
            "!" => session.last_background.map(|pid| pid.to_string()),
            "#" => Some(session.positional.len().to_string()),
            "0" => Some(session.name.clone()),
            "-" => Some(session.options.letters()),
            "@" | "*" => (!session.positional.is_empty()).then(|| session.positional.join(" ")),
            "RANDOM" => Some((self.kernel().random() >> 49).to_string()),
            "SECONDS" => Some((self.kernel().now.get().saturating_sub(session.started) / 1_000_000).to_string()),
            "EPOCHSECONDS" => Some((self.process.wall_clock() / 1_000_000).to_string()),
            "EPOCHREALTIME" => {
                let clock = self.process.wall_clock();
                Some(format!("{}.{:06}", clock / 1_000_000, clock % 1_000_000))
            }
            "LINENO" => Some(self.line.get().to_string()),
            "BASHPID" => Some(self.process.pid().to_string()),
            "PPID" => Some(self.process.record.parent.to_string()),
            "HOSTNAME" if session.get("HOSTNAME").is_none() => Some(self.kernel().hostname()),
            "UID" | "EUID" => Some("0".to_owned()),
            _ => match name.parse::<usize>() {
                Ok(index) => session.positional.get(index.wrapping_sub(1)).cloned(),
                Err(_) => session.get(name).map(str::to_owned),
            },
        }
    }

    async fn find(&self, name: &str, param: &Param, io: &Io) -> Result<Found, Flow> {
        if name == "PIPESTATUS" {
            let all: Vec<String> = self.session.borrow().pipe_status.iter().map(i32::to_string).collect();
            return Ok(match &param.index {
                Some(Index::All | Index::Star) => Found::List(all, matches!(param.index, Some(Index::Star))),
                Some(Index::At(word)) => {
                    let at = self.arith(word, io).await?;
                    usize::try_from(at).ok().and_then(|at| all.get(at).cloned()).map_or(Found::Nothing, Found::Text)
                }
                None => all.first().cloned().map_or(Found::Nothing, Found::Text),
            });
        }
        Ok(match &param.index {
            None if name == "@" || name == "*" => Found::List(self.session.borrow().positional.clone(), name == "*"),
            None => self.scalar(name).map_or(Found::Nothing, Found::Text),
            Some(Index::All | Index::Star) => {
                let session = self.session.borrow();
                let items = if matches!(param.op, ParamOp::Keys) { session.keys(name) } else { session.elements(name) };
                Found::List(items, matches!(param.index, Some(Index::Star)))
            }
            Some(Index::At(word)) => {
                let key = self.word_text(word, io).await?;
                self.session.borrow_mut().element(name, &key).map_or(Found::Nothing, Found::Text)
            }
        })
    }

    /// Expands one parameter into `out`.
    pub(super) async fn param(&self, param: &Param, io: &Io, mode: Mode, out: &mut Fields) -> Result<(), Flow> {
        let mut name = param.name.clone();
        if param.indirect && !matches!(param.op, ParamOp::Names | ParamOp::Keys) {
            name = self.scalar(&name).unwrap_or_default();
            if name.is_empty() {
                self.complain(io, &format!("{}: invalid indirect expansion", param.name));
                return Err(Flow::Abort(1));
            }
        }
        if let ParamOp::Names = param.op {
            let session = self.session.borrow();
            let names = session.vars.iter().filter(|(n, v)| n.starts_with(&name) && v.value != Value::Unset);
            let names: Vec<String> = names.map(|(n, _)| n.clone()).collect();
            drop(session);
            self.emit_list(&names, false, mode, out);
            return Ok(());
        }
        let found = self.find(&name, param, io).await?;
        let missing = matches!(&found, Found::Nothing) || matches!(&found, Found::List(items, _) if items.is_empty());
        let empty = match &found {
            Found::Nothing => true,
            Found::Text(text) => text.is_empty(),
            Found::List(items, _) => items.iter().all(String::is_empty) && items.len() <= 1,
        };
        match &param.op {
            ParamOp::Default(word, colon) if if *colon { empty } else { missing } => {
                return self.parts(&word.parts, io, mode, true, out).await;
            }
            ParamOp::Alternative(word, colon) => {
                if !(if *colon { empty } else { missing }) {
                    return self.parts(&word.parts, io, mode, true, out).await;
                }
                return Ok(());
            }
            ParamOp::Assign(word, colon) if if *colon { empty } else { missing } => {
                let text = self.word_text(word, io).await?;
                let set = self.session.borrow_mut().assign(&name, &text, false);
                if let Err(refused) = set {
                    self.complain(io, &refused.0);
                    return Err(Flow::Abort(1));
                }
                emit(out, &text, mode);
                return Ok(());
            }
            ParamOp::Error(word, colon) if if *colon { empty } else { missing } => {
                let mut text = self.word_text(word, io).await?;
                if text.is_empty() {
                    text = if *colon { "parameter null or not set" } else { "parameter not set" }.to_owned();
                }
                self.complain(io, &format!("{name}: {text}"));
                return Err(Flow::Abort(127));
            }
            ParamOp::Length => return self.length(&name, param, found, io, mode, out),
            ParamOp::Default(..) | ParamOp::Assign(..) | ParamOp::Error(..) => {}
            _ => self.check_unbound(&name, param, missing, io)?,
        }
        if let (ParamOp::Slice { offset, length }, Found::List(items, star)) = (&param.op, &found) {
            let with_zero = param.name == "@" || param.name == "*";
            let items = self.slice_list(items, offset, length.as_ref(), with_zero, io).await?;
            self.emit_list(&items, *star, mode, out);
            return Ok(());
        }
        match found {
            Found::Nothing => {
                let text = self.transform(String::new(), &param.op, io).await?;
                emit(out, &text, mode);
            }
            Found::Text(text) => {
                let text = self.transform(text, &param.op, io).await?;
                emit(out, &text, mode);
            }
            Found::List(items, star) => {
                let mut changed = Vec::with_capacity(items.len());
                for item in items {
                    changed.push(self.transform(item, &param.op, io).await?);
                }
                self.emit_list(&changed, star, mode, out);
            }
        }
        Ok(())
    }

    fn check_unbound(&self, name: &str, param: &Param, missing: bool, io: &Io) -> Result<(), Flow> {
        let strict = self.session.borrow().options.unset_is_error;
        if strict && missing && name != "@" && name != "*" && !matches!(param.index, Some(Index::All | Index::Star)) {
            self.complain(io, &format!("{name}: unbound variable"));
            return Err(Flow::Abort(if self.interactive() { 1 } else { 127 }));
        }
        Ok(())
    }

    fn length(
        &self,
        name: &str,
        param: &Param,
        found: Found,
        io: &Io,
        mode: Mode,
        out: &mut Fields,
    ) -> Result<(), Flow> {
        self.check_unbound(name, param, matches!(found, Found::Nothing), io)?;
        let count = match found {
            Found::Nothing => 0,
            Found::Text(text) => text.chars().count(),
            Found::List(items, _) => items.len(),
        };
        emit(out, &count.to_string(), mode);
        Ok(())
    }

    fn emit_list(&self, items: &[String], star: bool, mode: Mode, out: &mut Fields) {
        if mode == Mode::Quoted && star {
            let separator = self.session.borrow().get("IFS").map_or(Some(' '), |ifs| ifs.chars().next());
            let joiner = separator.map(String::from).unwrap_or_default();
            out.quoted(&items.join(&joiner));
            return;
        }
        if mode == Mode::Whole {
            emit(out, &items.join(" "), mode);
            return;
        }
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.end();
            }
            emit(out, item, mode);
        }
    }

    async fn transform(&self, text: String, op: &ParamOp, io: &Io) -> Result<String, Flow> {
        Ok(match op {
            ParamOp::TrimStart { pattern, longest } => {
                let pattern = Pattern::new(&self.word_pattern(pattern, io).await?);
                let chars: Vec<char> = text.chars().collect();
                pattern.prefix(&chars, *longest).map_or(text, |end| chars[end..].iter().collect())
            }
            ParamOp::TrimEnd { pattern, longest } => {
                let pattern = Pattern::new(&self.word_pattern(pattern, io).await?);
                let chars: Vec<char> = text.chars().collect();
                pattern.suffix(&chars, *longest).map_or(text, |start| chars[..start].iter().collect())
            }
            ParamOp::Replace { pattern, with, mode } => {
                let pattern = self.word_pattern(pattern, io).await?;
                let with = self.word_text(with, io).await?;
                replace(&text, &pattern, &with, *mode)
            }
            ParamOp::Slice { offset, length } => {
                let offset = self.arith(offset, io).await?;
                let length = match length {
                    Some(word) => Some(self.arith(word, io).await?),
                    None => None,
                };
                match slice::text(&text, offset, length) {
                    Some(piece) => piece,
                    None => {
                        self.complain(io, &format!("{}: substring expression < 0", length.unwrap_or(0)));
                        return Err(Flow::Abort(1));
                    }
                }
            }
            ParamOp::Case { upper, all } => slice::change_case(&text, *upper, *all),
            ParamOp::Transform('Q') => slice::shell_quote(&text),
            ParamOp::Transform('U') => slice::change_case(&text, true, true),
            ParamOp::Transform('u') => slice::change_case(&text, true, false),
            ParamOp::Transform('L') => slice::change_case(&text, false, true),
            _ => text,
        })
    }

    async fn slice_list(
        &self,
        items: &[String],
        offset: &crate::grammar::ast::Word,
        length: Option<&crate::grammar::ast::Word>,
        with_zero: bool,
        io: &Io,
    ) -> Result<Vec<String>, Flow> {
        let offset = self.arith(offset, io).await?;
        let length = match length {
            Some(word) => Some(self.arith(word, io).await?),
            None => None,
        };
        let mut all = Vec::with_capacity(items.len() + 1);
        if with_zero {
            all.push(self.session.borrow().name.clone());
        }
        all.extend_from_slice(items);
        let count = all.len() as i64;
        let start = if offset < 0 { count + offset } else { offset }.clamp(0, count);
        let end = length.map_or(count, |length| start.saturating_add(length.max(0)).min(count));
        Ok(all[start as usize..end as usize].to_vec())
    }
}

fn replace(text: &str, pattern: &str, with: &str, mode: ReplaceMode) -> String {
    if pattern.is_empty() {
        return text.to_owned();
    }
    let pattern = Pattern::new(pattern);
    let chars: Vec<char> = text.chars().collect();
    match mode {
        ReplaceMode::Start => match pattern.prefix(&chars, true) {
            Some(end) => with.chars().chain(chars[end..].iter().copied()).collect(),
            None => text.to_owned(),
        },
        ReplaceMode::End => match pattern.suffix(&chars, true) {
            Some(start) => chars[..start].iter().copied().chain(with.chars()).collect(),
            None => text.to_owned(),
        },
        ReplaceMode::First | ReplaceMode::All => {
            let mut out = String::new();
            let mut at = 0;
            let mut done = false;
            while at < chars.len() {
                let found = if done { None } else { longest_at(&pattern, &chars[at..]) };
                match found {
                    Some(length) => {
                        out.push_str(with);
                        at += length;
                        done = mode == ReplaceMode::First;
                    }
                    None => {
                        out.push(chars[at]);
                        at += 1;
                    }
                }
            }
            out
        }
    }
}

/// The longest match that begins here and takes at least one character.
fn longest_at(pattern: &Pattern, chars: &[char]) -> Option<usize> {
    match pattern.fixed_length() {
        Some(length) => {
            (length > 0 && length <= chars.len() && pattern.matches_chars(&chars[..length])).then_some(length)
        }
        None => pattern.prefix(chars, true).filter(|length| *length > 0),
    }
}
