//! What a message looks like: a shape and a colour for each kind, hollow for the answer to it.

use protocol::WireKind;

/// A kind as drawn in the legend and on the wire.
pub struct Mark {
    pub class: &'static str,
    /// Path data around the origin.
    pub shape: &'static str,
    pub label: &'static str,
}

const SQUARE: &str = "M-5.5-5.5h11v11h-11z";
const DOT: &str = "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z";
const DIAMOND: &str = "M0-7.5 7.5 0 0 7.5-7.5 0z";
const HEXAGON: &str = "M-4-7.5h8L8.5 0 4 7.5h-8L-8.5 0z";
const TRIANGLE: &str = "M0-7 7.5 6h-15z";
const STAR: &str = "M0-8 2-2.5 8-2.5 3.2 1.2 5 7 0 3.5-5 7-3.2 1.2-8-2.5-2-2.5z";
const CROSS: &str = "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z";

/// The mark of a kind.
pub fn mark(kind: WireKind) -> Mark {
    let (class, shape, label) = match kind {
        WireKind::Append => ("k-append", SQUARE, "append"),
        WireKind::AppendAnswer => ("k-append hollow", SQUARE, "append answer"),
        WireKind::Heartbeat => ("k-heartbeat", DOT, "heartbeat"),
        WireKind::HeartbeatAnswer => ("k-heartbeat hollow", DOT, "heartbeat answer"),
        WireKind::Vote => ("k-vote", DIAMOND, "vote"),
        WireKind::VoteAnswer => ("k-vote hollow", DIAMOND, "vote answer"),
        WireKind::Snapshot => ("k-snapshot", HEXAGON, "snapshot"),
        WireKind::Request => ("k-request", TRIANGLE, "request"),
        WireKind::Reply => ("k-request hollow", TRIANGLE, "reply"),
        WireKind::Event => ("k-event", STAR, "event"),
        WireKind::Other => ("k-other", CROSS, "other"),
    };
    Mark { class, shape, label }
}

/// The kinds that the legend explains; an answer is the hollow shape of its question.
pub const LEGEND: [WireKind; 6] =
    [WireKind::Request, WireKind::Append, WireKind::Vote, WireKind::Heartbeat, WireKind::Snapshot, WireKind::Event];
