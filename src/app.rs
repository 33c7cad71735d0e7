//! The page: header, landmarks, and the workbench under them.

use crate::reactive::{Effect, may_say, on, says};
use crate::{
    dom,
    lab_link::{Lab, Phase},
    new_cluster::World,
    notes::{catalog::Catalog, prerendered::Prerendered, search::SearchButton},
    parts::{Dialogs, Parts},
    practice::progress::Progress,
    route::Route,
    router::Router,
    theme::{self, ThemeButton},
    workbench::{Stage, Workbench},
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// The page needs this long to paint before the worker's code competes for the line.
const WORKER_DELAY_MS: i32 = 150;

#[component]
pub fn App(prerendered: Prerendered) -> impl IntoView {
    let router = Router::start();
    let lab = Lab::new(router);
    let catalog = Catalog::fetch(router);
    provide_context(router);
    provide_context(lab);
    provide_context(catalog);
    provide_context(Progress::restore());
    let parts = Parts::new();
    provide_context(parts);
    provide_context(prerendered);
    let stage = Stage::new();
    provide_context(stage);
    stage.go_on(move || dom::after(WORKER_DELAY_MS, move || lab.load()));
    // Then nothing else is left to do, and start.js may have the browser keep the site.
    Effect::new(move |_| {
        if lab.phase.get() == Phase::Ready {
            parts.fetch();
            // A visitor of another site did not ask for this one to be kept.
            if !router.embedded
                && let (Some(window), Ok(event)) = (dom::window(), web_sys::Event::new("kubarium-stands"))
            {
                let _ = window.dispatch_event(&event);
            }
        }
    });
    // A link may hold a session.
    Effect::new(move |_| {
        // An embedded one is there again after a reload.
        if lab.open_link(&router.fragment.get()) && !router.embedded {
            router.drop_fragment();
        }
    });
    title(router, catalog);
    if router.embedded {
        theme::apply_asked(router);
        if let Some(body) = dom::document().and_then(|page| page.body()) {
            let _ = body.class_list().add_1("embedded");
        }
        return view! { <Workbench /><EmbedBar /><Dialogs /> }.into_any();
    }
    view! {
        <a class="skip-link" href="#main">"Skip to the content"</a>
        <a class="skip-link" href="#console-input">"Skip to the console"</a>
        <header class="site-header">
            <a class="brand" href=router.href(&Route::Tour)>
                <BrandMark />
                <span class="brand-name">"Kubarium"</span>
            </a>
            <nav class="site-nav" aria-label="Site">
                <HeaderLink route=Route::Tour label="Tour" />
                <HeaderLink route=Route::Notes label="Notes" />
                <HeaderLink route=Route::Labs label="Labs" />
                <HeaderLink route=Route::Cluster label="Cluster" class="has-tab" />
                <HeaderLink route=Route::Console label="Console" class="has-tab" />
            </nav>
            <World />
            <SearchButton />
            <ThemeButton />
        </header>
        <Workbench />
        <Dialogs />
    }
    .into_any()
}

/// Whose cluster it is, inside another site's page, and the way to all of it with what was done here.
#[component]
fn EmbedBar() -> impl IntoView {
    let router: Router = expect_context();
    let lab: Lab = expect_context();
    let href = move || router.asset(&router.route.get().path());
    // The session changes with every command; the address has to be right when the link is followed.
    let follow = move |event: MouseEvent| {
        if let Some(link) = event.current_target().and_then(|link| link.dyn_into::<Element>().ok()) {
            dom::set(&link, "href", &lab.address());
        }
    };
    view! {
        <footer class="embed-bar">
            <BrandMark />
            <span>"Kubarium"</span>
            <a href=says(href) target="_blank" rel="noopener" on:click=on(follow) on:auxclick=on(follow)>
                "Open in Kubarium"
            </a>
        </footer>
    }
}

#[component]
fn HeaderLink(route: Route, label: &'static str, #[prop(optional)] class: &'static str) -> impl IntoView {
    let router: Router = expect_context();
    let href = router.href(&route);
    let current = move || {
        let shown = router.route.get();
        let here = match &shown {
            Route::Note(_) => route == Route::Notes,
            Route::Lab(_) => route == Route::Labs,
            shown => *shown == route,
        };
        here.then_some("page")
    };
    view! { <a href=href class=class aria-current=may_say(current)>{label}</a> }
}

/// Three members behind glass.
#[component]
fn BrandMark() -> impl IntoView {
    view! {
        <svg class="brand-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
            <rect x="1.5" y="1.5" width="21" height="21" rx="6" fill="none" stroke="currentColor" stroke-width="1.6" />
            <path d="M12 8 8 15h8z" fill="none" stroke="currentColor" stroke-width="1.4" />
            <circle class="leader" cx="12" cy="7.6" r="2.6" />
            <circle cx="7.6" cy="15.4" r="2.1" />
            <circle cx="16.4" cy="15.4" r="2.1" />
        </svg>
    }
}

/// The document's title says where the reader is.
fn title(router: Router, catalog: Catalog) {
    Effect::new(move |_| {
        let place = match router.route.get() {
            Route::Tour => None,
            Route::Notes => Some("Notes".to_owned()),
            Route::Note(slug) => Some(catalog.title(&slug).unwrap_or(slug)),
            Route::Labs => Some("Labs".to_owned()),
            Route::Lab(slug) => Some(catalog.lab_title(&slug).unwrap_or(slug)),
            Route::Cluster => Some("Cluster".to_owned()),
            Route::Console => Some("Console".to_owned()),
            Route::NotFound => Some("Not found".to_owned()),
        };
        let title = match place {
            Some(place) => format!("{place} · Kubarium"),
            None => "Kubarium: a living Kubernetes cluster behind glass".to_owned(),
        };
        if let Some(document) = dom::document() {
            document.set_title(&title);
        }
    });
}
