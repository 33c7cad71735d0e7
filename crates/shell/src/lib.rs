//! A bash-like shell with a virtual file system and text tools, run on its own single-threaded executor in virtual
//! time.
//!
//! An [`Os`] holds the files, the clock, the installed programs and the running tasks. A [`Terminal`] is one
//! interactive shell session on it; [`Os::exec_script`] runs a command line without a terminal. Nothing here reads a
//! clock or sleeps: the owner calls [`Os::run`] with the time it is now, and [`Os::next_timer`] says when the next call
//! has something to do.

#![forbid(unsafe_code)]
// What only an optional tool uses lies idle without it.
#![cfg_attr(not(all(feature = "awk", feature = "jq", feature = "extras")), allow(dead_code))]

mod apart;
mod grammar;
mod interp;
mod io;
mod order;
mod os;
mod terminal;
mod tools;
mod vfs;

pub use apart::{Code, Interpreter, Interpreting, Unfinished};
pub use grammar::is_complete;
pub use interp::session::{Session, SessionHandle};
pub use io::{Capture, IoError, Reader, Stream, Writer, pipe};
pub use os::future::{Either, LocalBoxFuture, race};
pub use os::job::JobHandle;
pub use os::process::{Child, ExitStatus, Process, Signal, SpawnError, Stdio};
pub use os::{Candidate, Costs, Os, Program, Progress};
pub use tar::Entry as ArchiveEntry;
pub use terminal::{Finished, Running, State, Terminal};
pub use tools::rare::{Groups, RareTools};
pub use tools::tar::archive;
pub use vfs::{Files, FsError, Kind, Metadata, Vfs, path};
