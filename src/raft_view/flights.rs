//! The messages on their way as a list, with what can be done to each: the way to them by keys, and for who cannot see
//! the picture.

use crate::{
    diagram::mark,
    paint::{Node, button, el},
};
use protocol::{RaftView, WireMessage};

/// So many are listed; the picture shows the same.
const LISTED: usize = 12;

/// The list, or how to come by a message while the clock runs too fast to catch one.
pub fn list(raft: &RaftView, now: u64, slow: bool, chosen: Option<u64>) -> Vec<Node> {
    let next = button("button small", "catch", "Stop at the next message");
    if !slow {
        let hint =
            "A message takes half a millisecond. Stop at the next one, or slow the clock down, to drop or delay it.";
        return vec![el("p", "quiet").text(hint), next];
    }
    let count = raft.flights.len().saturating_sub(LISTED) as u64 + raft.flights_skipped;
    let rows = raft.flights.iter().take(LISTED).map(|flight| row(flight, now, chosen == Some(flight.id)));
    let mut all = vec![if raft.flights.is_empty() {
        el("p", "quiet").text("None at this moment.")
    } else {
        el("ul", "flights").kids(rows.collect())
    }];
    if count > 0 {
        all.push(el("p", "quiet").text(&format!("and {count} more")));
    }
    all.push(next);
    all
}

fn row(flight: &WireMessage, now: u64, chosen: bool) -> Node {
    let what = flight.label.split(" (").next().unwrap_or_default();
    let who = format!("{} from {} to {}", what, flight.from, flight.to);
    let mark = mark(flight.kind);
    let act = |verb: &str, text: &str| {
        // The name begins with what is written, and says of which message.
        button("button small", &format!("{verb} {}", flight.id), text).with("aria-label", &format!("{text}: {who}"))
    };
    let arrives = match flight.arrives_at.checked_sub(now) {
        None | Some(0) => "waits".to_owned(),
        Some(left) => format!("arrives in {}", span(left)),
    };
    el("li", if chosen { "chosen" } else { "" })
        .key(flight.id)
        .kid(
            el("svg", "")
                .with("viewBox", "-9 -9 18 18")
                .with("width", "14")
                .with("height", "14")
                .with("aria-hidden", "true")
                .kid(el("path", &format!("packet {}", mark.class)).with("d", mark.shape)),
        )
        .kid(
            el("span", "what")
                .kid(el("b", "").text(&who))
                .kid(el("span", "quiet").text(&format!("{arrives} · {}", detail(&flight.label)))),
        )
        .kid(act("drop", "Drop"))
        .kid(act("delay", "Delay 0.2 s"))
        .kid(act("hold", "Delay 2 s"))
}

/// What stands in a label's parentheses: Raft's own name of the message, with its numbers.
fn detail(label: &str) -> &str {
    label.split_once(" (").map_or(label, |(_, rest)| rest.strip_suffix(')').unwrap_or(rest))
}

/// A short time as a person reads it.
pub fn span(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{WireFate, WireKind};

    fn raft() -> RaftView {
        let flight = WireMessage {
            id: 7,
            from: "etcd-1".into(),
            to: "etcd-2".into(),
            kind: WireKind::Vote,
            label: "vote request (MsgVote term 3)".into(),
            sent_at: 1_000,
            arrives_at: 1_500,
            fate: WireFate::Carried,
            root: 0,
        };
        RaftView { flights: vec![flight], ..RaftView::default() }
    }

    fn check(now: u64, slow: bool, expected: &str) {
        let words: Vec<String> = list(&raft(), now, slow, None).iter().map(Node::words).collect();
        let words = words.join(" ");
        assert!(words.contains(expected), "{expected:?} is not in {words:?}");
    }

    #[test]
    fn a_message_is_told_by_what_it_is_and_when_it_arrives() {
        check(1_200, true, "vote request from etcd-1 to etcd-2 arrives in 300 µs · MsgVote term 3 Drop");
        check(9_000, true, "waits · MsgVote term 3");
        check(1_200, false, "Stop at the next message");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(span(312), "312 µs");
        assert_eq!(span(40_250), "40.2 ms");
        assert_eq!(span(1_250_000), "1.2 s");
    }
}
