//! Immutable bytes that are cheap to clone: keys and values travel from client to leader to every member and into
//! every watcher, and are copied once.

use core::borrow::Borrow;
use core::cell::RefCell;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A `bytes` field of etcd's messages. Cloning shares the allocation; equality, order and hashing are those of the
/// content. In a human-readable format it is base64, as in etcd's JSON.
#[derive(Clone, Default)]
pub struct Bytes {
    buffer: raft::Bytes,
    start: usize,
    end: usize,
}

/// What is shorter is copied rather than kept as a part: a small key would keep the whole entry alive that first wrote it.
const MIN_SHARED: usize = 128;

thread_local! {
    /// What [`Bytes::sharing`] is decoding.
    static SOURCE: RefCell<raft::Bytes> = const { RefCell::new(raft::Bytes::EMPTY) };
}

impl Bytes {
    /// The content.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Whether both are views of the same allocation, which a test of sharing wants to know.
    pub fn ptr_eq(&self, other: &Bytes) -> bool {
        core::ptr::eq(self.as_slice(), other.as_slice())
    }

    /// The content as text, with what is not UTF-8 replaced: for messages and tests, never for a decision.
    pub fn to_lossy(&self) -> String {
        String::from_utf8_lossy(self.as_slice()).into_owned()
    }

    /// The same for keeping: a small part of something larger is copied out of it.
    pub(crate) fn kept(&self) -> Bytes {
        if self.len() < MIN_SHARED && self.len() < self.buffer.len() { self.as_slice().into() } else { self.clone() }
    }

    /// Whether both are parts of the same allocation, so that keeping the one keeps the other.
    pub(crate) fn is_beside(&self, other: &Bytes) -> bool {
        !self.buffer.is_empty() && core::ptr::eq(&*self.buffer, &*other.buffer)
    }

    /// Decodes a value from `source`; `Bytes` in it become views of `source` instead of copies. Every member decodes the
    /// entries of the log for itself, yet a large value is in memory once; for small ones see [`Bytes::kept`].
    pub(crate) fn sharing<T>(source: &raft::Bytes, decode: impl FnOnce(&[u8]) -> T) -> T {
        let outer = SOURCE.replace(source.clone());
        let decoded = decode(source);
        SOURCE.set(outer);
        decoded
    }

    /// A view of what is being decoded, if that is where `part` lies.
    fn view(part: &[u8]) -> Option<Bytes> {
        SOURCE.with_borrow(|source| {
            let start = part.as_ptr().addr().checked_sub(source.as_ptr().addr())?;
            let end = start.checked_add(part.len())?;
            // The same place, not merely the same content.
            let same = core::ptr::eq(source.get(start..end)?, part);
            same.then(|| Bytes { buffer: source.clone(), start, end })
        })
    }
}

impl From<raft::Bytes> for Bytes {
    fn from(buffer: raft::Bytes) -> Self {
        Bytes { start: 0, end: buffer.len(), buffer }
    }
}

impl PartialEq for Bytes {
    #[inline]
    fn eq(&self, other: &Bytes) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    #[inline]
    fn partial_cmp(&self, other: &Bytes) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    #[inline]
    fn cmp(&self, other: &Bytes) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl Deref for Bytes {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Borrow<[u8]> for Bytes {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl From<&[u8]> for Bytes {
    fn from(v: &[u8]) -> Self {
        raft::Bytes::from(v).into()
    }
}

impl<const N: usize> From<&[u8; N]> for Bytes {
    fn from(v: &[u8; N]) -> Self {
        raft::Bytes::from(v.as_slice()).into()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(v: Vec<u8>) -> Self {
        raft::Bytes::from(v).into()
    }
}

impl From<&str> for Bytes {
    fn from(v: &str) -> Self {
        raft::Bytes::from(v.as_bytes()).into()
    }
}

impl From<String> for Bytes {
    fn from(v: String) -> Self {
        raft::Bytes::from(v.into_bytes()).into()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(self.as_slice()))
        } else {
            serializer.serialize_bytes(self)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Base64Visitor)
        } else {
            deserializer.deserialize_bytes(RawVisitor)
        }
    }
}

struct RawVisitor;

impl<'de> de::Visitor<'de> for RawVisitor {
    type Value = Bytes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }
    fn visit_bytes<E: de::Error>(self, v: &[u8]) -> Result<Bytes, E> {
        Ok(v.into())
    }
    fn visit_borrowed_bytes<E: de::Error>(self, v: &'de [u8]) -> Result<Bytes, E> {
        Ok(Bytes::view(v).unwrap_or_else(|| v.into()))
    }
}

struct Base64Visitor;

impl de::Visitor<'_> for Base64Visitor {
    type Value = Bytes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Bytes, E> {
        STANDARD.decode(v).map(Bytes::from).map_err(E::custom)
    }
}
