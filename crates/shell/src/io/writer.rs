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

    /// Writes a message or a result without waiting: a pipe takes it over its capacity, up to a bound of its own. Each
    /// place that waits costs code in the browser, and there are hundreds that say something. Who may write without end
    /// uses [`Writer::write_all`]; who puts more than a few lines ends with [`Writer::flush`].
    pub fn put(&self, data: impl AsRef<[u8]>) {
        self.put_bytes(data.as_ref());
    }

    fn put_bytes(&self, data: &[u8]) {
        match &*self.sink {
            Sink::Null | Sink::Full => {}
            // Nobody can be told that it did not arrive.
            Sink::Memory(capture) => drop(capture.append(data)),
            Sink::File(file) => drop(file.write(data)),
            Sink::Tty(tty, stream) => tty.write(*stream, data),
            Sink::Pipe(pipe) => {
                if !pipe.put(data) {
                    self.signal_owner();
                }
            }
        }
    }

    /// Waits until what was [`put`](Writer::put) fits into the pipe. Its reader may go away meanwhile, as in
    /// [`Writer::write_all`].
    pub async fn flush(&self) {
        if let Sink::Pipe(pipe) = &*self.sink
            && pipe.drained().await.is_err()
        {
            let _ = self.broken().await;
        }
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
        if self.signal_owner() {
            std::future::pending::<()>().await;
        }
        Err(IoError::BrokenPipe)
    }

    /// Sends SIGPIPE to the process that writes; whether it dies of it.
    fn signal_owner(&self) -> bool {
        if let Some((kernel, process)) = &self.owner
            && let (Some(kernel), Some(process)) = (kernel.upgrade(), process.upgrade())
            && !process.catches(Signal::Pipe)
            && !process.ignores(Signal::Pipe)
        {
            kernel.signal(&process, Signal::Pipe);
            return true;
        }
        false
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
