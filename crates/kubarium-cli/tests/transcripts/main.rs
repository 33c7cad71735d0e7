//! Transcripts of the real programs: the same lines typed in the simulated world print the same.

#![forbid(unsafe_code)]

use lab::{World, WorldSetup};
use std::fmt::Write;

/// `== RELEASE, MEMBERS: what they show`, then lines after `$ ` and what the real programs printed: standard output, then
/// of standard error what is meant for the person, and `[N]` for an exit code that is not 0.
const TRANSCRIPTS: &str = include_str!("transcripts.txt");

/// Virtual time, in microseconds, after which a line is given up.
const LINE_LIMIT: u64 = 100_000_000;
/// Members change only in a cluster that is healthy for so long, in microseconds.
const QUIET: u64 = 6_000_000;

/// Types the lines of a transcript; the transcript that this makes.
fn replay(title: &str, transcript: &str) -> String {
    let (release, rest) = title.split_once(", ").expect("a title begins with a release");
    let members = rest.split(':').next().and_then(|text| text.parse().ok()).expect("a title says how many members");
    let mut world =
        World::new(1, &WorldSetup { version: release.into(), ..WorldSetup::of_members(members) }, &machine::maker());
    assert!(world.wait_until_settled(30_000_000), "{title}: no leader");
    let until = world.now() + QUIET;
    world.run_until(until);
    let session = world.log_in();
    let mut shown = String::new();
    for line in transcript.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let job = world.exec(line, session);
        let until = world.now() + LINE_LIMIT;
        world.run_while(until, &mut || job.code().is_none());
        let (stdout, stderr) = (job.stdout(), job.stderr());
        let errors = String::from_utf8_lossy(&stderr);
        let _ = write!(shown, "$ {line}\n{}", String::from_utf8_lossy(&stdout));
        errors.lines().filter(|line| !line.starts_with('{') && !line.is_empty()).for_each(|line| {
            let _ = writeln!(shown, "{line}");
        });
        match job.code() {
            Some(0) => {}
            code => {
                let _ = writeln!(shown, "[{}]", code.map_or("no end".to_owned(), |code| code.to_string()));
            }
        }
    }
    shown
}

#[test]
fn the_world_prints_what_was_printed() {
    for transcript in TRANSCRIPTS.split("== ").skip(1) {
        let (title, expected) = transcript.split_once('\n').expect("a title is a line");
        assert_eq!(replay(title, expected), expected, "{title}");
    }
}
