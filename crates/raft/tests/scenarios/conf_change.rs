//! What membership changes lead to: `simple`, `enter-joint` and `leave-joint`.

use raft::{Changer, ConfChangeSingle, Tracker};

use crate::datadriven::Case;

pub fn handler() -> impl FnMut(&Case) -> String {
    let mut tracker = Tracker::new(10, 0);
    // Every command counts as an entry of the log, so that it can be seen when a member was added.
    let mut last_index = 0;
    move |case| {
        let changer = Changer::new(&tracker, last_index);
        last_index += 1;
        let changes = match ConfChangeSingle::parse_list(&case.input) {
            Ok(changes) => changes,
            Err(error) => return error.to_string(),
        };
        let outcome = match case.command.as_str() {
            "simple" => changer.simple(&changes),
            "enter-joint" => changer.enter_joint(case.value("autoleave") == Some("true"), &changes),
            "leave-joint" if changes.is_empty() => changer.leave_joint(),
            "leave-joint" => return "this command takes no input".to_owned(),
            _ => return "unknown command".to_owned(),
        };
        match outcome {
            Err(error) => error.to_string(),
            Ok((membership, progress)) => {
                let mut out = format!("{membership}\n");
                out.extend(progress.iter().map(|(id, progress)| format!("{id}: {progress}\n")));
                (tracker.membership, tracker.progress) = (membership, progress);
                out
            }
        }
    }
}
