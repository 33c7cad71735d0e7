//! Proves the labs: each is unsolved at first, stays so by waiting, and is solved by its own solution.

use crate::parallel;
use lab::{Kubernetes, World};
use lesson::{Lab, Move};
use protocol::{Exercise, Input, PromptState, TerminalId, Verdict};
use std::path::Path;

const SECOND: u64 = 1_000_000;
/// How long a lab has to withstand waiting.
const WAIT: u64 = 600 * SECOND;
/// When a world that was checked is compared with one that was not.
const LOOK: u64 = 10 * SECOND;
/// What one step of a solution may take.
const MOVE_LIMIT: u64 = 300 * SECOND;
/// What a person takes between two buttons.
const PRESS_PAUSE: u64 = SECOND;
/// Every random number of the worlds comes from one of these: a lab must not hang on who won an election.
const SEEDS: [u64; 2] = [1, 20_260_101];
const TERMINAL: TerminalId = TerminalId(0);

/// `labs DIR [NAME…]`: proves the labs of a content folder, one line each.
pub fn run(words: &[String]) -> Result<(), String> {
    let [folder, names @ ..] = words else { return Err("labs: which content folder?".into()) };
    let mut labs = read(folder.as_ref())?;
    labs.retain(|(_, lab)| names.is_empty() || names.contains(&lab.slug));
    let mut failed = 0;
    parallel::each(
        &labs,
        || |(_, lab): &(String, Lab)| prove(lab),
        |(path, lab), proof| match proof {
            Ok(proof) => println!("ok      {:<24} {proof}", lab.slug),
            Err(problem) => {
                failed += 1;
                println!("FAILED  {:<24} {path}: {problem}", lab.slug);
            }
        },
    );
    if failed == 0 { Ok(()) } else { Err(format!("{failed} labs do not hold")) }
}

fn read(folder: &Path) -> Result<Vec<(String, Lab)>, String> {
    let content = lesson::folder::read(folder).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    Ok(content.labs)
}

/// Proves one lab; what the check said before and after, in words.
fn prove(lab: &Lab) -> Result<String, String> {
    let mut proofs =
        SEEDS.iter().map(|seed| prove_with(lab, *seed).map_err(|problem| format!("seed {seed}: {problem}")));
    let first = proofs.next().unwrap_or_else(|| Err("no seed".into()));
    proofs.try_fold(first?, |first, proof| proof.map(|_| first))
}

fn prove_with(lab: &Lab, seed: u64) -> Result<String, String> {
    let mut waiting = open(seed, &lab.exercise)?;
    let mut solving = open(seed, &lab.exercise)?;

    let before = Look::at(&waiting);
    let first = waiting.check(&lab.check);
    if Look::at(&waiting) != before {
        return Err("the check disturbs the world it is asked about".into());
    }
    unsolved(&first, "at first")?;
    for world in [&mut waiting, &mut solving] {
        world.run_until(world.now() + LOOK);
    }
    if Look::at(&waiting) != Look::at(&solving) {
        return Err("a world that was checked goes on otherwise than one that was not".into());
    }

    waiting.run_until(waiting.now() + WAIT - LOOK);
    unsolved(&waiting.check(&lab.check), "after ten minutes of waiting")?;

    let began = solving.now();
    solve(&mut solving, &lab.solution)?;
    let last = solving.check(&lab.check);
    if !last.reached {
        let console: String = solving.take_console(1 << 20).into_iter().map(|chunk| chunk.text).collect();
        return Err(format!("its own solution does not reach the goal: {}\n{console}", last.says));
    }
    Ok(format!(
        "solved in {:>3} s; before: {}",
        (solving.now() - began) / SECOND,
        first.says.lines().next().unwrap_or("")
    ))
}

fn open(seed: u64, exercise: &Exercise) -> Result<World, String> {
    let mut world = World::of_exercise(seed, exercise, &machine::maker(), Some(Kubernetes::kubeadm()))
        .map_err(|problem| format!("its setup: {problem}"))?;
    world.open_terminal(TERMINAL);
    Ok(world)
}

