//! The virtual file system: a value that is cheap to clone. Clones share every file until one of them writes.

mod error;
mod files;
pub mod path;
mod tree;

pub use error::FsError;
pub use files::Files;

use sorted::SortedMap;
use std::rc::Rc;

/// All of a machine's files. [`Clone`] is cheap and gives an independent copy (copy-on-write); [`Files`] is the shared
/// handle that running programs use.
#[derive(Clone)]
pub struct Vfs {
    nodes: Rc<SortedMap<String, Rc<Node>>>,
    next_id: u64,
    used: u64,
    limit: u64,
    clock: u64,
}

#[derive(Clone)]
struct Node {
    id: u64,
    mode: u32,
    /// Virtual microseconds.
    modified: u64,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Dir,
    File(Rc<Vec<u8>>),
    Link(String),
    Device(Device),
}

/// The devices under `/dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Stdin,
    Stdout,
    Stderr,
    Tty,
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Dir,
    Link,
    Device,
}

/// A file's properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    pub kind: Kind,
    /// Bytes of content.
    pub size: u64,
    /// Permission bits, `0o755` style.
    pub mode: u32,
    /// Last change in virtual microseconds.
    pub modified: u64,
    /// Which file this is, unique for the life of the file system.
    pub id: u64,
}
