//! `cargo xtask labs [NAME…]`: proves that each lab is unsolved at first, stays so by waiting, and is solved by its own
//! solution, which is the native twin's business.

use std::process::Command;

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    sh::run(twin(&["--release"]).args(words))
}

/// The twin that proves the labs, one line each; built as `profile` says.
pub fn twin(profile: &[&str]) -> Command {
    let mut twin = sh::cargo();
    twin.args(["run", "--quiet", "--locked"]).args(profile);
    twin.args(["-p", "kubarium-cli", "--", "labs"]).arg(sh::root().join("content"));
    twin
}
