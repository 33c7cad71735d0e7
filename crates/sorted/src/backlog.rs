//! The backlog: a map whose keys only grow, as numbers do that are given out one after the other.

use std::collections::VecDeque;
use std::fmt;

/// An ordered map for what waits and goes about as it came: messages on their way, requests without an answer yet.
///
/// Taking an entry out leaves a hole, and holes go when they come to the front or are more than half of all. So nothing
/// behind an entry is moved for it, as in a sorted vector, and thousands may wait.
#[derive(Clone)]
pub struct Backlog<K, V> {
    /// The first is never a hole.
    entries: VecDeque<(K, Option<V>)>,
    holes: usize,
}

impl<K, V> Backlog<K, V> {
    pub const fn new() -> Self {
        Self { entries: VecDeque::new(), holes: 0 }
    }

    pub fn len(&self) -> usize {
        self.entries.len() - self.holes
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().filter_map(|(key, value)| Some((&*key, value.as_mut()?)))
    }

    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
        self.holes = 0;
    }
}

impl<K: Copy + Ord, V> Backlog<K, V> {
    /// Adds an entry behind all others: its key is greater than any that was ever added.
    pub fn push(&mut self, key: K, value: V) {
        debug_assert!(self.entries.back().is_none_or(|(last, _)| *last < key));
        self.entries.push_back((key, Some(value)));
    }

    fn find(&self, key: K) -> Option<usize> {
        match self.entries.front() {
            Some((first, _)) if *first == key => Some(0),
            _ => self.entries.binary_search_by(|(known, _)| known.cmp(&key)).ok(),
        }
    }

    pub fn get(&self, key: K) -> Option<&V> {
        self.entries[self.find(key)?].1.as_ref()
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let at = self.find(key)?;
        self.entries[at].1.as_mut()
    }

    pub fn contains_key(&self, key: K) -> bool {
        self.get(key).is_some()
    }

    pub fn remove(&mut self, key: K) -> Option<V> {
        let at = self.find(key)?;
        let value = self.entries[at].1.take()?;
        self.holes += 1;
        while let Some((_, None)) = self.entries.front() {
            self.entries.pop_front();
            self.holes -= 1;
        }
        if self.holes > self.entries.len() / 2 {
            self.entries.retain(|(_, value)| value.is_some());
            self.holes = 0;
        }
        Some(value)
    }
}

impl<K, V> Default for Backlog<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Backlog<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Backlog;
    use std::collections::BTreeMap;

    /// The same steps on the standard library's map and on ours, from a little generator of numbers.
    #[test]
    fn does_what_the_standard_map_does() {
        let (mut ours, mut theirs) = (Backlog::new(), BTreeMap::new());
        let mut state = 1u64;
        for step in 0..4000u64 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (back, choice) = ((state >> 33) % 60, (state >> 50) % 5);
            let key = step.saturating_sub(back);
            match choice {
                0 | 1 => {
                    ours.push(step, step);
                    theirs.insert(step, step);
                }
                2 => assert_eq!(ours.remove(key), theirs.remove(&key), "removal of {key} at {step}"),
                3 => {
                    // As it came.
                    let first = theirs.pop_first();
                    assert_eq!(ours.first_key_value().map(|(key, value)| (*key, *value)), first);
                    assert_eq!(first.and_then(|(key, _)| ours.remove(key)), first.map(|(_, value)| value));
                }
                _ => assert_eq!(ours.get_mut(key), theirs.get_mut(&key), "{key} at {step}"),
            }
            assert!(ours.iter().eq(theirs.iter()), "entries at {step}");
            assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()), "at {step}");
            assert_eq!(ours.contains_key(key), theirs.contains_key(&key), "{key} at {step}");
        }
    }
}
