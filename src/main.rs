//! Kubarium's site: notes, diagram, console, timeline. It simulates nothing; what it shows comes from the lab's worker
//! as `protocol` messages.

#![forbid(unsafe_code)]

mod app;
mod component;
mod console;
mod diagram;
mod dom;
mod key_view;
mod lab_link;
mod new_cluster;
mod notes;
mod paint;
mod panel;
mod parts;
mod practice;
mod raft_view;
mod reactive;
mod route;
mod router;
mod session;
mod share;
mod storage;
mod theme;
mod timeline;
mod waterfall;
mod workbench;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(|| {
        let prerendered = notes::prerendered::Prerendered::read();
        leptos::view! { <app::App prerendered=prerendered /> }
    });
    // The page came with a picture of itself, so that something stands there before this code does.
    if let Some(shell) = dom::document().and_then(|document| document.get_element_by_id("shell")) {
        shell.remove();
    }
}
