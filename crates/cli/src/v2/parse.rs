//! Reading a command line as urfave/cli does: a command's own flags may stand anywhere before `--`, everything from the
//! first argument on that is none is left alone.

use super::spec::{FlagSpec, Kind, Values, read_int};

/// What a command line held.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub values: Values,
    pub args: Vec<String>,
    /// Whether help was asked for.
    pub help: bool,
    /// Whether the version was asked for.
    pub version: bool,
}

/// Which of the flags that every command has are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Common {
    Help,
    HelpAndVersion,
}

/// Reads flags until the first argument (Go: package flag).
///
/// # Errors
/// Go's words for an unknown flag or a wrong value.
pub fn parse(specs: &'static [FlagSpec], common: Common, words: &[String]) -> Result<Parsed, String> {
    let mut parsed = Parsed { values: Values::new(specs), args: Vec::new(), help: false, version: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
            parsed.args.push(word.clone());
            break;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        if flag.is_empty() {
            break;
        }
        if flag.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {word}"));
        }
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_owned())));
        match specs.iter().find(|spec| spec.names.contains(&name)) {
            Some(spec) => {
                let value = match value {
                    Some(value) => value,
                    None if spec.kind == Kind::Bool => "true".to_owned(),
                    None => words.next().cloned().ok_or_else(|| format!("flag needs an argument: -{name}"))?,
                };
                check_value(spec, name, &value)?;
                parsed.values.set(spec, value);
            }
            None if matches!(name, "help" | "h") => parsed.help = true,
            None if matches!(name, "version" | "v") && common == Common::HelpAndVersion => parsed.version = true,
            None => return Err(format!("flag provided but not defined: -{name}")),
        }
    }
    parsed.args.extend(words.cloned());
    Ok(parsed)
}

fn check_value(spec: &FlagSpec, name: &str, value: &str) -> Result<(), String> {
    let quoted = crate::go::quote(value);
    let valid = match spec.kind {
        Kind::Text | Kind::List => true,
        Kind::Int => read_int(value).is_some(),
        Kind::Duration => crate::go::parse_duration(value).is_ok(),
        Kind::Bool => {
            let known = ["1", "0", "t", "f", "T", "F", "true", "false", "TRUE", "FALSE", "True", "False"];
            if !known.contains(&value) {
                return Err(format!("invalid boolean value {quoted} for -{name}: parse error"));
            }
            true
        }
    };
    if valid { Ok(()) } else { Err(format!("invalid value {quoted} for flag -{name}: parse error")) }
}

/// Moves a command's flags before its arguments (urfave/cli: command.go, `reorderArgs`).
pub fn reorder(specs: &[FlagSpec], words: &[String]) -> Vec<String> {
    let is_flag = |word: &str| {
        let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or_default();
        let name = name.split('=').next().unwrap_or_default();
        !name.is_empty() && (matches!(name, "help" | "h") || specs.iter().any(|spec| spec.names.contains(&name)))
    };
    let (mut flags, mut rest) = (Vec::new(), Vec::new());
    let mut may_be_value = false;
    for (at, word) in words.iter().enumerate() {
        if may_be_value && !is_flag(word) {
            may_be_value = false;
            flags.push(word.clone());
        } else if word == "--" {
            rest.insert(0, word.clone());
            rest.extend_from_slice(&words[at + 1..]);
            break;
        } else if is_flag(word) {
            may_be_value = !word.contains('=');
            flags.push(word.clone());
        } else {
            rest.push(word.clone());
        }
    }
    flags.extend(rest);
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    static FLAGS: [FlagSpec; 3] = [
        FlagSpec::int(&["ttl"], ""),
        FlagSpec::text(&["swap-with-value"], ""),
        FlagSpec::switch(&["recursive", "r"], ""),
    ];

    #[track_caller]
    fn check(line: &str, expected: Result<(&str, i64, bool), &str>) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let parsed = parse(&FLAGS, Common::Help, &reorder(&FLAGS, &words));
        let parsed = parsed.map(|p| (p.args.join(" "), p.values.int("ttl"), p.values.is_on("recursive")));
        let expected = expected.map(|(args, ttl, r)| (args.to_owned(), ttl, r)).map_err(str::to_owned);
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn flags_may_follow_arguments() {
        check("foo bar --ttl 5", Ok(("foo bar", 5, false)));
        check("foo -r bar", Ok(("bar foo", 0, true)));
        check("-r=false foo", Ok(("foo", 0, false)));
        check("foo -- -x", Ok(("foo -x", 0, false)));
        check("foo --ttl=0x10", Ok(("foo", 16, false)));
    }

    #[test]
    fn unknown_flags_count_only_before_the_first_argument() {
        check("foo --nosuch", Ok(("foo --nosuch", 0, false)));
        check("--nosuch foo", Err("flag provided but not defined: -nosuch"));
        // The flag moves to the front, and the argument behind it becomes its value.
        check("foo --ttl", Err(r#"invalid value "foo" for flag -ttl: parse error"#));
        check("--ttl", Err("flag needs an argument: -ttl"));
        check("--ttl abc foo", Err(r#"invalid value "abc" for flag -ttl: parse error"#));
        check("-r=x foo", Err(r#"invalid boolean value "x" for -r: parse error"#));
    }
}
