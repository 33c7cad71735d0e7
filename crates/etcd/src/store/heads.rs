//! Searching sorted keys without looking at each of them.
//!
//! Neighbours in the index have a long beginning in common (`/registry/pods/default/…`). A node keeps that once, and of
//! each key the eight bytes behind it as a number, beside what the node has for the key; a search then reads a few cache
//! lines of numbers and in most cases no key at all, instead of one key, somewhere in memory, for each comparison.

use core::cmp::Ordering;

/// Most bytes of a common beginning that are kept. Keys with more in common are found as well, by looking at more of
/// them.
const PREFIX: usize = 63;

/// What has a key: the key itself, or something that leads to it.
pub(super) trait Keyed<Context> {
    fn key<'a>(&'a self, context: &'a Context) -> &'a [u8];
}

/// A node's entries in the order of their keys, with the keys' common beginning, and each key's next eight bytes.
#[derive(Clone, Debug)]
pub(super) struct Heads<T> {
    prefix_len: u8,
    prefix: [u8; PREFIX],
    entries: Vec<(u64, T)>,
}

impl<T> Default for Heads<T> {
    fn default() -> Self {
        Heads { prefix_len: 0, prefix: [0; PREFIX], entries: Vec::new() }
    }
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

impl<T> Heads<T> {
    /// For entries that are sorted by their keys.
    pub fn new<C>(entries: Vec<T>, capacity: usize, context: &C) -> Self
    where
        T: Keyed<C>,
    {
        let mut heads = Heads { entries: Vec::with_capacity(capacity), ..Heads::default() };
        if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
            // The first and the last have least in common.
            let first = first.key(context);
            heads.set_prefix(&first[..common_len(first, last.key(context))]);
        }
        let skip = heads.prefix().len();
        heads.entries.extend(entries.into_iter().map(|entry| (head(&entry.key(context)[skip..]), entry)));
        heads
    }

    fn prefix(&self) -> &[u8] {
        &self.prefix[..usize::from(self.prefix_len)]
    }

    fn set_prefix(&mut self, prefix: &[u8]) {
        let len = prefix.len().min(PREFIX);
        self.prefix[..len].copy_from_slice(&prefix[..len]);
        self.prefix_len = len as u8;
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn get(&self, at: usize) -> Option<&T> {
        self.entries.get(at).map(|(_, entry)| entry)
    }

    /// Puts another entry in the place of one with the same key.
    pub fn replace(&mut self, at: usize, entry: T) {
        self.entries[at].1 = entry;
    }

    /// The entries from a place on.
    pub fn from(&self, at: usize) -> impl Iterator<Item = &T> {
        self.entries[at..].iter().map(|(_, entry)| entry)
    }

    /// Where a key is, or where it belongs.
    pub fn find<C>(&self, key: &[u8], context: &C) -> Result<usize, usize>
    where
        T: Keyed<C>,
    {
        let Some(rest) = key.strip_prefix(self.prefix()) else {
            return Err(if key < self.prefix() { 0 } else { self.entries.len() });
        };
        let wanted = head(rest);
        let mut from = self.entries.partition_point(|(h, _)| *h < wanted);
        // Keys that are alike so far are few.
        let mut to = from + self.entries[from..].iter().take_while(|(h, _)| *h == wanted).count();
        // What follows decides between them; where nothing does, the zeroes that one of them was filled up with.
        let seen = self.prefix().len() + 8;
        let beyond = |key: &[u8]| seen.min(key.len());
        while from < to {
            let middle = from.midpoint(to);
            let other = self.entries[middle].1.key(context);
            match other[beyond(other)..].cmp(&key[beyond(key)..]).then(other.len().cmp(&key.len())) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(from)
    }

    /// Takes in an entry.
    pub fn insert<C>(&mut self, at: usize, key: &[u8], entry: T, context: &C)
    where
        T: Keyed<C>,
    {
        if self.entries.is_empty() {
            self.set_prefix(key);
        } else if !key.starts_with(self.prefix()) {
            let skip = common_len(self.prefix(), key);
            self.prefix_len = skip as u8;
            self.entries.iter_mut().for_each(|(h, entry)| *h = head(&entry.key(context)[skip..]));
        }
        self.entries.insert(at, (head(&key[self.prefix().len()..]), entry));
    }

    /// Lets an entry go.
    pub fn remove(&mut self, at: usize) -> T {
        self.entries.remove(at).1
    }

    /// Splits off the entries from a place on; those that stay may have more in common then.
    pub fn split_off<C>(&mut self, at: usize, context: &C) -> Vec<T>
    where
        T: Keyed<C>,
    {
        let capacity = self.entries.capacity();
        let right = self.entries.split_off(at);
        let left = core::mem::take(&mut self.entries);
        *self = Heads::new(left.into_iter().map(|(_, entry)| entry).collect(), capacity, context);
        right.into_iter().map(|(_, entry)| entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Heads;
    use crate::Bytes;

    /// Takes the keys in one by one, and looks for each of them at every moment.
    fn check(keys: &[Bytes]) {
        let (mut heads, mut sorted) = (Heads::<Bytes>::default(), Vec::<Bytes>::new());
        for new in keys {
            let at = sorted.binary_search(new).expect_err("every key is another");
            assert_eq!(heads.find(new, &()), Err(at), "{new:?} among {sorted:?}");
            heads.insert(at, new, new.clone(), &());
            sorted.insert(at, new.clone());
            for key in keys {
                assert_eq!(heads.find(key, &()), sorted.binary_search(key), "{key:?} among {sorted:?}");
            }
        }
        let right = heads.split_off(keys.len() / 2, &());
        assert!(heads.from(0).chain(&right).eq(&sorted));
        let right = Heads::new(right, 0, &());
        for key in keys {
            let found = heads.find(key, &()).or_else(|_| right.find(key, &()).map(|at| at + heads.len()));
            assert_eq!(found.ok(), sorted.binary_search(key).ok(), "{key:?} in two halves of {sorted:?}");
        }
    }

    #[test]
    fn keys_are_found_whatever_they_have_in_common() {
        let beginnings = [String::new(), "a".to_owned(), "long".repeat(20)];
        let ends = ["abcdefgh", "", "b", "\0", "abcdefgi", "abcdefgh\0", "\0\0", "abcdefghi", "abcdefgh\0\0j", "a"];
        let all = |beginning: &String| ends.map(|end| Bytes::from(format!("{beginning}-{end}")));
        beginnings.iter().for_each(|beginning| check(&all(beginning)));
        check(&beginnings.iter().flat_map(all).collect::<Vec<_>>());
    }
}
