//! The output, as text nodes put into the document in batches, a batch a frame: a loop of a thousand puts must not cost
//! the page a frame.

use super::screen::{LINE_LIMIT, Op, clipped, ops};
use crate::dom;
use protocol::{CommandState, CommandView, ConsoleChunk, Stream};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use web_sys::Element;

/// Lines that stay to be scrolled back to.
const SCROLL_BACK: usize = 2_000;
/// Lines put into the document with one frame.
const BATCH: usize = 400;
/// Commands that can still be followed by their button.
const COMMANDS: usize = 400;
/// What a name quotes of a command.
const QUOTED: usize = 60;

/// The log and what waits to be written into it.
#[derive(Clone)]
pub struct Log(Rc<RefCell<Sheet>>);

struct Sheet {
    root: Element,
    lines: usize,
    /// The line that has not ended, and how many characters it holds.
    open: Option<(Element, usize)>,
    waiting: VecDeque<(Stream, Op)>,
    asked_for_frame: bool,
    /// The echoed line of each command, where its button stands.
    places: BTreeMap<u64, Element>,
    commands: BTreeMap<u64, CommandView>,
    /// Echoed lines that no command has claimed yet, with what stands in them.
    echoes: VecDeque<(Element, String)>,
    /// Commands of which there is news, for when everything that waits is written.
    news: Vec<u64>,
}

impl Log {
    pub fn new(root: Element) -> Self {
        Self(Rc::new(RefCell::new(Sheet {
            root,
            lines: 0,
            open: None,
            waiting: VecDeque::new(),
            asked_for_frame: false,
            places: BTreeMap::new(),
            commands: BTreeMap::new(),
            echoes: VecDeque::new(),
            news: Vec::new(),
        })))
    }

    /// What a frame brought.
    pub fn take(&self, chunks: &[ConsoleChunk], commands: &[CommandView]) {
        let mut sheet = self.0.borrow_mut();
        for chunk in chunks {
            for op in ops(&chunk.text) {
                sheet.waiting.push_back((chunk.stream, op));
            }
        }
        // What scrolls by before it could be seen need not be drawn: keep what fits into the scroll-back.
        while sheet.waiting.len() > SCROLL_BACK * 3 {
            sheet.waiting.pop_front();
        }
        for command in commands {
            if sheet.commands.len() == COMMANDS {
                sheet.commands.pop_first();
            }
            sheet.commands.insert(command.id, command.clone());
            sheet.news.push(command.id);
        }
        drop(sheet);
        self.wake();
    }

    /// A line of the page's own, such as why an input was not taken.
    pub fn say(&self, words: &str) {
        let mut sheet = self.0.borrow_mut();
        if sheet.open.is_some() {
            sheet.waiting.push_back((Stream::Err, Op::NewLine));
        }
        sheet.waiting.push_back((Stream::Err, Op::Text(words.to_owned())));
        sheet.waiting.push_back((Stream::Err, Op::NewLine));
        drop(sheet);
        self.wake();
    }

    /// Ctrl-L.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// A new world: nothing of the old one is true.
    pub fn reset(&self) {
        let mut sheet = self.0.borrow_mut();
        sheet.clear();
        sheet.waiting.clear();
        sheet.commands.clear();
        sheet.news.clear();
    }

    pub fn command(&self, id: u64) -> Option<CommandView> {
        self.0.borrow().commands.get(&id).cloned()
    }

    fn wake(&self) {
        let mut sheet = self.0.borrow_mut();
        if (sheet.waiting.is_empty() && sheet.news.is_empty()) || std::mem::replace(&mut sheet.asked_for_frame, true) {
            return;
        }
        let log = self.clone();
        dom::on_next_frame(move |_| {
            let mut sheet = log.0.borrow_mut();
            sheet.asked_for_frame = false;
            sheet.write_batch();
            drop(sheet);
            log.wake();
        });
    }
}

impl Sheet {
    fn clear(&mut self) {
        self.root.set_text_content(None);
        self.lines = 0;
        self.open = None;
        self.places.clear();
        self.echoes.clear();
    }

    fn write_batch(&mut self) {
        // Nothing here asks for a measure: that would lay out the whole log with every frame. The stylesheet keeps the
        // end in view by laying the log out from its bottom.
        let mut lines = 0;
        while lines < BATCH
            && let Some((stream, op)) = self.waiting.pop_front()
        {
            lines += usize::from(op == Op::NewLine);
            self.write(stream, op);
        }
        if self.waiting.is_empty() {
            for id in std::mem::take(&mut self.news) {
                self.claim_echo(id);
                self.mark_ended(id);
            }
        }
        while self.lines > SCROLL_BACK
            && let Some(first) = self.root.first_element_child()
        {
            first.remove();
            self.lines -= 1;
        }
    }

