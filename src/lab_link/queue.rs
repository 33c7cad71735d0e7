//! Scripts of the notes that wait their turn: for the program in the foreground, and in a Kubernetes cluster that has just
//! begun for its nodes and their pods. Whoever asks for them in the first second is told that there are none, which is true
//! and teaches nothing.

use super::Lab;
use leptos::prelude::{UpdateValue, WithValue};
use protocol::{Input, PromptState, Setup, ToLab};

/// Run blocks wait here; more than this many is a mistake of the reader's.
const LIMIT: usize = 200;

/// A cluster of this age, in microseconds of its time, is as somebody made it: then nodes that are not ready are no
/// reason to wait.
const GROWN_UP: u64 = 30_000_000;

impl Lab {
    /// Runs a script from a note: at once when the prompt is free, after the running program otherwise.
    pub fn run(self, script: String) {
        self.inner.update_value(|inner| {
            if inner.queue.len() < LIMIT {
                inner.queue.push_back(script);
            }
        });
        self.run_queued();
    }

    /// Runs the next script, if there is one and nothing is in its way.
    pub(super) fn run_queued(self) {
        let lacks = self.lacks();
        let free = lacks.is_none()
            && self
                .prompt
                .with_untracked(|prompt| prompt.as_ref().is_some_and(|prompt| prompt.state == PromptState::Ready));
        if free && let Some(script) = self.inner.try_update_value(|inner| inner.queue.pop_front()).flatten() {
            // Until the worker says otherwise the prompt is taken, so that two scripts never run into each other.
            self.prompt.update(|prompt| {
                if let Some(prompt) = prompt {
                    prompt.state = PromptState::Running;
                }
            });
            self.submit(script);
        }
        self.count_queued(lacks);
    }

    /// Ctrl-C: stops the running program, and forgets the scripts that wait for it.
    pub fn interrupt(self) {
        self.inner.update_value(|inner| inner.queue.clear());
        self.count_queued(None);
        self.send(&ToLab::Input(Input::Interrupt { terminal: self.terminal() }));
    }

    /// Nothing waits any more: a new world begins.
    pub(super) fn forget_queued(self) {
        self.inner.update_value(|inner| {
            inner.queue.clear();
            inner.grown_up = false;
        });
        self.count_queued(None);
    }

    fn count_queued(self, lacks: Option<String>) {
        let count = self.inner.with_value(|inner| inner.queue.len());
        if self.queued.get_untracked() != count {
            self.queued.set(count);
        }
        let words = match lacks {
            Some(lacks) if count > 0 => format!("Runs once the cluster is ready: {lacks}."),
            _ => String::new(),
        };
        if self.waits.with_untracked(|waits| *waits != words) {
            self.waits.set(words);
        }
    }

    /// What a cluster that sets itself up still lacks; `None` once it has lacked nothing. Bare nodes wait for the learner.
    fn lacks(self) -> Option<String> {
        let grown_up = self.inner.with_value(|inner| inner.grown_up);
        if grown_up || !self.has_kubernetes() || matches!(self.setup(), Setup::BareNodes(_)) {
            return None;
        }
        let lacks = self.kubernetes.with_untracked(super::Known::lacks);
        let lacks = lacks.filter(|_| self.clock.get_untracked().now <= GROWN_UP);
        if lacks.is_none() {
            self.inner.update_value(|inner| inner.grown_up = true);
        }
        lacks
    }
}
