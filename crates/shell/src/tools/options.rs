//! Command-line options the way GNU's `getopt_long` reads them.

use crate::os::process::Process;

/// Options and operands, told apart.
#[derive(Debug, Default)]
pub struct Options {
    set: Vec<(char, String)>,
    pub operands: Vec<String>,
}

/// What a tool accepts: letters without a value, letters with one, and long names for either.
pub struct Accepts {
    pub flags: &'static str,
    pub valued: &'static str,
    pub long: &'static [(&'static str, char)],
    /// Whether an option may follow an operand.
    pub mixed: bool,
}

impl Options {
    /// Reads the words after the command's name. The error is the message after `tool: `.
    pub fn parse(args: &[String], accepts: &Accepts) -> Result<Options, String> {
        let mut options = Options::default();
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            if arg == "--" {
                options.operands.extend(rest.by_ref().cloned());
            } else if let Some(long) = arg.strip_prefix("--") {
                let (name, inline) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (long, None),
                };
                let mut found = accepts.long.iter().filter(|(own, _)| own.starts_with(name));
                let exact = accepts.long.iter().find(|(own, _)| *own == name);
                let Some((full, letter)) = exact.or_else(|| found.next()) else {
                    return Err(format!("unrecognized option '{arg}'"));
                };
                let value = if accepts.valued.contains(*letter) {
                    let value = inline.or_else(|| rest.next().cloned());
                    value.ok_or(format!("option '--{full}' requires an argument"))?
                } else {
                    inline.unwrap_or_default()
                };
                options.set.push((*letter, value));
            } else if arg.len() > 1 && arg.starts_with('-') {
                for (at, letter) in arg[1..].char_indices() {
                    if accepts.valued.contains(letter) {
                        let tail = &arg[1 + at + letter.len_utf8()..];
                        let value = if tail.is_empty() { rest.next().cloned() } else { Some(tail.to_owned()) };
                        let value = value.ok_or(format!("option requires an argument -- '{letter}'"))?;
                        options.set.push((letter, value));
                        break;
                    }
                    if !accepts.flags.contains(letter) {
                        return Err(format!("invalid option -- '{letter}'"));
                    }
                    options.set.push((letter, String::new()));
                }
            } else {
                options.operands.push(arg.clone());
                if !accepts.mixed {
                    options.operands.extend(rest.by_ref().cloned());
                }
            }
        }
        Ok(options)
    }

    pub fn has(&self, letter: char) -> bool {
        self.set.iter().any(|(own, _)| *own == letter)
    }

    /// The value of the last such option.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.set.iter().rev().find(|(own, _)| *own == letter).map(|(_, value)| value.as_str())
    }

    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.set.iter().filter(move |(own, _)| *own == letter).map(|(_, value)| value.as_str())
    }

    /// Which of some letters was given last.
    pub fn last_of(&self, letters: &str) -> Option<char> {
        self.set.iter().rev().map(|(letter, _)| *letter).find(|letter| letters.contains(*letter))
    }
}

/// Reads a process' options, or says what is wrong with them.
pub fn read(process: &Process, accepts: &Accepts) -> Option<Options> {
    match Options::parse(&process.args, accepts) {
        Ok(options) => Some(options),
        Err(message) => {
            let name = name(process);
            process.eprint(format!("{name}: {message}\nTry '{name} --help' for more information.\n"));
            None
        }
    }
}

/// The tool's name as its messages give it.
pub fn name(process: &Process) -> &str {
    process.args.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name))
}
