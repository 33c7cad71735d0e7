//! The cluster, drawn: what stands where, how the etcd members are, and the messages between them.

mod draw;
mod kinds;
mod layout;
mod messages;
mod packets;
mod plan;
mod pods;
mod schedule;
mod several;
mod watches;

use crate::reactive::{Effect, Memo, RwSignal, draws, holds, on};
use crate::{
    dom, key_view,
    lab_link::{Known, Lab, Phase},
    new_cluster::NewCluster,
    panel::Panel,
    parts::{View, late},
    share::ShareButton,
    timeline::Timeline,
    workbench::{FillButton, Layout, Pane, Tab, TabList},
};
pub use draw::{NOBODY, cut, letters, role_word};
pub use kinds::mark;
pub use layout::{Edge, Picture, Point, along, tenths};
pub use packets::Packets;

use draw::Drawing;
use layout::{Shape, picture};
use leptos::prelude::*;
use messages::{Legend, Messages};
use protocol::{Frame, Look, MemberView, Power, Role};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, KeyboardEvent, MouseEvent, ResizeObserver};

/// The views of the cluster.
const VIEWS: [Tab; 3] = [("view-diagram", "Diagram"), ("view-raft", "Raft"), ("view-keys", "Keys")];
const DIAGRAM: usize = 0;
const RAFT: usize = 1;
const KEYS: usize = 2;

/// The views of the cluster with the clock above them and the panel of a component beside them.
#[component]
pub fn ClusterPane() -> impl IntoView {
    let lab: Lab = expect_context();
    let layout: Layout = expect_context();
    let listing = RwSignal::new(dom::reduced_motion());
    let chosen = RwSignal::new(DIAGRAM);
    let query = RwSignal::new(key_view::first_query());
    let shows = move |view: usize| Signal::derive(move || chosen.get() == view);
    // The lab tells only what somebody looks at.
    let look = Memo::new(move |_| match chosen.get() {
        RAFT if layout.shows(Pane::Cluster) => Look::Raft,
        KEYS if layout.shows(Pane::Cluster) => query.with(key_view::look),
        _ => Look::Nothing,
    });
    Effect::new(move |_| lab.inside.look.set(look.get()));
    view! {
        <section class="cluster" aria-label="Cluster">
            <div class="pane-bar">
                <h2 class="pane-title">"Cluster"</h2>
                <div class="views">
                    <TabList label="Cluster views" tabs=&VIEWS chosen=Signal::derive(move || chosen.get()) choose=Callback::new(move |view| chosen.set(view)) />
                </div>
                <NewCluster />
                <ShareButton />
                <Timeline />
                <FillButton pane=Pane::Cluster />
            </div>
            <div class="stage">
                <div class="stage-picture" id="view-diagram" role="tabpanel" aria-labelledby="tab-view-diagram" hidden=holds(move || chosen.get() != DIAGRAM)>
                    <Diagram shown=shows(DIAGRAM) />
                </div>
                {inside("view-raft", shows(RAFT), View::Raft(shows(RAFT)))}
                {inside("view-keys", shows(KEYS), View::Keys(shows(KEYS), query))}
                <Starting />
                <Announcer />
                <Messages open=listing />
                <Panel />
            </div>
            <div hidden=holds(move || chosen.get() == KEYS)>
                <Legend listing=listing />
            </div>
        </section>
    }
}

/// The panel of a view that is built when it is opened first.
fn inside(id: &'static str, shown: Signal<bool>, view: View) -> impl IntoView {
    let opened = RwSignal::new(false);
    Effect::new(move |_| {
        if shown.get() && !opened.get_untracked() {
            opened.set(true);
        }
    });
    view! {
        <div class="inside" id=id role="tabpanel" aria-labelledby=format!("tab-{id}") tabindex="0" hidden=holds(move || !shown.get())>
            {draws(move || opened.get().then(|| late(view.clone())))}
        </div>
    }
}

