//! Transcripts of the real programs: the same lines typed in the simulated world print the same.

#![forbid(unsafe_code)]

use lab::{Operation, World, WorldSetup};
use std::fmt::Write;

/// `== RELEASE, MEMBERS: what they show`, then lines after `$ ` and what the real programs printed: standard output, then
/// of standard error what is meant for the person, and `[N]` for an exit code that is not 0. `tls` in the place of
/// members is one of them as kubeadm secures it; a line after `! ` is something done to a server.
const TRANSCRIPTS: &str = include_str!("transcripts.txt");
/// The same of kubectl on one cluster, one after the other, worded as its source is (`k8s.io/kubectl/pkg/cmd`).
const KUBECTL: &str = include_str!("kubectl.txt");

/// Virtual time, in microseconds, after which a line is given up.
const LINE_LIMIT: u64 = 100_000_000;
/// Members change only in a cluster that is healthy for so long, in microseconds.
const QUIET: u64 = 6_000_000;

/// Types the lines of a transcript; the transcript that this makes.
fn replay(title: &str, transcript: &str) -> String {
    let (release, rest) = title.split_once(", ").expect("a title begins with a release");
    let members = rest.split(':').next().expect("a title says how many members");
    let tls = members == "tls";
    let members = if tls { 1 } else { members.parse().expect("a number of members") };
    let setup = WorldSetup { version: release.into(), tls, ..WorldSetup::of_members(members) };
    let mut world = World::new(1, &setup, &machine::maker());
    assert!(world.wait_until_settled(30_000_000), "{title}: no leader");
    let until = world.now() + QUIET;
    world.run_until(until);
    play(&mut world, title, transcript)
}

fn play(world: &mut World, title: &str, transcript: &str) -> String {
    let session = world.log_in();
    let mut shown = String::new();
    for line in transcript.lines() {
        if let Some(words) = line.strip_prefix("! ") {
            let mut words = words.split(' ').map(str::to_owned);
            let op = words.next().unwrap_or_default();
            let operation = Operation::parse(&op, &words.collect::<Vec<_>>());
            world.operate(&operation.unwrap_or_else(|| panic!("{title}: {line}")));
            let until = world.now() + QUIET;
            world.run_until(until);
            let _ = writeln!(shown, "{line}");
        }
        let Some(line) = line.strip_prefix("$ ") else { continue };
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
fn kubectl_says_what_its_source_says() {
    let setup = WorldSetup::kubernetes();
    let mut world = World::new(1, &setup, &machine::maker());
    assert!(world.wait_until_settled(30_000_000), "no leader");
    world.place(kube::kubeadm(&world.etcd(), setup.epoch));
    world.wait_until_quiet(3_000_000, 120_000_000);
    for transcript in KUBECTL.split("== ").skip(1) {
        let (title, expected) = transcript.split_once('\n').expect("a title is a line");
        assert_eq!(play(&mut world, title, expected), expected, "{title}");
    }
}

#[test]
fn the_world_prints_what_was_printed() {
    for transcript in TRANSCRIPTS.split("== ").skip(1) {
        let (title, expected) = transcript.split_once('\n').expect("a title is a line");
        assert_eq!(replay(title, expected), expected, "{title}");
    }
}
