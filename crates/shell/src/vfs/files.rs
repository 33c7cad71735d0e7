//! The handle through which running programs use the file system. It borrows only for the length of a call, so it may
//! be kept across waits.

use super::{FsError, Kind, Metadata, Vfs};
use std::cell::RefCell;
use std::rc::Rc;

/// A shared handle to a machine's files. Paths are absolute; see [`Process::path`](crate::Process::path).
#[derive(Clone)]
pub struct Files(Rc<RefCell<Vfs>>);

impl Files {
    pub(crate) fn new(vfs: Rc<RefCell<Vfs>>) -> Self {
        Self(vfs)
    }

    /// An independent copy of all files as they are now.
    pub fn snapshot(&self) -> Vfs {
        self.0.borrow().clone()
    }

    /// Replaces all files by a copy taken earlier.
    pub fn restore(&self, vfs: Vfs) {
        *self.0.borrow_mut() = vfs;
    }

    /// Anything else the file system can do.
    pub fn with<T>(&self, work: impl FnOnce(&mut Vfs) -> T) -> T {
        work(&mut self.0.borrow_mut())
    }

    /// # Errors
    /// As [`Vfs::read`].
    pub fn read(&self, path: &str) -> Result<Rc<Vec<u8>>, FsError> {
        self.0.borrow().read(path)
    }

    /// # Errors
    /// As [`Vfs::write`].
    pub fn write(&self, path: &str, data: impl Into<Vec<u8>>) -> Result<(), FsError> {
        self.0.borrow_mut().write(path, data)
    }

    /// Writes a file and makes it executable, with the directories above it.
    ///
    /// # Errors
    /// As [`Vfs::write`].
    pub fn write_executable(&self, path: &str, data: &[u8]) -> Result<(), FsError> {
        let mut vfs = self.0.borrow_mut();
        vfs.mkdir_all(super::path::parent(path))?;
        vfs.write(path, data)?;
        vfs.chmod(path, 0o755)
    }

    /// # Errors
    /// As [`Vfs::append`].
    pub fn append(&self, path: &str, data: &[u8]) -> Result<(), FsError> {
        self.0.borrow_mut().append(path, data)
    }

    /// # Errors
    /// As [`Vfs::remove_file`].
    pub fn remove_file(&self, path: &str) -> Result<(), FsError> {
        self.0.borrow_mut().remove_file(path)
    }

    /// # Errors
    /// As [`Vfs::remove_all`].
    pub fn remove_all(&self, path: &str) -> Result<(), FsError> {
        self.0.borrow_mut().remove_all(path)
    }

    /// # Errors
    /// As [`Vfs::rename`].
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.0.borrow_mut().rename(from, to)
    }

    /// # Errors
    /// As [`Vfs::mkdir_all`].
    pub fn mkdir_all(&self, path: &str) -> Result<(), FsError> {
        self.0.borrow_mut().mkdir_all(path)
    }

    /// # Errors
    /// As [`Vfs::list`].
    pub fn list(&self, path: &str) -> Result<Vec<(String, Metadata)>, FsError> {
        self.0.borrow().list(path)
    }

    /// # Errors
    /// As [`Vfs::metadata`].
    pub fn metadata(&self, path: &str) -> Result<Metadata, FsError> {
        self.0.borrow().metadata(path)
    }

    pub fn exists(&self, path: &str) -> bool {
        self.0.borrow().metadata(path).is_ok()
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.0.borrow().metadata(path).is_ok_and(|meta| meta.kind == Kind::Dir)
    }
}
