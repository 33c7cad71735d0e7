//! Real inputs: what authors have written and what was recorded.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder of the project, in order.
///
/// # Panics
/// When the folder cannot be read: it is part of the project, and without it nothing would be tried.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder of the project");
            waiting.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found.iter().map(|path| fs::read(path).expect("a file of the project")).collect()
}

/// The pages that authors have written.
pub fn pages() -> Vec<Vec<u8>> {
    files("content")
}

fn cases(tool: &str) -> Vec<Value> {
    let folder = format!("crates/lab/testdata/corpus/{tool}");
    files(&folder).iter().filter_map(|text| serde_json::from_slice(text).ok()).collect()
}

/// What was typed in the recorded cases of a tool.
pub fn commands(tool: &str) -> Vec<Vec<u8>> {
    let cases = cases(tool);
    let steps = cases.iter().filter_map(|case| case["steps"].as_array()).flatten();
    steps.filter_map(|step| Some(step["cmd"].as_str()?.as_bytes().to_vec())).collect()
}

/// Blocks of shell in the pages.
pub fn blocks() -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = String::from_utf8_lossy(&page).into_owned();
        let fenced =
            text.split("```").skip(1).step_by(2).filter(|block| block.starts_with("run") || block.starts_with("sh"));
        let shell = fenced.filter_map(|block| block.split_once('\n')).map(|(_, block)| block);
        blocks.extend(shell.map(|block| block.split("\n---\n").next().unwrap_or_default().as_bytes().to_vec()));
    }
    blocks
}

/// The manifests of the recorded cases.
pub fn manifests() -> Vec<Vec<u8>> {
    let cases = cases("kubectl");
    let files = cases.iter().filter_map(|case| case["files"].as_object()).flatten();
    files.filter_map(|(_, text)| Some(text.as_str()?.as_bytes().to_vec())).collect()
}
