//! Proves the run blocks of the tour and the notes: each works in the console of a fresh world, twice, and after all the
//! others, and prints what its page says.

use lab::{World, WorldSetup};
use lesson::Run;
use protocol::{CommandState, Input, Nodes, PromptState, Stream, TerminalId};
use std::path::Path;

const SECOND: u64 = 1_000_000;
/// As many as the site's console has.
const MEMBERS: u8 = 3;
/// Every random number of the worlds comes from one of these: a page must not hang on ids and latencies.
const SEEDS: [u64; 2] = [1, 20_260_101];
/// How long members may take to elect a leader.
const BOOT_LIMIT: u64 = 30 * SECOND;
/// A cluster of Kubernetes has come to rest when nothing but leases was written for so long.
const QUIET: u64 = 3 * SECOND;
/// What a reader waits for a block before thinking that it hangs.
const BLOCK_LIMIT: u64 = 60 * SECOND;
/// How long a block is listened to after its prompt is back: what it left running may still print.
const AFTERMATH: u64 = SECOND;
/// Output of a block that is looked at, in bytes.
const OUTPUT_MAX: usize = 1 << 20;
const TERMINAL: TerminalId = TerminalId(0);
/// What the shell and the programs say to a line that no page should make a reader type.
const COMPLAINTS: [&str; 8] = [
    "command not found",
    "syntax error",
    "unknown flag",
    "unknown shorthand flag",
    "unknown command",
    "flag needs an argument",
    "flag provided but not defined",
    "invalid argument",
];

/// `runs DIR [NAME…]`: proves the run blocks of a content folder, a line each; a name is a note's, or `tour`.
pub fn run(words: &[String]) -> Result<(), String> {
    let [folder, names @ ..] = words else { return Err("runs: which content folder?".into()) };
    let content = read(folder.as_ref())?;
    let runs: Vec<(&str, &Run)> = content
        .runs()
        .into_iter()
        .filter(|(path, _)| names.is_empty() || names.contains(&lesson::slug_from_path(path)))
        .collect();
    let mut failed = 0;
    for (path, run) in &runs {
        match prove_alone(run) {
            Ok(()) => println!("ok      {path}:{}", run.line),
            Err(problem) => {
                failed += 1;
                println!("FAILED  {path}:{}: {problem}", run.line);
            }
        }
    }
    for problem in prove_together(&runs) {
        failed += 1;
        println!("FAILED  {problem}");
    }
    if failed == 0 { Ok(()) } else { Err(format!("{failed} run blocks do not hold")) }
}

