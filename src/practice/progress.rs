//! Which labs were begun and which solved: kept in the browser, and taken along as a file.

use crate::reactive::RwSignal;
use crate::{route::is_slug, storage};

const KEY: &str = "kubarium.progress";
/// The first line of a file of progress.
const HEAD: &str = "kubarium-progress 1";
/// A file of progress has a short line a lab; this is far above any of ours.
pub const BYTES_MAX: usize = 64 << 10;

/// A lab by its name, and whether it was solved.
type Entry = (String, bool);

/// The learner's progress; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Progress {
    labs: RwSignal<Vec<Entry>>,
    /// The browser keeps it.
    pub kept: RwSignal<bool>,
}

impl Progress {
    /// What was kept; nothing where that cannot be read.
    pub fn restore() -> Self {
        let labs = storage::read(KEY).and_then(|text| parse(&text).ok()).unwrap_or_default();
        Self { labs: RwSignal::new(labs), kept: RwSignal::new(true) }
    }

    /// Whether a lab was solved; `None` for one that was never begun.
    pub fn of(self, lab: &str) -> Option<bool> {
        self.labs.with(|labs| labs.iter().find(|(name, _)| name == lab).map(|(_, solved)| *solved))
    }

    /// Notes that a lab was begun, or solved. What was solved once stays so.
    pub fn note(self, lab: &str, solved: bool) {
        self.merge(&[(lab.to_owned(), solved)]);
    }

    /// The file to take along.
    pub fn to_text(self) -> String {
        self.labs.with(|labs| write(labs))
    }

    /// Adds what a file says to what is known; how many labs it names.
    ///
    /// # Errors
    /// In words, when the text is no file of progress.
    pub fn import(self, text: &str) -> Result<usize, String> {
        let read = parse(text)?;
        self.merge(&read);
        Ok(read.len())
    }

    fn merge(self, news: &[Entry]) {
        self.labs.update(|labs| merge(labs, news));
        let kept = storage::write(KEY, &self.labs.with_untracked(|labs| write(labs)));
        self.kept.set(kept);
    }
}

fn merge(labs: &mut Vec<Entry>, news: &[Entry]) {
    for (name, solved) in news {
        match labs.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known |= solved,
            None => labs.push((name.clone(), *solved)),
        }
    }
}

fn write(labs: &[Entry]) -> String {
    let mut text = format!("{HEAD}\n");
    for (name, solved) in labs {
        text.push_str(if *solved { "solved " } else { "started " });
        text.push_str(name);
        text.push('\n');
    }
    text
}

/// Reads a file of progress, which may be anything at all.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    if text.len() > BYTES_MAX {
        return Err(format!("it is larger than {} kB", BYTES_MAX >> 10));
    }
    let mut lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    if lines.next().is_none_or(|(_, head)| head != HEAD) {
        return Err("it is not a file of progress that was exported here".to_owned());
    }
    let mut labs = Vec::new();
    for (at, line) in lines {
        let entry = match line.split_once(' ') {
            Some((state @ ("solved" | "started"), name)) if is_slug(name) => (name.to_owned(), state == "solved"),
            _ => return Err(format!("its line {} says nothing about a lab", at + 1)),
        };
        merge(&mut labs, &[entry]);
    }
    Ok(labs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[(&str, bool)], &str>) {
        let found = parse(text);
        match expected {
            Ok(labs) => {
                let labs: Vec<Entry> = labs.iter().map(|(name, solved)| ((*name).to_owned(), *solved)).collect();
                assert_eq!(found, Ok(labs), "{text:?}");
            }
            Err(part) => assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{found:?} for {text:?}"),
        }
    }

    #[test]
    fn a_file_says_which_labs_were_begun_and_solved() {
        check("kubarium-progress 1\n", Ok(&[]));
        check("kubarium-progress 1\r\nsolved a\r\nstarted b-2\r\n", Ok(&[("a", true), ("b-2", false)]));
        check("kubarium-progress 1\nsolved a\nstarted a\n", Ok(&[("a", true)]));
    }

    #[test]
    fn what_is_no_such_file_is_refused_in_words() {
        check("", Err("not a file of progress"));
        check("\u{0}\u{1}PNG", Err("not a file of progress"));
        check("kubarium-progress 2\n", Err("not a file of progress"));
        check("kubarium-progress 1\nsolved a\nsolved <b>\n", Err("line 3"));
        check("kubarium-progress 1\nlost a\n", Err("line 2"));
        check(&format!("kubarium-progress 1\n{}", "solved a\n".repeat(10_000)), Err("larger than 64 kB"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let labs = vec![("first-steps".to_owned(), true), ("watch".to_owned(), false)];
        assert_eq!(parse(&write(&labs)), Ok(labs));
    }
}
