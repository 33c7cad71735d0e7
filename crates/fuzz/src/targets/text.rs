//! Languages: YAML and the shell's.

use super::Target;
use crate::samples;

/// YAML: refused with a line, or read; what was read is read again from what is written of it.
pub const YAML: Target =
    Target { name: "yaml", samples: samples::manifests, prepare: || Box::new(reads_yaml), quick: 2_000 };
/// Whether a line of shell is complete, which is asked at every Enter.
pub const SHELL: Target = Target {
    name: "shell",
    samples: || [samples::commands("etcdctl"), samples::blocks()].concat(),
    prepare: || Box::new(reads_shell),
    quick: 5_000,
};

fn reads_yaml(input: &[u8]) -> Result<(), String> {
    let Ok(documents) = yaml::documents(&String::from_utf8_lossy(input)) else { return Ok(()) };
    for document in documents {
        let written = yaml::write(&document);
        let again = yaml::documents(&written).map_err(|error| format!("{error} in what was written:\n{written}"))?;
        if again != [document.clone()] {
            return Err(format!("{document} is written as\n{written}and read as {again:?}"));
        }
    }
    Ok(())
}

fn reads_shell(input: &[u8]) -> Result<(), String> {
    let _ = shell::is_complete(&String::from_utf8_lossy(input));
    Ok(())
}
