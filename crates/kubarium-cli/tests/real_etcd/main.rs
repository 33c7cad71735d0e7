//! The same requests through Debian's real etcd and through the simulated one give the same answers. One body, two arms;
//! where `etcd-server` and `etcd-client` are not installed, the tests say so and compare nothing.

#![forbid(unsafe_code)]

mod arms;
mod mask;
mod random;

use arms::{Arm, Ours, Real};

/// The scripts: `== NAME`, with `, 3 members` for a cluster of three, then the lines to type.
const SCRIPTS: &str = include_str!("scripts.txt");

/// The release installed here, or none with a word about it on standard output.
fn release_or_skip() -> Option<String> {
    let release = arms::release();
    if release.is_none() {
        println!("skipped: no real etcd on this machine (`apt-get install etcd-server etcd-client` brings it)");
    }
    release
}

/// Types the lines of a script into both arms; what differs, as a person wants to read it.
fn differences(lines: &[&str], real: &mut dyn Arm, ours: &mut dyn Arm) -> Vec<String> {
    let (mut their_ids, mut my_ids) = (mask::Ids::default(), mask::Ids::default());
    let mut found = Vec::new();
    for line in lines {
        let theirs = mask::answer(&real.line(line), &mut their_ids);
        let mine = mask::answer(&ours.line(line), &mut my_ids);
        if theirs != mine {
            found.push(format!("$ {line}\n--- real\n{theirs}--- ours\n{mine}"));
        }
    }
    found
}

#[test]
fn scripts_print_the_same() {
    let Some(release) = release_or_skip() else { return };
    let mut found = Vec::new();
    for script in SCRIPTS.split("== ").skip(1) {
        let mut lines = script.lines();
        let title = lines.next().unwrap_or_default();
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let members = if title.ends_with(", 3 members") { 3 } else { 1 };
        let different = differences(&lines, &mut Real::new(members), &mut Ours::new(members, &release));
        found.extend(different.into_iter().map(|words| format!("== {title}\n{words}")));
    }
    assert!(found.is_empty(), "{} answers differ\n{}", found.len(), found.join("\n"));
}

/// `KUBARIUM_PARITY_REQUESTS` asks for more requests, `KUBARIUM_PARITY_SEED` for others.
#[test]
fn random_requests_get_the_same_answers() {
    let Some(release) = release_or_skip() else { return };
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seed, count) = (number("KUBARIUM_PARITY_SEED", 1), number("KUBARIUM_PARITY_REQUESTS", 400));
    let (mut real, mut ours) = (Real::new(1), Ours::new(1, &release));
    let mut requests = random::Requests::new(seed);
    for at in 0..count {
        let (path, body) = requests.next();
        let [theirs, mine] = [real.post(path, &body), ours.post(path, &body)].map(|answer| mask::json(answer, path));
        assert_eq!(theirs, mine, "request {at} of seed {seed}: real (left) and ours (right) to {path} {body}");
        requests.saw(&theirs);
    }
    println!("{count} requests of seed {seed} got the same answers, up to revision {}", requests.revision());
}
