//! Follow the request: what one command caused, as a tree with times.

mod layout;

use crate::reactive::{RwSignal, draws, each, on};
use crate::{
    component::{Family, title},
    console::duration,
    lab_link::{Followed, Lab},
    parts::{View, late},
    workbench::{Layout, Pane},
};
use layout::{Row, rows};
use leptos::prelude::*;
use protocol::{Waterfall, WaterfallSpan};
use web_sys::KeyboardEvent;

/// So many rows are drawn before the reader asks for more.
const FIRST: usize = 120;

#[component]
pub fn WaterfallPane() -> impl IntoView {
    let lab: Lab = expect_context();
    let close = move || {
        lab.followed.set(Followed::Nothing);
        lab.highlighted.set(Vec::new());
        crate::dom::focus("console-input");
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close();
        }
    };
    draws(move || {
        let followed = lab.followed.get();
        let command = match &followed {
            Followed::Nothing => return ().into_any(),
            Followed::Asked(command) => command.text.clone(),
            Followed::Found(waterfall) => waterfall.text.clone(),
            Followed::Forgotten => "a command".to_owned(),
        };
        let label = format!("Trace of {command}");
        // It covers the button that was pressed.
        crate::dom::after(0, || crate::dom::focus("back-to-output"));
        view! {
            <section class="waterfall" aria-label=label on:keydown=on(key)>
                <div class="waterfall-head">
                    <h3>"Trace of " <code>{command}</code></h3>
                    <button type="button" class="button small" id="back-to-output" on:click=on(move |_| close())>
                        "Back to the output"
                    </button>
                </div>
                {match followed {
                    Followed::Found(waterfall) => late(View::Trace(waterfall)),
                    Followed::Forgotten => {
                        view! {
                            <p class="quiet" role="status">
                                "The trace of this command is no longer kept: only the latest ones are. Run it again to follow it."
                            </p>
                        }
                            .into_any()
                    }
                    _ => view! { <p class="quiet" role="status">"Collecting what it caused…"</p> }.into_any(),
                }}
            </section>
        }
        .into_any()
    })
}

#[component]
pub fn Tree(waterfall: Waterfall) -> impl IntoView {
    let lab: Lab = expect_context();
    let layout: Layout = expect_context();
    let rows = rows(&waterfall);
    let whole = rows.iter().map(|row| row.start + row.took).max().unwrap_or(0);
    let summary = format!("{} steps in {}", waterfall.spans.len(), duration(whole));
    let omitted = waterfall.omitted;
    let all: Vec<(WaterfallSpan, Row)> = waterfall.spans.into_iter().zip(rows).collect();
    let count = all.len();
    let all = StoredValue::new(all);
    let everything = RwSignal::new(count <= FIRST);
    let show = move |span: &WaterfallSpan| {
        let mut names = vec![span.component.clone()];
        names.extend(span.to.clone());
        lab.highlighted.set(names);
        layout.reveal(Pane::Cluster);
    };
    let row = move |(span, row): &(WaterfallSpan, Row)| {
        let class = Family::of(&span.component).class();
        let place = match &span.to {
            Some(to) => format!("{} → {}", title(&span.component), title(to)),
            None => title(&span.component),
        };
        let chosen = span.clone();
        let percent = |thousandths: u64| format!("{}.{}%", thousandths / 10, thousandths % 10);
        let (left, width) = (percent(row.left), percent(row.width));
        let indent = row.depth.to_string();
        view! {
            <tr class=class>
                <th scope="row" style:--depth=indent>
                    <button type="button" class="span" title=span.label.clone() on:click=on(move |_| show(&chosen))>
                        <span class="of">{place}</span>
                        <span class="what">{span.label.clone()}</span>
                    </button>
                </th>
                <td class="right">{duration(row.start)}</td>
                <td class="right">{duration(row.took)}</td>
                <td class="bars" aria-hidden="true">
                    <span class=if span.to.is_some() { "bar on-wire" } else { "bar" } style:left=left style:width=width></span>
                </td>
            </tr>
        }
    };
    view! {
        <div class="waterfall-scroll" tabindex="0" role="group" aria-label="Steps">
            <table>
                <caption>
                    {summary}
                    {(omitted > 0).then(|| format!(", and {omitted} more that are not kept"))}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col" class="right">"After"</th>
                        <th scope="col" class="right">"Took"</th>
                        <th scope="col" class="bars" aria-hidden="true"></th>
                    </tr>
                </thead>
                <tbody>
                    {draws(move || {
                        let shown = if everything.get() { count } else { FIRST };
                        all.with_value(|all| each(all.iter().take(shown).map(row)))
                    })}
                </tbody>
            </table>
            {draws(move || {
                (!everything.get())
                    .then(|| {
                        view! {
                            <button type="button" class="button" on:click=on(move |_| everything.set(true))>
                                {format!("Show {} more steps", count - FIRST)}
                            </button>
                        }
                    })
            })}
        </div>
    }
}
