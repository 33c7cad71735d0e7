//! The descriptors commands see.

use crate::io::{Reader, Writer};
use crate::os::process::Process;
use std::cell::RefCell;

#[derive(Clone)]
pub enum Fd {
    Read(Reader),
    Write(Writer),
}

/// A table of open descriptors. `exec` with redirections alone changes it in place; everything else works on a copy.
pub struct Io(RefCell<Vec<(u32, Fd)>>);

impl Clone for Io {
    fn clone(&self) -> Self {
        Self(RefCell::new(self.0.borrow().clone()))
    }
}

impl Io {
    pub fn of(process: &Process) -> Self {
        let io = Self(RefCell::default());
        io.set(0, Fd::Read(process.stdin.clone()));
        io.set(1, Fd::Write(process.stdout.clone()));
        io.set(2, Fd::Write(process.stderr.clone()));
        io
    }

    pub fn set(&self, fd: u32, stream: Fd) {
        let mut table = self.0.borrow_mut();
        match table.iter_mut().find(|(own, _)| *own == fd) {
            Some(entry) => entry.1 = stream,
            None => table.push((fd, stream)),
        }
    }

    pub fn close(&self, fd: u32) {
        self.0.borrow_mut().retain(|(own, _)| *own != fd);
    }

    pub fn get(&self, fd: u32) -> Option<Fd> {
        self.0.borrow().iter().find(|(own, _)| *own == fd).map(|(_, stream)| stream.clone())
    }

    pub fn replace(&self, other: Io) {
        *self.0.borrow_mut() = other.0.into_inner();
    }

    pub fn reader(&self, fd: u32) -> Reader {
        match self.get(fd) {
            Some(Fd::Read(reader)) => reader,
            _ => Reader::null(),
        }
    }

    /// A closed descriptor swallows what is written: the difference is only an error message.
    pub fn writer(&self, fd: u32) -> Writer {
        match self.get(fd) {
            Some(Fd::Write(writer)) => writer,
            _ => Writer::null(),
        }
    }

    pub fn stdin(&self) -> Reader {
        self.reader(0)
    }

    pub fn stdout(&self) -> Writer {
        self.writer(1)
    }

    pub fn stderr(&self) -> Writer {
        self.writer(2)
    }
}
