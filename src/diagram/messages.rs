//! The messages in words: a legend of their shapes, and the last of them as a list.

use super::{kinds, schedule::is_heartbeat};
use crate::reactive::{Effect, RwSignal, draws, each, holds, on, says};
use crate::{
    component::{Family, title},
    lab_link::Lab,
    timeline::clock_text,
};
use leptos::prelude::*;
use protocol::{Frame, WireFate, WireMessage};
use std::collections::VecDeque;

/// So many messages are listed.
const KEPT: usize = 40;

/// Shapes and what they mean, and the button that opens the list.
#[component]
pub fn Legend(listing: RwSignal<bool>) -> impl IntoView {
    let marks = kinds::LEGEND.map(|kind| {
        let mark = kinds::mark(kind);
        view! {
            <li>
                <svg viewBox="-9 -9 18 18" width="14" height="14" aria-hidden="true">
                    <path class=format!("packet {}", mark.class) d=mark.shape />
                </svg>
                {mark.label}
            </li>
        }
    });
    let lab: Lab = expect_context();
    let asleep = move || {
        // Another world begins with another phase.
        lab.phase.track();
        (!lab.has_kubernetes()).then(|| {
            view! {
                <p class="asleep">
                    <svg viewBox="0 0 22 14" width="22" height="14" aria-hidden="true">
                        <rect x="1" y="1" width="20" height="12" rx="3" />
                    </svg>
                    "not running here"
                </p>
            }
        })
    };
    view! {
        <div class="legend">
            <ul aria-label="Legend: messages on the wire; a hollow shape is the answer">{each(marks)}</ul>
            {draws(asleep)}
            <button
                type="button"
                class="button small"
                aria-expanded=says(move || listing.get().to_string())
                aria-controls="last-messages"
                on:click=on(move |_| listing.update(|open| *open = !*open))
            >
                "Last messages"
            </button>
        </div>
    }
}

/// The last messages that were not heartbeats. A list to look at, not one that announces itself.
#[component]
pub fn Messages(open: RwSignal<bool>) -> impl IntoView {
    let lab: Lab = expect_context();
    let kept: StoredValue<VecDeque<WireMessage>> = StoredValue::new(VecDeque::new());
    let shown = RwSignal::new(Vec::<WireMessage>::new());
    let show = move || shown.set(kept.with_value(|kept| kept.iter().rev().cloned().collect()));
    lab.on_frame(move |frame: &Frame| {
        let mut news = false;
        kept.update_value(|kept| {
            let mut latest: Vec<&WireMessage> =
                frame.wire.iter().rev().filter(|message| !is_heartbeat(message.kind)).take(KEPT).collect();
            news = !latest.is_empty();
            while let Some(message) = latest.pop() {
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back(message.clone());
            }
        });
        if news && open.get_untracked() {
            show();
        }
    });
    lab.on_reset(move || {
        kept.update_value(VecDeque::clear);
        show();
    });
    Effect::new(move |_| {
        if open.get() {
            show();
        }
    });
    view! {
        <div class="messages" id="last-messages" hidden=holds(move || !open.get()) role="region" aria-label="Last messages" tabindex="0">
            {draws(move || {
                let messages = shown.get();
                if messages.is_empty() {
                    view! { <p class="quiet">"Nothing but heartbeats so far."</p> }.into_any()
                } else {
                    view! { <ol>{each(messages.iter().map(line))}</ol> }.into_any()
                }
            })}
        </div>
    }
}

fn line(message: &WireMessage) -> impl IntoView + use<> {
    let fate = match message.fate {
        WireFate::Carried => "",
        WireFate::Lost => " · lost",
        WireFate::Refused => " · refused",
    };
    let mark = kinds::mark(message.kind);
    view! {
        <li>
            <span class="time">{clock_text(message.sent_at)}</span>
            <svg viewBox="-9 -9 18 18" width="12" height="12" aria-hidden="true">
                <path class=format!("packet {}", mark.class) d=mark.shape />
            </svg>
            <span class=format!("of {}", Family::of(&message.from).class())>{title(&message.from)}</span>
            " → "
            <span class=format!("of {}", Family::of(&message.to).class())>{title(&message.to)}</span>
            <span class="what">{format!("{}{fate}", message.label)}</span>
        </li>
    }
}
