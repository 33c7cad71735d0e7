//! One member's state machine and watchers, driven by lines of text.

use std::collections::BTreeMap;

use kubarium_etcd::Bytes;
use kubarium_etcd::apply::{Command, DEFAULT_MAX_TXN_OPS, Op, Snapshot, StateMachine, is_read_only, validate};
use kubarium_etcd::auth::AuthInfo;
use kubarium_etcd::lease::{Renewal, min_ttl};
use kubarium_etcd::rpc::*;
use kubarium_etcd::store::WatchHub;

use crate::show;

const SECOND: u64 = 1_000_000;

pub struct Bench {
    machine: StateMachine,
    hub: WatchHub,
    now: u64,
    tokens: BTreeMap<String, String>,
    saved: Option<Vec<u8>>,
    /// Watchers are not told: what happens meanwhile happens on other members.
    elsewhere: bool,
    /// What the watchers were sent by the present command.
    watched: String,
}

impl Default for Bench {
    fn default() -> Self {
        Bench {
            machine: StateMachine::new(min_ttl(100_000, 1_000_000), 0),
            hub: WatchHub::default(),
            now: 0,
            tokens: BTreeMap::new(),
            saved: None,
            elsewhere: false,
            watched: String::new(),
        }
    }
}

/// The words of a command, and its flags.
struct Words<'a> {
    words: std::vec::IntoIter<&'a str>,
    flags: BTreeMap<&'a str, &'a str>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        let (flags, words): (Vec<&str>, Vec<&str>) = text.split_whitespace().partition(|w| w.starts_with("--"));
        let flag = |f: &&'a str| f[2..].split_once('=').unwrap_or((&f[2..], ""));
        Words { words: words.into_iter(), flags: flags.iter().map(flag).collect() }
    }

    /// The next word; two quotes are an empty one.
    fn word(&mut self) -> &'a str {
        self.words.next().filter(|w| *w != "\"\"").unwrap_or_default()
    }

    fn number(&mut self) -> i64 {
        parse(self.word())
    }

    fn flag(&self, name: &str) -> bool {
        self.flags.contains_key(name)
    }

    fn flag_number(&self, name: &str) -> i64 {
        self.flags.get(name).map_or(0, |n| parse(n))
    }

    /// A key, and the end of the range: the next word if there is one, or what a flag says.
    fn range(&mut self) -> (Bytes, Bytes) {
        let key = self.word();
        let end = if self.flag("from-key") {
            Bytes::from(&[0])
        } else if self.flag("prefix") {
            let mut end = key.as_bytes().to_vec();
            *end.last_mut().expect("a prefix has a last byte") += 1;
            end.into()
        } else {
            self.word().into()
        };
        (key.into(), end)
    }
}

fn parse(number: &str) -> i64 {
    number.parse().unwrap_or_else(|e| panic!("{number:?}: {e}"))
}

/// A value of so many bytes, or the word itself.
fn value(word: &str) -> Bytes {
    match word.strip_prefix("bytes:") {
        Some(n) => vec![b'x'; parse(n) as usize].into(),
        None => word.into(),
    }
}

fn range_request(w: &mut Words<'_>) -> RangeRequest {
    let (key, range_end) = w.range();
    RangeRequest {
        key,
        range_end,
        limit: w.flag_number("limit"),
        revision: w.flag_number("rev"),
        keys_only: w.flag("keys-only"),
        count_only: w.flag("count-only"),
        min_mod_revision: w.flag_number("min-mod"),
        max_mod_revision: w.flag_number("max-mod"),
        min_create_revision: w.flag_number("min-create"),
        max_create_revision: w.flag_number("max-create"),
        sort_order: match w.flags.get("order").copied() {
            Some("ascend") => SortOrder::Ascend,
            Some("descend") => SortOrder::Descend,
            _ => SortOrder::None,
        },
        sort_target: match w.flags.get("by").copied() {
            Some("version") => SortTarget::Version,
            Some("create") => SortTarget::Create,
            Some("mod") => SortTarget::Mod,
            Some("value") => SortTarget::Value,
            _ => SortTarget::Key,
        },
        serializable: false,
    }
}

fn put_request(w: &mut Words<'_>) -> PutRequest {
    PutRequest {
        key: w.word().into(),
        value: value(w.word()),
        lease: w.flag_number("lease"),
        prev_kv: w.flag("prev"),
        ignore_value: w.flag("ignore-value"),
        ignore_lease: w.flag("ignore-lease"),
    }
}

