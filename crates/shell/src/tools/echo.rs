//! `echo`.

use super::escape::{Style, expand};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let mut newline = true;
        let mut escapes = false;
        let mut words = &process.args[1..];
        while let Some((first, rest)) = words.split_first() {
            let letters = first.strip_prefix('-').unwrap_or_default();
            if letters.is_empty() || !letters.chars().all(|c| "neE".contains(c)) {
                break;
            }
            for letter in letters.chars() {
                match letter {
                    'n' => newline = false,
                    'e' => escapes = true,
                    _ => escapes = false,
                }
            }
            words = rest;
        }
        let mut out = words.join(" ").into_bytes();
        if escapes {
            let expanded = expand(&out, Style::Echo);
            newline &= !expanded.stop;
            out = expanded.bytes;
        }
        if newline {
            out.push(b'\n');
        }
        match process.stdout.write_all(&out).await {
            Ok(()) => 0,
            Err(error) => {
                process.eprint(format!("{}echo: write error: {error}\n", process.prefix));
                1
            }
        }
    })
}
