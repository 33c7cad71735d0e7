//! `echo`.

use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        process.print(format!("{}\n", process.args[1..].join(" "))).await;
        0
    })
}
