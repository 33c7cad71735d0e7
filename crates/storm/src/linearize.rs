//! Whether a history is linearizable: whether every call can be given a moment between its beginning and its end so that
//! a store that does one after the other would have given the same answers.
//!
//! The search is Wing and Gong's with Lowe's memory of what was tried (G. Lowe, "Testing for linearizability", 2017), as in
//! porcupine. Three things keep it short. An answer names the revision of the store, which all keys share, so there is
//! hardly ever a choice of what comes next; this is also why a history is not taken apart by keys. A call that changes
//! nothing and fits is taken at once, for it can stand in nobody's way. And a call without an answer, which may have been
//! done at any time or never, is considered only where it changes something, and only at the revision at which its value
//! was seen, if it was seen ([`Facts`]).
//!
//! A lease that runs out is a step of its own that nobody calls. It cannot come before the time to live has passed since
//! the last renewal was asked for.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::facts::Facts;
use crate::history::{Call, History, Moment, Outcome};
use crate::model::{Answer, Change, Lease, Op, Revision, State};
use crate::text;

/// One step of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It does what a call asks for.
    Call(usize),
    /// A lease runs out.
    Expired(Lease),
}

/// How many states are looked at before a search gives up, unless it is told otherwise.
pub const MOST_STATES: usize = 20_000;

/// That no order was found, and how far the longest attempt came.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Whether the search was given up before everything was tried.
    pub undecided: bool,
    /// The steps of that attempt.
    pub steps: Vec<Step>,
    /// The calls of which one had to come next, and why each could not.
    pub blocked: Vec<(usize, String)>,
}

/// A point of the search.
#[derive(Clone)]
struct Node {
    state: State,
    done: Vec<u64>,
    /// All calls before this one are done.
    first: usize,
    /// All answers before this one, in the order of answers, are accounted for.
    answers: usize,
    /// All answers before this one, in the order of their revisions, are accounted for.
    revisions: usize,
}

impl Node {
    fn is_done(&self, call: usize) -> bool {
        self.done[call / 64] >> (call % 64) & 1 == 1
    }

    fn finish(&mut self, call: usize) {
        self.done[call / 64] |= 1 << (call % 64);
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.done, &self.state).hash(&mut hasher);
        hasher.finish()
    }
}

struct Frame {
    node: Node,
    steps: usize,
    choices: Vec<(Step, State)>,
}

struct Search<'a> {
    calls: &'a [Call],
    facts: &'a Facts<'a>,
    /// The calls with an answer that counts, in the order of the answers.
    answered: Vec<usize>,
    /// Those of them that name a revision, in the order of the revisions.
    by_revision: Vec<(Revision, usize)>,
    tried: BTreeSet<u64>,
    most_states: usize,
}

/// An order in which a store could have done all this.
///
/// # Errors
/// If there is none, or it would take looking at more than `most_states` states to know.
pub fn linearize(history: &History, most_states: usize) -> Result<Vec<Step>, Failure> {
    let facts = Facts::of(history);
    let calls = history.calls.as_slice();
    let counts = |call: &Call| call.answered().filter(|_| !matches!(call.op, Op::Local(_)));
    let mut answered: Vec<usize> = (0..calls.len()).filter(|number| counts(&calls[*number]).is_some()).collect();
    answered.sort_by_key(|number| calls[*number].back);
    let revision = |number: &usize| match calls[*number].outcome {
        Outcome::Answered { revision: Some(revision), .. } => Some((revision, *number)),
        _ => None,
    };
    let mut by_revision: Vec<(Revision, usize)> = answered.iter().filter_map(revision).collect();
    by_revision.sort_unstable();
    Search { calls, facts: &facts, answered, by_revision, tried: BTreeSet::new(), most_states }.run()
}

