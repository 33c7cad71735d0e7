//! Reading the command line, the environment and a file, with the rules and words of Go's flag package (Go: flag/flag.go;
//! etcd: pkg/flags/flag.go).

use shell::Process;

use super::flags::{Flag, Kind, all};
use crate::{go, urls};

/// Values by flag, and which were set.
#[derive(Clone, Debug, Default)]
pub struct Values {
    set: Vec<(&'static str, String)>,
    /// What came after the flags.
    pub rest: Vec<String>,
}

/// Why the flags could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    Help,
    Bad(String),
}

fn find(name: &str) -> Option<&'static Flag> {
    all().find(|flag| flag.name == name)
}

impl Values {
    /// Reads the words after the program's name.
    pub fn parse(words: &[String]) -> Result<Values, ParseError> {
        let mut values = Values::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix('-').filter(|name| !name.is_empty()) else {
                values.rest.push(word.clone());
                break;
            };
            let name = name.strip_prefix('-').unwrap_or(name);
            if name.is_empty() {
                break;
            }
            if name.starts_with(['-', '=']) {
                return Err(ParseError::Bad(format!("bad flag syntax: {word}")));
            }
            let (name, given) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
            let Some(flag) = find(name) else {
                return Err(match name {
                    "h" | "help" => ParseError::Help,
                    _ => ParseError::Bad(format!("flag provided but not defined: -{name}")),
                });
            };
            let value = match (given, flag.kind) {
                (Some(value), _) => value.to_owned(),
                (None, Kind::Bool) => "true".to_owned(),
                (None, _) => match words.next() {
                    Some(value) => value.clone(),
                    None => return Err(ParseError::Bad(format!("flag needs an argument: -{name}"))),
                },
            };
            let kind = if flag.kind == Kind::Bool { "boolean value" } else { "value" };
            let name = if flag.kind == Kind::Bool { format!("-{name}") } else { format!("flag -{name}") };
            let value = checked(flag, &value)
                .map_err(|why| ParseError::Bad(format!("invalid {kind} {} for {name}: {why}", go::quote(&value))))?;
            values.put(flag.name, value);
        }
        values.rest.extend(words.cloned());
        Ok(values)
    }

    fn put(&mut self, name: &'static str, value: String) {
        self.set.retain(|(known, _)| *known != name);
        self.set.push((name, value));
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.set.iter().any(|(known, _)| *known == name)
    }

    pub fn text(&self, name: &str) -> &str {
        let given = self.set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        given.or(find(name).map(|flag| flag.default)).unwrap_or_default()
    }

    pub fn bool(&self, name: &str) -> bool {
        go::parse_bool(self.text(name)).unwrap_or(false)
    }

    pub fn uint(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    pub fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// The URLs of a flag, sorted and each once.
    pub fn urls(&self, name: &str) -> Vec<String> {
        let mut urls: Vec<String> =
            self.text(name).split(',').map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()).collect();
        urls.sort_unstable();
        urls.dedup();
        urls
    }

    /// Takes what the environment says of flags that were not given. Gives the lines to log, as level, message and two
    /// fields.
    ///
    /// # Errors
    /// The words of a value that is none, or the variable that contradicts a flag.
    pub fn take_environment(
        &mut self,
        process: &Process,
        log: &mut Vec<EnvironmentLine>,
    ) -> Result<(), EnvironmentError> {
        let mut flags: Vec<&'static Flag> = all().collect();
        flags.sort_by_key(|flag| flag.name);
        let given: Vec<&'static str> = self.set.iter().map(|(name, _)| *name).collect();
        let mut used = Vec::new();
        let mut wrong = None;
        for flag in &flags {
            let variable = variable(flag.name);
            let Some(value) = process.var(&variable).filter(|value| !value.is_empty()) else { continue };
            if given.contains(&flag.name) {
                continue;
            }
            match checked(flag, value) {
                Ok(known) => {
                    self.put(flag.name, known);
                    log.push(EnvironmentLine::Used(variable.clone(), value.to_owned()));
                }
                Err(why) => {
                    wrong = Some(format!("invalid value {} for {variable}: {why}", go::quote(value)));
                }
            }
            used.push(variable);
        }
        for (name, value) in &process.env {
            if used.contains(name) {
                continue;
            }
            if given.iter().any(|flag| variable(flag) == *name) {
                return Err(EnvironmentError::Shadowed(name.clone()));
            }
            if name.starts_with("ETCD_") {
                log.push(EnvironmentLine::Unknown(format!("{name}={value}")));
            }
        }
        wrong.map_or(Ok(()), |words| Err(EnvironmentError::Invalid(words)))
    }

    /// Reads a configuration file: YAML as far as etcd's own needs it, `key: value` on a line, and two sections for TLS.
    ///
    /// # Errors
    /// In words, with the number of the line.
    pub fn from_file(text: &str) -> Result<Values, String> {
        let mut values = Values::default();
        let mut section = "";
        for (number, line) in text.lines().enumerate() {
            let content = line.split(" #").next().unwrap_or_default().trim_end();
            if content.trim().is_empty() || content.trim_start().starts_with('#') || content == "---" {
                continue;
            }
            let wrong =
                || format!("error converting YAML to JSON: yaml: line {}: could not find expected ':'", number + 1);
            let (key, value) = content.split_once(':').ok_or_else(wrong)?;
            let value = value.trim().trim_matches(['"', '\'']);
            if !key.starts_with(' ') {
                section = match key {
                    "client-transport-security" => "client",
                    "peer-transport-security" => "peer",
                    _ => "",
                };
            }
            let prefix = if section == "peer" && key.starts_with(' ') { "peer-" } else { "" };
            // Keys that are no flags are left alone, as the original's decoder does.
            if let Some(flag) = find(&format!("{prefix}{}", key.trim()))
                && !value.is_empty()
            {
                let value = checked(flag, value).map_err(|why| format!("error unmarshaling JSON: {key}: {why}"))?;
                values.put(flag.name, value);
            }
        }
        Ok(values)
    }
}