/// The SVG itself.
#[component]
fn Diagram(shown: Signal<bool>) -> impl IntoView {
    let lab: Lab = expect_context();
    let root = NodeRef::<leptos::svg::Svg>::new();
    let shape = RwSignal::new(Shape::Wide);
    let drawing: Rc<RefCell<Option<Drawing>>> = Rc::default();
    let packets = Packets::default();

    // Which members there are, and which nodes.
    let parts = Memo::new(move |_| {
        let members = match lab.members.with(|members| names_of(members)) {
            // Before the lab has said anything, as many as the world will have.
            told if told.is_empty() => match (lab.nodes(), lab.members_at_first()) {
                (Some(nodes), count) => (0..u32::from(count)).map(|node| nodes.name(node)).collect(),
                (None, 1) => vec!["etcd".to_owned()],
                (None, count) => (0..count).map(|member| format!("etcd-{member}")).collect(),
            },
            told => told,
        };
        (members, lab.nodes())
    });
    let redraw = {
        let (drawing, packets) = (Rc::clone(&drawing), packets.clone());
        move || {
            let Some(root) = root.get() else { return };
            let (members, nodes) = parts.get();
            let picture = picture(shape.get(), &members, nodes);
            packets.clear();
            *drawing.borrow_mut() = Drawing::build(&root, picture);
            untrack(|| update(lab, &drawing));
        }
    };
    Effect::new(move |_| redraw());
    {
        let drawing = Rc::clone(&drawing);
        Effect::new(move |_| {
            lab.members.track();
            lab.kubernetes.track();
            lab.selected.track();
            lab.highlighted.track();
            lab.inside.watches.track();
            untrack(|| update(lab, &drawing));
        });
    }
    // A panel takes room; the component that it is about stays in sight.
    Effect::new(move |_| {
        let Some(name) = lab.selected.get() else { return };
        dom::on_next_frame(move |_| {
            let group =
                root.get_untracked().and_then(|root| dom::query(&root, &format!("[data-component=\"{name}\"]")));
            if let Some(group) = group {
                dom::keep_in_sight(&group);
            }
        });
    });
    Effect::new(move |_| {
        // The room of picture and panel together: opening a panel must not rearrange the picture.
        if let Some(room) = root.get().and_then(|root| root.closest(".stage").ok().flatten()) {
            observe(&room, shape);
        }
    });
    lab.on_frame({
        let drawing = Rc::clone(&drawing);
        move |frame: &Frame| {
            if let Some(drawing) = &*drawing.borrow()
                && shown.get_untracked()
            {
                packets.add(&drawing.picture, &drawing.packets, &frame.wire);
            }
        }
    });

    let choose = move |target: Option<web_sys::EventTarget>| {
        let Some(target) = target.and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let Ok(Some(group)) = target.closest("[data-component]") else { return };
        let name = group.get_attribute("data-component");
        lab.selected.update(|selected| *selected = if *selected == name { None } else { name });
    };
    let click = move |event: MouseEvent| choose(event.target());
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            choose(event.target());
        }
    };
    view! {
        <svg
            class="diagram"
            role="group"
            aria-label="Cluster diagram"
            preserveAspectRatio="xMidYMid meet"
            node_ref=root
            on:click=on(click)
            on:keydown=on(key)
        ></svg>
    }
}

fn names_of(members: &[MemberView]) -> Vec<String> {
    members.iter().map(|member| member.name.clone()).collect()
}

fn update(lab: Lab, drawing: &RefCell<Option<Drawing>>) {
    if let Some(drawing) = &*drawing.borrow() {
        lab.members.with(|members| drawing.show(members));
        let selected = lab.selected.get();
        lab.kubernetes.with(|known| drawing.show_kubernetes(known, selected.as_deref()));
        lab.inside.watches.with(|watches| drawing.show_watches(watches));
        lab.selected.with(|selected| lab.highlighted.with(|forward| drawing.mark(selected.as_deref(), forward)));
    }
}

/// Keeps `shape` in step with the room.
fn observe(room: &Element, shape: RwSignal<Shape>) {
    let target = room.clone();
    let callback = Closure::<dyn FnMut()>::new(move || {
        let (width, height) = (target.client_width(), target.client_height());
        if width > 0 && height > 0 {
            let fitting = Shape::for_room(f64::from(width), f64::from(height));
            if shape.get_untracked() != fitting {
                shape.set(fitting);
            }
        }
    });
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(room);
    }
    // The diagram lives as long as the page.
    callback.forget();
}

/// Says aloud who leads, and which node is not ready, when that changes, and nothing else: the rest can be looked up.
#[component]
fn Announcer() -> impl IntoView {
    let lab: Lab = expect_context();
    let leader = Memo::new(move |_| {
        lab.members.with(|members| {
            let leads = |member: &&MemberView| member.role == Role::Leader && member.power == Power::Running;
            let newest = members.iter().filter(leads).max_by_key(|member| member.term);
            newest.map(|member| (member.name.clone(), member.term))
        })
    });
    let troubled = Memo::new(move |_| lab.kubernetes.with(trouble));
    let words = move || match leader.get() {
        Some((name, term)) => format!("{name} leads in term {term}{}", troubled.get()),
        None if lab.members.with_untracked(Vec::is_empty) => String::new(),
        None => "No member leads".to_owned(),
    };
    view! { <p class="visually-hidden" role="status">{words}</p> }
}

/// The nodes that are not ready, as the end of a sentence.
fn trouble(known: &Known) -> String {
    let troubled = known.nodes.iter().filter(|node| !node.status.starts_with("Ready"));
    troubled.map(|node| format!("; {} is {}", node.name, node.status)).collect()
}

/// What the learner sees while there is no world yet.
#[component]
fn Starting() -> impl IntoView {
    let lab: Lab = expect_context();
    view! {
        <div class="starting" role="status">
            {draws(move || match lab.phase.get() {
                Phase::Waiting | Phase::Loading => {
                    Some(view! { <p><span class="spinner" aria-hidden="true"></span>"Starting the cluster…"</p> })
                        .into_any()
                }
                Phase::Replaying(percent) => {
                    view! {
                        <p>
                            <span class="spinner" aria-hidden="true"></span>
                            "Restoring your session… "
                            <span aria-hidden="true">{format!("{percent} %")}</span>
                        </p>
                    }
                        .into_any()
                }
                Phase::Ready | Phase::Failed { .. } => ().into_any(),
            })}
        </div>
    }
}