impl Search<'_> {
    fn run(mut self) -> Result<Vec<Step>, Failure> {
        let done = vec![0; self.calls.len() / 64 + 1];
        let mut steps = Vec::new();
        let mut furthest: Option<(Node, Vec<Step>)> = None;
        let mut root = Node { state: State::default(), done, first: 0, answers: 0, revisions: 0 };
        if self.facts.objection(&root.state, &[]).is_some() {
            return Err(Failure { undecided: false, steps, blocked: Vec::new() });
        }
        self.take_what_fits(&mut root, &mut steps);
        let mut stack = vec![self.frame(root, &steps)];
        while let Some(frame) = stack.last_mut() {
            if self.is_complete(&frame.node) {
                return Ok(steps);
            }
            steps.truncate(frame.steps);
            let Some((step, state)) = frame.choices.pop() else {
                if furthest.as_ref().is_none_or(|(_, before)| steps.len() > before.len()) {
                    furthest = Some((frame.node.clone(), steps.clone()));
                }
                stack.pop();
                continue;
            };
            let mut node = Node { state, ..frame.node.clone() };
            steps.push(step);
            if let Step::Call(call) = step {
                node.finish(call);
            }
            self.take_what_fits(&mut node, &mut steps);
            if self.tried.insert(node.fingerprint()) {
                if self.tried.len() > self.most_states {
                    break;
                }
                stack.push(self.frame(node, &steps));
            }
        }
        let undecided = !stack.is_empty();
        let Some((node, steps)) = furthest else { return Err(Failure { undecided, steps, blocked: Vec::new() }) };
        let blocked = self.blocked(&node);
        Err(Failure { undecided, steps, blocked })
    }

    fn frame(&self, node: Node, steps: &[Step]) -> Frame {
        // Taken from the end: calls with an answer first.
        let mut choices = self.choices(&node);
        choices.reverse();
        Frame { node, steps: steps.len(), choices }
    }

    fn is_complete(&self, node: &Node) -> bool {
        node.answers == self.answered.len() && node.state.revision >= self.facts.last()
    }

    /// The first answer that is not accounted for: what is called after it has to wait.
    fn next_answer(&self, node: &Node) -> Option<Moment> {
        self.answered.get(node.answers).and_then(|call| self.calls[*call].back)
    }

    /// The calls that may come next.
    fn open(&self, node: &Node) -> impl Iterator<Item = usize> {
        let limit = self.next_answer(node).map_or(u32::MAX, |answer| answer.order);
        let began = move |call: &usize| self.calls[*call].called.order < limit;
        let open = (node.first..self.calls.len()).take_while(began);
        let done = node.done.clone();
        open.filter(move |call| {
            let counts = self.calls[*call].outcome != Outcome::Void && !matches!(self.calls[*call].op, Op::Local(_));
            counts && done[call / 64] >> (call % 64) & 1 == 0
        })
    }

    /// Takes the calls that change nothing and fit here.
    fn take_what_fits(&self, node: &mut Node, steps: &mut Vec<Step>) {
        loop {
            while self.answered.get(node.answers).is_some_and(|call| node.is_done(*call)) {
                node.answers += 1;
            }
            while self.by_revision.get(node.revisions).is_some_and(|(_, call)| node.is_done(*call)) {
                node.revisions += 1;
            }
            while node.first < self.calls.len()
                && (node.is_done(node.first)
                    || self.calls[node.first].answered().is_none() && self.calls[node.first].outcome == Outcome::Void)
            {
                node.first += 1;
            }
            let before = steps.len();
            let open: Vec<usize> = self.open(node).collect();
            for call in open {
                if self.calls[call].outcome == Outcome::Unknown {
                    continue;
                }
                let renews = matches!(self.calls[call].op, Op::Renew { .. });
                if let Ok(state) = self.after(node, call)
                    && (renews || state == node.state)
                {
                    node.state = state;
                    node.finish(call);
                    steps.push(Step::Call(call));
                }
            }
            if steps.len() == before {
                return;
            }
        }
    }

    fn choices(&self, node: &Node) -> Vec<(Step, State)> {
        let (mut choices, mut unknown) = (Vec::new(), Vec::new());
        // Whoever was answered with a revision must have been answered before the next.
        let last = self.by_revision.get(node.revisions).map_or(Revision::MAX, |(revision, _)| *revision);
        for call in self.open(node) {
            let Ok(state) = self.after(node, call) else { continue };
            if state.revision > last {
                continue;
            }
            match self.calls[call].outcome {
                Outcome::Unknown if !self.helps(node, &state) => {}
                Outcome::Unknown => unknown.push((Step::Call(call), state)),
                _ => choices.push((Step::Call(call), state)),
            }
        }
        choices.append(&mut unknown);
        let limit = self.next_answer(node);
        for (lease, deadline) in &node.state.leases {
            if limit.is_none_or(|limit| limit.at >= *deadline) {
                let mut changes = Vec::new();
                let mut state = node.state.clone();
                state.end_lease(*lease, &mut changes);
                let free = state.revision <= last
                    && (changes.is_empty() || self.facts.may_have_run_out(*deadline, state.revision));
                if free && self.objection(&state, &changes).is_none() && self.helps(node, &state) {
                    choices.push((Step::Expired(*lease), state));
                }
            }
        }
        choices
    }

    /// Whether a step that nobody answered for is worth trying now: it makes a revision, or what it changes besides lets
    /// some call fit that does not fit without. Such steps can always wait until then.
    fn helps(&self, node: &Node, state: &State) -> bool {
        let makes = |after: Result<State, String>, before: &State| after.is_ok_and(|after| after != *before);
        let lets = |call: usize| {
            let with = Node { state: state.clone(), ..node.clone() };
            match self.calls[call].outcome {
                Outcome::Unknown => {
                    makes(self.after(&with, call), state) && !makes(self.after(node, call), &node.state)
                }
                _ => self.after(&with, call).is_ok() && self.after(node, call).is_err(),
            }
        };
        state.revision != node.state.revision || *state != node.state && self.open(node).any(lets)
    }

    fn objection(&self, state: &State, changes: &[Change]) -> Option<String> {
        if changes.is_empty() { None } else { self.facts.objection(state, changes) }
    }

    /// The state after a call, or why the call cannot come now.
    fn after(&self, node: &Node, number: usize) -> Result<State, String> {
        let call = &self.calls[number];
        let present = node.state.revision;
        if let Outcome::Answered { revision: Some(revision), .. } = call.outcome
            && revision != present
            && revision != present + 1
        {
            return Err(format!("it was answered with revision {revision}, but the store is at {present}"));
        }
        let mut state = node.state.clone();
        let mut changes = Vec::new();
        let model = state.apply(&call.op, call.called.at, &mut changes);
        match &call.outcome {
            Outcome::Answered { revision, answer } => {
                if !agree(&call.op, answer, &model) {
                    return Err(format!("the store would answer {}", text::answer(&model)));
                }
                if revision.is_some_and(|revision| revision != state.revision) {
                    return Err(format!("the store would be at revision {}", state.revision));
                }
            }
            _ if !changes.is_empty() && !self.facts.may_have_made(number, state.revision) => {
                return Err(format!("it did not make revision {}", state.revision));
            }
            _ => {}
        }
        self.objection(&state, &changes).map_or(Ok(state), Err)
    }

    fn blocked(&self, node: &Node) -> Vec<(usize, String)> {
        let open = self.open(node).filter(|call| self.calls[*call].outcome != Outcome::Unknown);
        let mut blocked: Vec<_> = open.filter_map(|call| Some((call, self.after(node, call).err()?))).collect();
        // What could come next, but for somebody who was answered with an earlier revision and calls later.
        let late = self.by_revision.get(node.revisions).map(|(_, call)| *call);
        let late = late.filter(|late| blocked.iter().all(|(call, _)| call != late));
        blocked.extend(late.map(|late| (late, format!("the store is past {} before it calls", node.state.revision))));
        blocked
    }
}

/// What reads of the past saw is compared with the states of the past.
fn agree(op: &Op, answer: &Answer, model: &Answer) -> bool {
    answer == model || matches!((op, answer, model), (Op::Past { .. }, Answer::Done { .. }, Answer::Ok))
}

/// A revision as the order of steps explains it.
#[derive(Clone, Debug)]
pub struct Made {
    /// By which step.
    pub by: Step,
    /// What changed.
    pub changes: Vec<Change>,
}

/// What each revision from 2 on changed, if the steps were done in this order.
pub fn revisions(history: &History, steps: &[Step]) -> Vec<Made> {
    let mut state = State::default();
    let mut made = Vec::new();
    for step in steps {
        let mut changes = Vec::new();
        match step {
            Step::Call(number) => {
                let call = &history.calls[*number];
                state.apply(&call.op, call.called.at, &mut changes);
            }
            Step::Expired(lease) => state.end_lease(*lease, &mut changes),
        }
        if !changes.is_empty() {
            made.push(Made { by: *step, changes });
        }
    }
    made
}