fn delete_request(w: &mut Words<'_>) -> DeleteRangeRequest {
    let (key, range_end) = w.range();
    DeleteRangeRequest { key, range_end, prev_kv: w.flag("prev") }
}

/// `if version(a)=1, value(b)>x then put a 1; del b else get a`; a nested transaction stands in braces.
fn txn_request(text: &str) -> TxnRequest {
    let mut r = TxnRequest::default();
    let (head, failure) = split_word(text, "else");
    let (compares, success) = split_word(&head, "then");
    let compares = compares.trim().trim_start_matches("if").trim();
    r.compare = compares.split(", ").filter(|c| !c.is_empty()).map(compare).collect();
    r.success = operations(&success);
    r.failure = operations(&failure);
    r
}

/// Splits at a word that stands outside of braces.
fn split_word(text: &str, word: &str) -> (String, String) {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0
                && text[at..].starts_with(&format!("{word} "))
                && (at == 0 || text[..at].ends_with(' ')) =>
            {
                return (text[..at].to_owned(), text[at + word.len()..].to_owned());
            }
            _ => {}
        }
    }
    (text.to_owned(), String::new())
}

fn operations(text: &str) -> Vec<RequestOp> {
    let mut ops = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, c) in text.char_indices().chain([(text.len(), ';')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' if depth == 0 => {
                ops.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    ops.into_iter().filter(|op| !op.is_empty()).map(operation).collect()
}

fn operation(text: &str) -> RequestOp {
    if let Some(inner) = text.strip_prefix('{') {
        return RequestOp::Txn(txn_request(inner.trim_end_matches('}').trim()));
    }
    let mut w = Words::new(text);
    match w.word() {
        "put" => RequestOp::Put(put_request(&mut w)),
        "get" => RequestOp::Range(range_request(&mut w)),
        "del" => RequestOp::DeleteRange(delete_request(&mut w)),
        other => panic!("no operation {other:?}"),
    }
}

fn compare(text: &str) -> Compare {
    let (target, rest) = text.split_once('(').expect("a target");
    let (key, rest) = rest.split_once(')').expect("a key");
    let (result, given) = match rest.split_at(1) {
        ("=", given) => (CompareResult::Equal, given),
        ("<", given) => (CompareResult::Less, given),
        (">", given) => (CompareResult::Greater, given),
        (_, given) => (CompareResult::NotEqual, &given[1..]),
    };
    let target = match target {
        "version" => CompareTarget::Version(parse(given)),
        "create" => CompareTarget::Create(parse(given)),
        "mod" => CompareTarget::Mod(parse(given)),
        "lease" => CompareTarget::Lease(parse(given)),
        _ => CompareTarget::Value(given.into()),
    };
    let (key, range_end) = key.split_once("..").unwrap_or((key, ""));
    Compare { result, target, key: key.into(), range_end: range_end.into() }
}

fn permission(w: &mut Words<'_>) -> Permission {
    let perm_type = match w.word() {
        "read" => PermissionType::Read,
        "write" => PermissionType::Write,
        _ => PermissionType::ReadWrite,
    };
    let (key, range_end) = w.range();
    Permission { perm_type, key, range_end }
}

fn request(w: &mut Words<'_>, line: &str) -> Option<Request> {
    let name = |w: &mut Words<'_>| w.word().to_owned();
    let alarm = |action: AlarmAction, w: &mut Words<'_>| {
        Request::Alarm(AlarmRequest { action, member_id: w.number() as u64, alarm: AlarmType::NoSpace })
    };
    Some(match w.word() {
        "put" => put_request(w).into(),
        "get" => range_request(w).into(),
        "del" => delete_request(w).into(),
        "txn" => txn_request(line.trim_start_matches("txn").trim()).into(),
        "compact" => CompactionRequest { revision: w.number(), physical: false }.into(),
        "grant" => LeaseGrantRequest { id: w.number(), ttl: w.number() }.into(),
        "revoke" => LeaseRevokeRequest { id: w.number() }.into(),
        "alarms" => AlarmRequest::default().into(),
        "alarm" => alarm(AlarmAction::Activate, w),
        "disarm" => alarm(AlarmAction::Deactivate, w),
        "auth-enable" => AuthEnableRequest::default().into(),
        "auth-disable" => AuthDisableRequest::default().into(),
        "auth-status" => AuthStatusRequest::default().into(),
        "user-add" => AuthUserAddRequest {
            name: name(w),
            password: name(w),
            options: Some(UserAddOptions { no_password: w.flag("no-password") }),
            ..Default::default()
        }
        .into(),
        "user-get" => AuthUserGetRequest { name: name(w) }.into(),
        "users" => AuthUserListRequest::default().into(),
        "user-delete" => AuthUserDeleteRequest { name: name(w) }.into(),
        "user-passwd" => {
            AuthUserChangePasswordRequest { name: name(w), password: name(w), ..Default::default() }.into()
        }
        "user-grant" => AuthUserGrantRoleRequest { user: name(w), role: name(w) }.into(),
        "user-revoke" => AuthUserRevokeRoleRequest { name: name(w), role: name(w) }.into(),
        "role-add" => AuthRoleAddRequest { name: name(w) }.into(),
        "role-get" => AuthRoleGetRequest { role: name(w) }.into(),
        "roles" => AuthRoleListRequest::default().into(),
        "role-delete" => AuthRoleDeleteRequest { role: name(w) }.into(),
        "role-grant" => AuthRoleGrantPermissionRequest { name: name(w), perm: permission(w) }.into(),
        "role-revoke" => {
            let role = name(w);
            let (key, range_end) = w.range();
            AuthRoleRevokePermissionRequest { role, key, range_end }.into()
        }
        _ => return None,
    })
}

