//! The line in which one types.

use super::{
    Output,
    editing::{Line, common_prefix},
    history::History,
};
use crate::lab_link::{Lab, Phase};
use crate::reactive::{Effect, Memo, RwSignal, draws, each, holds, may_say, on, says};
use crate::router::Router;
use leptos::prelude::*;
use protocol::{Candidate, PromptState, TerminalId};
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

/// By which links lead here.
const ID: &str = "console-input";
/// What the console takes at a time, in bytes. The real limit of a command line's argument is 128 KiB; this leaves room
/// for a script.
const INPUT_LIMIT: usize = 256 * 1024;
/// The input grows to this many lines.
const ROWS: usize = 8;
/// So many candidates are listed.
const LISTED: usize = 60;

/// A search through the history (Ctrl-R).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Searching {
    skip: usize,
    /// What was being typed before.
    draft: String,
}

/// What the keys work on; a handle that can be copied.
#[derive(Clone, Copy)]
struct Keys {
    lab: Lab,
    output: Output,
    area: NodeRef<leptos::html::Textarea>,
    /// History and unsent text of the terminals that are not in view.
    kept: StoredValue<Vec<(TerminalId, History, String)>>,
    history: StoredValue<History>,
    searching: RwSignal<Option<Searching>>,
    found: RwSignal<String>,
    candidates: RwSignal<Vec<Candidate>>,
    /// The request for completion whose answer is awaited, and the line it was for.
    asked: StoredValue<Option<(u64, Line)>>,
    /// After Escape the next Tab leaves the field.
    leaving: RwSignal<bool>,
}

#[component]
pub fn InputLine() -> impl IntoView {
    let lab: Lab = expect_context();
    let router: Router = expect_context();
    let keys = Keys {
        lab,
        output: expect_context(),
        area: NodeRef::new(),
        kept: StoredValue::new(Vec::new()),
        history: StoredValue::new(History::default()),
        searching: RwSignal::new(None),
        found: RwSignal::new(String::new()),
        candidates: RwSignal::new(Vec::new()),
        asked: StoredValue::new(None),
        leaving: RwSignal::new(false),
    };
    let mut before = None;
    Effect::new(move |_| {
        let now = lab.terminals.active.get();
        if before != Some(now) {
            keys.switch(before.replace(now), now);
        }
    });
    Effect::new(move |_| {
        let open = lab.terminals.open.get();
        keys.kept.update_value(|kept| kept.retain(|(terminal, ..)| open.contains(terminal)));
    });
    Effect::new(move |_| {
        if let Some(completion) = lab.completion.get() {
            keys.complete_with(completion.id, completion.start, completion.candidates);
        }
    });
    Effect::new(move |_| {
        // What is put here is read first: nothing runs before Enter.
        if let Some(text) = lab.draft.get() {
            keys.candidates.set(Vec::new());
            keys.show(Line { cursor: text.len(), text });
            if let Some(area) = keys.area() {
                crate::dom::focus_element(&area);
            }
            lab.draft.set(None);
        }
    });
    // The link that skips to here may have been followed before there was anything to skip to.
    Effect::new(move |_| {
        let asked = router.fragment.with_untracked(|fragment| fragment == ID);
        if let Some(area) = keys.area.get().filter(|_| asked && crate::dom::nobody_has_focus()) {
            crate::dom::focus_element(&area);
        }
    });
    let ready = Memo::new(move |_| lab.phase.get() == Phase::Ready);
    let prompt = move || match (keys.searching.get(), lab.prompt.get()) {
        (Some(_), _) => "search: ".to_owned(),
        (None, Some(prompt)) if prompt.state == PromptState::Running => "› ".to_owned(),
        (None, Some(prompt)) if prompt.state == PromptState::Closed => "(closed) ".to_owned(),
        (None, Some(prompt)) => prompt.text,
        (None, None) => "$ ".to_owned(),
    };
    let failed = Memo::new(move |_| matches!(lab.phase.get(), Phase::Failed { .. }));
    let placeholder = move || match (ready.get(), lab.prompt.get().map(|prompt| prompt.state)) {
        (false, _) if failed.get() => "The cluster is not running",
        (false, _) => "The cluster is being started…",
        (true, Some(PromptState::Running)) => "Input for the running program; Ctrl-C stops it",
        (true, Some(PromptState::Closed)) => "The shell has ended; Enter starts a new one",
        (true, None) => "The console is on its way; what you enter waits for it",
        (true, Some(_)) => "",
    };
    view! {
        <div class="console-line">
            <span class="prompt" aria-hidden="true">{prompt}</span>
            <textarea
                id=ID
                rows="1"
                aria-label="Console input"
                aria-describedby="console-hint"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="send"
                placeholder=placeholder
                prop:readOnly=holds(move || !ready.get())
                node_ref=keys.area
                on:keydown=on(move |event| keys.down(&event))
                on:input=on(move |_| keys.edited())
            ></textarea>
        </div>
        <div class="below-input">
            <p class="search-hit" hidden=holds(move || keys.searching.with(Option::is_none)) role="status">
                {says(move || keys.found.get())}
            </p>
            <ul class="candidates" aria-label="Completions" hidden=holds(move || keys.candidates.with(Vec::is_empty))>
                {draws(move || {
                    let candidates = keys.candidates.get().into_iter();
                    each(candidates.map(|candidate| view! { <li>{candidate.text} <span>{candidate.hint}</span></li> }))
                })}
            </ul>
            <p class="visually-hidden" role="status">
                {may_say(move || {
                    let count = keys.candidates.with(Vec::len);
                    (count > 0).then(|| format!("{count} completions"))
                })}
            </p>
            <p class="hint" role="status">
                {may_say(move || lab.fetching.get().then_some("This program is being fetched; the world waits for it."))}
            </p>
            <p class="hint" id="console-hint">
                {says(move || {
                    if keys.leaving.get() {
                        "Tab now leaves the console."
                    } else {
                        "Tab completes; Escape, then Tab leaves. Up and Down: history, Ctrl-R: search."
                    }
                })}
            </p>
        </div>
    }
}

