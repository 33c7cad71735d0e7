//! What of the page lies in a file of its own: the views that nobody sees before they are opened.
//!
//! `#[wasm_split]` marks where the part begins, and `cargo xtask` cuts the site's module there after it has been linked
//! (`xtask/src/split.rs`). The views may be named here only: another way to their code would leave it in the first load.
//! The part is fetched by itself once cluster and console stand, so few will ever wait for it.

use crate::reactive::{Effect, RwSignal, draws, on};
use crate::{
    key_view::KeyView, new_cluster, notes::search, panel, practice, raft_view::RaftView, share, timeline, waterfall,
};
use leptos::prelude::*;
use protocol::{KeysQuery, Waterfall};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// A view of the part, and what it has to know.
#[derive(Clone)]
pub enum View {
    Raft(Signal<bool>),
    Keys(Signal<bool>, RwSignal<KeysQuery>),
    /// The panel of a component, by its name.
    Panel(String),
    Trace(Waterfall),
    /// Where a learner works on a lab.
    Desk,
    Labs,
    Dialog(Dialog),
}

/// What is asked in a window above the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Search,
    NewCluster,
    Share,
    Back,
}

#[wasm_split(views, preload(fetch), fallible)]
fn build(view: View) -> Result<AnyView, SplitLoaderError> {
    Ok(match view {
        View::Raft(shown) => view! { <RaftView shown=shown /> }.into_any(),
        View::Keys(shown, query) => view! { <KeyView shown=shown query=query /> }.into_any(),
        View::Panel(name) => view! { <panel::Open name=name /> }.into_any(),
        View::Trace(waterfall) => view! { <waterfall::Tree waterfall=waterfall /> }.into_any(),
        View::Desk => view! { <practice::Desk /> }.into_any(),
        View::Labs => view! { <practice::AllLabs /> }.into_any(),
        View::Dialog(Dialog::Search) => view! { <search::Search /> }.into_any(),
        View::Dialog(Dialog::Share) => view! { <share::Share /> }.into_any(),
        View::Dialog(Dialog::Back) => view! { <timeline::Back /> }.into_any(),
        View::Dialog(Dialog::NewCluster) => {
            new_cluster::ask();
            ().into_any()
        }
    })
}

/// How far the part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Away,
    Coming,
    Here,
    Failed,
}

/// The part as the page knows it; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Parts {
    state: RwSignal<State>,
    /// The dialog that is open, or will be once the part is here.
    pub dialog: RwSignal<Option<Dialog>>,
}

impl Parts {
    pub fn new() -> Self {
        Self { state: RwSignal::new(State::Away), dialog: RwSignal::new(None) }
    }

    /// Fetches the part, unless it is here or on its way.
    pub fn fetch(self) {
        if matches!(self.state.get_untracked(), State::Coming | State::Here) {
            return;
        }
        self.state.set(State::Coming);
        wasm_bindgen_futures::spawn_local(async move {
            self.state.set(if fetch().await.is_ok() { State::Here } else { State::Failed });
        });
    }
}

/// A view of the part, and until that has come what is to be said of it.
pub fn late(view: View) -> AnyView {
    let parts: Parts = expect_context();
    // A view that is drawn is not the moment to change what others are drawn after.
    crate::dom::after(0, move || parts.fetch());
    draws(move || match parts.state.get() {
        State::Here => at_once(build(view.clone())).and_then(Result::ok).unwrap_or_else(|| ().into_any()),
        State::Failed => view! {
            <div class="late" role="alert">
                <p>"This part of the page could not be fetched."</p>
                <button type="button" class="button" on:click=on(move |_| parts.fetch())>"Try again"</button>
            </div>
        }
        .into_any(),
        State::Away | State::Coming => view! {
            <p class="late" role="status"><span class="spinner" aria-hidden="true"></span>"Fetching this part of the page…"</p>
        }
        .into_any(),
    })
    .into_any()
}

/// A dialog of the part, which is open as soon as it stands. Whoever draws it says when it was closed.
pub fn opened_dialog() -> NodeRef<leptos::html::Dialog> {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // One that has just come into the page is not open yet, which is all that could be refused.
            let _ = dialog.show_modal();
        }
    });
    dialog
}

/// Where the dialogs come up.
#[component]
pub fn Dialogs() -> impl IntoView {
    let parts: Parts = expect_context();
    let dialog = move |dialog| view! { <div class="late-dialog">{late(View::Dialog(dialog))}</div> };
    draws(move || parts.dialog.get().map(dialog))
}

/// What a future comes to if it is ready; a function of a part that is here answers at once.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
