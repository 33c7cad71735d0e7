//! A lab: a goal to reach in the cluster.

use protocol::{Exercise, Fault, Nodes, Preparation};
use serde::{Deserialize, Serialize};

use crate::block::{Block, Reference};
use crate::error::ParseError;
use crate::note::{normalize, number_and_name};
use crate::text::plain_text;
use crate::{front, markdown, sections};

const KEYS: [&str; 12] =
    ["title", "summary", "order", "section", "focus", "since", "world", "members", "tls", "mirror", "flags", "data"];

/// The first step of a lab with Kubernetes: the control plane answers, its nodes are ready and its own pods run, and the
/// first namespace takes pods.
const KUBERNETES_READY: &str = "\
until kubectl wait --for=condition=Ready nodes {nodes} --timeout=60s; do sleep 1; done
until kubectl get serviceaccount default; do sleep 1; done
kubectl -n kube-system rollout status deployment coredns --timeout=60s
kubectl -n kube-system rollout status daemonset kube-proxy --timeout=60s";

/// A check does not go by the kubeconfig that the learner may have changed.
const AS_ADMINISTRATOR: &str = "export KUBECONFIG=/etc/kubernetes/admin.conf";

/// What a solution may press, as the buttons on the diagram are called.
const BUTTONS: [(&str, Fault); 7] = [
    ("Kill", Fault::Kill),
    ("Stop", Fault::Stop),
    ("Restart", Fault::Restart),
    ("Pause", Fault::Pause),
    ("Resume", Fault::Resume),
    ("Cut off", Fault::CutOff),
    ("Reconnect", Fault::Reconnect),
];

/// A goal to reach, how it is judged, and how it can be reached.
///
/// The file has the sections `## Situation`, `## Goal`, `## Hints` (a list), `## Check` (a `sh` fence), `## Solution`
/// (`sh` and `press` fences) and, where the cluster has to be prepared, `## Setup` (`sh` and `servers` fences).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lab {
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub section: String,
    pub order: u32,
    pub focus: Vec<String>,
    pub situation: Vec<Block>,
    pub goal: Vec<Block>,
    /// Given one at a time.
    pub hints: Vec<Vec<Block>>,
    /// The recorded keys that are in the store first: the name of a file in `labs/data`, without its end.
    pub data: Option<String>,
    /// The world it begins in.
    pub exercise: Exercise,
    /// Runs in a fork of the world; exit code 0 says the goal is reached.
    pub check: String,
    pub solution: Vec<Move>,
    pub references: Vec<Reference>,
    pub warnings: Vec<ParseError>,
}

/// One step of a solution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Move {
    /// Typed at the console.
    Commands(String),
    /// A button on the diagram.
    Press { component: String, fault: Fault },
}

impl Move {
    /// The words of a button press, as the file has them: `Restart etcd-0`.
    pub fn press_words(component: &str, fault: Fault) -> String {
        let button = BUTTONS.iter().find(|(_, known)| *known == fault).map_or("", |(button, _)| button);
        format!("{button} {component}")
    }
}

impl Lab {
    /// The world as bytes, which the page takes to the simulation.
    ///
    /// # Errors
    /// Only when the data cannot be represented, which plain data always can.
    pub fn encoded_exercise(&self) -> Result<Vec<u8>, String> {
        protocol::encode(&self.exercise)
    }

    /// Puts recorded keys into the store before anything else happens: lines of a key, a space and a value.
    pub fn load(&mut self, recorded: &str) {
        let script = format!(
            "while read -r key value; do etcdctl put \"$key\" \"$value\"; done <<'END_OF_DATA'\n{}\nEND_OF_DATA",
            recorded.trim_end()
        );
        self.exercise.steps.insert(0, Preparation::Script(script));
    }
}

/// Parses a lab; `path` is its path under `content/`.
///
/// # Errors
/// The first thing an author has to mend, with its line.
pub fn parse_lab(path: &str, text: &str) -> Result<Lab, ParseError> {
    let text = normalize(text)?;
    let (front, body, first_line) = front::split(&text, &KEYS)?;
    let (number, slug) = number_and_name(path);
    let parsed = markdown::parse(body, first_line)?;
    let mut lab = Lab {
        slug: slug.to_string(),
        title: front.require("title")?,
        summary: front.require("summary")?,
        section: front.get("section").unwrap_or("Labs").to_string(),
        order: front.number("order", number)?,
        focus: front.list("focus"),
        situation: Vec::new(),
        goal: Vec::new(),
        hints: Vec::new(),
        data: front.get("data").map(str::to_string),
        exercise: exercise(slug, &front)?,
        check: String::new(),
        solution: Vec::new(),
        references: parsed.references,
        warnings: parsed.warnings,
    };
    let (before, parts) = sections::split(parsed.blocks);
    if !before.is_empty() {
        return Err(ParseError::new(first_line, "a lab begins with `## Situation`"));
    }
    for part in parts {
        match part.title.as_str() {
            "Situation" => lab.situation = part.body,
            "Goal" => lab.goal = part.body,
            "Hints" => {
                lab.hints = part.body.into_iter().flat_map(items).collect();
            }
            "Setup" => {
                let steps = preparation(&part.body).map_err(|what| ParseError::new(first_line, what))?;
                lab.exercise.steps.extend(steps);
            }
            "Check" if lab.exercise.kubernetes.is_some() => {
                lab.check = format!("{AS_ADMINISTRATOR}\n{}", script(&part.body))
            }
            "Check" => lab.check = script(&part.body),
            "Solution" => lab.solution = moves(&part.body).map_err(|what| ParseError::new(first_line, what))?,
            other => {
                let what =
                    format!("unknown section `{other}`; a lab has Situation, Goal, Hints, Setup, Check and Solution");
                return Err(ParseError::new(first_line, what));
            }
        }
    }
    let missing = [
        ("Situation", lab.situation.is_empty()),
        ("Goal", lab.goal.is_empty()),
        ("Check", lab.check.is_empty()),
        ("Solution", lab.solution.is_empty()),
    ];
    if lab.hints.is_empty() || lab.hints.iter().any(|hint| plain_text(hint).is_empty()) {
        return Err(ParseError::new(first_line, "a lab has hints, and each says something"));
    }
    match missing.iter().find(|(_, empty)| *empty) {
        Some((name, _)) => Err(ParseError::new(first_line, format!("the section `## {name}` is missing or empty"))),
        None => Ok(lab),
    }
}

