//! rustfmt and clippy, which rustup's minimal profile leaves out.

use super::{Outcome, installing};
use crate::sh;

pub fn ensure() -> Result<Outcome, String> {
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(subcommand, _)| sh::output(sh::cargo().args([subcommand, "--version"])).is_err())
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(Outcome::Found("both".to_string()));
    }
    installing(&missing.join(" and "), "a few seconds");
    sh::run(sh::command("rustup").args(["component", "add"]).args(&missing))?;
    Ok(Outcome::Installed(missing.join(" and ")))
}
