//! `cargo xtask setup`: everything the build and the tests need that rustup, Node and the system do not bring.
//!
//! Each tool is looked for first, on PATH and in `target/tools/bin`, and installed only when it is missing: running this
//! again costs a second. Nothing is fetched behind one's back: Trunk never downloads wasm-bindgen because it is on its PATH,
//! and Playwright uses the system's Chromium.

use std::ffi::OsString;
use std::time::Instant;

use crate::args::Args;
use crate::sh;

mod cargo_tools;
mod chromium;
mod components;
mod node;
mod small_std;
mod wasm_target;

pub use chromium::path as chromium;

/// What one part of the set-up found or did, as the progress line says it.
pub enum Outcome {
    Found(String),
    Installed(String),
}

pub fn main(words: Vec<String>) -> Result<(), String> {
    Args::new(words).finish()?;
    for_build()?;
    for_tests()
}

/// What building and serving the site needs.
pub fn for_build() -> Result<(), String> {
    part("wasm32 target", wasm_target::ensure)?;
    part("small std", small_std::ensure)?;
    part("wasm-bindgen", cargo_tools::wasm_bindgen)?;
    part("trunk", cargo_tools::trunk)?;
    part("node packages", node::ensure)
}

/// What a release build for the browser has to have in its environment.
pub fn wasm_environment() -> Result<Vec<(&'static str, OsString)>, String> {
    let mut environment = wasm_target::environment()?;
    // The fallback's toolchain builds its own standard library already.
    if environment.is_empty() {
        environment = small_std::environment();
    }
    // Leptos then draws every element and component as one type, where it would write the code for drawing anew for
    // each: a tenth of what a visitor downloads.
    environment.push(("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--cfg erase_components".into()));
    Ok(environment)
}

/// What the checks need on top.
pub fn for_tests() -> Result<(), String> {
    part("rustfmt, clippy", components::ensure)?;
    part("chromium", chromium::ensure)
}

fn part(name: &str, ensure: fn() -> Result<Outcome, String>) -> Result<(), String> {
    let start = Instant::now();
    match ensure() {
        Ok(Outcome::Found(what)) => println!("setup: {name:<16} found      {what}"),
        Ok(Outcome::Installed(what)) => {
            println!("setup: {name:<16} installed  {what} in {}", sh::human(start.elapsed()));
        }
        Err(message) => return Err(format!("set-up of {name}: {message}")),
    }
    Ok(())
}

/// Said before anything that takes a while.
fn installing(what: &str, how_long: &str) {
    println!("setup: installing {what} ({how_long}) …");
}
