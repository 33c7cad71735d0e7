//! Help texts in kubectl's layout (`k8s.io/kubectl/pkg/util/templates/templates.go`).

use super::flags::{Flag, Kind};
use super::{Command, Found};

/// Groups of the root's commands, by the first name of each and its title.
const GROUPS: [(&str, &str); 8] = [
    ("create", "Basic Commands (Beginner)"),
    ("explain", "Basic Commands (Intermediate)"),
    ("rollout", "Deploy Commands"),
    ("certificate", "Cluster Management Commands"),
    ("describe", "Troubleshooting and Debugging Commands"),
    ("diff", "Advanced Commands"),
    ("label", "Settings Commands"),
    ("api-resources", "Other Commands"),
];

/// The help of the command that was found.
pub fn help(found: &Found) -> String {
    let command = found.command();
    let mut out = format!("{}\n", if command.long.is_empty() { command.short } else { command.long });
    if !command.aliases.is_empty() {
        let names: Vec<&str> = std::iter::once(command.name).chain(command.aliases.iter().copied()).collect();
        out.push_str(&format!("\nAliases:\n{}\n", names.join(", ")));
    }
    if !command.examples.is_empty() {
        let lines = command.examples.iter().map(|(what, line)| format!("  # {what}\n  {line}"));
        out.push_str(&format!("\nExamples:\n{}\n", lines.collect::<Vec<_>>().join("\n  \n")));
    }
    if !command.children.is_empty() {
        commands(command, found.chain.len() == 1, &mut out);
    }
    let mut flags: Vec<&Flag> = command.flags.iter().copied().flatten().collect();
    if !flags.is_empty() {
        flags.sort_by_key(|flag| flag.name);
        out.push_str("\nOptions:\n");
        out.push_str(&flags.iter().map(|flag| describe(flag)).collect::<Vec<_>>().join("\n"));
    }
    let usage = if command.usage.is_empty() { "[flags]" } else { command.usage };
    out.push_str(&format!("\nUsage:\n  {} {usage} [options]\n", found.path()));
    if !command.children.is_empty() {
        let path = found.path();
        out.push_str(&format!("\nUse \"{path} <command> --help\" for more information about a given command."));
    }
    out + "\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n"
}

fn commands(command: &'static Command, is_root: bool, out: &mut String) {
    let width = command.children.iter().map(|child| child.name.len()).max().unwrap_or(0);
    if !is_root {
        out.push_str("\nAvailable Commands:\n");
    }
    let mut children: Vec<_> = command.children.to_vec();
    if !is_root {
        children.sort_by_key(|child| child.name);
    }
    for child in children {
        if let Some((_, title)) = GROUPS.iter().find(|(first, _)| is_root && *first == child.name) {
            out.push_str(&format!("\n{title}:\n"));
        }
        if !(child.is_hidden() || is_root && matches!(child.name, "options" | "help")) {
            out.push_str(&format!("  {:width$}   {}\n", child.name, child.short));
        }
    }
}

fn describe(flag: &Flag) -> String {
    let default = match flag.kind {
        Kind::Text => format!("'{}'", flag.default),
        Kind::List | Kind::Array => "[]".to_owned(),
        _ => flag.default.to_owned(),
    };
    let short = flag.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
    format!("    {short}--{}={default}:\n\t{}\n", flag.name, flag.usage).replace("        --", "    --")
}

/// What `kubectl options` prints.
pub fn options(global: &'static [Flag]) -> String {
    let mut flags: Vec<&Flag> = global.iter().collect();
    flags.sort_by_key(|flag| flag.name);
    let all = flags.into_iter().map(describe).collect::<Vec<_>>().join("\n");
    format!("The following options can be passed to any command:\n\n{all}")
}
