//! The session as a link and as a file, and the one that was put aside.

use crate::reactive::{RwSignal, on, says};
use crate::{
    dom,
    lab_link::{Lab, aside},
    parts::{Dialog, Parts, opened_dialog},
    router::Router,
    session, storage,
};
use leptos::prelude::*;
use protocol::SESSION_LIMITS;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, HtmlInputElement};

/// What a session's file is called.
pub const FILE: &str = "kubarium-session.txt";

#[component]
pub fn ShareButton() -> impl IntoView {
    let parts: Parts = expect_context();
    view! {
        <button
            type="button"
            class="icon-button new-cluster"
            aria-label="Share"
            title="Share: this session as a link or a file"
            on:click=on(move |_| parts.dialog.set(Some(Dialog::Share)))
        >
            <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
                <path d="M10 12V3M6.5 6 10 2.5 13.5 6M5 9.5H4v7.5h12V9.5h-1" fill="none" stroke="currentColor" stroke-width="1.6" />
            </svg>
            <span>"Share"</span>
        </button>
    }
}

/// The window; it is open as soon as it stands.
#[component]
pub fn Share() -> impl IntoView {
    let lab: Lab = expect_context();
    let router: Router = expect_context();
    let parts: Parts = expect_context();
    let dialog = opened_dialog();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let said = RwSignal::new(String::new());
    let link = session::to_link(&lab.session()).map(|text| router.with_fragment(&text));
    let open = move |found: Result<protocol::Session, String>| match found.and_then(|found| lab.open_session(found)) {
        Ok(()) => close(),
        Err(reason) => said.set(format!("This session was not opened: {reason}.")),
    };
    let choose = move |event: Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file may be chosen again.
        input.set_value("");
        if file.size() > (SESSION_LIMITS.bytes * 2) as f64 {
            return said.set(format!("This file was not opened: it is larger than {} MB.", SESSION_LIMITS.bytes >> 19));
        }
        spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()).unwrap_or_default();
            open(session::from_text(&text));
        });
    };
    let keep = move || match session::to_text(&lab.session()) {
        Ok(text) => dom::download(FILE, &text),
        Err(reason) => said.set(format!("It cannot be written: {reason}.")),
    };
    let shared = match link {
        Ok(link) => {
            let field = NodeRef::<leptos::html::Input>::new();
            let copied = link.clone();
            let copy = move |_| {
                let Some(clipboard) = dom::window().map(|window| window.navigator().clipboard()) else { return };
                let copying = clipboard.write_text(&copied);
                spawn_local(async move {
                    let words = if JsFuture::from(copying).await.is_ok() {
                        "The link is copied."
                    } else {
                        // Browsers may refuse; the reader can always do it by hand.
                        if let Some(field) = field.get_untracked() {
                            let _ = field.focus();
                            field.select();
                        }
                        "This browser does not let a page copy. The link is selected: copy it with Ctrl-C."
                    };
                    said.set(words.to_owned());
                });
            };
            view! {
                <div class="share-link">
                    <input type="text" readonly aria-label="Link to this session" value=link node_ref=field />
                    <button type="button" class="button primary" on:click=on(copy)>"Copy the link"</button>
                </div>
            }
            .into_any()
        }
        Err(reason) => {
            view! { <p>{format!("There is no link: {reason}. As a file it can be shared all the same.")}</p> }
                .into_any()
        }
    };
    let put_aside = aside().map(|aside| {
        let words = match aside.log.len() {
            1 => "It holds one input.".to_owned(),
            count => format!("It holds {count} inputs."),
        };
        view! {
            <h3>"The session that was put aside"</h3>
            <p class="quiet">{words}</p>
            <div class="actions">
                <button type="button" class="button" on:click=on(move |_| open(Ok(aside.clone())))>"Bring it back"</button>
                <button
                    type="button"
                    class="button"
                    on:click=on(move |_| dom::download(FILE, &storage::read(session::KEY_DAMAGED).unwrap_or_default()))
                >
                    "Download it"
                </button>
            </div>
        }
        .into_any()
    });
    view! {
        <dialog class="search share" aria-labelledby="share" node_ref=dialog on:close=on(move |_: Event| parts.dialog.set(None))>
            <h2 id="share">"Share this session"</h2>
            <p class="quiet">
                "A session is a number that chance begins with, and everything that was typed and done. Whoever opens it gets this very cluster, to the last message."
            </p>
            {shared}
            <div class="actions">
                <button type="button" class="button" on:click=on(move |_| keep())>"Download it as a file"</button>
                <label class="button file-button">
                    "Open a file" <input type="file" accept=".txt,text/plain" class="visually-hidden" on:change=on(choose) />
                </label>
            </div>
            {put_aside}
            <p role="status">{says(move || said.get())}</p>
            <div class="actions">
                <button type="button" class="button" on:click=on(move |_| close())>"Close"</button>
            </div>
        </dialog>
    }
}
