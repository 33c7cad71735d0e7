//! What a component does now: facts, the Raft log, the peers as the leader sees them, its own log lines.

use crate::reactive::{Memo, draws, each};
use crate::{component::Family, lab_link::Lab};
use leptos::prelude::*;
use protocol::{Details, Fact, LogEntry, PeerView};

#[component]
pub fn Now(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    // Parts are compared one by one, so that a heartbeat does not draw the log anew.
    let part = move |name: String| move || lab.details.get().filter(|details| details.component == name);
    let details = part(name);
    let details = Memo::new(move |_| details());
    let facts = Memo::new(move |_| details.with(|found| found.as_ref().map(|found| found.facts.clone())));
    let log = Memo::new(move |_| take(&details, |found| found.log.clone()));
    let peers = Memo::new(move |_| take(&details, |found| found.peers.clone()));
    let lines = Memo::new(move |_| take(&details, |found| found.lines.clone()));
    view! {
        <h4>"Now"</h4>
        {draws(move || match facts.get() {
            None => view! { <p class="quiet">"Waiting for the next moment of the cluster…"</p> }.into_any(),
            Some(facts) => view! { <dl class="facts">{each(facts.into_iter().map(fact))}</dl> }.into_any(),
        })}
        {draws(move || {
            let peers = peers.get();
            (!peers.is_empty())
                .then(|| {
                    view! {
                        <h4>"Peers, as the leader sees them"</h4>
                        <table>
                            <thead>
                                <tr>
                                    <th scope="col">"Member"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col" class="right">"Matched"</th>
                                    <th scope="col" class="right">"Next"</th>
                                </tr>
                            </thead>
                            <tbody>{each(peers.into_iter().map(peer))}</tbody>
                        </table>
                    }
                })
        })}
        {draws(move || {
            let log = log.get();
            (!log.is_empty())
                .then(|| {
                    view! {
                        <h4>"Raft log"</h4>
                        <table class="raft-log">
                            <thead>
                                <tr>
                                    <th scope="col" class="right">"Index"</th>
                                    <th scope="col" class="right">"Term"</th>
                                    <th scope="col">"Entry"</th>
                                    <th scope="col">"Committed"</th>
                                </tr>
                            </thead>
                            <tbody>{each(log.into_iter().rev().map(entry))}</tbody>
                        </table>
                    }
                })
        })}
        {draws(move || {
            let lines = lines.get();
            (!lines.is_empty())
                .then(|| {
                    view! {
                        <h4>"Its own log"</h4>
                        <pre class="component-log" tabindex="0">{lines.join("\n")}</pre>
                    }
                })
        })}
    }
}

fn take<T>(details: &Memo<Option<Details>>, part: impl FnOnce(&Details) -> Vec<T>) -> Vec<T> {
    details.with(|found| found.as_ref().map(part).unwrap_or_default())
}

fn fact(fact: Fact) -> impl IntoView {
    view! {
        <div>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
        </div>
    }
}

fn peer(peer: PeerView) -> impl IntoView {
    let state = if peer.active { peer.state } else { format!("{}, silent", peer.state) };
    let class = format!("of {}", Family::of(&peer.name).class());
    view! {
        <tr>
            <th scope="row" class=class>{peer.name}</th>
            <td>{state}</td>
            <td class="right">{peer.matched.to_string()}</td>
            <td class="right">{peer.next.to_string()}</td>
        </tr>
    }
}

fn entry(entry: LogEntry) -> impl IntoView {
    view! {
        <tr class=if entry.committed { "" } else { "pending" }>
            <td class="right">{entry.index.to_string()}</td>
            <td class="right">{entry.term.to_string()}</td>
            <td class="entry">{entry.text}</td>
            <td>{if entry.committed { "yes" } else { "not yet" }}</td>
        </tr>
    }
}
