//! Recorded truth: replays folders of recorded cases and says how many of their steps come out as they did on the real
//! thing. The rules are those of the corpus's `score.py`.

mod case;
mod replay;
mod score;

use case::{Answers, Case};
use std::{collections::BTreeMap, fs, io, path::Path};

/// Passed and total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    pub passed: u32,
    pub total: u32,
}

impl Figure {
    fn count(&mut self, passed: bool) {
        self.passed += u32::from(passed);
        self.total += 1;
    }
}

/// What a folder of cases came to.
#[derive(Debug, Default)]
pub struct Report {
    /// By subcommand.
    pub by: BTreeMap<String, Figure>,
    pub steps: Figure,
    pub cases: Figure,
    /// For each failing case: its name, the first failing step, and what differs.
    pub failures: Vec<String>,
}

/// Replays every case of a folder, in order of their names; with `answers`, writes ours there, one file a case.
///
/// # Errors
/// When a file cannot be read, is no case, or an answer cannot be written.
pub fn run(folder: &Path, answers: Option<&Path>) -> io::Result<Report> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if let Some(out) = answers {
        fs::create_dir_all(out)?;
    }
    let mut report = Report::default();
    for path in paths {
        let case: Case = serde_json::from_slice(&fs::read(&path)?)
            .map_err(|error| io::Error::other(format!("{} is no case: {error}", path.display())))?;
        let outcome = replay::replay(&case);
        if case.scored() {
            report.add(&case, &outcome);
        }
        if let (Some(out), Some(name)) = (answers, path.file_name()) {
            let text = serde_json::to_string(&Answers { name: case.name, steps: outcome.answers })?;
            fs::write(out.join(name), text)?;
        }
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, case: &Case, outcome: &replay::Outcome) {
        for scored in &outcome.scored {
            self.steps.count(scored.failure.is_none());
            self.by.entry(scored.label.clone()).or_default().count(scored.failure.is_none());
        }
        let first = outcome.scored.iter().find_map(|scored| Some((scored.step, scored.failure.as_ref()?)));
        self.cases.count(first.is_none());
        if let Some((step, why)) = first {
            let typed = case.steps.get(step).and_then(|step| step.cmd.as_deref().or(step.end.as_deref()));
            self.failures.push(format!("=== {} step {step}: {}\n{why}\n", case.name, typed.unwrap_or_default()));
        }
    }

    /// Passed and total a subcommand, then of all, as the corpus's scorer prints them.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for (name, figure) in &self.by {
            out.push_str(&format!("{name:20} {:5}/{}\n", figure.passed, figure.total));
        }
        let Figure { passed, total } = self.steps;
        let share = 100.0 * f64::from(passed) / f64::from(total.max(1));
        let cases = self.cases;
        out.push_str(&format!(
            "{:20} {passed:5}/{total}  {share:.1} %   whole cases {}/{}\n",
            "all steps", cases.passed, cases.total
        ));
        out
    }
}