impl Keys {
    /// Another terminal came into view: its history and the text begun there take their place.
    fn switch(self, before: Option<TerminalId>, now: TerminalId) {
        self.searching.set(None);
        self.candidates.set(Vec::new());
        let text = self.text();
        let open = self.lab.terminals.open.get_untracked();
        let found = self.kept.try_update_value(|kept| {
            if let Some(before) = before.filter(|before| open.contains(before)) {
                kept.retain(|(terminal, ..)| *terminal != before);
                kept.push((before, self.history.get_value(), text));
            }
            let at = kept.iter().position(|(terminal, ..)| *terminal == now)?;
            let (_, history, text) = kept.remove(at);
            Some((history, text))
        });
        let fresh = || (History::of(self.lab.past_lines(now)), String::new());
        let (history, text) = found.flatten().unwrap_or_else(fresh);
        self.history.set_value(history);
        if before.is_some() {
            self.show(Line { cursor: text.len(), text });
        }
    }

    fn down(self, event: &KeyboardEvent) {
        // Keys that an input method uses are not ours.
        if event.is_composing() {
            return;
        }
        let key = event.key();
        if key != "Tab" && key != "Escape" && key != "Shift" {
            self.leaving.set(false);
        }
        let handled = if event.ctrl_key() && !event.alt_key() && !event.meta_key() {
            self.control(&key.to_ascii_lowercase())
        } else if event.alt_key() || event.meta_key() {
            false
        } else {
            self.plain(&key, event.shift_key())
        };
        if handled {
            event.prevent_default();
        }
    }

    fn control(self, key: &str) -> bool {
        match key {
            // With something selected Ctrl-C copies, as everywhere.
            "c" if self.has_selection() => return false,
            "c" => self.interrupt(),
            "l" => self.output.clear(),
            "r" => self.search(),
            "u" => self.edit(Line::without_head),
            "w" => self.edit(Line::without_word_before),
            "a" => self.edit(|line| Line { cursor: 0, ..line.clone() }),
            "e" => self.edit(|line| Line { cursor: line.text.len(), ..line.clone() }),
            "d" if self.text().is_empty() => self.lab.end_of_input(),
            _ => return false,
        }
        true
    }

    fn plain(self, key: &str, shift: bool) -> bool {
        match key {
            "Enter" if shift => return false,
            "Enter" => self.enter(),
            "Tab" => return self.tab(shift),
            "Escape" => {
                if let Some(searching) = self.searching.get_untracked() {
                    self.searching.set(None);
                    self.show(Line { cursor: searching.draft.len(), text: searching.draft });
                } else {
                    self.candidates.set(Vec::new());
                    self.leaving.set(true);
                }
            }
            "ArrowUp" if self.on_edge(true) => return self.recall(History::older),
            "ArrowDown" if self.on_edge(false) => return self.recall(|history, _| history.newer()),
            "ArrowRight" if self.searching.with_untracked(Option::is_some) => self.accept_found(),
            _ => return false,
        }
        true
    }

    fn area(self) -> Option<HtmlTextAreaElement> {
        self.area.get_untracked()
    }

    fn text(self) -> String {
        self.area().map(|area| area.value()).unwrap_or_default()
    }

    fn line(self) -> Line {
        let cursor = self.area().and_then(|area| area.selection_start().ok().flatten()).unwrap_or(u32::MAX);
        Line::from_browser(self.text(), cursor)
    }

    fn show(self, line: Line) {
        if let Some(area) = self.area() {
            let cursor = line.browser_cursor();
            area.set_value(&line.text);
            // A browser that does not move the cursor leaves it at the end.
            let _ = area.set_selection_range(cursor, cursor);
        }
        self.fit();
    }

    /// As many rows as lines, within bounds.
    fn fit(self) {
        if let Some(area) = self.area() {
            let rows = self.text().bytes().filter(|byte| *byte == b'\n').take(ROWS - 1).count() + 1;
            area.set_rows(u32::try_from(rows).unwrap_or(1));
        }
    }

