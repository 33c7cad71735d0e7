//! The licences and sources of everything that is linked, against the list in `deny.toml`. `cargo deny` checks more
//! (`cargo xtask test` runs it where it is installed); this holds on every machine.

use serde_json::Value;

use super::manifests::{list, string};
use super::read;
use crate::sh;

pub fn allowed() -> Result<Vec<String>, String> {
    let deny = read(&sh::root().join("deny.toml"))?;
    let allowed = allow_list(&deny).ok_or("deny.toml has no `allow = [...]` of licences")?;
    let mut metadata = sh::cargo();
    metadata.args(["metadata", "--format-version", "1", "--locked"]);
    // What is linked on other systems is not downloaded here.
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        metadata.args(["--filter-platform", target]);
    }
    let metadata: Value = serde_json::from_str(&sh::output(&mut metadata)?).map_err(|error| error.to_string())?;
    let mut offences = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = format!("{} {}", string(&package["name"]), string(&package["version"]));
        let licence = string(&package["license"]);
        if !satisfied(&licence, &allowed) {
            offences.push(format!("{name}: the licence {licence:?} is not in deny.toml"));
        }
        // Ours have no source; everything else comes from a registry, never from a git repository.
        if package["source"].as_str().is_some_and(|source| !source.starts_with("registry+")) {
            offences.push(format!("{name} comes from {}", string(&package["source"])));
        }
    }
    Ok(offences)
}

/// The strings of the first `allow = [...]`.
fn allow_list(toml: &str) -> Option<Vec<String>> {
    let (_, rest) = toml.split_once("\nallow = [")?;
    let (list, _) = rest.split_once(']')?;
    Some(list.split('"').skip(1).step_by(2).map(str::to_string).collect())
}

/// Whether an SPDX expression can be met: one side of an OR, both of an AND. `/` is an older way to write OR.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed };
    let met = parser.any();
    met && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.take("OR") {
            met |= self.all();
        }
        met
    }

    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.take("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let met = self.any();
            return self.take(")") && met;
        }
        let Some((licence, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        let mut licence = (*licence).to_string();
        if self.take("WITH")
            && let Some((exception, rest)) = self.words.split_first()
        {
            licence = format!("{licence} WITH {exception}");
            self.words = rest;
        }
        self.allowed.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::{allow_list, satisfied};

    #[test]
    fn an_expression_is_met_as_spdx_says() {
        let allowed = ["MIT".to_string(), "Apache-2.0".to_string(), "Apache-2.0 WITH LLVM-exception".to_string()];
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("MIT/Apache-2.0", true),
            ("MIT AND GPL-3.0", false),
            ("(GPL-3.0 OR MIT) AND Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH Something", false),
            ("", false),
        ] {
            assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
        }
    }

    #[test]
    fn the_list_of_deny_toml_is_read() {
        let toml = "[licenses]\n# words\nallow = [\n  \"MIT\",\n  \"ISC\", # why\n]\n";
        assert_eq!(allow_list(toml), Some(vec!["MIT".to_string(), "ISC".to_string()]));
    }
}
