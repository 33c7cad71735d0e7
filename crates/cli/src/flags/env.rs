//! Flags from environment variables (etcd: pkg/flags/flag.go, `SetPflagsFromEnv`): `--command-timeout` may be given as
//! `ETCDCTL_COMMAND_TIMEOUT`.

use sorted::{SortedMap, SortedSet};

use super::set::FlagSet;

/// What reading the environment found worth saying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvReport {
    /// Variables with our prefix that name no flag, as `NAME=value`. The tool warns and goes on.
    pub unrecognized: Vec<String>,
    /// A variable whose flag was given too. The tool refuses to run.
    pub conflict: Option<String>,
}

/// Sets every inherited flag that the command line left alone from its variable. `known` are names that are variables
/// without being flags. A value that does not parse is ignored, as in the original.
pub fn apply_environment(
    flags: &mut FlagSet,
    prefix: &str,
    known: &[&str],
    env: &SortedMap<String, String>,
) -> EnvReport {
    let mut used = SortedSet::new();
    let mut shadowed = SortedSet::new();
    let inherited: Vec<_> = flags.inherited().collect();
    for (name, changed) in inherited {
        let key = variable(prefix, name);
        if changed {
            shadowed.insert(key);
        } else if let Some(value) = env.get(&key).filter(|v| !v.is_empty()) {
            flags.set_quietly(name, value);
            used.insert(key);
        }
    }
    for name in known {
        let key = variable(prefix, name);
        if env.get(&key).is_some_and(|v| !v.is_empty()) {
            used.insert(key);
        }
    }
    let ours = format!("{prefix}_");
    let mut report = EnvReport::default();
    for (key, value) in env {
        if used.contains(key) {
            continue;
        }
        if shadowed.contains(key) {
            report.conflict = Some(key.clone());
            return report;
        }
        if key.starts_with(&ours) {
            report.unrecognized.push(format!("{key}={value}"));
        }
    }
    report
}

/// `command-timeout` → `ETCDCTL_COMMAND_TIMEOUT`.
pub fn variable(prefix: &str, flag: &str) -> String {
    format!("{prefix}_{}", flag.to_uppercase().replace('-', "_"))
}
