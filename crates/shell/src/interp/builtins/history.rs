//! `history`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;

pub fn history<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> LocalBoxFuture<'a, Ran> {
    Box::pin(async move {
        if args.get(1).is_some_and(|a| a == "-c") {
            let mut session = shell.session.borrow_mut();
            session.history.clear();
            session.history_start = 0;
            return Ok(0);
        }
        let text: String = {
            let session = shell.session.borrow();
            let wanted = args.get(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(usize::MAX);
            let skip = session.history.len().saturating_sub(wanted);
            session.history().skip(skip).map(|(number, line)| format!("{number:5}  {line}\n")).collect()
        };
        io.stdout().put(text);
        Ok(0)
    })
}
