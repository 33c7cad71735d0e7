//! What text tools read: the files named, or standard input.

use super::options::name;
use crate::interp::redirect::open_reader;
use crate::io::Reader;
use crate::os::process::Process;

/// The longest line a tool keeps; a longer one is taken in pieces.
pub const LINE_LIMIT: usize = 16 << 20;
/// The most a tool that needs everything at once reads.
pub const WHOLE_LIMIT: usize = 64 << 20;

/// Opens an operand, `-` being standard input; a failure is reported in the tool's name.
pub fn open(process: &Process, operand: &str) -> Option<Reader> {
    if operand == "-" {
        return Some(process.stdin.clone());
    }
    match open_reader(process, operand) {
        Ok(reader) => Some(reader),
        Err(error) => {
            process.eprint(format!("{}: {operand}: {error}\n", name(process)));
            None
        }
    }
}

/// The operands, or `-` when there is none.
pub fn or_stdin(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// Everything in the named files, one after the other, and whether all could be read.
pub async fn whole(process: &Process, operands: &[String]) -> (Vec<u8>, bool) {
    let mut data = Vec::new();
    let mut fine = true;
    for operand in or_stdin(operands) {
        let Some(reader) = open(process, &operand) else {
            fine = false;
            continue;
        };
        match reader.read_to_end(WHOLE_LIMIT).await {
            Ok(more) => data.extend_from_slice(&more),
            Err(error) => {
                process.eprint(format!("{}: {operand}: {error}\n", name(process)));
                fine = false;
            }
        }
    }
    (data, fine)
}

/// Splits into lines without their newlines; a missing newline at the end does not matter.
pub fn lines(data: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = data.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

/// Lets other processes run after a good piece of work, so that Ctrl-C finds a gap and time passes.
pub async fn breathe(process: &Process) {
    process.sleep(50).await;
}
