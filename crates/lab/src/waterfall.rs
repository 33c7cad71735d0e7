//! Follow the request: the causal tree of one command, read off the trace.

use crate::{
    cluster::{Cluster, LEARNER_NAME},
    wire,
};
use protocol::{CommandState, CommandView, Waterfall, WaterfallSpan};
use sim::{EventId, Kind};
use sorted::SortedMap;

/// Spans that are shown.
const SPANS_MAX: usize = 500;

/// The tree of a command; `None` when the trace holds nothing of it any more.
pub(crate) fn of(cluster: &Cluster, command: &CommandView, now: u64) -> Option<Waterfall> {
    let mut tree = Tree { spans: Vec::new(), led_to: SortedMap::new() };
    for record in cluster.sim.trace().since(EventId(0)).filter(|record| record.cause.root == command.id) {
        let at = record.at.as_micros();
        let component = cluster.name_of(record.node);
        let parent = tree.led_to.get(&record.cause.event).copied();
        let span = |to, kind, label, end| WaterfallSpan {
            id: record.id.0,
            parent: Some(parent.unwrap_or(0)),
            component: component.into(),
            to,
            kind,
            label,
            start: at,
            end,
        };
        match &record.kind {
            Kind::Sent { to, deliver_at, msg } => {
                let to = Some(cluster.name_of(*to).into());
                tree.add(record.id, span(to, wire::kind(msg), wire::label(cluster, msg), deliver_at.as_micros()));
            }
            Kind::Delivered { sent, .. } | Kind::Refused { sent, .. } | Kind::Dropped { sent, .. } => {
                tree.close(
                    *sent,
                    record.id,
                    at,
                    match record.kind {
                        Kind::Dropped { .. } => " — lost",
                        Kind::Refused { .. } => " — refused",
                        _ => "",
                    },
                );
            }
            Kind::DiskWrite { bytes, done_at, .. } => {
                tree.add(record.id, span(None, None, format!("writes {bytes} bytes to disk"), done_at.as_micros()));
            }
            Kind::DiskDone { .. } => tree.lead(record.cause.event, record.id),
            Kind::Note(note) => tree.add(record.id, span(None, None, note.to_string(), at)),
            _ => tree.lead(record.cause.event, record.id),
        }
    }
    if tree.spans.is_empty() {
        return None;
    }
    let end = match command.state {
        CommandState::Ended { at, .. } => at,
        CommandState::Running => now,
    };
    let root = WaterfallSpan {
        id: 0,
        parent: None,
        component: LEARNER_NAME.into(),
        to: None,
        kind: None,
        label: command.text.trim_end().into(),
        start: command.started_at,
        end,
    };
    let omitted = tree.spans.len().saturating_sub(SPANS_MAX - 1) as u64;
    tree.spans.truncate(SPANS_MAX - 1);
    tree.spans.insert(0, root);
    Some(Waterfall { command: command.id, text: command.text.trim_end().into(), spans: tree.spans, omitted })
}

/// The tree as it grows. A span is known by the record that began it; `led_to` says to which span any other record
/// belongs, so that what that record caused hangs below the span.
struct Tree {
    spans: Vec<WaterfallSpan>,
    led_to: SortedMap<EventId, u64>,
}

impl Tree {
    fn add(&mut self, record: EventId, span: WaterfallSpan) {
        self.led_to.insert(record, span.id);
        self.spans.push(span);
    }

    fn lead(&mut self, from: EventId, record: EventId) {
        if let Some(span) = self.led_to.get(&from).copied() {
            self.led_to.insert(record, span);
        }
    }

    /// The message sent by the record `sent` came to its end.
    fn close(&mut self, sent: EventId, record: EventId, at: u64, fate: &str) {
        self.led_to.insert(record, sent.0);
        // Answers come soon after: looking from the back finds the span at once.
        if let Some(span) = self.spans.iter_mut().rev().find(|span| span.id == sent.0) {
            span.end = at;
            span.label.push_str(fate);
        }
    }
}
