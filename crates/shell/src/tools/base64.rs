//! `base64`.

use super::input::{WHOLE_LIMIT, open};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "dDi",
    valued: "w",
    long: &[("decode", 'd'), ("wrap", 'w'), ("ignore-garbage", 'i')],
    mixed: true,
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Decodes; the second value says whether the input was well formed. What came before an error is kept.
pub fn decode(data: &[u8], ignore_garbage: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0u32, 0, 0);
    for byte in data {
        if *byte == b'\n' {
            continue;
        }
        if *byte == b'=' && count >= 2 {
            padding += 1;
            if count + padding == 4 {
                flush(&mut out, bits, count);
                (bits, count, padding) = (0, 0, 0);
            }
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|a| a == byte).filter(|_| padding == 0) else {
            if ignore_garbage {
                continue;
            }
            flush(&mut out, bits, count);
            return (out, false);
        };
        bits = bits << 6 | value as u32;
        count += 1;
        if count == 4 {
            out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
            (bits, count) = (0, 0);
        }
    }
    let fine = count == 0 && padding == 0;
    flush(&mut out, bits, count);
    (out, fine)
}

/// The bytes an unfinished group of four holds.
fn flush(out: &mut Vec<u8>, bits: u32, count: u32) {
    match count {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let operand = options.operands.first().map_or("-", String::as_str);
        let Some(reader) = open(&process, operand) else { return 1 };
        let data = match reader.read_to_end(WHOLE_LIMIT).await {
            Ok(data) => data,
            Err(error) => {
                process.eprint(format!("base64: read error: {error}\n"));
                return 1;
            }
        };
        if options.has('d') || options.has('D') {
            let (out, fine) = decode(&data, options.has('i'));
            process.print(out).await;
            if !fine {
                process.eprint("base64: invalid input\n");
            }
            return i32::from(!fine);
        }
        let wrap = match options.value('w').map(|w| w.parse::<usize>().map_err(|_| w)) {
            None => 76,
            Some(Ok(wrap)) => wrap,
            Some(Err(text)) => {
                process.eprint(format!("base64: invalid wrap size: '{text}'\n"));
                return 1;
            }
        };
        let text = encode(&data);
        if wrap == 0 {
            process.print(text).await;
            return 0;
        }
        let mut out = String::with_capacity(text.len() + text.len() / wrap + 1);
        for line in text.as_bytes().chunks(wrap) {
            out.push_str(&String::from_utf8_lossy(line));
            out.push('\n');
        }
        process.print(out).await;
        0
    })
}
