//! `etcdctl role`.

use super::auth::{with_name, without_arguments};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static ROLE: Command = Command::group(
    "role",
    "adds roles, and grants and revokes their permissions",
    &[&ADD, &GET, &LIST, &REMOVE, &GRANT, &REVOKE],
);

const NAME: &str = "<role>";

static ADD: Command = Command::leaf("add", "adds a role", NAME, |context| Box::pin(one(context)));
static GET: Command = Command::leaf("get", "shows a role's permissions", NAME, |context| Box::pin(one(context)));
static LIST: Command = Command::leaf("list", "lists the roles", " ", |context| Box::pin(without_arguments(context)));
static REMOVE: Command = Command::leaf("remove", "removes a role", NAME, |context| Box::pin(one(context)));
static GRANT: Command =
    Command::leaf("grant", "lets a role reach keys", NAME, |context| Box::pin(permission(context))).flags(&PERMISSION);
static REVOKE: Command =
    Command::leaf("revoke", "takes keys from a role", NAME, |context| Box::pin(permission(context))).flags(&PERMISSION);

static PERMISSION: [FlagSpec; 4] = [
    FlagSpec::text(&["path"], "which keys"),
    FlagSpec::switch(&["read"], "reading alone"),
    FlagSpec::switch(&["write"], "writing alone"),
    FlagSpec::switch(&["readwrite", "rw"], "reading and writing"),
];

async fn one(context: Context) -> Ended {
    with_name(context, "role name").await
}

async fn permission(context: Context) -> Ended {
    let flags = &context.flags;
    let path = flags.text("path");
    if path.is_empty() {
        return Err(context.refuse("No path specified; please use `--path`"));
    }
    let mut canonical = etcd::v2::clean(path);
    if path.ends_with('/') && canonical != "/" {
        canonical.push('/');
    }
    if canonical != path {
        return Err(context.refuse(format_args!("Not canonical path; please use `--path={canonical}`")));
    }
    if ["read", "write", "readwrite"].iter().filter(|name| flags.is_on(name)).count() != 1 {
        return Err(context.refuse("Please specify exactly one of --read, --write or --readwrite"));
    }
    with_name(context, "role name").await
}
