//! The few command-line options the subcommands take: `--name VALUE`, `--name=VALUE` and bare switches.

/// Options taken out of a subcommand's words one by one; whatever is left at the end is an error.
pub struct Args {
    words: Vec<String>,
}

impl Args {
    pub fn new(words: Vec<String>) -> Args {
        Args { words }
    }

    /// Takes `--name VALUE` or `--name=VALUE`.
    pub fn value(&mut self, name: &str) -> Result<Option<String>, String> {
        let with_equals = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&with_equals)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        if let Some(value) = word.strip_prefix(&with_equals) {
            return Ok(Some(value.to_string()));
        }
        if at < self.words.len() { Ok(Some(self.words.remove(at))) } else { Err(format!("{name} needs a value")) }
    }

    /// Takes the bare switch `--name`.
    pub fn switch(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// Refuses anything that nobody has taken.
    pub fn finish(self) -> Result<(), String> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(format!("unexpected argument {word:?}; `cargo xtask help` lists what there is")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Args;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_string).collect())
    }

    #[test]
    fn a_value_may_follow_or_be_attached() {
        for line in ["--port 90 --dev", "--dev --port=90"] {
            let mut args = args(line);
            assert_eq!(args.value("--port"), Ok(Some("90".to_string())), "{line}");
            assert!(args.switch("--dev"), "{line}");
            assert_eq!(args.finish(), Ok(()), "{line}");
        }
    }

    #[test]
    fn what_nobody_takes_is_refused() {
        assert!(args("--prot 90").finish().is_err());
        assert!(args("--port").value("--port").is_err());
    }
}
