//! Building the site: Trunk makes the page and the wasm modules, `postbuild` does what Trunk leaves open.

use std::path::{Path, PathBuf};

use crate::{glue, postbuild, setup, sh};

/// What to build.
pub struct Build {
    /// Where the finished folder goes. What was there before is replaced.
    pub out: PathBuf,
    /// The path the site will live under: begins and ends with a slash.
    pub base: String,
    /// Quick to build, slow to run and large; only for working on the site.
    pub dev: bool,
}

impl Build {
    /// Checks a `--base` from the command line.
    pub fn base(given: Option<String>) -> Result<String, String> {
        let base = given.unwrap_or_else(|| "/".to_string());
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        if base.starts_with('/') && base.ends_with('/') && base.chars().all(plain) {
            Ok(base)
        } else {
            Err(format!(
                "--base must begin and end with a slash and hold letters, digits and -_.~ only; it is {base:?}"
            ))
        }
    }

    pub fn run(&self) -> Result<(), String> {
        let Build { out, base, dev } = self;
        let mut trunk = sh::command("trunk");
        trunk.args(["build", "--public-url", base, "--dist"]).arg(out);
        // The Cargo profile is the `wasm` of Trunk.toml otherwise. No `--release`: all it does is to call wasm-opt, which
        // `glue` does with passes of our own.
        if *dev {
            trunk.args(["--cargo-profile", "dev"]);
        }
        trunk.env("TRUNK_SKIP_VERSION_CHECK", "true").envs(setup::wasm_environment()?);
        // Some terminals set NO_COLOR=1, which this version of Trunk refuses: it wants `true`.
        trunk.env_remove("NO_COLOR");
        sh::run(&mut trunk)?;
        if !dev {
            glue::shrink(out)?;
        }
        postbuild::finish(out, base)
    }
}

/// The folder the tests and `dist` use.
pub fn dist_dir() -> PathBuf {
    sh::root().join("dist")
}

/// All files under a folder, as paths relative to it, in order.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        let entries = std::fs::read_dir(&next).map_err(|error| format!("{}: {error}", next.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.push(relative.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
