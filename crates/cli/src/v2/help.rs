//! Help in the layout of urfave/cli.

use super::spec::{Command, FlagSpec, Kind};

/// Blanks between two columns.
const PADDING: usize = 2;

/// Help of the program itself.
pub fn program(usage: &str, version: &str, commands: &[&Command], flags: &[FlagSpec]) -> String {
    let mut rows: Vec<_> = commands.iter().map(|command| (command.name.to_owned(), command.usage.to_owned())).collect();
    rows.push(("help, h".into(), "Lists the commands, or explains one of them".into()));
    let mut flags: Vec<_> = flags.iter().map(row).collect();
    flags.push(("--help, -h".into(), "explain the program".into()));
    flags.push(("--version, -v".into(), "tell the version".into()));
    format!(
        "NAME:\n   etcdctl - {usage}\n\nUSAGE:\n   etcdctl [global options] command [command options] \
         [arguments...]\n\nVERSION:\n   {version}\n\nCOMMANDS:\n{}\nGLOBAL OPTIONS:\n{}",
        table(&rows),
        table(&flags)
    )
}

/// Help of one command. `path` is its name with those above it.
pub fn command(path: &str, command: &Command) -> String {
    let mut out = format!("NAME:\n   {path} - {}\n\nUSAGE:\n   {path}", command.usage);
    if !command.flags.is_empty() {
        out.push_str(" [command options]");
    }
    let arguments = if command.arguments.is_empty() { "[arguments...]" } else { command.arguments };
    out.push_str(&format!(" {arguments}\n"));
    if !command.description.is_empty() {
        out.push_str(&format!("\nDESCRIPTION:\n   {}\n", command.description.replace('\n', "\n   ")));
    }
    if !command.flags.is_empty() {
        let rows: Vec<_> = command.flags.iter().map(row).collect();
        out.push_str(&format!("\nOPTIONS:\n{}   \n", table(&rows)));
    }
    out
}

/// Help of a command that has others below it.
pub fn group(path: &str, command: &Command) -> String {
    let rows: Vec<_> =
        command.subcommands.iter().map(|command| (command.name.to_owned(), command.usage.to_owned())).collect();
    let help = [("--help, -h".to_owned(), "explain the command".to_owned())];
    format!(
        "NAME:\n   {path} - {}\n\nUSAGE:\n   {path} command [command options] [arguments...]\n\nCOMMANDS:\n{}\nOPTIONS:\n{}   \n",
        command.usage,
        table(&rows),
        table(&help)
    )
}

/// A flag's names and what is said about it.
fn row(flag: &FlagSpec) -> (String, String) {
    let value = if flag.kind == Kind::Bool { String::new() } else { format!(" {}", flag.placeholder) };
    let names: Vec<_> =
        flag.names.iter().map(|name| format!("{}{name}{value}", if name.len() == 1 { "-" } else { "--" })).collect();
    let default = match flag.kind {
        _ if flag.default.is_empty() => String::new(),
        Kind::Text => format!(" (default: \"{}\")", flag.default),
        _ => format!(" (default: {})", flag.default),
    };
    (names.join(", "), format!("{}{default}", flag.usage))
}

/// Two columns, indented.
fn table(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or_default() + PADDING;
    rows.iter().map(|(left, right)| format!("   {left:width$}{right}\n")).collect()
}
