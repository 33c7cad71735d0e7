//! The leases of a member, each running down.

use crate::paint::{Node, el};
use protocol::{KeysView, LeaseView};

/// The leases, soonest to end first.
pub fn draw(view: &KeysView, now: u64) -> Vec<Node> {
    let mut all = vec![el("h3", "").text("Leases")];
    if view.leases.is_empty() {
        all.push(
            el("p", "quiet")
                .text("None. “etcdctl lease grant 60” in the console grants one; keys tied to it go when it ends."),
        );
        return all;
    }
    all.push(el("ul", "leases").kids(view.leases.iter().map(|lease| item(lease, now)).collect()));
    if view.leases_skipped > 0 {
        all.push(el("p", "quiet").text(&format!("and {} more", view.leases_skipped)));
    }
    all
}

fn item(lease: &LeaseView, now: u64) -> Node {
    let id = format!("{:x}", lease.id);
    let mut item = el("li", "").key(lease.id.unsigned_abs()).kid(el("code", "").text(&id));
    let granted = lease.ttl.unsigned_abs();
    match lease.ends_at {
        Some(ends_at) => {
            let left = left(ends_at, now);
            item = item.kid(el("span", "left").text(&format!("{left} s left of {granted} s"))).kid(
                el("progress", "")
                    .with("max", &granted.to_string())
                    .with("value", &left.min(granted).to_string())
                    .with("aria-label", &format!("Time left of lease {id}")),
            );
        }
        None => {
            let words = format!("granted for {granted} s; only the leader counts it down");
            item = item.kid(el("span", "quiet").text(&words));
        }
    }
    let mut keys = lease.keys.join(", ");
    if lease.keys_skipped > 0 {
        keys.push_str(&format!(" and {} more", lease.keys_skipped));
    }
    item.kid(el("span", "quiet").text(&if keys.is_empty() { "no keys".to_owned() } else { keys }))
}

/// Seconds left, the begun one counted, so that 0 is the end.
fn left(ends_at: u64, now: u64) -> u64 {
    ends_at.saturating_sub(now).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ends_at: Option<u64>, now: u64, expected: &str) {
        let lease = LeaseView { id: 0x1f, ttl: 60, ends_at, keys: vec!["lock".into()], keys_skipped: 2 };
        let words = draw(&KeysView { leases: vec![lease], ..KeysView::default() }, now)[1].words();
        assert_eq!(words, expected);
    }

    #[test]
    fn a_lease_counts_down_in_whole_seconds() {
        check(Some(60_000_000), 0, "1f 60 s left of 60 s lock and 2 more");
        check(Some(60_000_000), 59_000_001, "1f 1 s left of 60 s lock and 2 more");
        check(Some(60_000_000), 60_000_000, "1f 0 s left of 60 s lock and 2 more");
        check(None, 5, "1f granted for 60 s; only the leader counts it down lock and 2 more");
    }
}