fn read(folder: &Path) -> Result<lesson::folder::Content, String> {
    lesson::folder::read(folder).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

/// Proves a block in fresh worlds of its own, twice in each.
fn prove_alone(run: &Run) -> Result<(), String> {
    for seed in SEEDS {
        let mut world = open(seed, run.kubernetes);
        for time in ["at first", "when it is run again"] {
            hold(&mut world, run).map_err(|problem| format!("{time}, seed {seed}: {problem}"))?;
        }
    }
    Ok(())
}

/// Runs all blocks that are for the same world in one, one after the other: what does not hold, with file and line.
fn prove_together(runs: &[(&str, &Run)]) -> Vec<String> {
    let of_world = |kubernetes: Option<Nodes>| prove_in_one_world(runs, kubernetes);
    [None, Some(Nodes::FEW), Some(Nodes::HIGHLY_AVAILABLE)].into_iter().flat_map(of_world).collect()
}

fn prove_in_one_world(runs: &[(&str, &Run)], kubernetes: Option<Nodes>) -> Vec<String> {
    let mut runs = runs.iter().filter(|(_, run)| run.kubernetes == kubernetes).peekable();
    if runs.peek().is_none() {
        return Vec::new();
    }
    let mut world = open(SEEDS[0], kubernetes);
    runs.filter_map(|(path, run)| {
        let problem = hold(&mut world, run).err()?;
        // What a block left half done must not be held against those that follow.
        world.apply(&Input::Interrupt { terminal: TERMINAL });
        Some(format!("{path}:{}: after the blocks before it: {problem}", run.line))
    })
    .collect()
}

fn open(seed: u64, kubernetes: Option<Nodes>) -> World {
    if let Some(nodes) = kubernetes {
        let mut world = crate::kubernetes::of_nodes(seed, nodes);
        world.open_terminal(TERMINAL);
        world.wait_until_quiet(QUIET, BOOT_LIMIT);
        return world;
    }
    let mut world = World::new(seed, &WorldSetup::of_members(MEMBERS), &machine::maker());
    world.open_terminal(TERMINAL);
    world.wait_until_settled(BOOT_LIMIT);
    world
}

/// Types a block at the console, as its button does, and compares what comes.
fn hold(world: &mut World, run: &Run) -> Result<(), String> {
    let before = world.commands().last().map_or(0, |command| command.id);
    world.apply(&Input::Submit { terminal: TERMINAL, text: run.script.clone() });
    let limit = world.now() + BLOCK_LIMIT;
    while world.now() < limit {
        world.run_until(world.now() + SECOND / 10);
        if at_prompt(world) {
            break;
        }
    }
    let ended = at_prompt(world);
    world.run_until(world.now() + AFTERMATH);
    let output: String = world
        .take_console(OUTPUT_MAX)
        .into_iter()
        .filter(|chunk| chunk.stream != Stream::Echo)
        .map(|chunk| chunk.text)
        .collect();
    if !ended {
        return Err(format!("it comes to no end; it has printed\n{output}"));
    }
    if !run.fits(&output) {
        return Err(format!("its page says otherwise; it has printed\n{output}"));
    }
    let expected = run.expect.as_deref().unwrap_or("");
    if let Some(words) = COMPLAINTS.iter().find(|words| output.contains(**words) && !expected.contains(**words)) {
        return Err(format!("{words}; it has printed\n{output}"));
    }
    let failed = world
        .commands()
        .into_iter()
        .find(|command| matches!(command.state, CommandState::Ended { code, .. } if command.id > before && code != 0));
    match failed {
        // A page that shows what is printed has shown the failure.
        Some(command) if run.expect.is_none() => Err(format!("{} fails; it has printed\n{output}", command.text)),
        _ => Ok(()),
    }
}

fn at_prompt(world: &World) -> bool {
    world.prompts().iter().any(|prompt| prompt.terminal == TERMINAL && prompt.state == PromptState::Ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expect: Option<&str>, expected: Result<(), &str>) {
        let run = Run { line: 1, script: script.into(), expect: expect.map(Into::into), kubernetes: None };
        let found = prove_alone(&run);
        match expected {
            Ok(()) => assert!(found.is_ok(), "{script}: {found:?}"),
            Err(part) => {
                assert!(found.as_ref().is_err_and(|e| e.contains(part)), "{script}: {found:?} does not say {part:?}");
            }
        }
    }

    #[test]
    fn a_block_that_does_not_hold_is_found_out() {
        check("etcdctl put k 1\netcdctl get k", Some("OK\nk\n1"), Ok(()));
        check("etcdctl put k 1", Some("KO"), Err("at first, seed 1: its page says otherwise; it has printed\nOK"));
        check("etcdctl del k2; etcdctl put k2 1", Some("0\nOK"), Err("when it is run again"));
        check("etcdctl set k 1", Some("…"), Err("unknown command"));
        check("etcdctl set k 1", Some("Error: unknown command \"set\" for \"etcdctl\"\n…"), Ok(()));
        check("etcdctl get k --watch", Some("…"), Err("unknown flag"));
        check("etcdctl3 get k", None, Err("command not found"));
        check("etcdctl get k --rev=99999", None, Err("etcdctl get k --rev=99999 fails"));
        check("for i in 1 2", None, Err("comes to no end"));
        check("sleep 100", None, Err("comes to no end"));
    }

    #[test]
    fn a_block_runs_in_the_world_it_is_for() {
        let script = "kubectl get node worker1 -o name";
        let run = |kubernetes| Run { line: 1, script: script.into(), expect: Some("node/worker1".into()), kubernetes };
        assert_eq!(prove_alone(&run(Some(Nodes::FEW))), Ok(()));
        assert!(prove_alone(&run(None)).is_err_and(|problem| problem.contains("command not found")));
    }

    #[test]
    fn a_block_is_held_against_those_before_it() {
        let run = |script: &str, expect: &str| Run {
            line: 7,
            script: script.into(),
            expect: Some(expect.into()),
            kubernetes: None,
        };
        let (first, second) = (run("etcdctl put k 1; cd /tmp", "OK"), run("etcdctl get k; pwd", "/root"));
        let problems = prove_together(&[("a.md", &first), ("b.md", &second)]);
        assert!(matches!(problems.as_slice(), [one] if one.starts_with("b.md:7: after the blocks")), "{problems:?}");
    }

    #[test]
    fn every_run_block_of_the_content_holds() {
        let content = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap();
        let runs = content.runs();
        assert!(runs.len() >= 60, "{} run blocks", runs.len());
        let alone = runs
            .iter()
            .filter_map(|(path, run)| prove_alone(run).err().map(|problem| format!("{path}:{}: {problem}", run.line)));
        let broken: Vec<String> = alone.chain(prove_together(&runs)).collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
