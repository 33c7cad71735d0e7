//! Practice: labs, each a goal in a world of its own, judged by the state of that world.

pub mod hints;
mod list;
pub mod progress;

pub use list::AllLabs;

use crate::reactive::{Effect, Memo, RwSignal, draws, holds, on, says};
use crate::{
    dom,
    lab_link::{Judged, Lab, Phase},
    notes::{Body, catalog::Catalog},
    parts::{View, late},
    route::Route,
    router::Router,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use leptos::prelude::*;
use progress::Progress;
use protocol::Exercise;

/// Where the page of a lab leaves room for what works only with the script.
pub const DESK: &str = "<!--desk-->";

/// A lab: its words, and between goal and hints the desk.
#[component]
pub fn LabPage(html: String) -> impl IntoView {
    let (before, after) = html.split_once(DESK).unwrap_or((&html, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    view! {
        <div class="note lab-page">
            <Body html=before class="lab-part" />
            {late(View::Desk)}
            <Body html=after class="lab-part" />
        </div>
    }
}

/// An attribute that the build wrote beside the goal.
fn attribute(name: &str) -> String {
    let goal = dom::document().and_then(|page| page.query_selector(".goal").ok().flatten());
    goal.and_then(|goal| goal.get_attribute(name)).unwrap_or_default()
}

/// The world this page's lab begins in.
fn exercise() -> Option<Exercise> {
    STANDARD.decode(attribute("data-world")).ok().and_then(|bytes| protocol::decode(&bytes).ok())
}

fn reached(judged: &Judged) -> bool {
    matches!(judged, Judged::Found(verdict) if verdict.reached)
}

#[component]
pub fn Desk() -> impl IntoView {
    let lab: Lab = expect_context();
    let router: Router = expect_context();
    let catalog: Catalog = expect_context();
    let progress: Progress = expect_context();
    let slug = match router.route.get_untracked() {
        Route::Lab(slug) => slug,
        _ => String::new(),
    };
    let slug = StoredValue::new(slug);
    let active = Memo::new(move |_| lab.exercise.with(|name| slug.with_value(|slug| name.as_ref() == Some(slug))));
    let ready = Memo::new(move |_| lab.phase.get() == Phase::Ready);
    // A button that were truly disabled while the world is prepared would lose the focus.
    let busy = Memo::new(move |_| matches!(lab.phase.get(), Phase::Waiting | Phase::Loading | Phase::Replaying(_)));
    // Work that would be lost is asked for once more.
    let asking = RwSignal::new(false);
    Effect::new(move |_| {
        if lab.verdict.with(reached) && active.get() {
            slug.with_value(|slug| progress.note(slug, true));
        }
    });

    let start = move |_| {
        if busy.get_untracked() {
            return;
        }
        // What has reached its goal has served.
        let gives_up_work =
            lab.is_touched() && lab.exercise.get_untracked().is_some() && !lab.verdict.with_untracked(reached);
        if gives_up_work && !asking.get_untracked() {
            return asking.set(true);
        }
        asking.set(false);
        if let Some(exercise) = exercise() {
            progress.note(&exercise.name, false);
            lab.start_exercise(exercise);
        }
    };
    let start_words = move || match (asking.get(), active.get()) {
        (true, _) => "Yes, give it up",
        (false, true) => "Start over",
        (false, false) => "Start the lab",
    };
    let state = move || match (lab.phase.get(), active.get(), lab.exercise.get()) {
        (Phase::Failed { .. }, ..) => "The cluster is not running.".to_owned(),
        (Phase::Ready, true, _) => "Diagram and console now belong to this lab.".to_owned(),
        (_, true, _) => "The lab's cluster is being prepared…".to_owned(),
        (_, false, None) => {
            "The lab has a cluster of its own. Yours is kept, and comes back when you leave the lab.".to_owned()
        }
        (_, false, Some(other)) => {
            let title = catalog.lab_title(&other).unwrap_or(other);
            format!("You are at the lab “{title}”. Starting this one ends that.")
        }
    };
    let question = move || asking.get().then(|| view! { <p>"What you did in the lab's cluster will be lost."</p> });
    let verdict = move || match lab.verdict.get() {
        _ if !active.get() => ("verdict", String::new()),
        Judged::Nothing => ("verdict", String::new()),
        Judged::Asked => ("verdict", "Checking…".to_owned()),
        Judged::Found(found) if found.reached => ("verdict right", format!("Solved. {}", found.says)),
        Judged::Found(found) => ("verdict wrong", format!("Not yet. {}", found.says)),
    };
    let next = move || {
        let shown = active.get() && lab.verdict.with(reached);
        let (name, title) = shown.then(|| slug.with_value(|slug| catalog.lab_after(slug))).flatten()?;
        Some(view! { <p class="next-lab">"Next: " <a href=router.href(&Route::Lab(name))>{title}</a></p> })
    };
    let with_active = move |label: &'static str, act: fn(Lab)| {
        let act = move |_| {
            asking.set(false);
            if ready.get_untracked() {
                act(lab);
            }
        };
        view! {
            <button
                type="button"
                class=if label == "Check" { "button primary" } else { "button" }
                hidden=holds(move || !active.get())
                aria-disabled=says(move || (!ready.get()).to_string())
                on:click=on(act)
            >
                {label}
            </button>
        }
    };
    view! {
        <section class="desk" aria-label="Your work">
            <p class="desk-state">{says(state)}</p>
            <div role="alert">{draws(question)}</div>
            <div class="actions">
                {with_active("Check", |lab| lab.check(attribute("data-check")))}
                {with_active("Undo", Lab::undo)}
                <button
                    type="button"
                    class="button"
                    class:primary=holds(move || !active.get())
                    aria-disabled=says(move || busy.get().to_string())
                    on:click=on(start)
                >
                    {says(start_words)}
                </button>
                {with_active("Leave the lab", Lab::leave_exercise)}
            </div>
            <p role="status" class=says(move || verdict().0)>
                {says(move || verdict().1)}
            </p>
            {draws(next)}
        </section>
    }
}

/// Says on other pages that the cluster is that of a lab.
#[component]
pub fn AwayFromLab() -> impl IntoView {
    let lab: Lab = expect_context();
    let router: Router = expect_context();
    let catalog: Catalog = expect_context();
    draws(move || {
        let name = lab.exercise.get()?;
        let route = Route::Lab(name.clone());
        // Other labs say so themselves.
        if matches!(router.route.get(), Route::Lab(_)) {
            return None;
        }
        let title = catalog.lab_title(&name).unwrap_or(name);
        let href = router.href(&route);
        Some(view! {
            <section class="banner away" aria-label="The lab you are at">
                <p>"This is the cluster of the lab " <a href=href>{title}</a> "."</p>
                <div class="actions">
                    <button type="button" class="button small" on:click=on(move |_| lab.leave_exercise())>
                        "Leave the lab"
                    </button>
                </div>
            </section>
        })
    })
}
