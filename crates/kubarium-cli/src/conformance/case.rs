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

impl Step {
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
