//! The store key by key: a member's own keys as a tree, what became of each, and the leases running down.

mod diff;
mod history;
mod json;
mod leases;
mod tree;

use crate::reactive::{Effect, Memo, RwSignal, on};
use crate::{
    lab_link::Lab,
    paint::{Node, Painter, el, pressed},
};
use leptos::prelude::*;
use protocol::{KeysQuery, KeysView as View, Look, Power, Role};
use web_sys::MouseEvent;

/// Children of a folder told at first, and so many more at a time.
const CHILDREN: u32 = 50;
/// Versions of a key told at first, and so many more at a time.
const VERSIONS: u32 = 10;

/// What is asked for until somebody asks for something else.
pub fn first_query() -> KeysQuery {
    let open = vec![Vec::new(), b"/registry/".to_vec()];
    KeysQuery { member: String::new(), open, children: CHILDREN, key: None, versions: VERSIONS }
}

#[component]
pub fn KeyView(shown: Signal<bool>, query: RwSignal<KeysQuery>) -> impl IntoView {
    let lab: Lab = expect_context();
    let keys = lab.inside.keys;
    let (picker, facts, branches, versions, running) = (
        NodeRef::<leptos::html::Select>::new(),
        NodeRef::<leptos::html::P>::new(),
        NodeRef::<leptos::html::Div>::new(),
        NodeRef::<leptos::html::Div>::new(),
        NodeRef::<leptos::html::Div>::new(),
    );
    let root = Memo::new(move |_| query.with(|query| query.open.first().cloned().unwrap_or_default()));
    // Until somebody chooses, the store is the leader's.
    Effect::new(move |_| {
        let chosen = query.with(|query| !query.member.is_empty());
        if chosen || !shown.get() {
            return;
        }
        let leader = lab.members.with(|members| {
            let leads = members.iter().find(|member| member.role == Role::Leader && member.power == Power::Running);
            leads.or(members.first()).map(|member| member.name.clone())
        });
        if let Some(member) = leader {
            query.update(|query| query.member = member);
        }
    });
    let painter = Painter::default();
    Effect::new(move |_| {
        let Some(host) = picker.get() else { return };
        let member = query.with(|query| query.member.clone());
        painter.paint(
            &host,
            lab.members.with(|members| {
                members
                    .iter()
                    .map(|found| {
                        let option = el("option", "").text(&found.name);
                        if found.name == member { option.with("selected", "") } else { option }
                    })
                    .collect()
            }),
        );
    });
    let paint =
        move |host: NodeRef<leptos::html::Div>, draw: fn(&View, &[u8], u64) -> Vec<Node>, more: fn(Lab) -> u64| {
            let painter = Painter::default();
            Effect::new(move |_| {
                let (Some(host), true) = (host.get(), shown.get()) else { return };
                let more = more(lab);
                painter.paint(&host, keys.with(|view| root.with(|root| draw(view, root, more))));
            });
        };
    paint(branches, |view, root, nobody| tree::draw(view, root, nobody > 0), |lab| u64::from(lab.has_nobody()));
    paint(versions, |view, _, _| history::draw(view), |_| 0);
    paint(running, |view, _, now| leases::draw(view, now), |lab| lab.clock.get().now);
    Effect::new(move |_| {
        if let Some(line) = facts.get() {
            line.set_text_content(Some(&keys.with(summary)));
        }
    });

    // The members of another world are others.
    lab.on_reset(move || query.update(|query| query.member.clear()));
    let choose = move |event| query.update(|query| query.member = event_target_value(&event));
    let begin = move |event| {
        let prefix = event_target_value(&event).into_bytes();
        query.update(|query| query.open = vec![prefix]);
    };
    let click = move |event: MouseEvent| {
        let Some(does) = pressed(event.target()) else { return };
        let (verb, object) = does.split_once(' ').unwrap_or((&does, ""));
        let bytes = tree::bytes(object);
        query.update(|query| match verb {
            "open" => match query.open.iter().position(|open| *open == bytes) {
                Some(at) => drop(query.open.remove(at)),
                None => query.open.push(bytes),
            },
            "key" => {
                query.key = Some(bytes);
                query.versions = VERSIONS;
            }
            "more" => query.children += CHILDREN,
            "older" => query.versions += VERSIONS,
            _ => {}
        });
    };
    view! {
        <div class="inside-body" on:click=on(click)>
            <div class="key-bar">
                <label>"Store of " <select node_ref=picker on:change=on(choose)></select></label>
                <label>"Keys that begin with " <input type="text" placeholder="everything" autocomplete="off" spellcheck="false" on:input=on(begin) /></label>
                <p class="quiet" node_ref=facts></p>
            </div>
            <div class="key-columns">
                <div>
                    <h3>"Keys"</h3>
                    <div class="tree" tabindex="-1" node_ref=branches></div>
                    <div class="key-leases" node_ref=running></div>
                </div>
                <div class="history" tabindex="-1" node_ref=versions></div>
            </div>
        </div>
    }
}

/// Where the store stands.
fn summary(view: &View) -> String {
    if !view.running {
        return String::new();
    }
    let mut words = format!("at revision {}", view.revision);
    if view.compacted > 0 {
        words.push_str(&format!(", compacted up to {}", view.compacted));
    }
    words
}

/// What the lab is asked to tell for this view; nothing before a member is known.
pub fn look(query: &KeysQuery) -> Look {
    if query.member.is_empty() { Look::Nothing } else { Look::Keys(query.clone()) }
}
