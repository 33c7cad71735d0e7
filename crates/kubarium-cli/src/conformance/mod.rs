//! Recorded truth: replays folders of recorded cases and says how many of their steps come out as they did on the real
//! thing. The rules are those of the corpus's `score.py`.

mod case;
mod help;
mod kubectl;
mod replay;
mod score;
#[cfg(test)]
mod tests;

use crate::parallel;
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
    /// Steps with help texts compared by what they offer: commands and flags, not sentences.
    pub by_offers: Figure,
    /// The folder holds help texts alone, and all its figures are by what they offer.
    all_help: bool,
    /// What differs: of each failing case the first failing step, and every failing step of `kubectl`, whose steps depend
    /// less on each other.
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
    let is_of_kubectl =
        |path: &&std::path::PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("\"group\""));
    if paths.first().as_ref().is_some_and(is_of_kubectl) {
        return kubectl::run(&paths, answers);
    }
    let all_help = folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-help"));
    let mut report = Report { all_help, ..Report::default() };
    let mut cases = Vec::new();
    for path in paths {
        let case: Case = serde_json::from_slice(&fs::read(&path)?)
            .map_err(|error| io::Error::other(format!("{} is no case: {error}", path.display())))?;
        cases.push((path, case));
    }
    // A case that shows no time is taken to have been recorded when recording began.
    let first = cases.iter().filter_map(|(_, case)| case.began()).min().unwrap_or(lab::EPOCH);
    let mut written = Ok(());
    parallel::each(
        &cases,
        || |(_, case): &(_, Case)| replay::replay(case, case.began().unwrap_or(first), all_help),
        |(path, case), outcome| {
            if case.scored() {
                report.add(case, &outcome);
            }
            if let (Some(out), Some(name), Ok(())) = (answers, path.file_name(), &written) {
                written = serde_json::to_string(&Answers { name: case.name.clone(), steps: outcome.answers })
                    .map_err(io::Error::other)
                    .and_then(|text| fs::write(out.join(name), text));
            }
        },
    );
    written.map(|()| report)
}

impl Report {
    fn add(&mut self, case: &Case, outcome: &replay::Outcome) {
        let all_help = self.all_help;
        let failure =
            |scored: &replay::Scored| if all_help { scored.offers_failure.clone() } else { scored.failure.clone() };
        for scored in &outcome.scored {
            let passed = failure(scored).is_none();
            self.steps.count(passed);
            self.by_offers.count(scored.offers_failure.is_none());
            self.by.entry(scored.label.clone()).or_default().count(passed);
        }
        let first = outcome.scored.iter().find_map(|scored| Some((scored.step, failure(scored)?)));
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
        if !self.all_help {
            let Figure { passed, total } = self.by_offers;
            let share = 100.0 * f64::from(passed) / f64::from(total.max(1));
            out.push_str(&format!(
                "{:20} {passed:5}/{total}  {share:.1} %   with help texts compared by commands and flags\n",
                ""
            ));
        }
        out
    }
}
