//! The programs that images bring: BusyBox's, Debian's, and what reaches the network.

mod files;
mod http;
mod names;
mod plain;
mod tar;

use super::run::{Did, Run, Streams, base_name};

/// What both kinds of base have.
pub(super) const EVERYWHERE: &str = "sh ls cat echo env printenv hostname date sleep true false id pwd test [ grep head tail wc uname whoami mkdir rm touch seq printf tar";
/// What only the small one has.
pub(super) const BUSYBOX: &str = "ash ps nslookup wget nc";
/// What only the large one has.
pub(super) const DEBIAN: &str = "bash getent";

/// Runs one that is there.
pub(super) fn run(run: &mut Run, argv: &[String], streams: Streams) -> Did<i64> {
    let Some((name, arguments)) = argv.split_first() else { return Ok(0) };
    match base_name(name) {
        "ls" => files::ls(run, arguments, streams),
        "cat" => files::cat(run, arguments, streams),
        "grep" => files::grep(run, arguments, streams),
        "head" | "tail" => files::part(run, base_name(name), arguments, streams),
        "wc" => files::wc(run, arguments, streams),
        "mkdir" | "touch" => files::touch(run, base_name(name), arguments),
        "rm" => files::rm(run, arguments, streams),
        "tar" => tar::tar(run, arguments, streams),
        "curl" => http::curl(run, arguments, streams),
        "wget" => http::wget(run, arguments, streams),
        "nc" => http::nc(run, arguments, streams),
        "nslookup" => names::nslookup(run, arguments, streams),
        "dig" => names::dig(run, arguments, streams),
        "getent" => names::getent(run, arguments, streams),
        name => plain::run(run, name, arguments, streams),
    }
}
