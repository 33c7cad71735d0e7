//! A recorded case: what was typed at the real thing, what was done to it, and what it printed.

use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// One file of the corpus.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub name: String,
    pub setup: Setup,
    /// Why the recording is not quite the upstream tool's; a note about packaging takes the case out of the figures.
    #[serde(default)]
    pub fidelity: String,
    pub steps: Vec<Step>,
}

/// The world a case starts in.
#[derive(Clone, Debug, Deserialize)]
pub struct Setup {
    /// 0 (no server at all), 1 or 3.
    pub members: u8,
    /// The release of etcd and etcdctl.
    pub version: String,
    /// TLS with the PKI of a kubeadm control plane.
    #[serde(default)]
    pub tls: bool,
    /// A second cluster of one member, the mirror's target.
    #[serde(default)]
    pub extra: bool,
    /// Further server flags, comma-separated.
    #[serde(default)]
    pub args: String,
}

/// One step: a command, the start or end of one in a second terminal, or something done to the servers.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    pub cmd: Option<String>,
    /// How long it took, in milliseconds, each time it was recorded.
    #[serde(default)]
    ms: Vec<u64>,
    /// The streams as they were printed once, where placeholders stand for what differs.
    #[serde(default)]
    sample: BTreeMap<String, serde_json::Value>,
    pub bg: Option<String>,
    pub end: Option<String>,
    pub signal: Option<String>,
    pub op: Option<String>,
    #[serde(default)]
    pub args: Vec<String>,
    #[serde(default)]
    hung: bool,
    stdout: Option<String>,
    stderr: Option<String>,
    code: Option<i32>,
    codes: Option<Vec<i32>>,
    #[serde(default)]
    varies: BTreeMap<String, Varies>,
}

/// How a stream differed between runs: one word or several.
#[derive(Clone, Debug)]
struct Varies(Vec<String>);

impl<'de> Deserialize<'de> for Varies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(String),
            Several(Vec<String>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::One(word) => vec![word],
            Form::Several(words) => words,
        }))
    }
}

/// What was recorded for a step that printed something.
#[derive(Clone, Debug)]
pub struct Expected {
    pub stdout: String,
    pub stderr: String,
    /// Any of these exit codes will do.
    pub codes: Vec<i32>,
    varies: BTreeMap<String, Varies>,
}

impl Expected {
    /// The words on how a stream varies, joined; empty when it does not.
    pub fn varies(&self, stream: &str) -> String {
        self.varies.get(stream).map(|how| how.0.join(" ")).unwrap_or_default()
    }
}

impl Case {
    /// Whether the case counts in the figures.
    pub fn scored(&self) -> bool {
        !self.fidelity.contains("packag")
    }
}

impl Case {
    /// When the recording of the case began, in seconds since 1970, if it shows a time: the ids of members that are
    /// added follow from the second at which that is done.
    pub fn began(&self) -> Option<u64> {
        let mut passed = 0;
        for step in &self.steps {
            passed += match (step.op.as_deref(), &step.args[..]) {
                (Some("sleep"), [seconds]) => (seconds.parse::<f64>().unwrap_or(0.0) * 1000.0) as u64,
                _ => step.ms.first().copied().unwrap_or(0),
            };
            if let Some(ended) = step.last_time_shown() {
                return Some(ended.saturating_sub(passed) / 1000);
            }
        }
        None
    }
}

impl Step {
    /// The last time of day in the log lines that the step printed, in milliseconds since 1970.
    fn last_time_shown(&self) -> Option<u64> {
        let text = self.sample.get("stderr")?.as_str()?;
        let start = text.rfind("\"ts\":\"")? + 6;
        parse_time(text.get(start..start + 23)?)
    }

    /// What to hold the answer against; `None` for steps that are not scored.
    pub fn expected(&self) -> Option<Expected> {
        let stdout = self.stdout.clone().filter(|_| !self.hung)?;
        let codes = self.codes.clone().filter(|codes| !codes.is_empty());
        Some(Expected {
            stdout,
            stderr: self.stderr.clone().unwrap_or_default(),
            codes: codes.unwrap_or_else(|| self.code.into_iter().collect()),
            varies: self.varies.clone(),
        })
    }

    /// The subcommand a step counts for, as the corpus's scorer names it.
    pub fn label(&self) -> String {
        let Some(cmd) = &self.cmd else { return "background".into() };
        let words: Vec<&str> = cmd
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .filter(|word| !word.is_empty())
            .collect();
        if !words.iter().any(|word| matches!(*word, "etcdctl" | "etcdutl")) {
            return "shell".into();
        }
        words.into_iter().find(|word| SUBCOMMANDS.contains(word)).unwrap_or("other").into()
    }
}

/// `2026-11-22T00:59:48.139` as milliseconds since 1970.
fn parse_time(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // Days since 1970 in the calendar whose years begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    let seconds = days * 86_400 + number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    Some(seconds * 1000 + number(20..23)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_began_before_the_first_time_it_shows() {
        let case = r#"{"name":"n","setup":{"members":1,"version":"3.5.30"},"steps":[
            {"op":"sleep","args":["6"]},
            {"cmd":"x","stdout":"","code":1,"ms":[139,50],"sample":{"stderr":"{\"ts\":\"2026-11-22T00:59:48.139013Z\"}"}}]}"#;
        let case: Case = serde_json::from_str(case).expect("it is one");
        assert_eq!(case.began(), Some(1_795_309_182));
    }
}

const SUBCOMMANDS: &[&str] = &[
    "alarm",
    "auth",
    "check",
    "compaction",
    "defrag",
    "del",
    "elect",
    "endpoint",
    "get",
    "help",
    "lease",
    "lock",
    "make-mirror",
    "member",
    "move-leader",
    "put",
    "role",
    "snapshot",
    "txn",
    "user",
    "version",
    "watch",
    "set",
    "ls",
    "mk",
    "mkdir",
    "rm",
    "rmdir",
    "update",
    "updatedir",
    "setdir",
    "exec-watch",
    "cluster-health",
    "backup",
    "import",
];

/// What we printed for a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// Our answers to a case, as the corpus's scorer reads them: `null` for a step that prints nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    pub name: String,
    pub steps: Vec<Option<Answer>>,
}
