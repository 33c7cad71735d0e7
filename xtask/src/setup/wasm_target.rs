//! The wasm32 target: from rustup, or, where rustup cannot download, a standard library built from Debian's source.
//!
//! The fallback was tried on Debian 12 with rustup's server out of reach; it takes about two minutes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Outcome, chromium, installing};
use crate::sh;

const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which the fallback's toolchain is known to rustup.
const FALLBACK: &str = "kubarium-wasm";

pub fn ensure() -> Result<Outcome, String> {
    if has_std(&sysroot(None)?) {
        return Ok(Outcome::Found(TARGET.to_string()));
    }
    if uses_fallback() {
        return Ok(Outcome::Found(format!("{TARGET}, of the toolchain {FALLBACK}")));
    }
    installing(TARGET, "a few seconds");
    let rustup = sh::run(sh::command("rustup").args(["target", "add", TARGET]));
    match rustup {
        Ok(()) => Ok(Outcome::Installed(TARGET.to_string())),
        Err(error) => {
            println!("setup: {error}; trying the standard library of Debian's packages instead");
            from_debian().map_err(|second| {
                format!(
                    "{error}; the fallback failed too: {second}. Bring the target with `rustup target add {TARGET}`"
                )
            })?;
            Ok(Outcome::Installed(format!("{TARGET}, as the toolchain {FALLBACK}")))
        }
    }
}

/// What a build for the browser has to have in its environment: nothing where the target is rustup's own; with the
/// fallback its toolchain, and rustup's linker, because Debian's packages bring none.
pub fn environment() -> Result<Vec<(&'static str, OsString)>, String> {
    if !uses_fallback() {
        return Ok(Vec::new());
    }
    let linker = rust_lld(&sysroot(None)?)?;
    Ok(vec![("RUSTUP_TOOLCHAIN", FALLBACK.into()), ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into())])
}

fn uses_fallback() -> bool {
    let usual = sysroot(None).is_ok_and(|usual| has_std(&usual));
    !usual && sysroot(Some(FALLBACK)).is_ok_and(|fallback| has_std(&fallback))
}

fn sysroot(toolchain: Option<&str>) -> Result<PathBuf, String> {
    let mut rustc = sh::command("rustc");
    if let Some(name) = toolchain {
        rustc.env("RUSTUP_TOOLCHAIN", name);
    }
    Ok(PathBuf::from(sh::output(rustc.args(["--print", "sysroot"]))?.trim()))
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// True where the target's libraries are: a folder without a `.rlib` in it is not enough.
fn has_std(sysroot: &Path) -> bool {
    let entries = std::fs::read_dir(libraries(sysroot)).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().extension().is_some_and(|name| name == "rlib"))
}

/// Debian's Rust for the web, with its own source of the standard library, built once and linked as a rustup toolchain.
fn from_debian() -> Result<(), String> {
    installing("rustc-web by apt-get and its standard library for wasm32", "one or two minutes");
    chromium::apt(&["update", "--quiet"])?;
    chromium::apt(&[
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        "rustc-web",
        "cargo-web",
        "rust-web-src",
    ])?;

    let folder = sh::root().join("target/wasm-std");
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder.join("src")).map_err(say)?;
    let manifest = "[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).map_err(say)?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(say)?;

    // `-Z build-std` is an unstable option, which a stable compiler takes only with RUSTC_BOOTSTRAP. Without the embedded
    // bitcode every link with LTO fails.
    let mut build = sh::command("/usr/bin/cargo");
    build.args(["build", "-Z", "build-std=std,panic_abort", "--release", "--target", TARGET, "--target-dir", "target"]);
    build.current_dir(&folder).env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    build.env("RUSTFLAGS", "-Cembed-bitcode=yes").env_remove("CARGO_TARGET_DIR");
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld(&sysroot(None)?)?);
    sh::run(&mut build)?;

    // Debian's compiler looks for libraries beside itself, so they have to be copied to where it is installed.
    let debian = sh::output(sh::command("/usr/bin/rustc").args(["--print", "sysroot"]))?;
    let debian = Path::new(debian.trim());
    let mut copy = chromium::as_root("install");
    copy.args(["-D", "--mode=644", "--target-directory"]).arg(libraries(debian));
    for entry in std::fs::read_dir(folder.join("target").join(TARGET).join("release/deps")).map_err(say)?.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with("libwasm_std");
        if !ours && entry.path().extension().is_some_and(|name| name == "rlib") {
            copy.arg(entry.path());
        }
    }
    sh::run(&mut copy)?;
    sh::run(sh::command("rustup").args(["toolchain", "link", FALLBACK]).arg(debian))
}

/// rustup's own linker for wasm.
fn rust_lld(sysroot: &Path) -> Result<PathBuf, String> {
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).map_err(|error| error.to_string())?;
    let found = hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|file| file.is_file());
    found.ok_or("rustup's toolchain has no rust-lld".to_string())
}
