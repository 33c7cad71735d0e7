//! `printf`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;
use crate::tools::printf::{Printer, run};

/// The tool, but for `-v NAME`, which puts the text into a variable.
pub fn printf<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> LocalBoxFuture<'a, Ran> {
    Box::pin(async move {
        let (name, format, values) = match &args[1..] {
            [flag, name, format, values @ ..] if flag == "-v" => (name, format, values),
            _ => return Ok(run(shell.as_process(args, io)).await),
        };
        let mut printer = Printer::default();
        printer.run(format.as_bytes(), values);
        let text = String::from_utf8_lossy(&printer.out);
        let set = shell.session.borrow_mut().assign(name, &text, false);
        for error in printer.errors.iter().chain(set.as_ref().err().map(|refused| &refused.0)) {
            shell.complain(io, &format!("printf: {error}"));
        }
        Ok(i32::from(set.is_err() || !printer.errors.is_empty()))
    })
}
