//! Searching sorted keys without looking at each of them.
//!
//! Neighbours in the index have a long beginning in common (`/registry/pods/default/…`). A node keeps that once, and of
//! each key the eight bytes behind it as a number, side by side; a search then reads a few cache lines of numbers and
//! in most cases a single key, instead of one key, somewhere in memory, for each comparison.

use core::cmp::Ordering;

/// The common beginning of a node's keys, and each key's next eight bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads {
    prefix: Vec<u8>,
    heads: Vec<u64>,
}

/// The first eight bytes as a number that sorts like them; a shorter rest is filled up with zeroes.
fn head(rest: &[u8]) -> u64 {
    match rest.first_chunk::<8>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => rest.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)).unbounded_shl(8 * (8 - rest.len() as u32)),
    }
}

fn common_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl Heads {
    /// For `count` sorted keys.
    pub fn new<'a>(count: usize, capacity: usize, key: impl Fn(usize) -> &'a [u8]) -> Self {
        let mut heads = Heads { prefix: Vec::new(), heads: Vec::with_capacity(capacity) };
        if count > 0 {
            // The first and the last have least in common.
            let (first, last) = (key(0), key(count - 1));
            heads.prefix = first[..common_len(first, last)].to_vec();
        }
        let skip = heads.prefix.len();
        heads.heads.extend((0..count).map(|i| head(&key(i)[skip..])));
        heads
    }

    /// Where a key is, or where it belongs. `key_at` gives the keys.
    pub fn find<'a>(&self, key: &[u8], key_at: impl Fn(usize) -> &'a [u8]) -> Result<usize, usize> {
        let Some(rest) = key.strip_prefix(self.prefix.as_slice()) else {
            return Err(if key < self.prefix.as_slice() { 0 } else { self.heads.len() });
        };
        let wanted = head(rest);
        let mut from = self.heads.partition_point(|h| *h < wanted);
        // Keys that are alike so far are few.
        let mut to = from + self.heads[from..].iter().take_while(|h| **h == wanted).count();
        while from < to {
            let middle = from.midpoint(to);
            match key_at(middle).cmp(key) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(from)
    }

    /// Takes in a key. `key_at` gives the keys without it.
    pub fn insert<'a>(&mut self, at: usize, key: &[u8], key_at: impl Fn(usize) -> &'a [u8]) {
        if self.heads.is_empty() {
            self.prefix = key.to_vec();
        } else if !key.starts_with(&self.prefix) {
            let skip = common_len(&self.prefix, key);
            self.prefix.truncate(skip);
            self.heads.iter_mut().enumerate().for_each(|(i, h)| *h = head(&key_at(i)[skip..]));
        }
        self.heads.insert(at, head(&key[self.prefix.len()..]));
    }

    /// Lets a key go.
    pub fn remove(&mut self, at: usize) {
        self.heads.remove(at);
    }
}