/// What reading the environment has to say.
pub enum EnvironmentLine {
    Used(String, String),
    Unknown(String),
}

/// Why the environment ends the program.
pub enum EnvironmentError {
    Invalid(String),
    Shadowed(String),
}

/// `ETCD_DATA_DIR` of `data-dir`.
fn variable(flag: &str) -> String {
    format!("ETCD_{}", flag.to_uppercase().replace('-', "_"))
}

/// The value as it is kept, or why it is none.
fn checked(flag: &Flag, value: &str) -> Result<String, String> {
    let parse_error = || "parse error".to_owned();
    match flag.kind {
        Kind::Text => {}
        Kind::Bool => {
            return go::parse_bool(value).map(|value| value.to_string()).map_err(|_| parse_error());
        }
        Kind::Uint => return go::parse_uint(value, 0).map(|value| value.to_string()).map_err(|_| parse_error()),
        Kind::Int => return go::parse_int(value, 0).map(|value| value.to_string()).map_err(|_| parse_error()),
        Kind::Duration => {
            go::parse_duration(value).map_err(|_| parse_error())?;
        }
        Kind::OneOf(known) if !known.contains(&value) => return Err("invalid value".into()),
        Kind::OneOf(_) => {}
        Kind::Urls if value.is_empty() => {}
        Kind::Urls => value.split(',').try_for_each(urls::check)?,
    }
    Ok(value.to_owned())
}

/// Host and port of a URL that was checked.
pub fn socket(url: &str) -> (String, u16) {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
    let host = host.trim_matches(['[', ']']);
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    (host.to_owned(), port.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Values, ParseError> {
        Values::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn refused(line: &str, words: &str) {
        assert_eq!(parse(line).err(), Some(ParseError::Bad(words.into())), "{line}");
    }

    #[test]
    fn one_dash_or_two_and_a_value_with_or_without_equals_sign() {
        let values = parse("-name a --data-dir=/d --force-new-cluster --client-cert-auth=false rest").expect("valid");
        assert_eq!((values.text("name"), values.text("data-dir")), ("a", "/d"));
        assert!(values.bool("force-new-cluster") && !values.bool("client-cert-auth"));
        assert_eq!(values.rest, ["rest"]);
        assert_eq!(values.uint("election-timeout"), 1000);
    }

    #[test]
    fn wrong_flags_are_refused_in_gos_words() {
        refused("--nosuch", "flag provided but not defined: -nosuch");
        refused("--name", "flag needs an argument: -name");
        refused("---name", "bad flag syntax: ---name");
        refused("--heartbeat-interval x", r#"invalid value "x" for flag -heartbeat-interval: parse error"#);
        refused("--pre-vote=x", r#"invalid boolean value "x" for -pre-vote: parse error"#);
        refused("--initial-cluster-state old", r#"invalid value "old" for flag -initial-cluster-state: invalid value"#);
        let scheme =
            r#"invalid value "foo" for flag -listen-client-urls: URL scheme must be http, https, unix, or unixs: foo"#;
        refused("--listen-client-urls foo", scheme);
        assert_eq!(parse("-h").err(), Some(ParseError::Help));
    }

    #[test]
    fn a_file_names_flags_and_has_sections_for_tls() {
        let text = "# a comment\nname: infra0\nheartbeat-interval: 200\nclient-transport-security:\n  cert-file: a.crt\npeer-transport-security:\n  cert-file: 'b.crt'\n";
        let values = Values::from_file(text).expect("valid");
        assert_eq!((values.text("name"), values.text("cert-file")), ("infra0", "a.crt"));
        assert_eq!((values.text("peer-cert-file"), values.uint("heartbeat-interval")), ("b.crt", 200));
        assert!(Values::from_file("name infra0").is_err());
    }
}
