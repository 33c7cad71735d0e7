//! `cargo xtask chaos [--seeds N] [--from SEED]`: Kubernetes under random work and random faults, in the release build.

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    sh::run(sh::cargo().args(["run", "--quiet", "--release", "-p", "kubarium-chaos", "--"]).args(words))
}
