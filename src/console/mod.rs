//! The console: a log and an input, accessible as a page and familiar as a terminal.

mod editing;
mod history;
mod input;
mod log;
mod screen;
mod tabs;

pub use log::duration;

use crate::reactive::{Effect, Memo, holds, on, says};
use crate::{
    lab_link::{Lab, Phase},
    waterfall::WaterfallPane,
    workbench::{FillButton, Pane},
};
use input::InputLine;
use leptos::prelude::*;
use log::Log;
use protocol::{Frame, PromptState, TerminalId};
use std::sync::Arc;
use tabs::{TerminalTabs, each_terminal, log_id};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// The logs of the terminals, as their elements come into the document.
#[derive(Clone, Copy)]
pub struct Output {
    logs: StoredValue<Vec<(TerminalId, Log)>, LocalStorage>,
    /// Frames that came before the log of their terminal stood.
    early: StoredValue<Vec<(TerminalId, Frame)>, LocalStorage>,
    lab: Lab,
}

impl Output {
    fn new(lab: Lab) -> Self {
        Self { logs: StoredValue::new_local(Vec::new()), early: StoredValue::new_local(Vec::new()), lab }
    }

    fn of(self, terminal: TerminalId) -> Option<Log> {
        let found =
            |logs: &Vec<(TerminalId, Log)>| logs.iter().find(|(of, _)| *of == terminal).map(|(_, log)| log.clone());
        self.logs.with_value(found)
    }

    /// Works on the log of the terminal in view.
    fn with(self, call: impl FnOnce(&Log)) {
        if let Some(log) = self.of(self.lab.terminals.active.get_untracked()) {
            call(&log);
        }
    }

    /// A terminal's element stands.
    fn stands(self, terminal: TerminalId, root: Element) {
        let log = Log::new(root);
        self.early.update_value(|early| {
            early.retain(|(of, frame)| {
                if *of == terminal {
                    log.take(&frame.console, &frame.commands);
                }
                *of != terminal
            });
        });
        self.logs.update_value(|logs| {
            logs.retain(|(of, _)| *of != terminal);
            logs.push((terminal, log));
        });
    }

    /// Gives each terminal its part of a frame.
    fn take(self, frame: &Frame) {
        for terminal in self.lab.terminals.open.get_untracked() {
            let console: Vec<_> = frame.console.iter().filter(|chunk| chunk.terminal == terminal).cloned().collect();
            let commands: Vec<_> =
                frame.commands.iter().filter(|command| command.terminal == terminal).cloned().collect();
            if console.is_empty() && commands.is_empty() {
                continue;
            }
            match self.of(terminal) {
                Some(log) => log.take(&console, &commands),
                None => {
                    let part = Frame { console, commands, ..Frame::default() };
                    self.early.update_value(|early| early.push((terminal, part)));
                }
            }
        }
    }

    fn closed(self, open: &[TerminalId]) {
        self.logs.update_value(|logs| logs.retain(|(of, _)| open.contains(of)));
    }

    /// A line of the page's own.
    pub fn say(self, words: &str) {
        self.with(|log| log.say(words));
    }

    /// Ctrl-L.
    pub fn clear(self) {
        self.with(Log::clear);
    }
}

#[component]
pub fn Console() -> impl IntoView {
    let lab: Lab = expect_context();
    let output = Output::new(lab);
    provide_context(output);
    lab.on_frame(move |frame: &Frame| {
        if !frame.console.is_empty() || !frame.commands.is_empty() {
            output.take(frame);
        }
    });
    lab.on_reset(move || {
        output.early.update_value(Vec::clear);
        output.logs.with_value(|logs| logs.iter().for_each(|(_, log)| log.reset()));
    });
    Effect::new(move |_| output.closed(&lab.terminals.open.get()));

    let click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(button) = target.and_then(|target| target.closest("[data-command]").ok().flatten()) else { return };
        let id = button.get_attribute("data-command").and_then(|id| id.parse().ok());
        let log = output.of(lab.terminals.active.get_untracked());
        if let Some(command) = log.zip(id).and_then(|(log, id)| log.command(id)) {
            lab.follow(command);
        }
    };
    let running = Memo::new(move |_| {
        lab.prompt.with(|prompt| prompt.as_ref().is_some_and(|prompt| prompt.state == PromptState::Running))
    });
    view! {
        <section class="console" aria-label="Console">
            <div class="pane-bar">
                <h2 class="pane-title visually-hidden">"Console"</h2>
                <TerminalTabs />
                <span class="running" class:on=holds(move || running.get() || lab.queued.get() > 0) aria-live="off">
                    {says(move || match (running.get(), lab.queued.get()) {
                        (false, 0) => String::new(),
                        (false, _) if lab.waits.with(String::is_empty) => "waiting".to_owned(),
                        (false, _) => "waiting for the cluster".to_owned(),
                        (true, 0) => "running".to_owned(),
                        (true, waiting) => format!("running, {waiting} waiting"),
                    })}
                </span>
                <span class="grow"></span>
                <button
                    type="button"
                    class="button small"
                    disabled=holds(move || lab.phase.get() != Phase::Ready)
                    title="Ctrl-C"
                    on:click=on(move |_| lab.interrupt())
                >
                    "Interrupt"
                </button>
                <button type="button" class="button small" title="Ctrl-L" on:click=on(move |_| output.clear())>
                    "Clear"
                </button>
                <FillButton pane=Pane::Console />
            </div>
            <WaterfallPane />
            {each_terminal(lab, Arc::new(move |terminal| terminal_log(terminal, output, on(click))))}
            <InputLine />
        </section>
    }
}

/// The log of one terminal; only that of the terminal in view is there for eyes and screen readers.
fn terminal_log(terminal: TerminalId, output: Output, on_click: Box<dyn FnMut(MouseEvent)>) -> AnyView {
    let lab: Lab = expect_context();
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            output.stands(terminal, (*root).clone().unchecked_into());
        }
    });
    view! {
        <div
            class="console-log"
            id=log_id(terminal)
            role="log"
            aria-label="Console output"
            tabindex="0"
            hidden=holds(move || lab.terminals.active.get() != terminal)
            on:click=on_click
        >
            <div class="lines" node_ref=root></div>
        </div>
    }
    .into_any()
}
