//! `etcdctl auth`, and what `user` and `role` have in common with it.

use super::client::connect;
use super::spec::Command;
use super::{Context, Ended};

pub static AUTH: Command = Command::group("auth", "switches users and roles on and off", &[&ENABLE, &DISABLE]);

static ENABLE: Command =
    Command::leaf("enable", "switches users and roles on", " ", |context| Box::pin(without_arguments(context)));
static DISABLE: Command =
    Command::leaf("disable", "switches users and roles off", " ", |context| Box::pin(without_arguments(context)));

/// The members here keep no users and roles of version 2, and say so.
pub async fn refuse(context: Context) -> Ended {
    connect(&context).await?;
    Err(context.refuse("auth: users and roles of version 2 are not kept here; version 3 has them"))
}

/// A command that takes no arguments.
pub async fn without_arguments(context: Context) -> Ended {
    if !context.args.is_empty() {
        return Err(context.refuse("No arguments accepted"));
    }
    refuse(context).await
}

/// A command that takes one argument.
pub async fn with_name(context: Context, wanted: &str) -> Ended {
    if context.args.len() != 1 {
        return Err(context.refuse(format_args!("Please provide a {wanted}")));
    }
    refuse(context).await
}
