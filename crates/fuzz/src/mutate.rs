//! New inputs from real ones.

use sim::Random;

/// What is longer is cut: long inputs are slow, and what they find is mostly found by short ones.
const MAX: usize = 16 << 10;
/// How often one input is changed, at most.
const CHANGES: u64 = 8;
/// What parsers take for something special.
const WORDS: [&str; 48] = [
    "\0",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\"",
    "'",
    "`",
    "\\",
    "$",
    "$(",
    "${",
    "((",
    "))",
    "[[",
    "]]",
    "{",
    "}",
    "[",
    "]",
    "<<E\n",
    "|",
    "&",
    ";",
    "#",
    "---\n",
    "- ",
    ": ",
    "*",
    "&a ",
    "*a",
    "!!",
    "%",
    "~",
    "-",
    "--",
    "=",
    "../",
    "é",
    "\u{feff}",
    "\u{1f600}",
    "-1",
    "0",
    "18446744073709551615",
    "9223372036854775807",
    "-9223372036854775808",
    "1e999",
    "NaN",
];
/// Bytes at the edges of things.
const BYTES: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xbf, 0xc3, 0xfe, 0xff];

/// The input of a seed.
pub fn input(seed: u64, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut input = sample(&mut random, samples);
    for _ in 0..=random.below(CHANGES) {
        change(&mut random, &mut input, samples);
        input.truncate(MAX);
    }
    input
}

fn sample(random: &mut Random, samples: &[Vec<u8>]) -> Vec<u8> {
    let index = at(random, samples.len());
    samples.get(index).map(|sample| sample[..sample.len().min(MAX)].to_vec()).unwrap_or_default()
}

/// An index below `length`, or 0.
fn at(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length.max(1) as u64)).unwrap_or(0)
}

/// A part of an input, mostly a short one.
fn part(random: &mut Random, length: usize) -> (usize, usize) {
    let from = at(random, length + 1);
    let most = if random.chance(800_000) { 16 } else { length };
    (from, (from + at(random, most + 1)).min(length))
}

fn change(random: &mut Random, input: &mut Vec<u8>, samples: &[Vec<u8>]) {
    let (from, to) = part(random, input.len());
    match random.below(9) {
        0 => drop(input.drain(from..to)),
        1 => input.truncate(from),
        2 => {
            let doubled = input[from..to].to_vec();
            insert(input, from, &doubled);
        }
        // Deep nesting, and long runs of the same.
        3 => {
            let times = 1 + at(random, 400);
            let many = input[from..to.min(from + 8)].repeat(times);
            insert(input, from, &many);
        }
        4 => {
            let word = WORDS[at(random, WORDS.len())];
            insert(input, from, word.as_bytes());
        }
        5 => {
            let other = sample(random, samples);
            let (start, end) = part(random, other.len());
            insert(input, from, &other[start..end]);
        }
        6 => {
            let other = sample(random, samples);
            let (start, _) = part(random, other.len());
            input.truncate(from);
            input.extend_from_slice(&other[start..]);
        }
        7 => {
            if let Some(byte) = input.get_mut(from) {
                *byte ^= 1 << random.below(8);
            }
        }
        _ => {
            if let Some(byte) = input.get_mut(from) {
                *byte = BYTES[at(random, BYTES.len())];
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, place: usize, what: &[u8]) {
    drop(input.splice(place..place, what.iter().copied()));
}

#[cfg(test)]
mod tests {
    use super::{MAX, input};

    #[test]
    fn a_seed_gives_one_input_and_another_seed_another() {
        let samples = [b"etcdctl put a b".to_vec(), b"etcdctl get --prefix /".to_vec()];
        assert_eq!(input(7, &samples), input(7, &samples));
        let all: std::collections::BTreeSet<_> = (0..1_000).map(|seed| input(seed, &samples)).collect();
        assert!(all.len() > 900, "{}", all.len());
        assert!(all.iter().all(|input| input.len() <= MAX));
        input(1, &[]);
    }
}
