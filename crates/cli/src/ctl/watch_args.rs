//! What the words of a `watch` mean (etcd: etcdctl/ctlv3/command/watch_command.go, `parseWatchArgs`): keys from the
//! arguments or from the environment, and after `--` a command.

use sorted::SortedMap;

use crate::flags::FlagSet;
use crate::go;
use crate::program::Exit;

use super::watch::{WATCH, WatchOptions};

const BAD_NUMBER: &str = "bad number of arguments";
const CONFLICT: &str = "bad number of arguments (found conflicting environment key)";
const NO_COMMAND: &str = "bad number of arguments (found separator --, but no commands)";

/// `ETCDCTL_WATCH_KEY` and `ETCDCTL_WATCH_RANGE_END`, which stand for arguments; empty ones do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvKeys(Vec<String>);

impl EnvKeys {
    pub fn read(env: &SortedMap<String, String>) -> Result<Self, Exit> {
        let value = |name| env.get(name).filter(|v: &&String| !v.is_empty()).cloned();
        match (value("ETCDCTL_WATCH_KEY"), value("ETCDCTL_WATCH_RANGE_END")) {
            (None, Some(end)) => {
                let end = go::quote(&end);
                Err(Exit::bad_args(format!("ETCDCTL_WATCH_KEY is empty but got ETCDCTL_WATCH_RANGE_END={end}")))
            }
            (key, end) => Ok(Self(key.into_iter().chain(end).collect())),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What to watch and what to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchArgs {
    pub keys: Vec<String>,
    /// The command to run for each event; empty for none.
    pub exec: Vec<String>,
}

/// The arguments of `etcdctl watch`: `raw` are all words of the command line, `args` those that were no flags.
pub fn parse_watch(raw: &[String], args: &[String], env: &EnvKeys) -> Result<WatchArgs, Exit> {
    let raw = match raw.iter().position(|w| w == "watch") {
        Some(at) => &raw[at + 1..],
        None => raw,
    };
    let separator = raw.iter().position(|w| w == "--");
    if separator.is_some_and(|at| at + 1 == raw.len()) {
        return Err(Exit::bad_args(NO_COMMAND));
    }
    let Some(at) = separator else {
        if raw.is_empty() && env.is_empty() {
            return Err(Exit::bad_args(BAD_NUMBER));
        }
        if !args.is_empty() && !env.is_empty() {
            return Err(Exit::bad_args(CONFLICT));
        }
        return Ok(WatchArgs { keys: with_env(env, args), exec: Vec::new() });
    };
    let exec = raw[at + 1..].to_vec();
    // pflag has put what follows `--` behind the other arguments.
    let own = args.len().saturating_sub(exec.len());
    if own > 0 && !env.is_empty() {
        return Err(Exit::bad_args(CONFLICT));
    }
    Ok(WatchArgs { keys: with_env(env, &args[..own]), exec })
}

fn with_env(env: &EnvKeys, args: &[String]) -> Vec<String> {
    env.0.iter().chain(args).cloned().collect()
}

/// The words after `watch` on a line of `watch -i`, which has flags of its own.
pub fn parse_watch_line(words: &[String], env: &EnvKeys) -> Result<(WatchArgs, WatchOptions), Exit> {
    let separator = words.iter().position(|w| w == "--");
    if separator.is_some_and(|at| at + 1 == words.len()) {
        return Err(Exit::bad_args(NO_COMMAND));
    }
    let mut flags = FlagSet::own(&WATCH);
    flags.parse(words).map_err(|error| Exit::bad_args(error.text()))?;
    if separator.is_none() {
        if env.is_empty() && flags.args.is_empty() {
            return Err(Exit::bad_args(BAD_NUMBER));
        }
        if !env.is_empty() && !flags.args.is_empty() {
            return Err(Exit::bad_args(CONFLICT));
        }
    }
    let exec = separator.map_or(Vec::new(), |at| words[at + 1..].to_vec());
    let own = flags.args.len().saturating_sub(exec.len());
    let options = WatchOptions {
        prefix: flags.bool("prefix"),
        revision: flags.int("rev"),
        prev_kv: flags.bool("prev-kv"),
        // The original reads this flag into a variable that the next line resets.
        progress_notify: flags.bool("progress-notify"),
    };
    Ok((WatchArgs { keys: with_env(env, &flags.args[..own]), exec }, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(raw: &str, args: &str, env: &str, expected: Result<(&str, &str), &str>) {
        let got = parse_watch(&words(raw), &words(args), &EnvKeys(words(env)));
        let expected = expected.map(|(keys, exec)| WatchArgs { keys: words(keys), exec: words(exec) });
        assert_eq!(got, expected.map_err(Exit::bad_args), "{raw}");
    }

    #[test]
    fn keys_come_from_arguments_or_environment_and_commands_after_the_separator() {
        check("etcdctl watch foo", "foo", "", Ok(("foo", "")));
        check("etcdctl watch foo bar --rev 1", "foo bar", "", Ok(("foo bar", "")));
        check("etcdctl watch foo -- echo hello", "foo echo hello", "", Ok(("foo", "echo hello")));
        check("etcdctl watch --rev 1 foo bar -- echo", "foo bar echo", "", Ok(("foo bar", "echo")));
        check("etcdctl watch", "", "foo bar", Ok(("foo bar", "")));
        check("etcdctl watch -- echo hello", "echo hello", "foo", Ok(("foo", "echo hello")));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        check("etcdctl watch", "", "", Err(BAD_NUMBER));
        check("etcdctl watch foo --", "foo", "", Err(NO_COMMAND));
        check("etcdctl watch foo", "foo", "bar", Err(CONFLICT));
        check("etcdctl watch foo -- echo 1", "foo echo 1", "bar", Err(CONFLICT));
    }
}
