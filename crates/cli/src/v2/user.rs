//! `etcdctl user`.

use super::auth::{with_name, without_arguments};
use super::spec::{Command, FlagSpec, Kind};
use super::{Context, Ended};

pub static USER: Command = Command::group(
    "user",
    "adds users, and grants and revokes their roles",
    &[&ADD, &GET, &LIST, &REMOVE, &GRANT, &REVOKE, &PASSWD],
);

const NAME: &str = "<user>";

static ADD: Command = Command::leaf("add", "adds a user", NAME, |context| Box::pin(one(context)));
static GET: Command = Command::leaf("get", "shows a user's roles", NAME, |context| Box::pin(one(context)));
static LIST: Command = Command::leaf("list", "lists the users", NAME, |context| Box::pin(without_arguments(context)));
static REMOVE: Command = Command::leaf("remove", "removes a user", NAME, |context| Box::pin(one(context)));
static GRANT: Command =
    Command::leaf("grant", "gives roles to a user", NAME, |context| Box::pin(roles(context))).flags(&[ROLES]);
static REVOKE: Command =
    Command::leaf("revoke", "takes roles from a user", NAME, |context| Box::pin(roles(context))).flags(&[ROLES]);
static PASSWD: Command = Command::leaf("passwd", "changes a user's password", NAME, |context| Box::pin(one(context)));

const ROLES: FlagSpec = FlagSpec::new(&["roles"], Kind::List, "", "roles to give or take");

async fn one(context: Context) -> Ended {
    with_name(context, "username").await
}

async fn roles(context: Context) -> Ended {
    if context.flags.list("roles").is_empty() {
        return Err(context.refuse("No roles specified; please use `--roles`"));
    }
    with_name(context, "username").await
}
