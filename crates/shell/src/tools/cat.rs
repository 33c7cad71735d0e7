//! `cat`.

use super::input::{open, or_stdin};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "nbsAETvetu",
    valued: "",
    long: &[("number", 'n'), ("number-nonblank", 'b'), ("squeeze-blank", 's'), ("show-all", 'A'), ("show-ends", 'E')],
    mixed: true,
};

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let ends = options.has('A') || options.has('E') || options.has('e');
        let tabs = options.has('A') || options.has('T') || options.has('t');
        let (all, filled) = (options.has('n'), options.has('b'));
        let plain = !ends && !tabs && !all && !filled && !options.has('s');
        let mut code = 0;
        let mut number = 0;
        let mut last_blank = false;
        for operand in or_stdin(&options.operands) {
            let Some(reader) = open(&process, &operand) else {
                code = 1;
                continue;
            };
            loop {
                let piece = if plain {
                    reader.read_chunk().await
                } else {
                    reader.read_line(super::input::LINE_LIMIT).await.map(Option::unwrap_or_default)
                };
                let Ok(piece) = piece else { break };
                if piece.is_empty() {
                    break;
                }
                if plain {
                    if let Err(error) = process.stdout.write_all(&piece).await {
                        process.eprint(format!("cat: write error: {error}\n"));
                        return 1;
                    }
                    continue;
                }
                let blank = piece == b"\n";
                if blank && last_blank && options.has('s') {
                    continue;
                }
                last_blank = blank;
                let mut out = Vec::with_capacity(piece.len() + 8);
                if filled && !blank || all && !filled {
                    number += 1;
                    out.extend_from_slice(format!("{number:6}\t").as_bytes());
                }
                for byte in piece {
                    match byte {
                        b'\t' if tabs => out.extend(b"^I"),
                        b'\n' if ends => out.extend(b"$\n"),
                        byte => out.push(byte),
                    }
                }
                process.print(out).await;
            }
        }
        code
    })
}
