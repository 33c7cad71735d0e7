//! Searching sorted keys without looking at each of them.
//!
//! Neighbours in the index have a long beginning in common (`/registry/pods/default/…`). A node keeps that once, and of
//! each key the eight bytes behind it as a number; a search then reads a few cache lines of numbers and in most cases no
//! key at all, instead of one key, somewhere in memory, for each comparison.

use core::cmp::Ordering;

/// Keys that a node has room for.
pub(super) const ROOM: usize = 64;

/// Numbers in a cache line.
const LINE: usize = 8;

/// Most bytes of a common beginning that are kept. Keys with more in common are found as well, by looking at more of
/// them.
const PREFIX: usize = 62;

/// What stands where there is no key: no number is greater.
const NONE: u64 = u64::MAX;

/// The common beginning of a node's sorted keys, and each key's next eight bytes. The keys themselves are the node's;
/// `key_at` gives the one at a place.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    len: u8,
    prefix_len: u8,
    prefix: [u8; PREFIX],
    heads: [u64; ROOM],
}

impl Default for Heads {
    fn default() -> Self {
        Heads { len: 0, prefix_len: 0, prefix: [0; PREFIX], heads: [NONE; ROOM] }
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

impl Heads {
    /// For so many sorted keys, at most [`ROOM`].
    pub fn new<'a>(len: usize, key_at: impl Fn(usize) -> &'a [u8]) -> Self {
        let mut heads = Heads { len: len as u8, ..Heads::default() };
        if len > 0 {
            // The first and the last have least in common.
            let first = key_at(0);
            heads.set_prefix(&first[..common_len(first, key_at(len - 1))]);
        }
        heads.take_heads(key_at);
        heads
    }

    fn take_heads<'a>(&mut self, key_at: impl Fn(usize) -> &'a [u8]) {
        let skip = self.prefix().len();
        let len = self.len();
        self.heads[..len].iter_mut().enumerate().for_each(|(at, h)| *h = head(&key_at(at)[skip..]));
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
        usize::from(self.len)
    }

    /// How many heads are less than this one. Those at the ends of the lines are compared first, one line's within them
    /// then: the memory can bring all of these lines at the same time, where each step of a bisection waits for the last.
    fn less_than(&self, wanted: u64) -> usize {
        let less = |head: &&u64| **head < wanted;
        let lines = self.heads.as_chunks::<LINE>().0;
        let whole = lines.iter().map(|line| &line[LINE - 1]).filter(less).count();
        whole * LINE + lines.get(whole).map_or(0, |line| line.iter().filter(less).count())
    }

    /// Where a key is, or where it belongs.
    pub fn find<'a>(&self, key: &[u8], key_at: impl Fn(usize) -> &'a [u8]) -> Result<usize, usize> {
        let Some(rest) = key.strip_prefix(self.prefix()) else {
            return Err(if key < self.prefix() { 0 } else { self.len() });
        };
        let wanted = head(rest);
        let mut from = self.less_than(wanted);
        // Keys that are alike so far are few.
        let alike = self.heads[from..self.len()].iter().take_while(|head| **head == wanted).count();
        let mut to = from + alike;
        // What follows decides between them; where nothing does, the zeroes that one of them was filled up with.
        let seen = self.prefix().len() + 8;
        let beyond = |key: &[u8]| seen.min(key.len());
        while from < to {
            let middle = from.midpoint(to);
            let other = key_at(middle);
            match other[beyond(other)..].cmp(&key[beyond(key)..]).then(other.len().cmp(&key.len())) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(from)
    }

    /// Takes in a key, before the node does. There has to be room for it.
    pub fn insert<'a>(&mut self, at: usize, key: &[u8], key_at: impl Fn(usize) -> &'a [u8]) {
        if self.len == 0 {
            self.set_prefix(key);
        } else if !key.starts_with(self.prefix()) {
            self.prefix_len = common_len(self.prefix(), key) as u8;
            self.take_heads(key_at);
        }
        let len = self.len();
        self.heads.copy_within(at..len, at + 1);
        self.heads[at] = head(&key[self.prefix().len()..]);
        self.len += 1;
    }

    /// Lets a key go.
    pub fn remove(&mut self, at: usize) {
        let last = self.len() - 1;
        self.heads.copy_within(at + 1..=last, at);
        self.heads[last] = NONE;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Heads;

    type Keys = Vec<Vec<u8>>;

    fn find(heads: &Heads, keys: &Keys, key: &[u8]) -> Result<usize, usize> {
        heads.find(key, |at| &keys[at])
    }

    /// Takes the keys in one by one, and looks for each of them at every moment; then lets them go again.
    fn check(keys: &Keys) {
        let (mut heads, mut sorted) = (Heads::default(), Keys::new());
        for new in keys {
            let at = sorted.binary_search(new).expect_err("every key is another");
            assert_eq!(find(&heads, &sorted, new), Err(at), "{new:?} among {sorted:?}");
            heads.insert(at, new, |at| &sorted[at]);
            sorted.insert(at, new.clone());
            for key in keys {
                assert_eq!(find(&heads, &sorted, key), sorted.binary_search(key), "{key:?} among {sorted:?}");
            }
        }
        let (left, right) = sorted.split_at(keys.len() / 2);
        for half in [left.to_vec(), right.to_vec()] {
            let heads = Heads::new(half.len(), |at| &half[at]);
            for key in keys {
                assert_eq!(find(&heads, &half, key), half.binary_search(key), "{key:?} among {half:?}");
            }
        }
        for gone in keys {
            let at = find(&heads, &sorted, gone).expect("it is there");
            heads.remove(at);
            sorted.remove(at);
            for key in keys {
                assert_eq!(find(&heads, &sorted, key), sorted.binary_search(key), "{key:?} among {sorted:?}");
            }
        }
    }

    #[test]
    fn keys_are_found_whatever_they_have_in_common() {
        let beginnings = ["".to_owned(), "a".to_owned(), "long".repeat(20)];
        let ends = ["abcdefgh", "", "b", "\0", "abcdefgi", "abcdefgh\0", "\0\0", "abcdefghi", "abcdefgh\0\0j", "a"];
        let all = |beginning: &String| ends.map(|end| format!("{beginning}-{end}").into_bytes());
        beginnings.iter().for_each(|beginning| check(&all(beginning).into()));
        check(&beginnings.iter().flat_map(all).collect());
    }

    #[test]
    fn a_full_node_holds_the_greatest_keys_there_are() {
        let greatest = |len: usize| vec![0xff; len];
        check(&(0..super::ROOM).map(greatest).collect());
        check(&(0..super::ROOM).rev().map(greatest).collect());
        check(&(0..super::ROOM as u8).map(|byte| vec![byte * 4; 3]).collect());
    }
}
