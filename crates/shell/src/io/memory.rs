//! A stream's bytes kept in memory: what `$( )` and non-interactive runs collect.

use super::IoError;
use super::writer::{Sink, Writer};
use std::cell::RefCell;
use std::rc::Rc;

/// The far end of a [`Writer`] that keeps what is written, up to a limit.
#[derive(Clone)]
pub struct Capture(Rc<RefCell<Kept>>);

struct Kept {
    bytes: Vec<u8>,
    limit: usize,
}

impl Capture {
    /// A writer and the place where its bytes arrive; writes beyond `limit` bytes fail.
    pub fn new(limit: usize) -> (Writer, Capture) {
        let capture = Capture(Rc::new(RefCell::new(Kept { bytes: Vec::new(), limit })));
        (Writer::of(Sink::Memory(capture.clone())), capture)
    }

    /// What has arrived so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.borrow().bytes.clone()
    }

    /// Takes what has arrived so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().bytes)
    }

    pub(super) fn append(&self, data: &[u8]) -> Result<(), IoError> {
        let mut kept = self.0.borrow_mut();
        let room = kept.limit.saturating_sub(kept.bytes.len());
        kept.bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room { Err(IoError::TooLarge) } else { Ok(()) }
    }
}
