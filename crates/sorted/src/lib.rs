//! Ordered maps and sets over one sorted vector.
//!
//! The standard library's ordered map brings six kilobytes of tree code for every pair of key and value types; with
//! forty pairs that was an eighth of the lab in the browser. Nearly all of our maps hold a few entries (members, links,
//! variables, users), for which a sorted vector is smaller and quicker. It is the wrong thing for maps that grow with
//! what a learner stores, since inserting and removing move everything behind the entry: those stay `BTreeMap`. What is
//! numbered as it comes, and goes about in that order, has a [`Backlog`].
//!
//! The methods are those of the standard library's types, by name and meaning.

#![forbid(unsafe_code)]

mod backlog;
mod map;
mod set;

pub use backlog::Backlog;
pub use map::{Entry, SortedMap};
pub use set::SortedSet;
