//! From a command's name to what runs: the `PATH`, executable files and scripts.

use super::future::LocalBoxFuture;
use super::kernel::Kernel;
use super::process::{Process, SpawnError};
use super::{Os, Program};
use crate::apart::{Interpreting, What};
use crate::vfs::{Kind, path};
use sorted::SortedMap;
use std::rc::Rc;

/// Where programs are looked for when `PATH` is not set.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How an executable of this machine begins; the program's name follows.
const MAGIC: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0kubarium program ";

pub(crate) fn image(name: &str) -> Vec<u8> {
    let mut image = MAGIC.to_vec();
    image.extend_from_slice(name.as_bytes());
    image.push(b'\n');
    image
}

/// Puts the text tools where a shell finds them.
pub(crate) fn prepare(os: &Os) {
    for (name, tool) in crate::tools::all(os.kernel().code) {
        // A full file system at this point only means that the tool is not found.
        let _ = os.install(name, tool);
    }
}

/// The path of the executable a command name stands for.
pub(crate) fn which(kernel: &Kernel, name: &str, search: &str, cwd: &str) -> Result<String, SpawnError> {
    let files = kernel.files.borrow();
    if name.contains('/') {
        let full = path::resolve(cwd, name);
        let meta = files.metadata(&full).map_err(|_| SpawnError::NoSuchFile)?;
        return match meta.kind {
            Kind::Dir => Err(SpawnError::IsADirectory),
            _ if meta.mode & 0o111 == 0 => Err(SpawnError::Denied),
            _ => Ok(full),
        };
    }
    let mut denied = false;
    for dir in search.split(':') {
        let full = path::resolve(cwd, &path::join(if dir.is_empty() { "." } else { dir }, name));
        if let Ok(meta) = files.metadata(&full)
            && meta.kind == Kind::File
            && !name.is_empty()
        {
            if meta.mode & 0o111 != 0 {
                return Ok(full);
            }
            denied = true;
        }
    }
    Err(if denied { SpawnError::Denied } else { SpawnError::NotFound })
}

/// The program to run for a command.
pub(crate) fn find(
    kernel: &Kernel,
    argv: &[String],
    env: &SortedMap<String, String>,
    cwd: &str,
) -> Result<Rc<dyn Program>, SpawnError> {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    let search = env.get("PATH").map_or(DEFAULT_PATH, String::as_str);
    let file = which(kernel, name, search, cwd)?;
    load(kernel, &file)
}

fn load(kernel: &Kernel, file: &str) -> Result<Rc<dyn Program>, SpawnError> {
    let data = kernel.files.borrow().read(file).map_err(|_| SpawnError::NoSuchFile)?;
    if let Some(rest) = data.strip_prefix(MAGIC) {
        let name = String::from_utf8_lossy(rest.split(|b| *b == b'\n').next().unwrap_or(rest));
        return kernel.programs.borrow().get(&*name).cloned().ok_or(SpawnError::ExecFormat);
    }
    if data.iter().take(128).any(|b| *b == 0) {
        return Err(SpawnError::ExecFormat);
    }
    Ok(Rc::new(Script { file: file.to_owned() }))
}

/// A file of shell commands, with or without `#!`.
struct Script {
    file: String,
}

impl Program for Script {
    fn run(&self, mut process: Process) -> LocalBoxFuture<'static, i32> {
        // `$0` is what was typed when that was a path, otherwise the file that was found.
        let name = if process.args[0].contains('/') { process.args[0].clone() } else { self.file.clone() };
        process.args.insert(1, name);
        "bash".clone_into(&mut process.args[0]);
        let run = process.kernel.code.interpreter.run;
        run(Interpreting(What::Tool("bash", process)))
    }
}
