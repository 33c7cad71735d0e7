//! The node packages of `e2e/`: wasm-opt (binaryen), Playwright, axe and Lighthouse, exactly as the lock file says.

use std::path::Path;

use super::{Outcome, installing};
use crate::sh;

pub fn ensure() -> Result<Outcome, String> {
    let node = sh::output(sh::command("node").arg("--version")).map_err(|error| {
        format!("{error}. Install Node 20 or newer with npm (Debian: `apt-get install nodejs npm`)")
    })?;
    let folder = sh::root().join("e2e");
    if up_to_date(&folder) {
        return Ok(Outcome::Found(format!("e2e/node_modules, node {}", node.trim())));
    }
    installing("the packages of e2e/package-lock.json", "about half a minute");
    let mut npm = sh::command("npm");
    npm.arg("ci").current_dir(&folder);
    // Chromium comes from the system; see `chromium.rs`.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("PUPPETEER_SKIP_DOWNLOAD", "1");
    sh::run(&mut npm).map_err(|error| format!("{error}. It needs npm and a registry of node packages"))?;
    let stamp = std::fs::copy(folder.join("package-lock.json"), stamp(&folder));
    stamp.map_err(|error| format!("e2e/node_modules: {error}"))?;
    Ok(Outcome::Installed("e2e/node_modules".to_string()))
}

/// True when `node_modules` was installed from the lock file as it is now.
fn up_to_date(folder: &Path) -> bool {
    let installed = std::fs::read(stamp(folder)).ok();
    installed.is_some() && installed == std::fs::read(folder.join("package-lock.json")).ok()
}

/// The copy of the lock file that the last successful install left.
fn stamp(folder: &Path) -> std::path::PathBuf {
    folder.join("node_modules/.installed-lock.json")
}
