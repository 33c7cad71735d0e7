//! The native twin: the same console and the same world as the site's, in a terminal.

#![forbid(unsafe_code)]

mod bench;
mod conformance;
mod kubernetes;
mod labs;
mod parallel;
mod run;
mod runs;

use std::process::ExitCode;

const USAGE: &str = "\
usage: kubarium-cli COMMAND

  run [--members N | --kubernetes | --bare-nodes] [--control-planes N] [--workers N] [--seed N] [--json] FILE
                                               run a script in the console of a fresh world; FILE - is standard input
  conformance DIR [--answers OUT]              replay a folder of recorded cases and compare
  labs DIR [NAME...]                           prove the labs of a content folder
  runs DIR [NAME...]                           prove the run blocks of a content folder
  bench [NAME]                                 time the simulation
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((command, rest)) if command == "run" => run::run(rest),
        Some((command, rest)) if command == "conformance" => conformance_command(rest),
        Some((command, rest)) if command == "labs" => labs::run(rest),
        Some((command, rest)) if command == "runs" => runs::run(rest),
        Some((command, rest)) if command == "bench" => bench::run(rest),
        _ => Err(USAGE.to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::from(2)
        }
    }
}

fn conformance_command(words: &[String]) -> Result<(), String> {
    let (folder, answers) = match words {
        [folder] => (folder, None),
        [folder, flag, out] | [flag, out, folder] if flag == "--answers" => (folder, Some(out.as_ref())),
        _ => return Err(USAGE.to_string()),
    };
    let report = conformance::run(folder.as_ref(), answers).map_err(|error| format!("{folder}: {error}"))?;
    for failure in &report.failures {
        println!("{failure}");
    }
    print!("{}", report.table());
    Ok(())
}
