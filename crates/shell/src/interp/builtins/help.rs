//! `help`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;

pub fn help<'a>(shell: &'a Shell, _: Vec<String>, io: &'a Io) -> LocalBoxFuture<'a, Ran> {
    Box::pin(async move {
        let mut text = String::from("Shell commands:\n");
        columns(&mut text, super::names());
        text.push_str("Programs on this machine:\n");
        let programs: Vec<String> = shell.kernel().programs.borrow().keys().cloned().collect();
        columns(&mut text, programs.iter().map(String::as_str));
        io.stdout().put(text);
        Ok(0)
    })
}

fn columns<'a>(text: &mut String, names: impl Iterator<Item = &'a str>) {
    let mut width = 0;
    for name in names {
        if width + name.len() + 1 > 76 {
            text.push('\n');
            width = 0;
        }
        text.push_str(if width == 0 { "  " } else { " " });
        text.push_str(name);
        width += name.len() + 1;
    }
    text.push('\n');
}
