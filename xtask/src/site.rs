//! Building the site: Trunk makes the page and the wasm modules of the cluster, `split` those that come in parts (the
//! site's own and the console's), `postbuild` does what Trunk leaves open.

use std::path::{Path, PathBuf};

use crate::{glue, postbuild, setup, sh, split, worker};

/// What the site's own wasm module and its files are called; those of its parts begin with this name.
pub const MODULE: &str = "kubarium";

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
        // Then each module has the profile that index.html names.
        if !dev {
            trunk.arg("--release");
        }
        trunk.env("TRUNK_SKIP_VERSION_CHECK", "true").envs(setup::wasm_environment()?);
        // Some terminals set NO_COLOR=1, which this version of Trunk refuses: it wants `true`.
        trunk.env_remove("NO_COLOR");
        sh::run(&mut trunk)?;
        split::SITE.build(out, *dev)?;
        split::CONSOLE.build(out, *dev)?;
        if !dev {
            glue::shrink(out)?;
        }
        postbuild::finish(out, base, *dev)
    }
}

/// The folder the tests and `dist` use.
pub fn dist_dir() -> PathBuf {
    sh::root().join("dist")
}

/// Whether a file belongs to the site's module.
pub fn owns(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.strip_prefix(MODULE).is_some_and(|rest| rest.starts_with(['.', '_']))
}

/// Whether it is a part of that module, which is fetched after the first load.
pub fn is_part(file: &Path) -> bool {
    let [_, module] = worker::pair(MODULE);
    owns(file) && file.extension().is_some_and(|end| end == "wasm") && !file.ends_with(module)
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
