//! Where a process writes to.

use super::memory::Capture;
use super::pipe::PipeWriter;
use super::{IoError, Stream, Tty};
use crate::os::kernel::Kernel;
use crate::os::process::{Proc, Signal};
use crate::vfs::{FsError, Vfs};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A stream to write to. Clones share one position, as duplicated descriptors do.
#[derive(Clone)]
pub struct Writer {
    sink: Rc<Sink>,
    /// Who gets SIGPIPE when nobody reads any more.
    owner: Option<(Weak<Kernel>, Weak<Proc>)>,
}

pub(crate) enum Sink {
    Null,
    /// `/dev/full`.
    Full,
    Memory(Capture),
    File(FileSink),
    Pipe(PipeWriter),
    Tty(Tty, Stream),
}

pub(crate) struct FileSink {
    pub files: Rc<RefCell<Vfs>>,
    pub path: String,
    pub id: u64,
    pub at: Cell<u64>,
    pub append: bool,
}

impl Writer {
    pub(crate) fn of(sink: Sink) -> Self {
        Self { sink: Rc::new(sink), owner: None }
    }

    /// Swallows everything, like `/dev/null`.
    pub fn null() -> Self {
        Self::of(Sink::Null)
    }

    /// Whether a person sees what is written.
    pub fn is_terminal(&self) -> bool {
        matches!(&*self.sink, Sink::Tty(..))
    }

    /// The same stream, written to by this process.
    pub(crate) fn owned_by(&self, kernel: &Rc<Kernel>, process: &Rc<Proc>) -> Self {
        Self { sink: self.sink.clone(), owner: Some((Rc::downgrade(kernel), Rc::downgrade(process))) }
    }

    /// Writes all of `data`, waiting for room where the other side is slow. When the reader of a pipe is gone, the
    /// writing process gets SIGPIPE and this never returns unless it catches or ignores that signal.
    ///
    /// # Errors
    /// [`IoError::BrokenPipe`] as said above, or what the file system answers.
    pub async fn write_all(&self, data: &[u8]) -> Result<(), IoError> {
        if data.is_empty() {
            return Ok(());
        }
        match &*self.sink {
            Sink::Null => Ok(()),
            Sink::Full => Err(FsError::NoSpace.into()),
            Sink::Memory(capture) => capture.append(data),
            Sink::File(file) => file.write(data),
            Sink::Tty(tty, stream) => {
                tty.write(*stream, data);
                Ok(())
            }
            Sink::Pipe(pipe) => match pipe.write_all(data).await {
                Err(IoError::BrokenPipe) => self.broken().await,
                other => other,
            },
        }
    }

    async fn broken(&self) -> Result<(), IoError> {
        if let Some((kernel, process)) = &self.owner
            && let (Some(kernel), Some(process)) = (kernel.upgrade(), process.upgrade())
            && !process.catches(Signal::Pipe)
            && !process.ignores(Signal::Pipe)
        {
            kernel.signal(&process, Signal::Pipe);
            std::future::pending::<()>().await;
        }
        Err(IoError::BrokenPipe)
    }
}

impl FileSink {
    fn write(&self, data: &[u8]) -> Result<(), IoError> {
        let mut files = self.files.borrow_mut();
        if self.append {
            return Ok(files.append_to(&self.path, self.id, data)?);
        }
        files.write_at(&self.path, self.id, self.at.get(), data)?;
        self.at.set(self.at.get() + data.len() as u64);
        Ok(())
    }
}
