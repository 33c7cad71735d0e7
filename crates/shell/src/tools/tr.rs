//! `tr`, on bytes.

use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "cCdst",
    valued: "",
    long: &[("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')],
    mixed: false,
};

/// The bytes a set stands for, in order.
fn set(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let next = |at: &mut usize| -> Option<u8> {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if byte != b'\\' {
            return Some(byte);
        }
        let Some(kind) = bytes.get(*at).copied() else { return Some(b'\\') };
        *at += 1;
        Some(match kind {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'0'..=b'7' => {
                let mut value = u32::from(kind - b'0');
                for _ in 0..2 {
                    let Some(digit) = bytes.get(*at).filter(|b| (b'0'..=b'7').contains(b)) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    *at += 1;
                }
                value as u8
            }
            other => other,
        })
    };
    while at < bytes.len() {
        if let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix("[:"))
            && let Some(end) = rest.find(":]")
        {
            let class = &rest[..end];
            out.extend((0..=127u8).filter(|b| crate::interp::pattern::in_class(class, char::from(*b))));
            at += end + 4;
            continue;
        }
        let Some(first) = next(&mut at) else { break };
        if bytes.get(at) == Some(&b'-') && at + 1 < bytes.len() {
            at += 1;
            let last = next(&mut at).unwrap_or(first);
            out.extend(first..=last);
        } else {
            out.push(first);
        }
    }
    out
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let (delete, squeeze) = (options.has('d'), options.has('s'));
        let complement = options.has('c') || options.has('C');
        let (first, second) = match options.operands.as_slice() {
            [first] if delete || squeeze => (first, None),
            [first, second] if !delete || squeeze => (first, Some(second)),
            [] => {
                process.eprint("tr: missing operand\nTry 'tr --help' for more information.\n");
                return 1;
            }
            [only] => {
                let text = format!(
                    "tr: missing operand after '{only}'\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n"
                );
                process.eprint(text);
                return 1;
            }
            [.., last] => {
                process.eprint(format!("tr: extra operand '{last}'\nTry 'tr --help' for more information.\n"));
                return 1;
            }
        };
        let mut from = set(first);
        if complement {
            from = (0..=255u8).filter(|b| !from.contains(b)).collect();
        }
        let to = second.map(|second| set(second)).unwrap_or_default();
        let mut map: Vec<u8> = (0..=255).collect();
        let translate = !delete && second.is_some();
        if translate {
            if to.is_empty() {
                process.eprint("tr: when not truncating set1, string2 must be non-empty\n");
                return 1;
            }
            for (i, byte) in from.iter().enumerate() {
                match to.get(i).or(if options.has('t') { None } else { to.last() }) {
                    Some(target) => map[usize::from(*byte)] = *target,
                    None => break,
                }
            }
        }
        let squeezed = if translate || delete { &to } else { &from };
        let mut last = None;
        while let Ok(data) = process.stdin.read_chunk().await {
            if data.is_empty() {
                break;
            }
            let mut out = Vec::with_capacity(data.len());
            for byte in data {
                if delete && from.contains(&byte) {
                    continue;
                }
                let byte = map[usize::from(byte)];
                if squeeze && last == Some(byte) && squeezed.contains(&byte) {
                    continue;
                }
                last = Some(byte);
                out.push(byte);
            }
            process.print(out).await;
        }
        0
    })
}
