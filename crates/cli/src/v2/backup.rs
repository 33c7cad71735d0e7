//! `etcdctl backup`: copies a stopped member's data for a new cluster of one.

use crate::utl;
use calendar::Moment;

use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static BACKUP: Command =
    Command::leaf("backup", "copies a member's data directory", " ", |context| Box::pin(run(context))).flags(&[
        FlagSpec::text(&["data-dir"], "the member's data directory"),
        FlagSpec::text(&["wal-dir"], "its write-ahead log, if elsewhere"),
        FlagSpec::text(&["backup-dir"], "directory to make"),
        FlagSpec::text(&["backup-wal-dir"], "directory for the write-ahead log, if elsewhere"),
        FlagSpec::switch(&["with-v3"], "copy the data of version 3 too"),
    ]);

async fn run(context: Context) -> Ended {
    let flags = &context.flags;
    let (from, to) = (flags.text("data-dir"), flags.text("backup-dir"));
    let Err(exit) = utl::backup(&context.process, from, to, flags.text("backup-wal-dir")) else { return Ok(()) };
    // Go's log puts the time before what it says.
    let moment = Moment::of(context.process.wall_clock().div_euclid(1_000_000));
    let Moment { year, month, day, .. } = moment;
    context.eprintln(format_args!(
        "{year}/{month:02}/{day:02} {} I | {}",
        moment.time(),
        exit.message.unwrap_or_default()
    ));
    Err(exit.code)
}
