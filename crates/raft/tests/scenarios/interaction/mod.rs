//! Members that exchange messages by hand.

mod deliver;
mod env;
mod propose;
mod ready;
mod show;
mod stabilize;
mod storage;

use crate::datadriven::Case;

use env::Env;

/// What a command comes to: an error's words are printed after whatever was printed before.
type Outcome = Result<(), String>;

pub fn handler() -> impl FnMut(&Case) -> String {
    let mut env = Env::default();
    move |case| env.handle(case)
}
