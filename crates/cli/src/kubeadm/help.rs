//! Help texts in cobra's layout, which kubeadm keeps.

use super::GLOBAL_FLAGS;
use crate::kubectl::cmdline::{Command, Flag, Found, Kind};

pub const BANNER: &str =
    "kubeadm sets up a cluster of Kubernetes on machines that have a kubelet and a container runtime.

Two steps make a cluster of two nodes:

  1. On the machine of the control plane, as root:  kubeadm init
  2. On every worker, as root:                      kubeadm join <what init has printed>

Step 2 can be repeated on as many machines as there are.";

/// The help of the command that was found.
pub fn help(found: &Found) -> String {
    let command = found.command();
    let path = found.path();
    let mut out = format!("{}\n", if command.long.is_empty() { command.short } else { command.long });
    out.push_str("\nUsage:\n");
    if command.run.is_some() || command.children.is_empty() {
        let usage = if command.usage.is_empty() { "[flags]" } else { command.usage };
        out.push_str(&format!("  {path} {usage}\n"));
    }
    if !command.children.is_empty() {
        out.push_str(&format!("  {path} [command]\n"));
    }
    if !command.examples.is_empty() {
        let lines = command.examples.iter().map(|(what, line)| format!("  # {what}\n  {line}\n"));
        out.push_str(&format!("\nExamples:\n{}", lines.collect::<String>()));
    }
    if !command.children.is_empty() {
        out.push_str(&format!("\nAvailable Commands:\n{}", commands(command)));
    }
    let own: Vec<&Flag> = command.flags.iter().copied().flatten().collect();
    let is_root = found.chain.len() == 1;
    if is_root {
        out.push_str(&format!("\nFlags:\n{}", flags(GLOBAL_FLAGS.iter().collect(), true)));
    } else {
        out.push_str(&format!("\nFlags:\n{}", flags(own, true)));
        out.push_str(&format!("\nGlobal Flags:\n{}", flags(GLOBAL_FLAGS.iter().collect(), false)));
    }
    if !command.children.is_empty() {
        out.push_str(&format!("\nUse \"{path} [command] --help\" for more information about a command.\n"));
    }
    out
}

fn commands(command: &Command) -> String {
    let mut children = command.children.to_vec();
    children.sort_by_key(|child| child.name);
    let width = children.iter().map(|child| child.name.len()).max().unwrap_or(0).max(11);
    children.iter().map(|child| format!("  {:width$} {}\n", child.name, child.short)).collect()
}

fn flags(mut known: Vec<&Flag>, with_help: bool) -> String {
    static HELP: Flag = Flag::switch("help", "help for this command").short('h');
    if with_help {
        known.push(&HELP);
    }
    known.sort_by_key(|flag| flag.name);
    let left = |flag: &Flag| {
        let short = flag.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
        let kind = match flag.kind {
            Kind::Bool => "",
            Kind::Int => " int",
            Kind::Text => " string",
            Kind::List | Kind::Array => " strings",
            Kind::Duration => " duration",
        };
        format!("{short}--{}{kind}", flag.name)
    };
    let width = known.iter().map(|flag| left(flag).len()).max().unwrap_or(0);
    let line = |flag: &&Flag| {
        let default = match (flag.kind, flag.default) {
            (Kind::Bool, _) | (_, "" | "0") => String::new(),
            (Kind::Text, text) => format!(" (default {text:?})"),
            (_, text) => format!(" (default {text})"),
        };
        format!("  {:width$}   {}{default}\n", left(flag), flag.usage)
    };
    known.iter().map(line).collect()
}