    fn edited(self) {
        self.candidates.set(Vec::new());
        if self.searching.with_untracked(Option::is_some) {
            self.searching.update(|searching| {
                if let Some(searching) = searching {
                    searching.skip = 0;
                }
            });
            self.find();
        }
        self.fit();
    }

    fn edit(self, change: impl FnOnce(&Line) -> Line) {
        self.candidates.set(Vec::new());
        self.show(change(&self.line()));
    }

    fn has_selection(self) -> bool {
        let inside = self
            .area()
            .is_some_and(|area| area.selection_start().ok().flatten() != area.selection_end().ok().flatten());
        let outside = crate::dom::window()
            .and_then(|window| window.get_selection().ok().flatten())
            .is_some_and(|selection| !selection.is_collapsed());
        inside || outside
    }

    /// Whether the cursor stands in the first (or last) line, where Up (or Down) leaves it.
    fn on_edge(self, first: bool) -> bool {
        let Line { text, cursor } = self.line();
        if first { !text[..cursor].contains('\n') } else { !text[cursor..].contains('\n') }
    }

    fn recall(self, step: impl FnOnce(&mut History, &str) -> Option<String>) -> bool {
        let typed = self.text();
        let found = self.history.try_update_value(|history| step(history, &typed)).flatten();
        if let Some(text) = found {
            self.candidates.set(Vec::new());
            self.show(Line { cursor: text.len(), text });
        }
        true
    }

    fn enter(self) {
        if self.lab.phase.get_untracked() != Phase::Ready {
            return;
        }
        if self.searching.with_untracked(Option::is_some) {
            self.accept_found();
        }
        let text = self.text();
        self.candidates.set(Vec::new());
        self.show(Line { text: String::new(), cursor: 0 });
        if text.len() > INPUT_LIMIT {
            let size = text.len() / 1024;
            self.output.say(&format!(
                "kubarium: the console takes at most {} KiB at a time; this input of {size} KiB was left out",
                INPUT_LIMIT / 1024
            ));
            return;
        }
        self.history.update_value(|history| history.push(text.clone()));
        self.lab.submit(text);
    }

    fn interrupt(self) {
        self.searching.set(None);
        self.candidates.set(Vec::new());
        self.show(Line { text: String::new(), cursor: 0 });
        self.lab.interrupt();
    }

    fn tab(self, shift: bool) -> bool {
        let line = self.line();
        // An empty line has nothing to complete: Tab goes on to the next field, as anywhere on the page.
        if shift || self.leaving.get_untracked() || line.text.trim().is_empty() {
            self.leaving.set(false);
            return false;
        }
        let id = self.lab.complete(line.text.clone(), line.cursor);
        self.asked.set_value(Some((id, line)));
        true
    }

    fn complete_with(self, id: u64, start: usize, candidates: Vec<Candidate>) {
        let line = self.line();
        // The reader may have typed on.
        let awaited =
            self.asked.with_value(|asked| asked.as_ref().is_some_and(|(asked, then)| *asked == id && *then == line));
        if !awaited {
            return;
        }
        self.asked.set_value(None);
        match candidates.as_slice() {
            [] => {}
            [only] => {
                // The lab knows whether the word is done, and ends it with a space then.
                self.show(line.replaced(start, &only.text));
            }
            several => {
                let common = common_prefix(several.iter().map(|candidate| candidate.text.as_str()));
                if start <= line.cursor && common.len() > line.cursor - start {
                    self.show(line.replaced(start, common));
                }
                self.candidates.set(several.iter().take(LISTED).cloned().collect());
            }
        }
    }

    /// Ctrl-R: begins a search, or goes one match further back.
    fn search(self) {
        if self.searching.with_untracked(Option::is_none) {
            self.searching.set(Some(Searching { skip: 0, draft: self.text() }));
            self.show(Line { text: String::new(), cursor: 0 });
        } else {
            self.searching.update(|searching| {
                if let Some(searching) = searching {
                    searching.skip += 1;
                }
            });
        }
        self.find();
    }

    fn find(self) {
        let query = self.text();
        let skip = self.searching.with_untracked(|searching| searching.as_ref().map_or(0, |searching| searching.skip));
        let found = self.history.with_value(|history| history.find(&query, skip).map(str::to_owned));
        match found {
            Some(line) => self.found.set(line),
            None if query.is_empty() => self.found.set("Type a part of an earlier command.".to_owned()),
            None => {
                // The oldest match stays.
                self.searching.update(|searching| {
                    if let Some(searching) = searching {
                        searching.skip = searching.skip.saturating_sub(1);
                    }
                });
                if skip == 0 {
                    self.found.set("No earlier command has that in it.".to_owned());
                }
            }
        }
    }

    fn accept_found(self) {
        let query = self.text();
        let found = self.history.with_value(|history| {
            let skip = self.searching.with_untracked(|searching| searching.as_ref().map_or(0, |found| found.skip));
            history.find(&query, skip).map(str::to_owned)
        });
        self.searching.set(None);
        if let Some(text) = found {
            self.show(Line { cursor: text.len(), text });
        }
    }
}
