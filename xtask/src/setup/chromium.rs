//! Chromium for the browser tests: the system's, from apt where there is none. Playwright never downloads its own.

use std::process::Command;

use super::{Outcome, installing};
use crate::sh;

/// Names a Chromium goes by, in the order of preference.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

pub fn ensure() -> Result<Outcome, String> {
    if let Some(path) = path() {
        return Ok(Outcome::Found(path));
    }
    let by_hand = "Install Chromium by your system's package manager, or set CHROMIUM to the path of one.";
    if which("apt-get").is_none() {
        return Err(format!("no Chromium on PATH, and no apt-get to install it with. {by_hand}"));
    }
    installing("chromium by apt-get", "about a minute");
    apt(&["update", "--quiet"]).map_err(|error| format!("{error}. {by_hand}"))?;
    let packages = ["install", "--yes", "--quiet", "--no-install-recommends", "chromium", "fonts-dejavu-core"];
    apt(&packages).map_err(|error| format!("{error}. {by_hand}"))?;
    path()
        .map(Outcome::Installed)
        .ok_or(format!("apt-get succeeded, but there is still no Chromium on PATH. {by_hand}"))
}

/// The Chromium to use: `CHROMIUM` where it is set, else the first found on PATH.
pub fn path() -> Option<String> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Some(path);
    }
    NAMES.into_iter().find_map(which)
}

/// Runs apt-get as root.
pub(super) fn apt(words: &[&str]) -> Result<(), String> {
    sh::run(as_root("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// A command that runs as root, through sudo where this user is not.
pub(super) fn as_root(program: &str) -> Command {
    if sh::output(sh::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return sh::command(program);
    }
    let mut command = sh::command("sudo");
    command.arg(program);
    command
}

/// The full path of a program on PATH.
fn which(name: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())?;
    found.to_str().map(str::to_string)
}
