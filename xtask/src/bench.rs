//! `cargo xtask bench`: the benchmarks, which are the native twin's business.

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    sh::run(sh::cargo().args(["run", "--quiet", "--release", "-p", "kubarium-cli", "--", "bench"]).args(words))
}
