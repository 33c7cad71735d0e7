//! cobra's own help text (cobra 1.1.3: `UsageTemplate`; pflag: `FlagUsages`), which etcdutl prints.

use std::fmt::Write;

use super::command::children;
use super::spec::{CommandSpec, FlagSpec, Kind};
use super::usage::{flag_usage, local_flags, path, use_line};
use crate::go;
use crate::version::Release;

/// Names of commands are padded to at least this many columns.
const NAME_PADDING: usize = 11;

/// Usage of the last command of `chain`, ending in a line break.
pub fn cobra_usage(chain: &[&'static CommandSpec], release: &Release) -> String {
    let mut out = String::from("Usage:");
    // Writing to a `String` cannot fail.
    let _ = write_usage(chain, release, &mut out);
    out
}

fn write_usage(chain: &[&'static CommandSpec], release: &Release, out: &mut String) -> std::fmt::Result {
    let Some((command, parents)) = chain.split_last() else { return Ok(()) };
    let mut below: Vec<_> = children(command, parents.is_empty(), release).filter(|c| c.deprecated.is_none()).collect();
    below.sort_by_key(|c| c.name());
    if command.run.is_some() {
        write!(out, "\n  {}", use_line(chain))?;
    }
    if !below.is_empty() {
        write!(out, "\n  {} [command]\n\nAvailable Commands:", path(chain))?;
        let width = below.iter().map(|c| c.name().len()).max().unwrap_or(0).max(NAME_PADDING);
        below.iter().try_for_each(|c| write!(out, "\n  {:width$} {}", c.name(), c.short))?;
    }
    write!(out, "\n\nFlags:\n{}", flag_usages(local_flags(command, release), command))?;
    let inherited: Vec<&FlagSpec> = parents.iter().flat_map(|p| p.persistent).collect();
    if !inherited.is_empty() {
        write!(out, "\n\nGlobal Flags:\n{}", flag_usages(inherited, command))?;
    }
    if !below.is_empty() {
        write!(out, "\n\nUse \"{} [command] --help\" for more information about a command.", path(chain))?;
    }
    out.push('\n');
    Ok(())
}

fn flag_usages(mut flags: Vec<&FlagSpec>, command: &CommandSpec) -> String {
    flags.sort_by_key(|f| f.name);
    let heads: Vec<String> = flags.iter().map(|f| head(f)).collect();
    let width = heads.iter().map(String::len).max().unwrap_or(0);
    let lines = flags.iter().zip(&heads).map(|(flag, head)| {
        format!("{head:width$}   {}{}", flag_usage(flag, command), default_note(flag)).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn head(flag: &FlagSpec) -> String {
    let kind = match flag.kind {
        Kind::Bool => "",
        Kind::Duration => " duration",
        Kind::Int => " int",
        Kind::Text => " string",
        Kind::TextList => " strings",
        Kind::Uint => " uint",
    };
    match flag.short {
        Some(short) => format!("  -{short}, --{}{kind}", flag.name),
        None => format!("      --{}{kind}", flag.name),
    }
}

/// The default, unless it is the type's zero.
fn default_note(flag: &FlagSpec) -> String {
    match (flag.kind, flag.default) {
        (_, "") | (Kind::Bool, "false") | (Kind::Int | Kind::Uint, "0") | (Kind::Duration, "0s") => String::new(),
        (Kind::Text, text) => format!(" (default {})", go::quote(text)),
        (_, text) => format!(" (default {text})"),
    }
}
