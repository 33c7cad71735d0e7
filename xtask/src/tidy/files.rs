//! Rules about files as such: their length, and how each crate begins.

use std::path::Path;

use super::manifests::workspace;
use super::{read, short_path, sources};

/// A longer file is several subjects in one.
const MAX_LINES: usize = 600;

pub fn short() -> Result<Vec<String>, String> {
    let mut offences = Vec::new();
    for path in sources(&["rs", "css", "ts", "js", "mjs"])? {
        let lines = read(&path)?.lines().count();
        if lines > MAX_LINES {
            offences.push(format!("{} has {lines} lines: split it along its subjects", short_path(&path)));
        }
    }
    Ok(offences)
}

pub fn crate_headers() -> Result<Vec<String>, String> {
    let mut offences = Vec::new();
    for file in workspace()?.iter().flat_map(|package| &package.root_files) {
        let path = Path::new(file);
        let text = read(path)?;
        if !text.starts_with("//!") {
            offences.push(format!("{} does not begin with `//!` and what the crate is for", short_path(path)));
        }
        if !text.contains("#![forbid(unsafe_code)]") {
            offences.push(format!("{} lacks `#![forbid(unsafe_code)]`", short_path(path)));
        }
    }
    Ok(offences)
}
