//! Watch streams on the diagram: from who watches to the member that tells.

use super::{
    draw::cut,
    layout::{Picture, Point, tenths},
};
use crate::paint::{Node, el};
use protocol::WatchView;

/// How far beside the line of messages a watch is drawn.
const ASIDE: f32 = 7.0;
/// Letters of a label; the panel has the rest.
const LABEL: usize = 27;

/// A line for each pair that has watches between them, with what is watched.
pub fn lines(picture: &Picture, watches: &[WatchView]) -> Vec<Node> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for watch in watches {
        let pair = (watch.client.as_str(), watch.member.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let line = |(client, member): (&str, &str)| {
        let way = picture.way(client, member)?;
        let (from, to) = (*way.first()?, *way.last()?);
        let ([(x1, y1), (x2, y2)], middle) = beside(from, to);
        let of = watches.iter().filter(|watch| watch.client == client && watch.member == member);
        let words = label(&of.collect::<Vec<_>>());
        let line = el("line", "watch").with("x1", &tenths(x1)).with("y1", &tenths(y1));
        let text = el("text", "watch-label").with("x", &tenths(middle.0)).with("y", &tenths(middle.1)).text(&words);
        Some(vec![line.with("x2", &tenths(x2)).with("y2", &tenths(y2)), text])
    };
    pairs.into_iter().filter_map(line).flatten().collect()
}

/// The line beside the way, and where its label stands.
fn beside(from: Point, to: Point) -> ([Point; 2], Point) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    let (x, y) = (-dy / length * ASIDE, dx / length * ASIDE);
    let line = [(from.0 + x, from.1 + y), (to.0 + x, to.1 + y)];
    (line, ((line[0].0 + line[1].0) / 2.0, (line[0].1 + line[1].1) / 2.0))
}

fn label(watches: &[&WatchView]) -> String {
    let events: u64 = watches.iter().map(|watch| watch.events).sum();
    let what = match watches {
        [one] => cut(&one.keys, LABEL),
        many => format!("{} watches", many.len()),
    };
    format!("{what} · {events} {}", if events == 1 { "event" } else { "events" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&str], expected: &str) {
        let watch = |keys: &&str| WatchView {
            client: "learner".into(),
            member: "etcd-0".into(),
            keys: (*keys).into(),
            events: 1,
        };
        let all: Vec<WatchView> = keys.iter().map(watch).collect();
        assert_eq!(label(&all.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_watch_is_labelled_with_what_is_watched() {
        check(&["greeting"], "greeting · 1 event");
        check(&["/registry/pods/kube-system/core…"], "/registry/pods/kube-system… · 1 event");
        check(&["a", "b"], "2 watches · 2 events");
    }

    #[test]
    fn a_watch_runs_beside_the_messages() {
        let (line, middle) = beside((0.0, 0.0), (10.0, 0.0));
        assert_eq!((line, middle), ([(0.0, ASIDE), (10.0, ASIDE)], (5.0, ASIDE)));
    }
}
