//! Notes, diagram and console side by side; one of them alone where the route or the screen says so.

mod banner;
mod separator;
mod stage;
mod tabs;

use crate::reactive::{Effect, Memo, RwSignal, draws, holds, may_say, on, says};
use crate::{console::Console, diagram::ClusterPane, dom, notes::NotesPane, route::Route, router::Router};
use banner::Banner;
use leptos::prelude::*;
use separator::{Axis, Separator};
pub use stage::Stage;
use tabs::Tabs;
pub use tabs::{Tab, TabList};

/// Below this width there is room for one pane.
const NARROW: &str = "(max-width: 859px)";

/// A part of the workbench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Notes,
    Cluster,
    Console,
}

impl Pane {
    pub const ALL: [Self; 3] = [Self::Notes, Self::Cluster, Self::Console];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Notes => "Notes",
            Self::Cluster => "Cluster",
            Self::Console => "Console",
        }
    }

    pub const fn id(self) -> &'static str {
        match self {
            Self::Notes => "pane-notes",
            Self::Cluster => "pane-cluster",
            Self::Console => "pane-console",
        }
    }
}

/// What is visible; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Layout {
    /// There is room for one pane.
    pub narrow: Memo<bool>,
    /// The pane shown where there is room for one.
    pub tab: RwSignal<Pane>,
    /// The notes alone, on a wide screen.
    pub notes_fill: RwSignal<bool>,
    /// An embedded cluster has the console below it.
    with_console: bool,
    router: Router,
}

impl Layout {
    fn new(router: Router) -> Self {
        let narrow = RwSignal::new(dom::matches_media(NARROW));
        if let Some(media) = dom::window().and_then(|window| window.match_media(NARROW).ok().flatten()) {
            dom::listen(&media, "change", move |event: web_sys::MediaQueryListEvent| {
                narrow.set(event.matches());
            });
        }
        // What is embedded without notes needs no tabs, however narrow its frame is.
        let alone = move || router.embedded && matches!(router.route.get(), Route::Cluster | Route::Console);
        let layout = Self {
            narrow: Memo::new(move |_| narrow.get() && !alone()),
            tab: RwSignal::new(Pane::Notes),
            notes_fill: RwSignal::new(false),
            with_console: router.embedded && router.asks_for("console"),
            router,
        };
        Effect::new(move |_| {
            // A link to the page that is open leads back to it from another tab.
            router.visits.track();
            layout.tab.set(match router.route.get() {
                Route::Cluster => Pane::Cluster,
                Route::Console => Pane::Console,
                _ => Pane::Notes,
            });
        });
        layout
    }

    /// The pane that has the screen to itself, on a wide screen.
    pub fn filled(self) -> Option<Pane> {
        match self.router.route.get() {
            Route::Cluster => Some(Pane::Cluster),
            Route::Console => Some(Pane::Console),
            _ => self.notes_fill.get().then_some(Pane::Notes),
        }
    }

    pub fn shows(self, pane: Pane) -> bool {
        if self.narrow.get() {
            return self.tab.get() == pane;
        }
        match self.filled() {
            Some(Pane::Cluster) if self.with_console => pane != Pane::Notes,
            Some(filled) => filled == pane,
            None => true,
        }
    }

    /// Makes sure that a pane can be seen, as little as possible being changed.
    pub fn reveal(self, pane: Pane) {
        if self.narrow.get_untracked() {
            self.tab.set(pane);
        } else if !untrack(move || self.shows(pane)) {
            self.notes_fill.set(false);
        }
    }
}

