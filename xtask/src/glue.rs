//! Scripts and modules after Trunk: what wasm-opt can do, names as short as they can be, and nothing that nobody calls.

use std::path::Path;
use std::process::Command;

use crate::{sh, site, split, worker};

/// Shrinks the site's module and each of the worker's.
pub fn shrink(out: &Path) -> Result<(), String> {
    [worker::CLUSTER, worker::KUBERNETES].iter().try_for_each(|module| shrink_module(out, module))?;
    shrink_console(out)?;
    shrink_site(out)
}

/// Shrinks the two files of a module of a worker.
pub fn shrink_module(folder: &Path, module: &str) -> Result<(), String> {
    let [script, wasm] = worker::pair(module).map(|name| folder.join(name));
    shrink_pair(&script, &wasm)
}

/// Shrinks the console's two files and its parts. They know one another by names, which therefore stay.
fn shrink_console(out: &Path) -> Result<(), String> {
    let [script, wasm] = worker::pair(worker::CONSOLE).map(|name| out.join(name));
    let parts = site::files(out)?.into_iter().filter(|file| worker::is_part(file)).map(|file| out.join(file));
    sh::run(tool().arg(script).arg(wasm).args(parts))
}

/// Shrinks the site's two files and its parts. The script that fetches those is told how the names are now.
fn shrink_site(out: &Path) -> Result<(), String> {
    let [script, wasm] = worker::pair(site::MODULE).map(|name| out.join(name));
    let parts = site::files(out)?.into_iter().filter(|file| site::is_part(file)).map(|file| out.join(file));
    sh::run(tool().arg(script).arg(wasm).arg(out.join(split::SITE.script_name())).args(parts))
}

/// Shrinks a script of wasm-bindgen's and its wasm file in their places.
fn shrink_pair(script: &Path, wasm: &Path) -> Result<(), String> {
    sh::run(tool().arg(script).arg(wasm))
}

fn tool() -> Command {
    let mut node = sh::command("node");
    node.arg(sh::root().join("xtask/glue.mjs"));
    node
}
