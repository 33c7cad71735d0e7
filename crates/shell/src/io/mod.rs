//! Byte streams between processes, files and the terminal.

mod memory;
mod pipe;
mod reader;
mod tty;
mod writer;

pub use memory::Capture;
pub use pipe::pipe;
pub use reader::Reader;
pub(crate) use reader::Source;
pub use tty::Stream;
pub(crate) use tty::Tty;
pub use writer::Writer;
pub(crate) use writer::{FileSink, Sink};

use crate::vfs::FsError;
use std::fmt;

/// Why a read or a write did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IoError {
    /// Nobody reads the other end.
    BrokenPipe,
    /// More was kept in memory than allowed.
    TooLarge,
    /// The file system refused.
    File(FsError),
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IoError::BrokenPipe => f.write_str("Broken pipe"),
            IoError::TooLarge => f.write_str("Cannot allocate memory"),
            IoError::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IoError {}

impl From<FsError> for IoError {
    fn from(error: FsError) -> Self {
        IoError::File(error)
    }
}
