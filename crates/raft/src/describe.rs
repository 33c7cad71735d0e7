//! Messages and entries in words, for logs and tests (etcd: raft/util.go).

use std::fmt::{self, Display, Formatter, Write};

use crate::conf_change::{AnyConfChange, ConfChangeSingle};
use crate::message::{LOCAL_APPEND_THREAD, LOCAL_APPLY_THREAD, NONE};
use crate::{ConfState, Entry, EntryKind, HardState, Message, ReadState, Ready, Snapshot, SoftState};

/// Shows a value as upstream's `Describe…` functions do.
pub struct Describe<T>(pub T);

/// Bytes between double quotes, with everything unprintable escaped: Go's `%q`.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                control if control.is_ascii_control() => {
                    let _ = write!(out, "\\x{:02x}", u32::from(control));
                }
                control if control.is_control() => {
                    let _ = write!(out, "\\u{:04x}", u32::from(control));
                }
                printable => out.push(printable),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// Numbers between brackets, with spaces: Go's `%v` of a slice.
fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    format!("[{}]", items.join(" "))
}

impl Display for Describe<&HardState> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let HardState { term, vote, commit } = self.0;
        write!(f, "Term:{term}")?;
        if *vote != NONE {
            write!(f, " Vote:{vote}")?;
        }
        write!(f, " Commit:{commit}")
    }
}

impl Display for Describe<&SoftState> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Lead:{} State:{}", self.0.lead, self.0.role)
    }
}

impl Display for Describe<&ConfState> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ConfState { voters, learners, voters_outgoing, learners_next, auto_leave } = self.0;
        write!(
            f,
            "Voters:{} VotersOutgoing:{} Learners:{} LearnersNext:{} AutoLeave:{auto_leave}",
            list(voters),
            list(voters_outgoing),
            list(learners),
            list(learners_next)
        )
    }
}

impl Display for Describe<&Snapshot> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let metadata = &self.0.metadata;
        write!(f, "Index:{} Term:{} ConfState:{}", metadata.index, metadata.term, Describe(&metadata.conf_state))
    }
}

impl Display for Describe<&Entry> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Entry { term, index, kind, data } = self.0;
        let text = match (kind, AnyConfChange::from_entry(*kind, data)) {
            (EntryKind::Normal, _) | (_, Ok(None)) => quote(data),
            (_, Ok(Some(change))) => ConfChangeSingle::format_list(&change.into_v2().changes),
            (_, Err(error)) => error.to_string(),
        };
        write!(f, "{term}/{index} {kind}")?;
        if !text.is_empty() {
            write!(f, " {text}")?;
        }
        Ok(())
    }
}

/// Entries one a line.
impl Display for Describe<&[Entry]> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|entry| writeln!(f, "{}", Describe(entry)))
    }
}

impl Display for Describe<&ReadState> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} {}}}", self.0.index, list(&self.0.context))
    }
}

/// A member's id, or the name of a local target.
struct Target(u64);

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            NONE => f.write_str("None"),
            LOCAL_APPEND_THREAD => f.write_str("AppendThread"),
            LOCAL_APPLY_THREAD => f.write_str("ApplyThread"),
            id => write!(f, "{id:x}"),
        }
    }
}

impl Display for Describe<&Message> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        message(f, 0, self.0)
    }
}

fn message(f: &mut Formatter<'_>, indent: usize, m: &Message) -> fmt::Result {
    write!(f, "{:indent$}{}->{} {} Term:{}", "", Target(m.from), Target(m.to), m.kind, m.term)?;
    write!(f, " Log:{}/{}", m.log_term, m.index)?;
    if m.reject {
        write!(f, " Rejected (Hint: {})", m.reject_hint)?;
    }
    if m.commit != 0 {
        write!(f, " Commit:{}", m.commit)?;
    }
    if m.vote != NONE {
        write!(f, " Vote:{}", m.vote)?;
    }
    match m.entries.as_slice() {
        [] => {}
        [entry] => write!(f, " Entries:[{}]", Describe(entry))?,
        entries => {
            f.write_str(" Entries:[")?;
            for entry in entries {
                write!(f, "\n{:indent$}  {}", "", Describe(entry))?;
            }
            write!(f, "\n{:indent$}]", "")?;
        }
    }
    if let Some(snapshot) = m.snapshot.as_deref().filter(|snapshot| !snapshot.is_empty()) {
        write!(f, "\n{:indent$}  Snapshot: {}", "", Describe(snapshot))?;
    }
    if !m.responses.is_empty() {
        f.write_str(" Responses:[")?;
        for response in &m.responses {
            f.write_char('\n')?;
            message(f, indent + 2, response)?;
        }
        write!(f, "\n{:indent$}]", "")?;
    }
    Ok(())
}

impl Display for Describe<&Ready> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ready = self.0;
        if *ready == (Ready { must_sync: ready.must_sync, ..Ready::default() }) {
            return f.write_str("<empty Ready>");
        }
        writeln!(f, "Ready MustSync={}:", ready.must_sync)?;
        if let Some(soft_state) = &ready.soft_state {
            writeln!(f, "{}", Describe(soft_state))?;
        }
        if let Some(hard_state) = &ready.hard_state {
            writeln!(f, "HardState {}", Describe(hard_state))?;
        }
        if !ready.read_states.is_empty() {
            let states: Vec<_> = ready.read_states.iter().map(Describe).collect();
            writeln!(f, "ReadStates {}", list(&states))?;
        }
        if !ready.entries.is_empty() {
            write!(f, "Entries:\n{}", Describe(&ready.entries[..]))?;
        }
        if let Some(snapshot) = &ready.snapshot {
            writeln!(f, "Snapshot {}", Describe(&**snapshot))?;
        }
        if !ready.committed_entries.is_empty() {
            write!(f, "CommittedEntries:\n{}", Describe(&ready.committed_entries[..]))?;
        }
        if !ready.messages.is_empty() {
            f.write_str("Messages:\n")?;
            ready.messages.iter().try_for_each(|message| writeln!(f, "{}", Describe(message)))?;
        }
        Ok(())
    }
}
