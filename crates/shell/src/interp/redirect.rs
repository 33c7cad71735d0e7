//! Redirections.

use super::Flow;
use super::io::{Fd, Io};
use super::shell::Shell;
use crate::grammar::ast::{Redirect, Target, Word};
use crate::io::{FileSink, Reader, Sink, Source, Writer};
use crate::os::process::Process;
use crate::vfs::{Device, FsError, Kind, path};
use std::cell::Cell;
use std::rc::Rc;

/// How a file is opened for writing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Open {
    Truncate,
    Append,
    Keep,
}

impl Shell {
    /// The descriptors after these redirections; `None` when one failed and was reported.
    pub(super) async fn redirected(&self, redirects: &[Redirect], io: &Io) -> Result<Option<Io>, Flow> {
        let inner = io.clone();
        for redirect in redirects {
            if let Err(message) = self.redirect(redirect, &inner, io).await? {
                self.complain(io, &message);
                return Ok(None);
            }
        }
        Ok(Some(inner))
    }

    async fn redirect(&self, redirect: &Redirect, io: &Io, outer: &Io) -> Result<Result<(), String>, Flow> {
        let fd = redirect.fd;
        match &redirect.target {
            Target::HereDoc(body) => {
                let text = match body.get() {
                    Some(word) => self.word_text(word, outer).await?,
                    None => String::new(),
                };
                io.set(fd, Fd::Read(Reader::bytes(text)));
            }
            Target::HereString(word) => {
                let text = self.word_text(word, outer).await?;
                io.set(fd, Fd::Read(Reader::bytes(format!("{text}\n"))));
            }
            Target::Dup(word) => return self.duplicate(fd, word, io, outer).await,
            Target::Read(word) => {
                let name = self.file_name(word, outer).await?;
                return Ok(name.and_then(|name| self.open_read(&name, io)).map(|fd_| io.set(fd, fd_)));
            }
            Target::ReadWrite(word) => {
                let name = self.file_name(word, outer).await?;
                return Ok(name.and_then(|name| {
                    self.open_write(&name, Open::Keep, io)?;
                    self.open_read(&name, io).map(|stream| io.set(fd, stream))
                }));
            }
            Target::Write(word) | Target::Clobber(word) | Target::Append(word) => {
                let name = match self.file_name(word, outer).await? {
                    Ok(name) => name,
                    Err(message) => return Ok(Err(message)),
                };
                let append = matches!(redirect.target, Target::Append(_));
                if matches!(redirect.target, Target::Write(_)) && self.would_clobber(&name) {
                    return Ok(Err(format!("{name}: cannot overwrite existing file")));
                }
                let how = if append { Open::Append } else { Open::Truncate };
                return Ok(self.open_write(&name, how, io).map(|stream| io.set(fd, stream)));
            }
            Target::Both(word) | Target::BothAppend(word) => {
                let how = if matches!(redirect.target, Target::Both(_)) { Open::Truncate } else { Open::Append };
                let name = self.file_name(word, outer).await?;
                return Ok(name.and_then(|name| self.open_write(&name, how, io)).map(|stream| {
                    io.set(1, stream.clone());
                    io.set(2, stream);
                }));
            }
        }
        Ok(Ok(()))
    }

    async fn file_name(&self, word: &Word, io: &Io) -> Result<Result<String, String>, Flow> {
        let mut names = self.words(std::slice::from_ref(word), io).await?;
        if names.len() == 1 {
            return Ok(Ok(names.remove(0)));
        }
        Ok(Err(format!("{}: ambiguous redirect", names.join(" "))))
    }

    async fn duplicate(&self, fd: u32, word: &Word, io: &Io, outer: &Io) -> Result<Result<(), String>, Flow> {
        let text = self.word_text(word, outer).await?;
        if text == "-" {
            io.close(fd);
            return Ok(Ok(()));
        }
        let Ok(source) = text.trim_end_matches('-').parse::<u32>() else {
            return Ok(Err(format!("{text}: ambiguous redirect")));
        };
        match io.get(source) {
            Some(stream) => {
                io.set(fd, stream);
                Ok(Ok(()))
            }
            None => Ok(Err(format!("{source}: Bad file descriptor"))),
        }
    }

    fn would_clobber(&self, name: &str) -> bool {
        let session = self.session.borrow();
        session.options.no_clobber
            && self
                .kernel()
                .files
                .borrow()
                .metadata(&path::resolve(session.cwd(), name))
                .is_ok_and(|meta| meta.kind == Kind::File)
    }

    fn open_read(&self, name: &str, io: &Io) -> Result<Fd, String> {
        let process = self.as_process(Vec::new(), io);
        open_reader(&process, name).map(Fd::Read).map_err(|error| format!("{name}: {error}"))
    }

    fn open_write(&self, name: &str, how: Open, io: &Io) -> Result<Fd, String> {
        let process = self.as_process(Vec::new(), io);
        let stream = open_writer(&process, name, how).map_err(|error| format!("{name}: {error}"))?;
        Ok(Fd::Write(stream))
    }
}

/// Opens a file or device for reading, as a process names it.
pub(crate) fn open_reader(process: &Process, name: &str) -> Result<Reader, FsError> {
    let full = process.path(name);
    if full.strip_prefix("/dev/fd/") == Some("0") || full == "/proc/self/fd/0" {
        return Ok(process.stdin.clone());
    }
    let vfs = &process.kernel.files;
    match vfs.borrow().device(&full) {
        Some(Device::Zero | Device::Full) => return Ok(Reader::of(Source::Zero(process.kernel.clone()))),
        Some(Device::Random) => return Ok(Reader::of(Source::Random(process.kernel.clone()))),
        Some(Device::Stdin | Device::Tty) => return Ok(process.stdin.clone()),
        Some(_) => return Ok(Reader::null()),
        None => {}
    }
    let (path, id) = vfs.borrow().open_for_read(&full)?;
    if vfs.borrow().metadata(&path)?.kind == Kind::Dir {
        return Err(FsError::IsADirectory);
    }
    Ok(Reader::of(Source::File { files: vfs.clone(), path, id, at: Cell::new(0) }))
}

/// Opens a file or device for writing, as a process names it.
pub(crate) fn open_writer(process: &Process, name: &str, how: Open) -> Result<Writer, FsError> {
    let full = process.path(name);
    match full.strip_prefix("/dev/fd/") {
        Some("1") => return Ok(process.stdout.clone()),
        Some("2") => return Ok(process.stderr.clone()),
        _ => {}
    }
    let vfs = &process.kernel.files;
    match vfs.borrow().device(&full) {
        Some(Device::Full) => return Ok(Writer::of(Sink::Full)),
        Some(Device::Stdout | Device::Tty) => return Ok(process.stdout.clone()),
        Some(Device::Stderr) => return Ok(process.stderr.clone()),
        Some(_) => return Ok(Writer::null()),
        None => {}
    }
    let (path, id) = vfs.borrow_mut().open_for_write(&full, how == Open::Truncate)?;
    let file = FileSink { files: Rc::clone(vfs), path, id, at: Cell::new(0), append: how == Open::Append };
    Ok(Writer::of(Sink::File(file)))
}
