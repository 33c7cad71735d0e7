//! The console: a log and an input, accessible as a page and familiar as a terminal.

mod editing;
mod history;
mod input;
mod log;
mod screen;

pub use log::duration;

use crate::{
    lab_link::{Lab, Phase},
    waterfall::WaterfallPane,
    workbench::{FillButton, Pane},
};
use input::InputLine;
use leptos::prelude::*;
use log::Log;
use protocol::{Frame, PromptState};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// The log's handle, once its element stands in the document.
#[derive(Clone, Copy)]
pub struct Output(StoredValue<Option<Log>, LocalStorage>);

impl Output {
    fn with(self, call: impl FnOnce(&Log)) {
        self.0.with_value(|log| {
            if let Some(log) = log {
                call(log);
            }
        });
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
    let output = Output(StoredValue::new_local(None));
    provide_context(output);
    let root = NodeRef::<leptos::html::Div>::new();
    // Frames that come before the log stands are few; they wait.
    let early: Rc<RefCell<Vec<Frame>>> = Rc::default();
    {
        let early = Rc::clone(&early);
        Effect::new(move |_| {
            let Some(root) = root.get() else { return };
            let log = Log::new((*root).clone().unchecked_into());
            for frame in early.borrow_mut().drain(..) {
                log.take(&frame.console, &frame.commands);
            }
            output.0.set_value(Some(log));
        });
    }
    lab.on_frame(move |frame: &Frame| {
        if frame.console.is_empty() && frame.commands.is_empty() {
            return;
        }
        if output.0.with_value(Option::is_none) {
            early.borrow_mut().push(frame.clone());
        }
        output.with(|log| log.take(&frame.console, &frame.commands));
    });
    lab.on_reset(move || output.with(Log::reset));

    let click = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(button) = target.and_then(|target| target.closest("[data-command]").ok().flatten()) else { return };
        let id = button.get_attribute("data-command").and_then(|id| id.parse().ok());
        let command = output.0.with_value(|log| log.as_ref().zip(id).and_then(|(log, id)| log.command(id)));
        if let Some(command) = command {
            lab.follow(command);
        }
    };
    let running = Memo::new(move |_| {
        lab.prompt.with(|prompt| prompt.as_ref().is_some_and(|prompt| prompt.state == PromptState::Running))
    });
    view! {
        <section class="console" aria-label="Console">
            <div class="pane-bar">
                <h2 class="pane-title">"Console"</h2>
                <span class="running" class:on=running aria-live="off">
                    {move || match (running.get(), lab.queued.get()) {
                        (false, _) => String::new(),
                        (true, 0) => "running".to_owned(),
                        (true, waiting) => format!("running, {waiting} waiting"),
                    }}
                </span>
                <span class="grow"></span>
                <button
                    type="button"
                    class="button small"
                    disabled=move || lab.phase.get() != Phase::Ready
                    title="Ctrl-C"
                    on:click=move |_| lab.interrupt()
                >
                    "Interrupt"
                </button>
                <button type="button" class="button small" title="Ctrl-L" on:click=move |_| output.clear()>
                    "Clear"
                </button>
                <FillButton pane=Pane::Console />
            </div>
            <WaterfallPane />
            <div
                class="console-log"
                role="log"
                aria-label="Console output"
                tabindex="0"
                on:click=click
            >
                <div class="lines" node_ref=root></div>
            </div>
            <InputLine />
        </section>
    }
}
