//! `bash` and `sh`.

use crate::interp::session::Session;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let session = Session::bare(&process.cwd).into_handle();
        let script = process.args.get(2).cloned().unwrap_or_default();
        Shell::new(process, session).run_script(&script).await
    })
}
