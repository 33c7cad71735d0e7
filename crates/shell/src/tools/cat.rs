//! `cat`.

use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        while let Ok(data) = process.stdin.read_chunk().await {
            if data.is_empty() {
                break;
            }
            process.print(data).await;
        }
        0
    })
}
