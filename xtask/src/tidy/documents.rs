//! Rules about what the documents have to say.

use std::collections::BTreeSet;

use super::manifests::workspace;
use super::read;
use crate::sh;

/// A dependency that nobody can give a reason for is one to remove.
pub fn dependencies_explained() -> Result<Vec<String>, String> {
    let text = read(&sh::root().join("ARCHITECTURE.md"))?;
    let all: BTreeSet<String> = workspace()?.into_iter().flat_map(|package| package.others).collect();
    let missing = all.into_iter().filter(|name| !text.contains(&format!("`{name}`")));
    Ok(missing.map(|name| format!("ARCHITECTURE.md does not say what `{name}` is for")).collect())
}