impl Bench {
    pub fn run(&mut self, line: &str) -> String {
        let mut words = Words::new(line);
        let outcome = match request(&mut words, line) {
            Some(request) => self.call(&words, request),
            None => self.special(line),
        };
        let text = match outcome {
            Ok(text) => text,
            Err(status) => show::status(&status),
        };
        text + &std::mem::take(&mut self.watched)
    }

    fn info(&mut self, w: &Words<'_>) -> Result<AuthInfo, Status> {
        let token = w.flags.get("as").map(|name| self.tokens.get(*name).cloned().unwrap_or_default());
        self.machine.auth.info_from_token(self.now, token.as_deref())
    }

    fn call(&mut self, w: &Words<'_>, request: Request) -> Result<String, Status> {
        validate(&request, DEFAULT_MAX_TXN_OPS)?;
        let info = self.info(w)?;
        match &request {
            Request::Range(r) => return self.machine.range(&info, r).map(|r| show::range(&r)),
            Request::Txn(r) if is_read_only(r) => {
                return self.machine.txn_read_only(&info, r).map(|r| "read only\n".to_owned() + &show::txn(&r));
            }
            _ => self.machine.authorize(&info, &request)?,
        }
        let op = Op::from_request(request).expect("a request for the log");
        self.apply(info, op)
    }

    fn apply(&mut self, auth: AuthInfo, op: Op) -> Result<String, Status> {
        let index = self.machine.consistent_index() + 1;
        let command = Command { id: index, auth, op };
        let command = Command::decode(&command.encode()).expect("what was encoded can be decoded");
        let applied = self.machine.apply(self.now, index, 2, &command);
        assert!(self.machine.apply(self.now, index, 2, &command).result.is_none(), "applied twice");
        let deliveries =
            if self.elsewhere { Vec::new() } else { self.hub.notify(&applied.changes, &self.machine.store) };
        for delivery in deliveries {
            self.watched += &show::watch(delivery.stream, &delivery.response);
        }
        if applied.raise_no_space {
            self.watched += "  raise an alarm\n";
        }
        applied.result.map_or(Ok(String::new()), |result| result.map(|r| show::response(&r)))
    }

