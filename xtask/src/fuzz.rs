//! `cargo xtask fuzz [--runs N] [--from SEED] [TARGET…]`: foreign bytes for every parser, with all checks of arithmetic on.

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut fuzz = sh::cargo();
    // Overflow has to be found, and a world has to be quick.
    fuzz.args([
        "run",
        "--quiet",
        "--release",
        "--config",
        "profile.release.debug-assertions=true",
        "-p",
        "kubarium-fuzz",
    ]);
    sh::run(fuzz.arg("--").args(words))
}
