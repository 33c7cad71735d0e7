//! `etcdctl setdir`.

use super::mkdir::{TTL, write_directory};
use super::spec::Command;

pub static SETDIR: Command =
    Command::leaf("setdir", "makes a directory, also in the place of a key", "<key>", |context| {
        Box::pin(write_directory(context, None))
    })
    .flags(&[TTL]);
