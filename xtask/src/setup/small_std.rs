//! The standard library built for size: a third less sorting and formatting code, and no panic messages, in what a
//! visitor downloads.
//!
//! The shipped standard library is built for speed. With its source at hand, Cargo builds it anew with `opt-level=z`,
//! `optimize_for_size` and panics that end at once, which takes about 85 kB (brotli) off the lab and a sixth off the
//! page. Cargo still calls this unstable, so the switch that lets a stable compiler do it is set for the wasm build and
//! nothing else. Without the source the build works as well; its modules are larger.

use std::ffi::OsString;
use std::path::Path;

use super::{Outcome, installing};
use crate::sh;

const COMPONENT: &str = "rust-src";

pub fn ensure() -> Result<Outcome, String> {
    if has_source() {
        return Ok(Outcome::Found(COMPONENT.to_string()));
    }
    installing(COMPONENT, "a few seconds");
    match sh::run(sh::command("rustup").args(["component", "add", COMPONENT])) {
        Ok(()) => Ok(Outcome::Installed(COMPONENT.to_string())),
        Err(error) => {
            println!("setup: {error}; going on with the shipped standard library, the modules will be larger");
            Ok(Outcome::Found("none, shipped standard library".to_string()))
        }
    }
}

/// What makes Cargo build the standard library with the rest; nothing where its source is missing.
pub fn environment() -> Vec<(&'static str, OsString)> {
    if !has_source() {
        return Vec::new();
    }
    [
        ("RUSTC_BOOTSTRAP", "1"),
        ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
        ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
        ("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true"),
        ("CARGO_PROFILE_WASM_PANIC", "immediate-abort"),
    ]
    .map(|(name, value)| (name, value.into()))
    .to_vec()
}

fn has_source() -> bool {
    sh::output(sh::command("rustc").args(["--print", "sysroot"]))
        .is_ok_and(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/src/lib.rs").exists())
}
