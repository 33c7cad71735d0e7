//! Where a process reads from.

use super::pipe::PipeReader;
use super::{IoError, Tty};
use crate::os::kernel::Kernel;
use crate::vfs::Vfs;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How much one read brings at most unless the caller says otherwise.
const CHUNK: usize = 65_536;
/// What a read from an endless device costs in virtual microseconds, so that copying from it takes time and can be
/// interrupted.
const DEVICE_COST: u64 = 20;

/// A stream to read from. Clones share one position, as duplicated descriptors do.
#[derive(Clone)]
pub struct Reader(Rc<Source>);

pub(crate) enum Source {
    Null,
    Zero(Rc<Kernel>),
    Random(Rc<Kernel>),
    Bytes { data: Rc<Vec<u8>>, at: Cell<usize> },
    File { files: Rc<RefCell<Vfs>>, path: String, id: u64, at: Cell<u64> },
    Pipe(PipeReader),
    Tty(Tty),
}

impl Reader {
    pub(crate) fn of(source: Source) -> Self {
        Self(Rc::new(source))
    }

    /// Always at its end, like `/dev/null`.
    pub fn null() -> Self {
        Self::of(Source::Null)
    }

    /// The given bytes, then the end.
    pub fn bytes(data: impl Into<Vec<u8>>) -> Self {
        Self::of(Source::Bytes { data: Rc::new(data.into()), at: Cell::new(0) })
    }

    /// Whether a person types here.
    pub fn is_terminal(&self) -> bool {
        matches!(&*self.0, Source::Tty(_))
    }

    /// Reads at most `max` bytes, waiting until there is at least one. Empty at the end of the stream.
    ///
    /// # Errors
    /// When a file cannot be read any more.
    pub async fn read(&self, max: usize) -> Result<Vec<u8>, IoError> {
        self.read_some(max, None).await
    }

    /// Reads whatever comes next, in a convenient amount.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn read_chunk(&self) -> Result<Vec<u8>, IoError> {
        self.read_some(CHUNK, None).await
    }

    /// Reads up to and including the next newline and not a byte more, so another reader of the same stream goes on
    /// after it. `None` at the end; a last line may lack its newline. A line is cut at `limit` bytes.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn read_line(&self, limit: usize) -> Result<Option<Vec<u8>>, IoError> {
        let mut line = Vec::new();
        while line.len() < limit {
            let part = self.read_some(limit - line.len(), Some(b'\n')).await?;
            if part.is_empty() {
                break;
            }
            line.extend_from_slice(&part);
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(if line.is_empty() { None } else { Some(line) })
    }

    /// Reads everything until the end.
    ///
    /// # Errors
    /// [`IoError::TooLarge`] beyond `limit` bytes, otherwise as [`Reader::read`].
    pub async fn read_to_end(&self, limit: usize) -> Result<Vec<u8>, IoError> {
        let mut all = Vec::new();
        loop {
            let part = self.read_some(CHUNK, None).await?;
            if part.is_empty() {
                return Ok(all);
            }
            if all.len() + part.len() > limit {
                return Err(IoError::TooLarge);
            }
            all.extend_from_slice(&part);
        }
    }

    async fn read_some(&self, max: usize, stop: Option<u8>) -> Result<Vec<u8>, IoError> {
        match &*self.0 {
            Source::Null => Ok(Vec::new()),
            Source::Zero(kernel) => {
                kernel.sleep(DEVICE_COST).await;
                Ok(vec![0; max.min(CHUNK)])
            }
            Source::Random(kernel) => {
                kernel.sleep(DEVICE_COST).await;
                Ok((0..max.min(4096)).map(|_| (kernel.random() >> 32) as u8).collect())
            }
            Source::Bytes { data, at } => {
                let rest = &data[at.get().min(data.len())..];
                let part = cut(rest, max, stop);
                at.set(at.get() + part.len());
                Ok(part.to_vec())
            }
            Source::File { files, path, id, at } => {
                let Some(data) = files.borrow().content_of(path, *id) else { return Ok(Vec::new()) };
                let start = usize::try_from(at.get()).unwrap_or(usize::MAX).min(data.len());
                let part = cut(&data[start..], max, stop);
                at.set(at.get() + part.len() as u64);
                Ok(part.to_vec())
            }
            Source::Pipe(pipe) => Ok(pipe.read(max, stop).await),
            Source::Tty(tty) => Ok(tty.read(max, stop).await),
        }
    }
}

fn cut(rest: &[u8], max: usize, stop: Option<u8>) -> &[u8] {
    let rest = &rest[..rest.len().min(max)];
    match stop.and_then(|stop| rest.iter().position(|b| *b == stop)) {
        Some(at) => &rest[..=at],
        None => rest,
    }
}
