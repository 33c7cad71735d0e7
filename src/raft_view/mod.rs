//! Raft from inside: the members on a ring with their timers, the messages between them, what just happened, and the
//! logs side by side.

mod flights;
mod logs;
mod ring;
mod told;

use crate::reactive::{Effect, Memo, RwSignal, on, says};
use crate::{
    diagram::Packets,
    lab_link::Lab,
    paint::{Painter, el, focus_on, pressed},
};
use leptos::prelude::*;
use protocol::{ClockControl, Frame, Input, SLOW};
use ring::Ring;
use std::rc::Rc;
use web_sys::{KeyboardEvent, MouseEvent};

/// How long a message is held up by the one and the other button, in microseconds: within an election time-out, and
/// beyond it.
const DELAYS: [u64; 2] = [200_000, 2_000_000];

/// Whether the clock runs so slowly, or not at all, that messages are seen where they really are.
fn is_slow(lab: Lab) -> bool {
    let clock = lab.clock.get();
    !clock.playing || clock.speed <= SLOW
}

#[component]
pub fn RaftView(shown: Signal<bool>) -> impl IntoView {
    let lab: Lab = expect_context();
    let inside = lab.inside;
    let chosen = RwSignal::new(None::<u64>);
    let (picture, layer, side, tables) = (
        NodeRef::<leptos::svg::G>::new(),
        NodeRef::<leptos::svg::G>::new(),
        NodeRef::<leptos::html::Div>::new(),
        NodeRef::<leptos::html::Div>::new(),
    );
    let slow = Memo::new(move |_| is_slow(lab));
    let packets = Packets::default();

    let painter = Painter::default();
    Effect::new(move |_| {
        let (Some(host), true) = (picture.get(), shown.get()) else { return };
        let now = lab.clock.get().now;
        let mut kids = lab.members.with(|members| {
            inside
                .raft
                .with(|raft| ring::draw(members, raft, now, slow.get(), lab.selected.get().as_deref(), chosen.get()))
        });
        if lab.has_nobody() {
            kids.extend(ring::nobody());
        }
        painter.paint(&host, kids);
    });
    let painter = Painter::default();
    Effect::new(move |_| {
        let (Some(host), true) = (side.get(), shown.get()) else { return };
        // The clock is read only where it stands or crawls, so that a running one does not draw the list anew.
        let now = if slow.get() { lab.clock.get().now } else { 0 };
        let kids = inside.raft.with(|raft| {
            let mut kids = vec![told::happened(raft), el("h3", "").text("Messages on their way")];
            kids.extend(flights::list(raft, now, slow.get(), chosen.get()));
            kids
        });
        painter.paint(&host, kids);
    });
    // Timers are told to a tenth of a second, and the logs are laid out only when one of them changed.
    let tenths = Memo::new(move |_| lab.clock.get().now / 100_000);
    let logs = Memo::new(move |_| {
        shown.get().then(|| lab.members.with(|members| inside.raft.with(|raft| logs::side_by_side(members, raft))))
    });
    let painter = Painter::default();
    Effect::new(move |_| {
        let (Some(host), true) = (tables.get(), shown.get()) else { return };
        let now = tenths.get() * 100_000;
        let logs = logs.get().unwrap_or_default();
        let kids = lab
            .members
            .with(|members| inside.raft.with(|raft| vec![told::members(members, raft, now), told::peers(raft), logs]));
        painter.paint(&host, kids);
    });
    // A running cluster's messages are replayed as on the diagram; one that crawls shows them where they are.
    {
        let packets = packets.clone();
        Effect::new(move |_| {
            if slow.get() || !shown.get() {
                packets.clear();
            }
        });
    }
    let ring = StoredValue::new_local(Rc::new(Ring::default()));
    lab.on_frame(move |frame: &Frame| {
        if shown.get_untracked() && !slow.get_untracked() {
            let names: Vec<&str> = frame.members.iter().map(|member| member.name.as_str()).collect();
            if let Some(layer) = layer.get_untracked() {
                ring.with_value(|ring| packets.add(&ring.of(&names), &layer, &frame.wire));
            }
        }
    });

    let act = move |word: Option<String>| {
        let Some(word) = word else { return };
        let (verb, object) = word.split_once(' ').unwrap_or((&word, ""));
        let message = object.parse().unwrap_or(0);
        match verb {
            "member" => {
                let name = Some(object.to_owned());
                lab.selected.update(|selected| *selected = if *selected == name { None } else { name });
            }
            "choose" => {
                // Whoever wants a message needs it to stay where it is.
                lab.clock(ClockControl::Pause);
                chosen.set(Some(message));
                focus_on(&format!("drop {message}"));
            }
            "drop" => lab.meddle(Input::Drop { message }),
            "delay" => lab.meddle(Input::Delay { message, by: DELAYS[0] }),
            "hold" => lab.meddle(Input::Delay { message, by: DELAYS[1] }),
            "catch" => lab.clock(ClockControl::Catch),
            _ => {}
        }
    };
    // A running cluster would talk without end; one that is stepped through tells each step.
    let latest = move || {
        let standing = !lab.clock.get().playing;
        inside.raft.with(|raft| raft.happened.last().filter(|_| standing).map(|happening| happening.text.clone()))
    };
    let click = move |event: MouseEvent| act(pressed(event.target()));
    let key = move |event: KeyboardEvent| {
        // Buttons press themselves; the members are drawn.
        if matches!(event.key().as_str(), "Enter" | " ")
            && let Some(word) = pressed(event.target()).filter(|word| word.starts_with("member "))
        {
            event.prevent_default();
            act(Some(word));
        }
    };
    view! {
        <div class="inside-body" on:click=on(click) on:keydown=on(key)>
            <div class="raft-top">
                <svg class="ring" viewBox=ring::VIEW_BOX role="group" aria-label="Members on a ring">
                    <g node_ref=picture></g>
                    <g class="packets" aria-hidden="true" node_ref=layer></g>
                </svg>
                <div class="raft-side">
                    <p class="outcome" role="status">{says(move || inside.outcome.get())}</p>
                    <p class="visually-hidden" role="status">{latest}</p>
                    <div node_ref=side tabindex="-1"></div>
                </div>
            </div>
            <div class="raft-tables" node_ref=tables></div>
        </div>
    }
}
