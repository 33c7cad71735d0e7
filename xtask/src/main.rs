//! `cargo xtask`: set-up, serving, testing and building, one subcommand a file.
//!
//! The two commands a newcomer needs are `cargo xtask serve` and `cargo xtask test`; both do all the set-up they need.

#![forbid(unsafe_code)]

use std::process::ExitCode;

mod args;
mod bench;
mod chaos;
mod conformance;
mod content;
mod dist;
mod fuzz;
mod gather;
mod glue;
mod http;
mod labs;
mod offline;
mod pages;
mod postbuild;
mod prerender;
mod serve;
mod setup;
mod sh;
mod site;
mod size;
mod split;
mod storm;
mod styles;
mod test;
mod tidy;
mod worker;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  serve [--port N] [--dev] [--base /x/]  set up, build the site, serve it on http://127.0.0.1:8080
  test                                   set up and run every check there is
  dist [--base /x/] [--out DIR]          build the folder to put on any static host
  size                                   compare the built folder with the size budgets
  tidy                                   the rules of the house: floors, file sizes, banned words, licences
  setup                                  only the set-up: wasm target, Trunk, wasm-bindgen, node packages, Chromium
  bench [NAME]                           run the benchmarks of the native twin
  bench etcd [--keys N] [--puts N]       the cluster natively and in Chromium, beside a real etcd where there is one
  bench kubernetes [--nodes N] [--pods N] [--only TEXT] [--profile NAME]
                                         three nodes, an hour of them, 1,000 pods on 100 nodes, and as many as asked
  labs [NAME...]                         prove the labs: unsolved at first, solved by their own solutions
  conformance DIR [--answers OUT]        replay a folder of recorded cases
  fuzz [--runs N] [--from SEED] [TARGET...]
                                         damaged inputs for everything that reads what comes from outside
  chaos [--seeds N] [--from SEED]        Kubernetes under random work and faults: what always holds, where it rests
  storm --seeds N [--from SEED]          random faults against clients, and what they were told checked";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let result = match command.as_str() {
        "serve" => serve::main(rest),
        "test" => test::main(rest),
        "dist" => dist::main(rest),
        "size" => size::main(rest),
        "tidy" => tidy::main(rest),
        "setup" => setup::main(rest),
        "bench" => bench::main(rest),
        "labs" => labs::main(rest),
        "conformance" => conformance::main(rest),
        "chaos" => chaos::main(rest),
        "fuzz" => fuzz::main(rest),
        "storm" => storm::main(rest),
        "" | "help" | "-h" | "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("there is no command {unknown:?}\n\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
