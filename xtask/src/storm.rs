//! `cargo xtask storm --seeds N [--from SEED]`: fault storms, in the release build.
//!
//! `--planted BUG` plays them with a bug in every member, to see that it is found.

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut storm = sh::cargo();
    storm.args(["run", "--quiet", "--release", "-p", "kubarium-storm"]);
    if words.iter().any(|word| word == "--planted") {
        storm.args(["--features", "planted-bugs"]);
    }
    sh::run(storm.arg("--").args(words))
}

/// What `cargo xtask test` runs: that each bug that can be planted is found, and some hundred storms without any.
pub fn test() -> Result<(), String> {
    let build = ["--release", "--locked", "-p", "kubarium-storm", "--features", "planted-bugs"];
    // Says which seed found a bug, and how many searches were given up before.
    sh::run(sh::cargo().arg("test").args(build).args(["--test", "planted", "--", "--nocapture"]))?;
    // In the same build, without a bug: one for itself would take longer than the storms.
    sh::run(sh::cargo().args(["run", "--quiet"]).args(build).args(["--", "--seeds", "200"]))
}
