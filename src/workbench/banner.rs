//! What the learner must know about the cluster as a whole: that it died, or what became of the stored session.

use crate::reactive::{draws, on};
use crate::{
    dom,
    lab_link::{Lab, Notice, Phase, Stage, aside},
    practice::AwayFromLab,
    session,
    share::FILE,
    storage,
};
use leptos::prelude::*;

#[component]
pub fn Banner() -> impl IntoView {
    let lab: Lab = expect_context();
    view! {
        <AwayFromLab />
        {draws(move || match lab.phase.get() {
            Phase::Failed { reason, during } => {
                let (title, promise) = words(during);
                Some(
                    view! {
                        <section class="banner failed" role="alert" aria-label="The cluster stopped">
                            <h2>{title}</h2>
                            <p>{format!("The reason given: {reason}.")}</p>
                            <p>{promise}</p>
                            <div class="actions">
                                <button type="button" class="button primary" on:click=on(move |_| lab.load())>
                                    "Start again"
                                </button>
                                <button type="button" class="button" on:click=on(move |_| lab.start_fresh(lab.setup()))>
                                    "Start fresh"
                                </button>
                            </div>
                        </section>
                    },
                )
            }
            _ => None,
        })}
        {draws(move || {
            lab.notice
                .get()
                .map(|notice| {
                    view! {
                        <section class="banner" role="status" aria-label="About your session">
                            <p>{notice.text}</p>
                            <div class="actions">
                                {notice
                                    .damaged_kept
                                    .then(|| {
                                        view! {
                                            <button type="button" class="button" on:click=on(move |_| download_damaged())>
                                                "Download the old session"
                                            </button>
                                            {aside().is_some().then(|| bring_back(lab))}
                                        }
                                    })}
                                <button type="button" class="button" on:click=on(move |_| lab.notice.set(None))>
                                    "Dismiss"
                                </button>
                            </div>
                        </section>
                    }
                })
        })}
    }
}

/// The way back to the session that was put aside, where it can be read.
fn bring_back(lab: Lab) -> impl IntoView {
    let act = move |_| {
        if let Err(reason) = lab.bring_back() {
            let text = format!("The old session was not opened: {reason}.");
            lab.notice.set(Some(Notice { text, damaged_kept: true }));
        }
    };
    view! { <button type="button" class="button" on:click=on(act)>"Bring it back"</button> }
}

fn words(during: Stage) -> (&'static str, &'static str) {
    match during {
        Stage::Running => (
            "The cluster stopped unexpectedly",
            "What you typed is kept. Starting again replays it, and brings the cluster to where it was.",
        ),
        Stage::Replaying => (
            "The cluster stopped while your session was replayed",
            "What you typed is kept. If it stops at the same place again, start fresh: the old session stays stored.",
        ),
        Stage::Loading => {
            ("The cluster could not be started", "The notes work without it, and what you typed earlier is kept.")
        }
    }
}

/// Hands the learner what was stored, byte for byte.
fn download_damaged() {
    if let Some(text) = storage::read(session::KEY_DAMAGED) {
        dom::download(FILE, &text);
    }
}