#[component]
pub fn Workbench() -> impl IntoView {
    let router: Router = expect_context();
    let stage: Stage = expect_context();
    let layout = Layout::new(router);
    provide_context(layout);
    // Shares of the window in percent.
    let across = RwSignal::new(46);
    let down = RwSignal::new(60);
    let hidden = move |pane: Pane| holds(move || !layout.shows(pane));
    let role = move || layout.narrow.get().then_some("tabpanel");
    let labelled = move |pane: Pane| may_say(move || layout.narrow.get().then(|| format!("tab-{}", pane.id())));
    let split = move || !layout.narrow.get() && layout.filled().is_none();
    // Without the notes there is no heading above those of the panes.
    let alone = move || {
        (!layout.shows(Pane::Notes)).then(|| if layout.shows(Pane::Cluster) { Pane::Cluster } else { Pane::Console })
    };
    let both = move || layout.shows(Pane::Cluster) && layout.shows(Pane::Console);
    view! {
        <Banner />
        <main
            id="main"
            class="workbench"
            tabindex="-1"
            class:split=holds(split)
            style:--across=says(move || format!("{}%", across.get()))
            style:--down=says(move || format!("{}%", down.get()))
        >
            <Tabs layout=layout />
            {draws(move || alone().map(|pane| view! { <h1 class="visually-hidden">{pane.label()}</h1> }))}
            <div class="pane pane-notes" id=Pane::Notes.id() role=may_say(role) aria-labelledby=labelled(Pane::Notes) hidden=hidden(Pane::Notes)>
                <NotesPane />
            </div>
            <div class="separator-slot" hidden=holds(move || !split())>
                <Separator axis=Axis::Across label="Width of the notes" share=across controls=Pane::Notes.id() />
            </div>
            <div class="column" hidden=holds(move || !layout.shows(Pane::Cluster) && !layout.shows(Pane::Console))>
                <div class="pane pane-cluster" class:alone=holds(move || !both()) id=Pane::Cluster.id() role=may_say(role) aria-labelledby=labelled(Pane::Cluster) hidden=hidden(Pane::Cluster)>
                    {draws(move || stage.has(Stage::CLUSTER).then(|| view! { <ClusterPane /> }))}
                </div>
                <div class="separator-slot" hidden=holds(move || !both())>
                    <Separator axis=Axis::Down label="Height of the diagram" share=down controls=Pane::Cluster.id() />
                </div>
                <div class="pane pane-console" id=Pane::Console.id() role=may_say(role) aria-labelledby=labelled(Pane::Console) hidden=hidden(Pane::Console)>
                    {draws(move || stage.has(Stage::CONSOLE).then(|| view! { <Console /> }))}
                </div>
            </div>
        </main>
    }
}

/// The button by which a pane takes the screen or gives it back.
#[component]
pub fn FillButton(pane: Pane) -> impl IntoView {
    let layout: Layout = expect_context();
    let router: Router = expect_context();
    // Where the reader was before the pane took the screen.
    let before = RwSignal::new(Route::Tour);
    let filled = move || layout.filled() == Some(pane);
    let name = move || {
        let what = match pane {
            Pane::Notes => "notes",
            Pane::Cluster => "diagram",
            Pane::Console => "console",
        };
        if filled() { format!("Shrink the {what}") } else { format!("Fill the screen with the {what}") }
    };
    let change = move |_| {
        let leaves = untrack(filled);
        match pane {
            Pane::Notes => layout.notes_fill.set(!leaves),
            Pane::Cluster | Pane::Console if leaves => router.go(&before.get_untracked()),
            Pane::Cluster | Pane::Console => {
                let here = router.route.get_untracked();
                if !matches!(here, Route::Cluster | Route::Console) {
                    before.set(here);
                }
                router.go(if pane == Pane::Cluster { &Route::Cluster } else { &Route::Console });
            }
        }
    };
    view! {
        <button type="button" class="icon-button fill-button" aria-label=says(name) title=says(name) aria-pressed=says(move || filled().to_string()) on:click=on(change)>
            <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
                <path
                    d=says(move || if filled() { "M8 3v5H3M12 17v-5h5" } else { "M12 3h5v5M8 17H3v-5M17 3l-6 6M3 17l6-6" })
                    fill="none"
                    stroke="currentColor"
                    stroke-width="1.6"
                />
            </svg>
        </button>
    }
}