    fn write(&mut self, stream: Stream, op: Op) {
        match op {
            Op::Clear => self.clear(),
            Op::Return => {
                if let Some((line, length)) = &mut self.open {
                    line.set_text_content(None);
                    *length = 0;
                }
            }
            Op::NewLine => {
                if self.open.is_none() {
                    self.begin_line(stream);
                }
                self.open = None;
            }
            Op::Text(text) => {
                if self.open.is_none() {
                    self.begin_line(stream);
                }
                self.append(stream, &text);
            }
        }
    }

    fn begin_line(&mut self, stream: Stream) {
        let Some(line) = dom::html(&self.root, "div", if stream == Stream::Echo { "line echo" } else { "line" }) else {
            return;
        };
        if stream == Stream::Echo {
            if self.echoes.len() == COMMANDS {
                self.echoes.pop_front();
            }
            self.echoes.push_back((line.clone(), String::new()));
        }
        self.lines += 1;
        self.open = Some((line, 0));
    }

    fn append(&mut self, stream: Stream, text: &str) {
        let Some((line, length)) = &mut self.open else { return };
        let (shown, missing) = clipped(text, LINE_LIMIT.saturating_sub(*length));
        *length += shown.chars().count();
        if stream == Stream::Echo
            && let Some((_, echoed)) = self.echoes.back_mut()
        {
            echoed.push_str(shown);
        }
        let class = if stream == Stream::Err { "err" } else { "" };
        if class.is_empty() {
            if let Some(node) = dom::document().map(|document| document.create_text_node(shown)) {
                let _ = line.append_child(&node);
            }
        } else if let Some(span) = dom::html(line, "span", class) {
            span.set_text_content(Some(shown));
        }
        if missing > 0
            && let Some(more) = dom::html(line, "span", "more")
        {
            more.set_text_content(Some(&format!(" … {missing} more characters")));
        }
    }

    /// Finds the line in which a command was typed. Lines before it were typed for no command: the rest of an earlier
    /// one, or input of a program.
    fn claim_echo(&mut self, id: u64) {
        let Some(command) = self.commands.get(&id) else { return };
        if self.places.contains_key(&id) {
            return;
        }
        let Some(at) = self.echoes.iter().position(|(_, echoed)| is_echo_of(echoed, &command.text)) else { return };
        if let Some((line, _)) = self.echoes.drain(..=at).next_back() {
            self.places.insert(id, line);
        }
    }

    /// Gives an ended command its code and its "Follow" button.
    fn mark_ended(&mut self, id: u64) {
        let Some(command) = self.commands.get(&id) else { return };
        let CommandState::Ended { code, at } = command.state else { return };
        let Some(line) = self.places.remove(&id) else { return };
        let Some(slot) = dom::html(&line, "span", "ended") else { return };
        let took = duration(at.saturating_sub(command.started_at));
        if let Some(note) = dom::html(&slot, "span", if code == 0 { "took" } else { "took failed" }) {
            note.set_text_content(Some(&if code == 0 { took } else { format!("exit {code} · {took}") }));
        }
        if let Some(button) = dom::html(&slot, "button", "follow") {
            let (quoted, missing) = clipped(command.text.trim(), QUOTED);
            let dots = if missing > 0 { "…" } else { "" };
            dom::set(&button, "type", "button");
            dom::set(&button, "data-command", &id.to_string());
            dom::set(&button, "aria-label", &format!("Follow: {quoted}{dots}"));
            button.set_text_content(Some("Follow"));
        }
    }
}

/// Whether an echoed line, prompt and all, shows this command, of which a long text is told in part.
fn is_echo_of(echoed: &str, command: &str) -> bool {
    let first = command.lines().next().unwrap_or("").trim();
    match first.strip_suffix('…') {
        Some(part) => echoed.contains(part),
        None => echoed.trim_end().ends_with(first),
    }
}

/// A length of the world's time as a person says it.
pub fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, is_echo_of};

    #[test]
    fn a_command_is_found_in_the_line_that_echoed_it() {
        assert!(is_echo_of("root@kubarium:~# etcdctl get a", "etcdctl get a"));
        assert!(is_echo_of("root@kubarium:~# for i in 1 2; do", "for i in 1 2; do\necho $i\ndone"));
        assert!(is_echo_of("$ echo aaaa and so on", "echo aaaa…"));
        assert!(!is_echo_of("root@kubarium:~# etcdctl get ab", "etcdctl get a"));
        assert!(!is_echo_of("^C", "etcdctl get a"));
    }

    #[test]
    fn a_duration_is_said_in_its_own_unit() {
        assert_eq!(duration(20), "20 µs");
        assert_eq!(duration(6_240), "6.2 ms");
        assert_eq!(duration(1_500_000), "1.5 s");
    }
}