fn items(block: Block) -> Vec<Vec<Block>> {
    match block {
        Block::List { items, .. } => items,
        other => vec![vec![other]],
    }
}

/// The world as the header describes it: three members without TLS where it says nothing.
fn exercise(name: &str, front: &front::Front) -> Result<Exercise, ParseError> {
    let refused = |key: &str, what: String| ParseError::new(front.line(key), what);
    let yes = |key: &str| match front.get(key) {
        None | Some("no") => Ok(false),
        Some("yes") => Ok(true),
        Some(other) => Err(refused(key, format!("`{key}` is `yes` or `no`, not `{other}`"))),
    };
    let mut flags = Vec::new();
    for flag in front.list("flags") {
        let Some((name, value)) = flag.split_once('=') else {
            return Err(refused("flags", format!("write a flag as `name=value`, not `{flag}`")));
        };
        flags.push((name.trim().to_string(), value.trim().to_string()));
    }
    let kubernetes = match front.get("world") {
        None => None,
        Some("kubernetes") => Some(Nodes::FEW),
        Some("ha") => Some(Nodes::HIGHLY_AVAILABLE),
        Some(other) => {
            let what = format!("`world` is `kubernetes`, `ha` or left out, not `{other}`");
            return Err(refused("world", what));
        }
    };
    let of_etcd = ["members", "tls", "mirror", "flags"].into_iter().find(|key| front.get(key).is_some());
    if let Some(key) = of_etcd.filter(|_| kubernetes.is_some()) {
        return Err(refused(key, format!("`{key}` is for worlds of etcd alone")));
    }
    let ready = |nodes: Nodes| {
        let names: Vec<String> = (0..nodes.count()).map(|node| nodes.name(node)).collect();
        Preparation::Script(KUBERNETES_READY.replace("{nodes}", &names.join(" ")))
    };
    let exercise = Exercise {
        name: name.to_string(),
        members: if kubernetes.is_some() { 1 } else { u8::try_from(front.number("members", 3)?).unwrap_or(u8::MAX) },
        tls: yes("tls")?,
        mirror: yes("mirror")?,
        kubernetes,
        flags,
        steps: kubernetes.map(ready).into_iter().collect(),
    };
    exercise.check().map_err(|what| refused("members", what))?;
    Ok(exercise)
}

/// The fences of a section: what kind each is, and its text.
fn fences(blocks: &[Block]) -> impl Iterator<Item = (&str, &str)> {
    blocks.iter().filter_map(|block| match block {
        Block::Code { language, text } => Some((language.as_str(), text.as_str())),
        Block::Run(run) => Some(("sh", run.script.as_str())),
        _ => None,
    })
}

/// The code of a section, whatever fences it is cut into.
fn script(blocks: &[Block]) -> String {
    fences(blocks).map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn preparation(blocks: &[Block]) -> Result<Vec<Preparation>, String> {
    let mut steps = Vec::new();
    for (kind, text) in fences(blocks) {
        match kind {
            "sh" => steps.push(Preparation::Script(text.to_string())),
            "servers" => steps.extend(lines(text).map(|line| Preparation::Servers(line.to_string()))),
            other => return Err(format!("Setup has `sh` and `servers` fences, not `{other}`")),
        }
    }
    Ok(steps)
}

fn moves(blocks: &[Block]) -> Result<Vec<Move>, String> {
    let mut moves = Vec::new();
    for (kind, text) in fences(blocks) {
        match kind {
            "sh" => moves.push(Move::Commands(text.to_string())),
            "press" => {
                for line in lines(text) {
                    moves.push(press(line).ok_or_else(|| format!("`{line}` is no button and component"))?);
                }
            }
            other => return Err(format!("Solution has `sh` and `press` fences, not `{other}`")),
        }
    }
    Ok(moves)
}

fn press(line: &str) -> Option<Move> {
    let (component, fault) =
        BUTTONS.iter().find_map(|(button, fault)| Some((line.strip_prefix(button)?.strip_prefix(' ')?, fault)))?;
    Some(Move::Press { component: component.to_string(), fault: *fault })
}
