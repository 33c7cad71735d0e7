//! Command lines as cobra reads them.

use super::{Resolution, Tool, UsageError};
use crate::ctl::etcdctl;
use crate::utl::etcdutl;
use crate::version::Release;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|w| w.trim_matches('\'').to_owned()).collect()
}

/// What a line means, in one line: the command with its arguments and changed flags, or the error.
fn read(tool: &Tool, line: &str) -> String {
    match tool.resolve(&words(line)) {
        Resolution::Run { chain, flags } => {
            let path = chain.iter().skip(1).map(|c| c.name()).collect::<Vec<_>>().join(" ");
            format!("run {path} {:?}", flags.args)
        }
        Resolution::Help { chain } => format!("help {}", chain.last().map_or("", |c| c.name())),
        Resolution::UnknownHelpTopic(topic) => format!("no topic {topic:?}"),
        Resolution::Error(UsageError::UnknownCommand { message } | UsageError::Flags { message, .. }) => message,
    }
}

#[track_caller]
fn check(line: &str, expected: &str) {
    assert_eq!(read(&etcdctl(&Release::DEFAULT), line), expected, "{line}");
}

#[test]
fn flags_stand_anywhere() {
    check("get a", r#"run get ["a"]"#);
    check("--endpoints x get a -w json b", r#"run get ["a", "b"]"#);
    check("-w=json member list", "run member list []");
    check("-wjson get --prefix a --limit 3", r#"run get ["a"]"#);
    check("put a -- -b", r#"run put ["a", "-b"]"#);
    check("get --prefix=false a", r#"run get ["a"]"#);
}

#[test]
fn commands_may_be_shortened_when_that_is_clear() {
    check("compact 3", r#"run compaction ["3"]"#);
    check("mem list", "run member list []");
    check(
        "e health",
        "unknown command \"e\" for \"etcdctl\"\n\nDid you mean this?\n\tget\n\tdel\n\tendpoint\n\telect\n",
    );
}

#[test]
fn what_is_wrong_with_a_line_is_said_in_cobras_words() {
    check("mk foo bar", "unknown command \"mk\" for \"etcdctl\"");
    check("set foo", "unknown command \"set\" for \"etcdctl\"\n\nDid you mean this?\n\tget\n\tput\n\tdel\n\tuser\n");
    check("get a --nosuch", "unknown flag: --nosuch");
    check("get a -x", "unknown shorthand flag: 'x' in -x");
    check("get a -w", "flag needs an argument: 'w' in -w");
    check("get a --limit", "flag needs an argument: --limit");
    check("get ---a", "bad flag syntax: ---a");
    let limit = r#"invalid argument "x" for "--limit" flag: strconv.ParseInt: parsing "x": invalid syntax"#;
    check("get a --limit=x", limit);
    let timeout = r#"invalid argument "abc" for "--command-timeout" flag: time: invalid duration "abc""#;
    check("--command-timeout=abc get foo", timeout);
    let prefix = r#"invalid argument "maybe" for "--prefix" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#;
    check("get --prefix=maybe a", prefix);
}

#[test]
fn help_is_shown_for_groups_and_on_request() {
    check("", "help etcdctl");
    check("lease", "help lease");
    check("lease nosuch", "help lease");
    check("get --help", "help get");
    check("help member add", "help add");
    check("help nosuch", r#"no topic ["nosuch"]"#);
    check("lease --nosuch", "unknown flag: --nosuch");
}

#[test]
fn required_flags_are_required() {
    let etcdutl = etcdutl(Release::DEFAULT);
    assert_eq!(read(&etcdutl, "snapshot restore f"), "required flag(s) \"data-dir\" not set");
    assert_eq!(read(&etcdutl, "snapshot restore f --data-dir d"), r#"run snapshot restore ["f"]"#);
}

#[test]
fn help_has_the_sections_and_columns_of_the_original() {
    let etcdctl = etcdctl(&Release::DEFAULT);
    let Resolution::Help { chain } = etcdctl.resolve(&words("lease keep-alive --help")) else {
        panic!("help was asked for");
    };
    let text = etcdctl.usage(&chain);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "NAME:");
    assert!(lines[1].starts_with("\tlease keep-alive - "));
    assert_eq!(lines[4], "\tetcdctl lease keep-alive [options] <leaseID> [flags]");
    assert!(lines.iter().any(|l| l.starts_with("  -h, --help[=false]\t")));
    assert!(lines.iter().any(|l| l.starts_with("      --once[=false]\t")));
    assert!(lines.iter().any(|l| l.starts_with("      --endpoints=[127.0.0.1:2379]\t\t")));
    assert!(lines.iter().any(|l| l.starts_with("  -w, --write-out=\"simple\"\t\t\t")));
    assert!(text.ends_with("\n\n"));
}
