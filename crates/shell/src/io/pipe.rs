//! Pipes: bounded, first in first out, closed when either side is dropped.

use super::IoError;
use super::reader::{Reader, Source};
use super::writer::{Sink, Writer};
use crate::os::process::register;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// What a pipe holds before its writer waits: Linux' default.
const CAPACITY: usize = 65_536;
/// What it holds when the writer does not wait; beyond it the writer is treated as if nobody read.
const PUT_LIMIT: usize = 64 << 20;

#[derive(Default)]
struct Shared {
    buffer: RefCell<VecDeque<u8>>,
    read_closed: Cell<bool>,
    write_closed: Cell<bool>,
    readers: RefCell<Vec<Waker>>,
    writers: RefCell<Vec<Waker>>,
}

fn wake(wakers: &RefCell<Vec<Waker>>) {
    for waker in std::mem::take(&mut *wakers.borrow_mut()) {
        waker.wake();
    }
}

/// A new pipe. Clones of an end share it; the other side sees it closed when the last clone is dropped.
pub fn pipe() -> (Reader, Writer) {
    let shared = Rc::new(Shared::default());
    (Reader::of(Source::Pipe(PipeReader(shared.clone()))), Writer::of(Sink::Pipe(PipeWriter(shared))))
}

pub(crate) struct PipeReader(Rc<Shared>);
pub(crate) struct PipeWriter(Rc<Shared>);

impl PipeReader {
    /// Up to `max` bytes, not beyond the first `stop` byte when one is given. Empty at the end of the stream.
    pub async fn read(&self, max: usize, stop: Option<u8>) -> Vec<u8> {
        std::future::poll_fn(|cx| {
            let mut buffer = self.0.buffer.borrow_mut();
            if buffer.is_empty() {
                if self.0.write_closed.get() {
                    return Poll::Ready(Vec::new());
                }
                register(&self.0.readers, cx.waker());
                return Poll::Pending;
            }
            let data = take(&mut buffer, max, stop);
            drop(buffer);
            wake(&self.0.writers);
            Poll::Ready(data)
        })
        .await
    }
}

/// Takes up to `max` bytes off the front, stopping after the first `stop`.
pub(super) fn take(buffer: &mut VecDeque<u8>, max: usize, stop: Option<u8>) -> Vec<u8> {
    let mut count = buffer.len().min(max);
    if let Some(stop) = stop
        && let Some(at) = buffer.iter().take(count).position(|b| *b == stop)
    {
        count = at + 1;
    }
    buffer.drain(..count).collect()
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.read_closed.set(true);
        let rest = std::mem::take(&mut *self.0.buffer.borrow_mut());
        drop(rest);
        wake(&self.0.writers);
    }
}

impl PipeWriter {
    /// Adds `data` whether there is room or not; false when nobody reads any more, or nobody has for very long.
    pub fn put(&self, data: &[u8]) -> bool {
        if data.is_empty() {
            return true;
        }
        let mut buffer = self.0.buffer.borrow_mut();
        if self.0.read_closed.get() || buffer.len() + data.len() > PUT_LIMIT {
            return false;
        }
        buffer.extend(data);
        drop(buffer);
        wake(&self.0.readers);
        true
    }

    /// Waits until the pipe holds no more than its capacity.
    pub async fn drained(&self) -> Result<(), IoError> {
        if self.0.buffer.borrow().len() <= CAPACITY {
            return Ok(());
        }
        std::future::poll_fn(|cx| {
            if self.0.read_closed.get() {
                return Poll::Ready(Err(IoError::BrokenPipe));
            }
            if self.0.buffer.borrow().len() <= CAPACITY {
                return Poll::Ready(Ok(()));
            }
            register(&self.0.writers, cx.waker());
            Poll::Pending
        })
        .await
    }

    pub async fn write_all(&self, data: &[u8]) -> Result<(), IoError> {
        let mut written = 0;
        std::future::poll_fn(|cx| {
            loop {
                if self.0.read_closed.get() {
                    return Poll::Ready(Err(IoError::BrokenPipe));
                }
                if written == data.len() {
                    return Poll::Ready(Ok(()));
                }
                let mut buffer = self.0.buffer.borrow_mut();
                let room = CAPACITY.saturating_sub(buffer.len());
                if room == 0 {
                    register(&self.0.writers, cx.waker());
                    return Poll::Pending;
                }
                let end = data.len().min(written + room);
                buffer.extend(&data[written..end]);
                written = end;
                drop(buffer);
                wake(&self.0.readers);
            }
        })
        .await
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.write_closed.set(true);
        wake(&self.0.readers);
    }
}
