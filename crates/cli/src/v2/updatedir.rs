//! `etcdctl updatedir`.

use super::mkdir::{TTL, write_directory};
use super::spec::Command;

pub static UPDATEDIR: Command =
    Command::leaf("updatedir", "changes how long a directory lives", "<key> <value>", |context| {
        Box::pin(write_directory(context, Some(true)))
    })
    .flags(&[TTL]);
