//! The terminal as a device: a bounded queue of typed bytes and a bounded log of output.

use super::pipe::take;
use crate::os::process::register;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// What the screen keeps before the oldest is dropped.
const OUTPUT_LIMIT: usize = 1 << 20;
/// What may be typed ahead.
const INPUT_LIMIT: usize = 4 << 20;

/// Which stream a piece of terminal output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The prompt with the line the shell took from the input, or `^C`.
    Echo,
    Stdout,
    Stderr,
}

#[derive(Clone)]
pub(crate) struct Tty(Rc<Shared>);

#[derive(Default)]
struct Shared {
    input: RefCell<VecDeque<u8>>,
    /// Ctrl-D was typed: the next read at an empty queue sees the end.
    end: Cell<bool>,
    readers: RefCell<Vec<Waker>>,
    waiting: Cell<bool>,
    output: RefCell<Output>,
}

#[derive(Default)]
struct Output {
    pieces: VecDeque<(Stream, Vec<u8>)>,
    bytes: usize,
    dropped: u64,
}

impl Tty {
    pub fn new() -> Self {
        Self(Rc::new(Shared::default()))
    }

    /// Adds typed bytes; false when there is no room for them.
    pub fn type_in(&self, data: &[u8]) -> bool {
        let mut input = self.0.input.borrow_mut();
        if input.len() + data.len() > INPUT_LIMIT {
            return false;
        }
        input.extend(data);
        drop(input);
        self.wake();
        true
    }

    pub fn type_end(&self) {
        self.0.end.set(true);
        self.wake();
    }

    /// Throws away what was typed ahead, as Ctrl-C does.
    pub fn flush_input(&self) {
        self.0.input.borrow_mut().clear();
        self.0.end.set(false);
    }

    pub fn has_input(&self) -> bool {
        !self.0.input.borrow().is_empty() || self.0.end.get()
    }

    fn wake(&self) {
        for waker in std::mem::take(&mut *self.0.readers.borrow_mut()) {
            waker.wake();
        }
    }

    /// Whether some program waits for the person to type.
    pub fn is_read(&self) -> bool {
        self.0.waiting.get()
    }

    pub async fn read(&self, max: usize, stop: Option<u8>) -> Vec<u8> {
        let _waiting = Waiting(&self.0.waiting);
        // The terminal hands out whole lines, as in canonical mode.
        let stop = stop.or(Some(b'\n'));
        std::future::poll_fn(|cx| {
            let mut input = self.0.input.borrow_mut();
            if input.is_empty() {
                if self.0.end.replace(false) {
                    return Poll::Ready(Vec::new());
                }
                self.0.waiting.set(true);
                register(&self.0.readers, cx.waker());
                return Poll::Pending;
            }
            Poll::Ready(take(&mut input, max, stop))
        })
        .await
    }

    /// Waits until there is something to read, or the end.
    pub async fn typed(&self) {
        let _waiting = Waiting(&self.0.waiting);
        std::future::poll_fn(|cx| {
            if self.has_input() {
                return Poll::Ready(());
            }
            self.0.waiting.set(true);
            register(&self.0.readers, cx.waker());
            Poll::Pending
        })
        .await
    }

    pub fn write(&self, stream: Stream, data: &[u8]) {
        let mut output = self.0.output.borrow_mut();
        match output.pieces.back_mut() {
            Some((last, bytes)) if *last == stream && bytes.len() < 16_384 => bytes.extend_from_slice(data),
            _ => output.pieces.push_back((stream, data.to_vec())),
        }
        output.bytes += data.len();
        while output.bytes > OUTPUT_LIMIT {
            let excess = output.bytes - OUTPUT_LIMIT;
            let Some((_, front)) = output.pieces.front_mut() else { break };
            let cut = excess.min(front.len());
            if cut == front.len() {
                output.pieces.pop_front();
            } else {
                front.drain(..cut);
            }
            output.bytes -= cut;
            output.dropped += cut as u64;
        }
    }

    pub fn take_output(&self) -> Vec<(Stream, Vec<u8>)> {
        let output = std::mem::take(&mut *self.0.output.borrow_mut());
        let mut pieces = Vec::with_capacity(output.pieces.len() + 1);
        if output.dropped > 0 {
            let note = format!("[{} bytes of older output dropped]\n", output.dropped);
            pieces.push((Stream::Stderr, note.into_bytes()));
        }
        pieces.extend(output.pieces);
        pieces
    }
}

struct Waiting<'a>(&'a Cell<bool>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
