//! Answers as text.

use kubarium_etcd::rpc::*;

pub fn kv(kv: &KeyValue) -> String {
    let lease = if kv.lease == 0 { String::new() } else { format!(" lease {}", kv.lease) };
    let value = if kv.value.len() > 40 { format!("<{} bytes>", kv.value.len()) } else { kv.value.to_lossy() };
    format!(
        "{}={value} created {} modified {} version {}{lease}",
        kv.key.to_lossy(),
        kv.create_revision,
        kv.mod_revision,
        kv.version
    )
}

pub fn status(e: &Status) -> String {
    format!("{}: {}\n", e.code.name(), e.message)
}

pub fn response(r: &Response) -> String {
    let revision = r.header().revision;
    match r {
        Response::Range(r) => range(r),
        Response::Put(r) => put(r),
        Response::DeleteRange(r) => delete(r),
        Response::Txn(r) => format!("revision {revision}\n{}", txn(r)),
        Response::LeaseGrant(r) => format!("lease {} for {} s\n", r.id, r.ttl),
        Response::Authenticate(r) => format!("token {}\n", r.token),
        Response::AuthStatus(r) => format!("enabled {} revision {}\n", r.enabled, r.auth_revision),
        Response::UserGet(r) => format!("roles: {}\n", r.roles.join(" ")),
        Response::UserList(r) => format!("{}\n", r.users.join(" ")),
        Response::RoleList(r) => format!("{}\n", r.roles.join(" ")),
        Response::RoleGet(r) => r.perm.iter().map(permission).collect(),
        Response::Alarm(r) => {
            r.alarms.iter().map(|a| format!("member {} {}\n", a.member_id, a.alarm.name())).collect::<String>() + "ok\n"
        }
        _ => format!("ok at {revision}\n"),
    }
}

fn permission(p: &Permission) -> String {
    let end = if p.range_end.is_empty() { String::new() } else { format!(" to {:?}", p.range_end) };
    format!("{} {:?}{end}\n", p.perm_type.name(), p.key)
}

pub fn range(r: &RangeResponse) -> String {
    let kvs: String = r.kvs.iter().map(|k| kv(k) + "\n").collect();
    format!("{kvs}count {}{} at {}\n", r.count, if r.more { ", more" } else { "" }, r.header.revision)
}

fn put(r: &PutResponse) -> String {
    let prev = r.prev_kv.as_ref().map_or(String::new(), |p| format!("was {}\n", kv(p)));
    format!("{prev}put at {}\n", r.header.revision)
}

fn delete(r: &DeleteRangeResponse) -> String {
    let prev: String = r.prev_kvs.iter().map(|p| format!("was {}\n", kv(p))).collect();
    format!("{prev}deleted {} at {}\n", r.deleted, r.header.revision)
}

pub fn txn(r: &TxnResponse) -> String {
    let mut text = format!("{}\n", if r.succeeded { "success" } else { "failure" });
    for response in &r.responses {
        let part = match response {
            ResponseOp::Range(r) => range(r),
            ResponseOp::Put(r) => put(r),
            ResponseOp::DeleteRange(r) => delete(r),
            ResponseOp::Txn(r) => txn(r),
        };
        text.extend(part.lines().map(|l| format!("  {l}\n")));
    }
    text
}

pub fn watch(stream: u64, r: &WatchResponse) -> String {
    let mut text = format!("  stream {stream} watch {} at {}:", r.watch_id, r.header.revision);
    if r.created {
        text += " created";
    }
    if r.canceled {
        text += " canceled";
    }
    if r.compact_revision != 0 {
        text += &format!(" compacted {}", r.compact_revision);
    }
    if !r.cancel_reason.is_empty() {
        text += &format!(" because {}", r.cancel_reason);
    }
    text += "\n";
    for (i, event) in r.events.iter().enumerate() {
        if r.events.len() > 20 && i > 0 && i + 1 < r.events.len() {
            if i == 1 {
                text += &format!("    and {} more, and\n", r.events.len() - 2);
            }
            continue;
        }
        let prev = event.prev_kv.as_ref().map_or(String::new(), |p| format!(" (was {})", kv(p)));
        let what = match event.r#type {
            EventType::Put => format!("put {}", kv(&event.kv)),
            EventType::Delete => format!("delete {} at {}", event.kv.key.to_lossy(), event.kv.mod_revision),
        };
        text += &format!("    {what}{prev}\n");
    }
    text
}
