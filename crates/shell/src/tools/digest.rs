//! `sha256sum` and `md5sum`. Both digests are short enough to keep here; a library would bring its whole family along.

use super::input::{WHOLE_LIMIT, open, or_stdin};
use super::options::{Accepts, name, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

type Running = LocalBoxFuture<'static, i32>;

/// The message with the padding both digests use; the length's bytes are in the digest's order.
fn padded(data: &[u8], big_endian: bool) -> Vec<u8> {
    let mut message = data.to_vec();
    message.push(0x80);
    message.resize(message.len().next_multiple_of(64), 0);
    if message.len() - data.len() < 9 {
        message.resize(message.len() + 64, 0);
    }
    let bits = (data.len() as u64).wrapping_mul(8);
    let length = if big_endian { bits.to_be_bytes() } else { bits.to_le_bytes() };
    let end = message.len();
    message[end - 8..].copy_from_slice(&length);
    message
}

fn primes(count: usize) -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::with_capacity(count);
    let mut candidate = 2;
    while primes.len() < count {
        if primes.iter().all(|p| candidate % p != 0) {
            primes.push(candidate);
        }
        candidate += 1;
    }
    primes
}

/// Cube roots in 64-bit integers, because floating point loses the last bits of some.
fn cube_root_fraction(prime: u32) -> u32 {
    // floor(cbrt(prime) * 2^32) by bisection in 128 bits.
    let target = u128::from(prime) << 96;
    let (mut low, mut high) = (0u128, 1u128 << 36);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if middle * middle * middle <= target { low = middle } else { high = middle }
    }
    low as u32
}

fn square_root_fraction(prime: u32) -> u32 {
    let target = u128::from(prime) << 64;
    let (mut low, mut high) = (0u128, 1u128 << 40);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if middle * middle <= target { low = middle } else { high = middle }
    }
    low as u32
}

pub fn sha256(data: &[u8]) -> [u8; 32] {
    let primes = primes(64);
    let constants: Vec<u32> = primes.iter().map(|p| cube_root_fraction(*p)).collect();
    let mut state: Vec<u32> = primes[..8].iter().map(|p| square_root_fraction(*p)).collect();
    for block in padded(data, true).chunks_exact(64) {
        let mut w = [0u32; 64];
        for (i, bytes) in block.chunks_exact(4).enumerate() {
            w[i] = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
        }
        let mut v = [0u32; 8];
        v.copy_from_slice(&state);
        for i in 0..64 {
            let [a, b, c, d, e, f, g, h] = v;
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(constants[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            v = [t1.wrapping_add(s0.wrapping_add(majority)), a, b, c, d.wrapping_add(t1), e, f, g];
        }
        for (own, new) in state.iter_mut().zip(v) {
            *own = own.wrapping_add(new);
        }
    }
    let mut out = [0; 32];
    for (bytes, word) in out.chunks_exact_mut(4).zip(&state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

pub fn md5(data: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    // floor(2^32 * |sin(i + 1)|); the digest's definition, exact in 64-bit floating point.
    let constants: Vec<u32> = (1..=64).map(|i| (f64::from(i).sin().abs() * 4_294_967_296.0) as u32).collect();
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(data, false).chunks_exact(64) {
        let words: Vec<u32> = block.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64 {
            let (mix, word) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            let sum = a.wrapping_add(mix).wrapping_add(constants[i]).wrapping_add(words[word]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4])));
        }
        for (own, new) in state.iter_mut().zip([a, b, c, d]) {
            *own = own.wrapping_add(new);
        }
    }
    let mut out = [0; 16];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn sha256sum(process: Process) -> Running {
    Box::pin(run(process, |data| hex(&sha256(data))))
}

pub fn md5sum(process: Process) -> Running {
    Box::pin(run(process, |data| hex(&md5(data))))
}

async fn run(process: Process, digest: fn(&[u8]) -> String) -> i32 {
    let accepts = Accepts { flags: "bct", valued: "", long: &[("check", 'c'), ("binary", 'b')], mixed: true };
    let Some(options) = read(&process, &accepts) else { return 1 };
    let mut code = 0;
    for operand in or_stdin(&options.operands) {
        let Some(reader) = open(&process, &operand) else {
            code = 1;
            continue;
        };
        let data = match reader.read_to_end(WHOLE_LIMIT).await {
            Ok(data) => data,
            Err(error) => {
                process.eprint(format!("{}: {operand}: {error}\n", name(&process)));
                code = 1;
                continue;
            }
        };
        if !options.has('c') {
            process.print(format!("{}  {operand}\n", digest(&data))).await;
            continue;
        }
        let mut failed = 0;
        for line in String::from_utf8_lossy(&data).lines() {
            let Some((wanted, file)) = line.split_once("  ") else { continue };
            let fine = process.fs().read(&process.path(file)).is_ok_and(|data| digest(&data) == wanted);
            failed += usize::from(!fine);
            process.print(format!("{file}: {}\n", if fine { "OK" } else { "FAILED" })).await;
        }
        if failed > 0 {
            let checksums = if failed == 1 { "checksum" } else { "checksums" };
            process.eprint(format!("{}: WARNING: {failed} computed {checksums} did NOT match\n", name(&process)));
            code = 1;
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::{hex, md5, sha256};

    #[track_caller]
    fn check(data: &[u8], sha: &str, md: &str) {
        assert_eq!((hex(&sha256(data)).as_str(), hex(&md5(data)).as_str()), (sha, md));
    }

    #[test]
    fn digests_of_known_texts() {
        check(
            b"",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "d41d8cd98f00b204e9800998ecf8427e",
        );
        check(
            b"abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "900150983cd24fb0d6963f7d28e17f72",
        );
    }
}
