//! The store and its watchers, by scenarios: a line is a request as curl would send it, and below it what comes back.

use super::*;

/// 2026-01-01 00:00:00 UTC.
const EPOCH: u64 = 1_767_225_600_000_000;

struct Bench {
    store: Store,
    hub: WatchHub,
    now: u64,
    watchers: u64,
    out: Vec<String>,
}

impl Bench {
    fn line(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["at", seconds] => self.now = EPOCH + seconds.parse::<u64>().expect("seconds") * 1_000_000,
            ["SYNC"] => self.carry_out(&KeyRequest::new(Method::Sync, "/", self.now)),
            ["cluster"] => self.store.note_cluster_change(),
            ["GET", target] => self.request(Method::Get, target, ""),
            ["DELETE", target] => self.request(Method::Delete, target, ""),
            ["PUT", target] => self.request(Method::Put, target, ""),
            ["PUT", target, body] => self.request(Method::Put, target, body),
            ["POST", target, body] => self.request(Method::Post, target, body),
            _ => panic!("unknown line {line}"),
        }
    }

    fn request(&mut self, method: Method, target: &str, body: &str) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let form = Form::parse(body).expect("body").and(Form::parse(query).expect("query"));
        match form.key_request(method, path, self.now) {
            Err(error) => self.out.push(to_json_text(&error.to_json())),
            Ok(request) if request.wait => self.watch(&request),
            Ok(request) => self.carry_out(&request),
        }
    }

    fn carry_out(&mut self, request: &KeyRequest) {
        let outcome = self.store.apply(request);
        for notice in outcome.notices {
            for (id, _) in self.hub.notify(&notice) {
                self.out.push(format!("watcher {id}: {} {}", notice.event.action.name(), notice.event.node.key));
            }
        }
        match outcome.result {
            Some(Ok(event)) => self.out.push(to_json_text(&event.to_json(request.no_value_on_success))),
            Some(Err(error)) => self.out.push(to_json_text(&error.to_json())),
            None => {}
        }
    }

    fn watch(&mut self, request: &KeyRequest) {
        self.watchers += 1;
        match self.hub.watch(self.watchers, request, &self.store) {
            Err(error) => self.out.push(to_json_text(&error.to_json())),
            Ok(Watch { known: Some(event), .. }) => self.out.push(to_json_text(&event.to_json(false))),
            Ok(Watch { start_index, .. }) => self.out.push(format!("watcher {} waits at {start_index}", self.watchers)),
        }
    }
}

/// Runs a scenario: after each request, what is expected of it, indented.
#[track_caller]
fn check(scenario: &str) {
    let mut bench =
        Bench { store: Store::default(), hub: WatchHub::default(), now: EPOCH, watchers: 0, out: Vec::new() };
    let mut lines = scenario.lines().filter(|line| !line.trim().is_empty()).peekable();
    while let Some(line) = lines.next() {
        bench.line(line.trim());
        let mut expected = Vec::new();
        while let Some(answer) = lines.next_if(|line| line.starts_with("    ")) {
            expected.push(answer.trim().to_owned());
        }
        assert_eq!(std::mem::take(&mut bench.out), expected, "{line}");
    }
}

#[test]
fn answers_are_as_the_real_server_gives_them() {
    check(include_str!("testdata/answers.txt"));
}

#[test]
fn comparisons_guard_writes_and_deletes() {
    check(include_str!("testdata/comparisons.txt"));
}

#[test]
fn directories_have_their_rules() {
    check(include_str!("testdata/directories.txt"));
}

#[test]
fn keys_expire_when_the_leader_says_so() {
    check(include_str!("testdata/expiry.txt"));
}

#[test]
fn watchers_hear_of_what_concerns_them() {
    check(include_str!("testdata/watches.txt"));
}

#[test]
fn requests_are_refused_by_field() {
    check(include_str!("testdata/fields.txt"));
}

#[test]
fn the_history_forgets_after_a_thousand_changes() {
    let mut bench =
        Bench { store: Store::default(), hub: WatchHub::default(), now: EPOCH, watchers: 0, out: Vec::new() };
    for _ in 0..1_005 {
        bench.line("PUT /a value=1");
    }
    bench.out.clear();
    bench.line("GET /a?wait=true&waitIndex=5");
    bench.line("GET /a?wait=true&waitIndex=6");
    assert!(bench.out[0].contains(
        r#""errorCode":401,"message":"The event in requested index is outdated and cleared","cause":"the requested history has been cleared [6/5]","index":1005"#
    ));
    assert!(bench.out[1].contains(r#""modifiedIndex":6"#), "{}", bench.out[1]);
}

#[test]
fn a_copy_survives_encoding_and_does_not_follow_the_original() {
    let mut store = Store::default();
    let put = |store: &mut Store, key: &str, value: &str| {
        let request = KeyRequest { value: value.into(), ..KeyRequest::new(Method::Put, key, EPOCH) };
        store.apply(&request);
    };
    put(&mut store, "/a/b", "1");
    let copy: Store = postcard::from_bytes(&postcard::to_allocvec(&store).expect("encodes")).expect("decodes");
    let mut clone = store.clone();
    put(&mut store, "/a/b", "2");
    for mut other in [copy, std::mem::take(&mut clone)] {
        let event = other.get(&KeyRequest::new(Method::Get, "/a/b", EPOCH), EPOCH).expect("is there");
        assert_eq!((event.node.value.as_deref(), other.index()), (Some("1"), 1));
    }
}
