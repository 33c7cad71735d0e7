//! Who watches what.

use crate::cluster::Cluster;
use etcd::store::KeyRange;
use protocol::WatchView;

/// Watches that are told.
const WATCHES_MAX: usize = 64;

/// The open watches of all members, in their order.
pub(super) fn open(cluster: &Cluster) -> Vec<WatchView> {
    let mut open = Vec::new();
    for member in cluster.members() {
        let Some(server) = cluster.server(member.node) else { continue };
        let room = WATCHES_MAX.saturating_sub(open.len());
        open.extend(server.watches().take(room).map(|watch| WatchView {
            client: cluster.name_of(watch.client).into(),
            member: member.name.clone(),
            keys: words(watch.range),
            events: watch.events,
        }));
    }
    open
}

/// A range of keys as a person would name it: a key, a prefix with an ellipsis, or from where to where.
fn words(range: &KeyRange) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let start = range.start();
    if range.is_single() {
        return text(start);
    }
    match range.bounds() {
        (_, None) if start.as_slice() <= [0].as_slice() => "every key".into(),
        (_, None) => format!("from {} on", text(start)),
        (_, Some(end)) if super::keys::after(start) == end.as_slice() => format!("{}…", text(start)),
        (_, Some(end)) => format!("from {} to before {}", text(start), text(&end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use etcd::Bytes;

    fn check(start: &str, end: &[u8], expected: &str) {
        assert_eq!(words(&KeyRange::new(&Bytes::from(start), &Bytes::from(end))), expected);
    }

    #[test]
    fn a_range_is_named_as_a_person_would() {
        check("greeting", b"", "greeting");
        check("/registry/pods/", b"/registry/pods0", "/registry/pods/…");
        check("a", b"c", "from a to before c");
        check("", b"\0", "every key");
        check("\0", b"\0", "every key");
        check("m", b"\0", "from m on");
    }
}