fn unsolved(verdict: &Verdict, when: &str) -> Result<(), String> {
    if verdict.reached {
        Err(format!("it is solved {when}"))
    } else if verdict.says.is_empty() {
        Err(format!("its check does not say what is missing {when}"))
    } else {
        Ok(())
    }
}

/// Does what a learner would: types at the console, presses buttons.
fn solve(world: &mut World, solution: &[Move]) -> Result<(), String> {
    for step in solution {
        match step {
            Move::Commands(text) => {
                world.apply(&Input::Submit { terminal: TERMINAL, text: text.clone() });
                let limit = world.now() + MOVE_LIMIT;
                world.run_until(world.now() + SECOND / 10);
                while !at_prompt(world) {
                    if world.now() >= limit {
                        return Err(format!("a step of its solution comes to no end: {text}"));
                    }
                    world.run_until(world.now() + SECOND / 10);
                }
            }
            Move::Press { component, fault } => {
                if !world.has_process(component) {
                    return Err(format!("its solution presses a button of {component}, which is not there"));
                }
                world.apply(&Input::Fault { component: component.clone(), fault: *fault });
                world.run_until(world.now() + PRESS_PAUSE);
            }
        }
    }
    Ok(())
}

fn at_prompt(world: &World) -> bool {
    world.prompts().iter().any(|prompt| prompt.terminal == TERMINAL && prompt.state == PromptState::Ready)
}

/// What a world looks like from outside; two equal ones have the same history.
#[derive(PartialEq)]
struct Look {
    now: u64,
    trace: u64,
    members: Vec<protocol::MemberView>,
    prompts: Vec<protocol::PromptView>,
    files: Vec<(String, Option<Vec<u8>>)>,
}

impl Look {
    fn at(world: &World) -> Self {
        Self {
            now: world.now(),
            trace: world.trace_hash(),
            members: world.members(),
            prompts: world.prompts(),
            files: files(world),
        }
    }
}

/// The learner's files with their content.
fn files(world: &World) -> Vec<(String, Option<Vec<u8>>)> {
    let machine = world.machine();
    machine.paths().into_iter().map(|path| (path.clone(), machine.read(&path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(check: &str, solution: &str, expected: Result<(), &str>) {
        let text = format!(
            "---\ntitle: T\nsummary: S.\n---\n## Situation\n\ns\n\n## Goal\n\ng\n\n## Hints\n\n- h\n\n## Setup\n\n\
             ```sh\necho here > note\n```\n\n## Check\n\n```sh\n{check}\n```\n\n## Solution\n\n```sh\n{solution}\n```\n"
        );
        let lab = lesson::parse_lab("labs/01-t.md", &text).unwrap();
        let found = prove_with(&lab, 1);
        match expected {
            Ok(()) => assert!(found.is_ok(), "{found:?}"),
            Err(part) => assert!(found.as_ref().is_err_and(|e| e.contains(part)), "{found:?} does not say {part:?}"),
        }
    }

    #[test]
    fn a_lab_that_does_not_hold_is_found_out() {
        let key = "etcdctl get k --print-value-only | grep -q 1 || { echo no key; exit 1; }";
        check(key, "etcdctl put k 1", Ok(()));
        check(key, "etcdctl put k 2", Err("its own solution"));
        check("echo fine", "true", Err("solved at first"));
        check(
            "test \"$(etcdctl get k --print-value-only)\" = 1",
            "etcdctl put k 1",
            Err("does not say what is missing"),
        );
        // The world's calendar begins at 1767225600.
        check("echo too early; test $(date +%s) -gt 1767225900", "true", Err("solved after ten minutes"));
        check(key, "sleep 1000000", Err("comes to no end"));
    }

    // All of them, in more than one world each, are proved by `cargo xtask labs`, which is built to run fast.
    #[test]
    fn a_lab_of_every_seven_holds() {
        let labs = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")).unwrap();
        assert!(labs.len() >= 15, "{} labs", labs.len());
        let broken: Vec<String> = labs
            .iter()
            .step_by(7)
            .filter_map(|(path, lab)| prove_with(lab, SEEDS[0]).err().map(|problem| format!("{path}: {problem}")))
            .collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
