//! What the file system refuses, in the words of the C library.

use std::fmt;

/// Why a file operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsError {
    NotFound,
    NotADirectory,
    IsADirectory,
    Exists,
    NotEmpty,
    /// The file system's size limit or the limit of files is reached.
    NoSpace,
    /// Symbolic links in a circle.
    Loop,
    Denied,
    NameTooLong,
    Invalid,
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FsError::NotFound => "No such file or directory",
            FsError::NotADirectory => "Not a directory",
            FsError::IsADirectory => "Is a directory",
            FsError::Exists => "File exists",
            FsError::NotEmpty => "Directory not empty",
            FsError::NoSpace => "No space left on device",
            FsError::Loop => "Too many levels of symbolic links",
            FsError::Denied => "Permission denied",
            FsError::NameTooLong => "File name too long",
            FsError::Invalid => "Invalid argument",
        })
    }
}

impl std::error::Error for FsError {}
