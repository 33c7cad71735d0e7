//! Trunk and wasm-bindgen's command: found on PATH in the right version, or compiled into `target/tools`.

use super::{Outcome, installing};
use crate::sh;

/// 0.22 asks for a newer Rust than stable had when this was pinned.
const TRUNK: &str = "0.21.14";

/// Any 0.21 will do: the configuration it reads is the same.
pub fn trunk() -> Result<Outcome, String> {
    let wanted = |version: &str| version.starts_with("0.21.");
    ensure("trunk", "trunk", TRUNK, wanted, "about 7 minutes on two cores")
}

/// The command must be of exactly the version of the `wasm-bindgen` library in `Cargo.lock`: the two speak a private
/// format that changes from release to release.
pub fn wasm_bindgen() -> Result<Outcome, String> {
    let path = sh::root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let version = locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock does not name wasm-bindgen")?;
    ensure("wasm-bindgen", "wasm-bindgen-cli", version, |found| found == version, "about 4 minutes on two cores")
}

fn ensure(
    program: &str,
    package: &str,
    version: &str,
    wanted: impl Fn(&str) -> bool,
    how_long: &str,
) -> Result<Outcome, String> {
    let found = installed_version(program);
    if let Some(found) = found.as_deref().filter(|found| wanted(found)) {
        return Ok(Outcome::Found(found.to_string()));
    }
    // One on PATH of another version would hide ours, which stands later in PATH.
    if let Some(other) = found {
        return Err(format!(
            "{program} {other} is on PATH, but this project needs {version}. Install the right one with \
             `cargo install {package} --version {version} --locked`, or take the other off PATH."
        ));
    }
    installing(&format!("{package} {version}"), how_long);
    let mut install = sh::cargo();
    install.args(["install", package, "--version", version, "--locked", "--root"]).arg(sh::tools_dir());
    sh::run(&mut install).map_err(|error| {
        format!(
            "{error}. It needs the crates registry and a C linker (Debian: `apt-get install build-essential`). A \
             {program} {version} put on PATH by any other way will be used as it is."
        )
    })?;
    match installed_version(program) {
        Some(found) if wanted(&found) => Ok(Outcome::Installed(found)),
        _ => Err(format!("cargo install succeeded, but no {program} {version} is in {}", sh::tools_dir().display())),
    }
}

/// `trunk 0.21.14` → `0.21.14`; none where it is not installed.
fn installed_version(program: &str) -> Option<String> {
    let line = sh::output(sh::command(program).arg("--version")).ok()?;
    line.split_whitespace().nth(1).map(str::to_string)
}

/// The version `Cargo.lock` holds of a package: the line after its name.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_lock_files_version_is_found_by_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.129"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
