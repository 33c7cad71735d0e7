//! Going back: to the moment before something that was typed or done.

use super::clock_text;
use crate::reactive::{each, on};
use crate::{
    lab_link::Lab,
    parts::{Parts, opened_dialog},
};
use leptos::prelude::*;
use protocol::{Fault, Input, Logged};
use web_sys::Event;

/// So many moments are offered, the latest first; more would not be read.
const OFFERED: usize = 200;

/// The window in which one chooses; it is open as soon as it stands.
#[component]
pub fn Back() -> impl IntoView {
    let lab: Lab = expect_context();
    let parts: Parts = expect_context();
    let dialog = opened_dialog();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let moment = move |(place, logged): (usize, &Logged)| {
        let (time, words) = (clock_text(logged.at), words(&logged.input));
        let label = format!("Before {words}, at {time}");
        let go = move |_| {
            close();
            lab.rewind(place);
        };
        view! {
            <li>
                <button type="button" aria-label=label on:click=on(go)>
                    <span class="clock">{time}</span>
                    <code>{words}</code>
                </button>
            </li>
        }
    };
    let inputs = lab.inputs();
    let advice = match inputs.len() {
        0 => "Nothing has been typed or done in this cluster yet, so there is nothing to go back to.",
        1..=OFFERED => {
            "The cluster is built anew and stops right before what you choose. What came after is put aside, and can be brought back."
        }
        _ => {
            "The cluster is built anew and stops right before what you choose; the latest 200 are listed. What came after is put aside, and can be brought back."
        }
    };
    view! {
        <dialog class="search back" aria-labelledby="back" node_ref=dialog on:close=on(move |_: Event| parts.dialog.set(None))>
            <h2 id="back">"Go back to before…"</h2>
            <p class="quiet">{advice}</p>
            <ul>{each(inputs.iter().enumerate().rev().take(OFFERED).map(moment))}</ul>
            <div class="actions">
                <button type="button" class="button" on:click=on(move |_| close())>"Cancel"</button>
            </div>
        </dialog>
    }
}

/// An input as the learner knows it.
fn words(input: &Input) -> String {
    match input {
        Input::Submit { text, .. } => text.lines().next().filter(|line| !line.is_empty()).unwrap_or("Enter").to_owned(),
        Input::Interrupt { .. } => "Ctrl-C".to_owned(),
        Input::EndOfInput { .. } => "Ctrl-D".to_owned(),
        Input::Fault { component, fault } => format!("{} {component}", done(*fault)),
        Input::Drop { .. } => "dropping a message".to_owned(),
        Input::Delay { .. } => "delaying a message".to_owned(),
        Input::OpenTerminal { .. } => "opening a terminal".to_owned(),
        Input::CloseTerminal { .. } => "closing a terminal".to_owned(),
    }
}

fn done(fault: Fault) -> &'static str {
    match fault {
        Fault::Kill => "killing",
        Fault::Stop => "stopping",
        Fault::Restart => "restarting",
        Fault::Pause => "pausing",
        Fault::Resume => "resuming",
        Fault::CutOff => "cutting off",
        Fault::Reconnect => "reconnecting",
        Fault::SlowDisk => "slowing the disk of",
        Fault::NormalDisk => "mending the disk of",
        Fault::StopClock => "stopping the clock of",
        Fault::StartClock => "starting the clock of",
        Fault::CutOutgoing => "cutting what is sent by",
        Fault::CutIncoming => "cutting what is sent to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::TerminalId;

    fn check(input: Input, expected: &str) {
        assert_eq!(words(&input), expected);
    }

    #[test]
    fn a_moment_is_named_after_what_came_next() {
        let terminal = TerminalId(0);
        check(Input::Submit { terminal, text: "etcdctl put a b\netcdctl get a".into() }, "etcdctl put a b");
        check(Input::Submit { terminal, text: String::new() }, "Enter");
        check(Input::Fault { component: "etcd-1".into(), fault: Fault::Kill }, "killing etcd-1");
    }
}
