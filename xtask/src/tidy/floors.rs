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
const FLOORS: [(&str, u8, May); 25] = [
    ("kubarium-sorted", 0, May::Below),
    ("kubarium-calendar", 0, May::Below),
    ("kubarium-headroom", 0, May::Below),
    ("kubarium-yaml", 0, May::Below),
    ("kubarium-tar", 0, May::Below),
    ("kubarium-sim", 0, May::Only(&["kubarium-sorted"])),
    ("kubarium-raft", 0, May::Only(&["kubarium-sorted"])),
    ("kubarium-protocol", 0, May::Below),
    ("kubarium-lesson", 1, May::Below),
    ("kubarium-etcd", 1, May::Below),
    ("kubarium-kube", 2, May::Below),
    ("kubarium-border", 2, May::Below),
    ("kubarium-shell", 2, May::Only(&["kubarium-calendar", "kubarium-sorted", "kubarium-tar"])),
    ("kubarium-programs", 3, May::Below),
    ("kubarium-machine", 4, May::Below),
    // The worker's first module knows the machine by its border only: the machine comes in a module of its own.
    ("kubarium-lab", 5, May::Only(&LAB)),
    ("kubarium-worker", 6, May::Only(&["kubarium-border", "kubarium-headroom", "kubarium-lab", "kubarium-protocol"])),
    ("kubarium-console", 6, May::Only(&["kubarium-border", "kubarium-machine", "kubarium-programs"])),
    ("kubarium-cli", 6, May::Below),
    ("kubarium-chaos", 6, May::Below),
    ("kubarium-fuzz", 6, May::Below),
    ("kubarium-storm", 6, May::Below),
    ("kubarium-bench", 6, May::Below),
    ("kubarium", 7, May::Only(&["kubarium-protocol", "kubarium-lesson"])),
    ("xtask", 7, May::Only(&["kubarium-lesson"])),
];

const LAB: [&str; 7] = [
    "kubarium-border",
    "kubarium-etcd",
    "kubarium-kube",
    "kubarium-protocol",
    "kubarium-raft",
    "kubarium-sim",
    "kubarium-sorted",
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
const IN_BROWSER: [&str; 4] = ["kubarium", "kubarium-worker", "kubarium-console", "kubarium-bench"];

pub fn lower_floors_only() -> Result<Vec<String>, String> {
    Ok(workspace()?.iter().flat_map(broken_floors).collect())
}

pub fn browser_only_on_top() -> Result<Vec<String>, String> {
    Ok(workspace()?.iter().flat_map(browser_below).collect())
}

/// Bugs planted for the storms must not get into anything that is shipped: nobody else may turn them on, and nothing
/// does so by default. (They do not compile for the browser either; see `crates/raft/src/planted.rs`.)
pub fn planted_bugs_in_storms_only() -> Result<Vec<String>, String> {
    Ok(workspace()?.iter().flat_map(planted_bugs).collect())
}

const PLANTED: &str = "planted-bugs";
/// Who may have a feature of that name, and may name it in what it turns on.
const MAY_PLANT: [&str; 3] = ["kubarium-storm", "kubarium-etcd", "kubarium-raft"];

fn planted_bugs(package: &Package) -> Vec<String> {
    let name = &package.name;
    let plants = |(feature, turns_on): &&(String, Vec<String>)| {
        let named = turns_on.iter().any(|on| on.contains(PLANTED));
        named && (feature != PLANTED || !MAY_PLANT.contains(&name.as_str()))
    };
    let features = package.features.iter().filter(plants);
    let features = features.map(|(feature, _)| format!("{name}: its feature {feature} plants bugs"));
    let asked = package.asked_features.iter().filter(|asked| asked.contains(PLANTED));
    features.chain(asked.map(|_| format!("{name} asks a dependency for planted bugs"))).collect()
}

fn broken_floors(package: &Package) -> Vec<String> {
    let name = &package.name;
    let Some((floor, may)) = floor(name) else {
        return vec![format!("{name} has no floor: give it one in xtask/src/tidy/floors.rs and ARCHITECTURE.md")];
    };
    let is_below = |used: &str| super::floors::floor(used).is_some_and(|(lower, _)| lower < floor);
    let shipped = package.ours.iter().filter(|used| match may {
        May::Below => !is_below(used),
        May::Only(these) => !these.contains(&used.as_str()),
    });
    // Tests may use whatever lies lower.
    let tested = package.tested_with.iter().filter(|used| !is_below(used));
    shipped.chain(tested).map(|used| format!("{name} (floor {floor}) must not use {used}")).collect()
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
        let (ours, others) = (owned(ours), owned(others));
        let package = Package { name: name.to_string(), ours, others, ..Package::default() };
        let offences = [broken_floors(&package), browser_below(&package)].concat();
        assert_eq!(offences.len(), expected, "{package:?}: {offences:?}");
    }

    #[test]
    fn planted_bugs_anywhere_else_are_an_offence() {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect::<Vec<_>>();
        let check = |name: &str, feature: &str, turns_on: &[&str], asked: &[&str], expected: usize| {
            let features = vec![(feature.to_string(), owned(turns_on))];
            let package =
                Package { name: name.to_string(), features, asked_features: owned(asked), ..Package::default() };
            assert_eq!(planted_bugs(&package).len(), expected, "{package:?}");
        };
        check("kubarium-storm", PLANTED, &["etcd/planted-bugs"], &[], 0);
        check("kubarium-storm", "default", &[PLANTED], &[], 1);
        check("kubarium-worker", "default", &["lab/planted-bugs"], &[], 1);
        check("kubarium-lab", PLANTED, &["etcd/planted-bugs"], &[], 1);
        check("kubarium-lab", "default", &[], &["planted-bugs"], 1);
        check("kubarium-lab", "default", &[], &["extras"], 0);
    }

    #[test]
    fn a_dependency_upwards_sideways_or_unknown_is_an_offence() {
        check("kubarium-etcd", &["kubarium-sim", "kubarium-raft"], &["serde"], 0);
        check("kubarium-sim", &["kubarium-etcd"], &[], 1);
        check("kubarium-raft", &["kubarium-sim"], &[], 1);
        check("kubarium-shell", &["kubarium-sim"], &[], 1);
        check("kubarium", &["kubarium-protocol", "kubarium-lab"], &["leptos"], 1);
        check("kubarium-lab", &["kubarium-etcd"], &["web-sys"], 1);
        check("kubarium-lab", &["kubarium-machine"], &[], 1);
        check("kubarium-new", &[], &[], 1);
    }

    #[test]
    fn a_test_may_use_what_lies_lower_and_nothing_else() {
        let check = |name: &str, tested_with: &str, expected: usize| {
            let tested_with = vec![tested_with.to_string()];
            let package = Package { name: name.to_string(), tested_with, ..Package::default() };
            assert_eq!(broken_floors(&package).len(), expected, "{package:?}");
        };
        check("kubarium-lab", "kubarium-machine", 0);
        check("kubarium-machine", "kubarium-lab", 1);
    }
}
