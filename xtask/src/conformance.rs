//! `cargo xtask conformance DIR [--answers OUT]`: replays recorded cases, which is the native twin's business.

use crate::sh;

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut twin = sh::cargo();
    twin.args(["run", "--quiet", "--release", "-p", "kubarium-cli", "--", "conformance"]).args(words);
    // The words are paths as seen from where the person stands.
    if let Ok(here) = std::env::current_dir() {
        twin.current_dir(here);
    }
    sh::run(&mut twin)
}
