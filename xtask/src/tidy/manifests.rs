//! The manifests of the workspace, read by `cargo metadata`.

use serde_json::Value;

use crate::sh;

/// A crate of the workspace and what its manifest asks for, tests included.
#[derive(Debug, Default)]
pub struct Package {
    pub name: String,
    /// The folder of its manifest, with the source file of its first target.
    pub root_files: Vec<String>,
    pub ours: Vec<String>,
    /// What only its tests use of ours.
    pub tested_with: Vec<String>,
    pub others: Vec<String>,
    /// Its features and what each turns on.
    pub features: Vec<(String, Vec<String>)>,
    /// The features it asks its dependencies for.
    pub asked_features: Vec<String>,
}

/// All crates of the workspace.
pub fn workspace() -> Result<Vec<Package>, String> {
    let text = sh::output(sh::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(list(&metadata["packages"]).map(package).collect())
}

fn package(value: &Value) -> Package {
    let (mut ours, mut tested_with, mut others, mut asked_features) = (vec![], vec![], vec![], vec![]);
    for dependency in list(&value["dependencies"]) {
        // A path marks a crate of this workspace.
        let list = match (dependency["path"].is_string(), dependency["kind"].as_str()) {
            (true, Some("dev")) => &mut tested_with,
            (true, _) => &mut ours,
            (false, _) => &mut others,
        };
        list.push(string(&dependency["name"]));
        asked_features.extend(self::list(&dependency["features"]).map(string));
    }
    let features = value["features"].as_object().into_iter().flatten();
    let features = features.map(|(name, turns_on)| (name.clone(), list(turns_on).map(string).collect())).collect();
    let library_or_program = |target: &&Value| {
        let kinds = ["lib", "rlib", "cdylib", "bin"];
        list(&target["kind"]).any(|kind| kind.as_str().is_some_and(|kind| kinds.contains(&kind)))
    };
    let targets = list(&value["targets"]).filter(library_or_program);
    let root_files = targets.map(|target| string(&target["src_path"])).collect();
    Package { name: string(&value["name"]), root_files, ours, tested_with, others, features, asked_features }
}

/// The elements of an array; none of anything else.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
