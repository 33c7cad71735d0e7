//! Runs a script in the console of a fresh world.

use lab::{World, WorldSetup};
use protocol::Nodes;
use serde::Serialize;
use std::{fs, io::Read};

/// World time a line may take before it is interrupted, in microseconds: a script that waits for ever is a mistake.
const LINE_LIMIT: u64 = 3600 * 1_000_000;
/// World time the cluster gets to elect a leader before the first line, in microseconds.
const BOOT_LIMIT: u64 = 30_000_000;

/// A cluster of Kubernetes has come to rest when nothing but leases was written for so long, in microseconds.
const QUIET: u64 = 3_000_000;

/// What a line came to, with `--json`.
#[derive(Serialize)]
struct LineOutcome<'a> {
    cmd: &'a str,
    stdout: String,
    stderr: String,
    code: i32,
}

/// `run [--members N | --kubernetes | --bare-nodes] [--control-planes N] [--workers N] [--seed N] [--json] FILE`
pub fn run(words: &[String]) -> Result<(), String> {
    let (mut members, mut seed, mut json, mut kubernetes, mut bare, mut file) = (3, 1, false, false, false, None);
    let mut nodes = Nodes::FEW;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--members" => members = number(word, words.next())?,
            "--seed" => seed = number(word, words.next())?,
            "--json" => json = true,
            "--kubernetes" => kubernetes = true,
            "--bare-nodes" => bare = true,
            "--control-planes" => nodes.control_planes = u8::try_from(number(word, words.next())?).unwrap_or(u8::MAX),
            "--workers" => nodes.workers = u16::try_from(number(word, words.next())?).unwrap_or(u16::MAX),
            flag if flag.starts_with("--") => return Err(format!("run: unknown flag {flag}")),
            path => file = Some(path),
        }
    }
    if ![0, 1, 3, 5, 7].contains(&members) {
        return Err(format!("run: a cluster has 1, 3, 5 or 7 members (0 for none), not {members}"));
    }
    nodes.check().map_err(|why| format!("run: {why}"))?;
    let script = read(file.ok_or("run: which file?")?)?;
    let mut world = if kubernetes {
        let mut world = crate::kubernetes::of_nodes(seed, nodes);
        world.wait_until_quiet(QUIET, 4 * BOOT_LIMIT);
        world
    } else if bare {
        crate::kubernetes::bare_nodes(seed, nodes)
    } else {
        World::new(seed, &WorldSetup::of_members(members as u8), &machine::maker())
    };
    if members > 0 && !kubernetes && !bare {
        world.wait_until_settled(BOOT_LIMIT);
    }
    let session = world.log_in();
    for line in statements(&script) {
        let job = world.exec(&line, session);
        let until = world.now() + LINE_LIMIT;
        world.run_while(until, &mut || job.code().is_none());
        if job.code().is_none() {
            job.signal("INT");
            let until = world.now() + 10_000_000;
            world.run_while(until, &mut || job.code().is_none());
        }
        let outcome = LineOutcome {
            cmd: &line,
            stdout: String::from_utf8_lossy(&job.stdout()).into_owned(),
            stderr: String::from_utf8_lossy(&job.stderr()).into_owned(),
            code: job.code().unwrap_or(130),
        };
        if json {
            println!("{}", serde_json::to_string(&outcome).map_err(|error| error.to_string())?);
        } else {
            print!("{}", outcome.stdout);
            eprint!("{}", outcome.stderr);
        }
    }
    Ok(())
}

fn number(flag: &str, value: Option<&String>) -> Result<u64, String> {
    let value = value.ok_or_else(|| format!("run: {flag} takes a number"))?;
    value.parse().map_err(|_| format!("run: {flag} takes a number, not {value:?}"))
}

fn read(path: &str) -> Result<String, String> {
    if path != "-" {
        return fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
    Ok(text)
}

/// The lines of a script; those that belong together (a heredoc, a loop, an open quote) as one. Blank lines and
/// comments are left out.
fn statements(script: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = String::new();
    for line in script.lines() {
        if open.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        if !open.is_empty() {
            open.push('\n');
        }
        open.push_str(line);
        if shell::is_complete(&open) {
            out.push(std::mem::take(&mut open));
        }
    }
    if !open.is_empty() {
        out.push(open);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: &[&str]) {
        assert_eq!(statements(script), expected, "{script:?}");
    }

    #[test]
    fn lines_that_belong_together_are_one_statement() {
        check("a\n\n# note\nb | c\n", &["a", "b | c"]);
        check("for i in 1 2\ndo echo $i\ndone\nb", &["for i in 1 2\ndo echo $i\ndone", "b"]);
        check("cat <<E\nx\nE\nb", &["cat <<E\nx\nE", "b"]);
        check("echo 'a\nb'", &["echo 'a\nb'"]);
        check("echo 'open", &["echo 'open"]);
    }
}