    fn special(&mut self, line: &str) -> Result<String, Status> {
        let mut w = Words::new(line);
        Ok(match w.word() {
            "fill" => {
                for i in 0..w.number() {
                    let r = PutRequest { key: format!("fill{i:04}").into(), value: value("x"), ..Default::default() };
                    self.apply(AuthInfo::default(), Op::Put(r))?;
                }
                format!("at {}\n", self.machine.store.revision())
            }
            "hash" => {
                let hash = self.machine.store.hash_kv(w.number())?;
                format!("{} up to {}, compacted {}\n", hash.hash, hash.revision, hash.compact_revision)
            }
            "size" => {
                let store = &self.machine.store;
                format!("{} bytes, {} in use\n", store.db_size(), store.db_size_in_use())
            }
            "defrag" => {
                self.machine.store.defragment();
                String::new()
            }
            "quota" => {
                self.machine = StateMachine::new(2, w.number());
                String::new()
            }
            "wait" => {
                self.now += w.number() as u64 * SECOND;
                format!("{} s\n", self.now / SECOND)
            }
            "promote" => {
                self.machine.lessor.promote(self.now, SECOND);
                String::new()
            }
            "demote" => {
                self.machine.lessor.demote();
                String::new()
            }
            "checkpoints" => {
                self.machine.lessor.enable_checkpoints();
                let checkpoints = self.machine.lessor.due_checkpoints(self.now);
                let text = checkpoints.iter().map(|c| format!("lease {} has {} s left\n", c.id, c.remaining_ttl));
                let text = text.collect();
                self.apply(AuthInfo::default(), Op::LeaseCheckpoint(LeaseCheckpointRequest { checkpoints }))?;
                text
            }
            "expire" => {
                let expired = self.machine.lessor.expired(self.now);
                let mut text = format!("expired {expired:?}\n");
                for id in expired {
                    let root = self.machine.auth.root();
                    text += &self.apply(root, Op::LeaseRevoke(LeaseRevokeRequest { id }))?;
                }
                text
            }
            "keep-alive" => match self.machine.lessor.renew(self.now, w.number()) {
                Renewal::Renewed { ttl, clear_checkpoint } => {
                    format!("renewed for {ttl} s, clear {clear_checkpoint}\n")
                }
                other => format!("{other:?}\n"),
            },
            "ttl" => {
                let r = LeaseTimeToLiveRequest { id: w.number(), keys: true };
                let r = self.machine.lease_time_to_live(self.now, &r);
                let keys: Vec<String> = r.keys.iter().map(Bytes::to_lossy).collect();
                format!("{} of {} s, keys {}\n", r.ttl, r.granted_ttl, keys.join(" "))
            }
            "leases" => {
                let ids: Vec<String> = self.machine.lessor.list().iter().map(|l| l.id.to_string()).collect();
                format!("{}\n", ids.join(" "))
            }
            "login" => {
                let (name, password) = (w.word().to_owned(), w.word());
                self.machine.auth.check_password(&name, password)?;
                let op = Op::Authenticate { name: name.clone(), simple_token: format!("of-{name}") };
                let text = self.apply(AuthInfo::default(), op)?;
                self.tokens.insert(name, text.trim_start_matches("token ").trim_end().to_owned());
                text
            }
            "watch" => {
                let stream = w.number() as u64;
                let (key, range_end) = w.range();
                let filters = [("no-put", FilterType::NoPut), ("no-delete", FilterType::NoDelete)];
                let r = WatchCreateRequest {
                    key,
                    range_end,
                    start_revision: w.flag_number("from"),
                    progress_notify: w.flag("progress"),
                    prev_kv: w.flag("prev"),
                    watch_id: w.flag_number("id"),
                    filters: filters.iter().filter(|(f, _)| w.flag(f)).map(|(_, f)| *f).collect(),
                    fragment: false,
                };
                let permitted =
                    self.info(&w).and_then(|info| self.machine.auth.check_range(&info, &r.key, &r.range_end));
                show::watch(stream, &self.hub.create(stream, &r, permitted, &self.machine.store))
            }
            "cancel" => {
                let stream = w.number() as u64;
                let response = self.hub.cancel(stream, w.number(), &self.machine.store);
                response.map_or("no such watch\n".to_owned(), |r| show::watch(stream, &r))
            }
            "close" => {
                self.hub.close(w.number() as u64);
                format!("{} watches\n", self.hub.len())
            }
            "sync" => {
                let sent: String =
                    self.hub.sync(&self.machine.store).iter().map(|d| show::watch(d.stream, &d.response)).collect();
                sent + &format!("unsynced left {}\n", self.hub.has_unsynced())
            }
            "progress" => {
                let stream = w.number() as u64;
                let response = self.hub.progress(stream, &self.machine.store);
                response.map_or("none\n".to_owned(), |r| show::watch(stream, &r))
            }
            "tick" => {
                let stream = w.number() as u64;
                let responses = self.hub.progress_tick(stream, &self.machine.store);
                responses.iter().map(|r| show::watch(stream, r)).collect()
            }
            "elsewhere" => {
                self.elsewhere = true;
                String::new()
            }
            "save" => {
                self.saved = Some(self.machine.snapshot().encode());
                String::new()
            }
            "restore" => {
                let bytes = self.saved.take().expect("something saved");
                assert!(Snapshot::decode(&bytes[..bytes.len() / 2]).is_none(), "half a snapshot");
                self.machine.restore(Snapshot::decode(&bytes).expect("a snapshot"));
                self.hub.restore();
                self.elsewhere = false;
                format!("index {} revision {}\n", self.machine.consistent_index(), self.machine.store.revision())
            }
            other => panic!("no command {other:?}"),
        })
    }
}
