//! The floors: who may use whom. ARCHITECTURE.md says why.

use super::manifests::{Package, workspace};

/// What a crate may use of ours.
enum May {
    /// Anything on a lower floor.
    Below,
    /// Only these.
    Only(&'static [&'static str]),
}

/// Every crate of the workspace, its floor, and what it may use.
const FLOORS: [(&str, u8, May); 15] = [
    ("kubarium-sorted", 0, May::Below),
    ("kubarium-sim", 0, May::Only(&["kubarium-sorted"])),
    ("kubarium-raft", 0, May::Only(&["kubarium-sorted"])),
    ("kubarium-protocol", 0, May::Below),
    ("kubarium-lesson", 1, May::Below),
    ("kubarium-etcd", 1, May::Below),
    ("kubarium-kube", 2, May::Below),
    ("kubarium-shell", 2, May::Only(&["kubarium-sorted"])),
    ("kubarium-programs", 3, May::Below),
    ("kubarium-lab", 4, May::Below),
    ("kubarium-worker", 5, May::Below),
    ("kubarium-cli", 5, May::Below),
    ("kubarium-fuzz", 5, May::Below),
    ("kubarium", 6, May::Only(&["kubarium-protocol", "kubarium-lesson"])),
    ("xtask", 6, May::Only(&["kubarium-lesson"])),
];

/// Crates that only make sense in a browser, and who may use them.
// `wasm-bindgen-test` is not among them: it runs a crate's tests in wasm and is no part of the crate.
const BROWSER: [&str; 8] = [
    "console_error_panic_hook",
    "gloo-timers",
    "js-sys",
    "leptos",
    "leptos_router",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
];
const IN_BROWSER: [&str; 2] = ["kubarium", "kubarium-worker"];

pub fn lower_floors_only() -> Result<Vec<String>, String> {
    Ok(workspace()?.iter().flat_map(broken_floors).collect())
}

pub fn browser_only_on_top() -> Result<Vec<String>, String> {
    Ok(workspace()?.iter().flat_map(browser_below).collect())
}

fn broken_floors(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some((floor, may)) = floor(name) else {
        return vec![format!("{name} has no floor: give it one in xtask/src/tidy/floors.rs and ARCHITECTURE.md")];
    };
    let mut offences = Vec::new();
    for used in &package.ours {
        let allowed = match may {
            May::Below => super::floors::floor(used).is_some_and(|(lower, _)| lower < floor),
            May::Only(these) => these.contains(&used.as_str()),
        };
        if !allowed {
            offences.push(format!("{name} (floor {floor}) must not use {used}"));
        }
    }
    offences
}

fn browser_below(package: &Package) -> Vec<String> {
    if IN_BROWSER.contains(&package.name.as_str()) {
        return Vec::new();
    }
    let used = package.others.iter().filter(|used| BROWSER.contains(&used.as_str()));
    used.map(|used| format!("{} must not use {used}: it has to run natively too", package.name)).collect()
}

fn floor(name: &str) -> Option<(u8, &'static May)> {
    FLOORS.iter().find(|(known, _, _)| *known == name).map(|(_, floor, may)| (*floor, may))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, ours: &[&str], others: &[&str], expected: usize) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let package = Package { name: name.to_string(), root_files: vec![], ours: owned(ours), others: owned(others) };
        let offences = [broken_floors(&package), browser_below(&package)].concat();
        assert_eq!(offences.len(), expected, "{name} with {ours:?} and {others:?}: {offences:?}");
    }

    #[test]
    fn a_dependency_upwards_sideways_or_unknown_is_an_offence() {
        check("kubarium-etcd", &["kubarium-sim", "kubarium-raft"], &["serde"], 0);
        check("kubarium-sim", &["kubarium-etcd"], &[], 1);
        check("kubarium-raft", &["kubarium-sim"], &[], 1);
        check("kubarium-shell", &["kubarium-sim"], &[], 1);
        check("kubarium", &["kubarium-protocol", "kubarium-lab"], &["leptos"], 1);
        check("kubarium-lab", &["kubarium-etcd"], &["web-sys"], 1);
        check("kubarium-new", &[], &[], 1);
    }
}
