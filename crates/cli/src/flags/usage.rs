//! The help text of etcdctl (etcd: pkg/cobrautl/help.go): sections, tab-aligned columns, flags with their defaults.

use std::fmt::Write;

use super::command::children;
use super::set::HELP_FLAG;
use super::spec::{CommandSpec, FlagSpec, Kind};
use super::tabwriter::{Fill, align};
use crate::go;
use crate::version::Release;

/// Help for the last command of `chain`, ending in an empty line.
pub fn etcdctl_usage(chain: &[&'static CommandSpec], release: &Release) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    let _ = write_usage(chain, release, &mut out);
    align(&out, Fill::Tabs)
}

fn write_usage(chain: &[&'static CommandSpec], release: &Release, out: &mut String) -> std::fmt::Result {
    let Some((command, parents)) = chain.split_last() else { return Ok(()) };
    let is_root = parents.is_empty();
    let name = if is_root { command.name().to_owned() } else { path(&chain[1..]) };
    write!(out, "NAME:\n\t{name} - {}\n\n", command.short)?;
    write!(out, "USAGE:\n\t{}\n", use_line(chain))?;
    if is_root {
        write!(out, "\nVERSION:\n\t{}\n", release.version())?;
    }
    if children(command, is_root, release).next().is_some() {
        write!(out, "\nAPI VERSION:\n\t{}\n\n\nCOMMANDS:\n", release.api_version())?;
        write_commands(command, is_root, "", release, out)?;
    }
    if !command.long.is_empty() {
        out.push_str("\nDESCRIPTION:\n");
        command.long.trim().lines().try_for_each(|line| writeln!(out, "\t{line}"))?;
    }
    out.push_str("\nOPTIONS:\n");
    write_flags(local_flags(command, release), command, out)?;
    let inherited: Vec<&FlagSpec> = parents.iter().flat_map(|p| p.persistent).collect();
    if !inherited.is_empty() {
        out.push_str("\nGLOBAL OPTIONS:\n");
        write_flags(inherited, command, out)?;
    }
    out.push('\n');
    Ok(())
}

/// Every runnable command below, named from here: `lease grant`.
fn write_commands(
    command: &'static CommandSpec,
    is_root: bool,
    prefix: &str,
    release: &Release,
    out: &mut String,
) -> std::fmt::Result {
    let mut sorted: Vec<_> = children(command, is_root, release).collect();
    sorted.sort_by_key(|c| c.name());
    for child in sorted {
        let name = format!("{prefix}{}", child.name());
        // The help command runs too, though it is not run by a function of its own.
        if child.run.is_some() || child.children.is_empty() {
            writeln!(out, "\t{name}\t{}", child.short)?;
        }
        write_commands(child, false, &format!("{name} "), release, out)?;
    }
    Ok(())
}

fn write_flags(mut flags: Vec<&FlagSpec>, command: &CommandSpec, out: &mut String) -> std::fmt::Result {
    flags.sort_by_key(|f| f.name);
    for flag in flags {
        let usage = flag_usage(flag, command);
        match flag.short {
            Some(short) => write!(out, "  -{short}, --{}", flag.name)?,
            None => write!(out, "      --{}", flag.name)?,
        }
        let default = match flag.kind {
            Kind::Text => go::quote(flag.default),
            _ => flag.default.to_owned(),
        };
        match flag.value_is_optional() {
            true => writeln!(out, "[={default}]\t{usage}")?,
            false => writeln!(out, "={default}\t{usage}")?,
        }
    }
    Ok(())
}

/// A command's own flags, with the one for help that cobra gives every command.
pub fn local_flags(command: &'static CommandSpec, release: &Release) -> Vec<&'static FlagSpec> {
    let all = command.flags.iter().chain(command.persistent).chain([&HELP_FLAG]);
    all.filter(|flag| flag.is_in(release)).collect()
}

/// What a flag is for, in the help of `command`.
pub fn flag_usage(flag: &FlagSpec, command: &CommandSpec) -> String {
    match flag.name {
        "help" => format!("help for {}", command.name()),
        _ => flag.usage.to_owned(),
    }
}

pub fn path(chain: &[&'static CommandSpec]) -> String {
    chain.iter().map(|c| c.name()).collect::<Vec<_>>().join(" ")
}

/// The line after USAGE: the path, what the command takes, and `[flags]`.
pub fn use_line(chain: &[&'static CommandSpec]) -> String {
    let Some((command, parents)) = chain.split_last() else { return String::new() };
    let line =
        if parents.is_empty() { command.usage.to_owned() } else { format!("{} {}", path(parents), command.usage) };
    if line.contains("[flags]") { line } else { format!("{line} [flags]") }
}
