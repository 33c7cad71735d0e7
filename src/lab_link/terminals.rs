//! The console's terminals as the page knows them: which are open, which one is in view, what each waits for.

use super::Lab;
use crate::reactive::RwSignal;
use protocol::{Frame, Input, PromptView, TerminalId, ToLab};

/// Terminals that may be open at a time; the lab takes no more.
pub const TERMINALS_MAX: u32 = 8;

/// The signals of the terminals; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Terminals {
    /// The open ones, in the order of their tabs.
    pub open: RwSignal<Vec<TerminalId>>,
    /// The one that is in view and takes what is typed.
    pub active: RwSignal<TerminalId>,
    prompts: RwSignal<Vec<PromptView>>,
    /// The worker has said which terminals the session has.
    told: RwSignal<bool>,
}

impl Terminals {
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(vec![TerminalId(0)]),
            active: RwSignal::new(TerminalId(0)),
            prompts: RwSignal::new(Vec::new()),
            told: RwSignal::new(false),
        }
    }

    /// A new world: which terminals there are the worker will tell.
    pub fn forget(self) {
        self.open.set(vec![TerminalId(0)]);
        self.active.set(TerminalId(0));
        self.prompts.set(Vec::new());
        self.told.set(false);
    }

    /// Takes over what a frame says of prompts; gives the prompt of the terminal in view if that changed.
    pub fn take(self, frame: &Frame) -> Option<PromptView> {
        if frame.prompts.is_empty() {
            return None;
        }
        self.prompts.update(|known| {
            for prompt in &frame.prompts {
                known.retain(|other| other.terminal != prompt.terminal);
                known.push(prompt.clone());
            }
        });
        // The first frame tells of every terminal that the session has.
        if !self.told.get_untracked() {
            self.told.set(true);
            let mut open: Vec<TerminalId> = frame.prompts.iter().map(|prompt| prompt.terminal).collect();
            open.sort_unstable();
            if self.open.with_untracked(|now| *now != open) {
                self.open.set(open.clone());
            }
            if let Some(first) = open.first().filter(|_| !open.contains(&self.active.get_untracked())) {
                self.active.set(*first);
            }
        }
        let active = self.active.get_untracked();
        frame.prompts.iter().rev().find(|prompt| prompt.terminal == active).cloned()
    }

    fn prompt_of(self, terminal: TerminalId) -> Option<PromptView> {
        self.prompts.with_untracked(|prompts| prompts.iter().find(|prompt| prompt.terminal == terminal).cloned())
    }
}

impl Lab {
    /// Brings a terminal into view.
    pub fn select_terminal(self, terminal: TerminalId) {
        self.terminals.active.set(terminal);
        self.prompt.set(self.terminals.prompt_of(terminal));
        self.run_queued();
    }

    /// Opens another terminal and brings it into view.
    pub fn open_terminal(self) {
        let open = self.terminals.open.get_untracked();
        let Some(free) = (0..TERMINALS_MAX).map(TerminalId).find(|terminal| !open.contains(terminal)) else { return };
        self.send(&ToLab::Input(Input::OpenTerminal { terminal: free }));
        self.terminals.open.update(|open| {
            open.push(free);
            open.sort_unstable();
        });
        self.select_terminal(free);
    }

    /// Closes a terminal, and with it what runs there. The last one stays.
    pub fn close_terminal(self, terminal: TerminalId) {
        let open = self.terminals.open.get_untracked();
        let Some(at) = open.iter().position(|other| *other == terminal).filter(|_| open.len() > 1) else { return };
        self.send(&ToLab::Input(Input::CloseTerminal { terminal }));
        self.terminals.prompts.update(|prompts| prompts.retain(|prompt| prompt.terminal != terminal));
        self.terminals.open.update(|open| {
            open.remove(at);
        });
        if self.terminals.active.get_untracked() == terminal {
            let next = open.get(at + 1).or(at.checked_sub(1).and_then(|before| open.get(before)));
            self.select_terminal(next.copied().unwrap_or(TerminalId(0)));
        }
    }
}
