//! One terminal of the console: the shell's terminal, with what the page needs to know of its commands.

use protocol::{Candidate, CommandState, CommandView, ConsoleChunk, PromptState, PromptView, Stream, TerminalId};
use shell::{Os, Signal, State, Terminal};
use std::collections::VecDeque;

/// Commands that can still be followed.
const COMMANDS_MAX: usize = 200;
/// Characters of a command that are kept.
const TEXT_MAX: usize = 200;
/// Candidates of a completion that are shown.
const CANDIDATES_MAX: usize = 200;

/// A terminal and the record of its commands.
pub(crate) struct ConsoleTerminal {
    id: TerminalId,
    terminal: Terminal,
    output: VecDeque<ConsoleChunk>,
    commands: VecDeque<CommandView>,
}

impl ConsoleTerminal {
    pub fn open(os: &Os, id: TerminalId) -> Self {
        let terminal = Terminal::new(os, crate::furnish::login_session());
        Self { id, terminal, output: VecDeque::new(), commands: VecDeque::new() }
    }

    pub fn submit(&mut self, text: &str) {
        if !self.terminal.submit(text) {
            self.terminal.announce("kubarium: too much typed ahead; this input was not taken\n");
        }
    }

    pub fn interrupt(&mut self) {
        self.terminal.signal(Signal::Int);
    }

    pub fn end_of_input(&mut self) {
        self.terminal.eof();
    }

    /// Takes output, as long as `left` bytes last.
    pub fn take_output(&mut self, left: &mut usize) -> Vec<ConsoleChunk> {
        self.collect();
        let mut out = Vec::new();
        while *left > 0
            && let Some(chunk) = self.output.pop_front()
        {
            *left = left.saturating_sub(chunk.text.len());
            out.push(chunk);
        }
        out
    }

    /// Brings the record of commands up to date with the shell.
    fn collect(&mut self) {
        let command = self.terminal.command_id();
        for (stream, bytes) in self.terminal.take_output() {
            let stream = match stream {
                shell::Stream::Stderr => Stream::Err,
                shell::Stream::Stdout => Stream::Out,
                shell::Stream::Echo => Stream::Echo,
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.output.push_back(ConsoleChunk { terminal: self.id, stream, text, command });
        }
        for ended in self.terminal.take_finished() {
            let state = CommandState::Ended { code: ended.code, at: ended.ended };
            let (id, text, started_at) = (ended.command, short(&ended.text), ended.started);
            self.commands.push_back(CommandView { id, terminal: self.id, text, state, started_at });
            if self.commands.len() > COMMANDS_MAX {
                self.commands.pop_front();
            }
        }
    }

    pub fn prompt(&self) -> PromptView {
        let (state, text) = match self.terminal.state() {
            State::Prompt => (PromptState::Ready, self.terminal.prompt()),
            State::Continuation => (PromptState::Continuation, self.terminal.prompt()),
            State::Running => (PromptState::Running, String::new()),
            State::Closed => (PromptState::Closed, String::new()),
        };
        PromptView { terminal: self.id, state, text }
    }

    /// The latest commands, the running one last.
    pub fn commands(&self) -> Vec<CommandView> {
        let running = self.terminal.running().map(|running| CommandView {
            id: running.command,
            terminal: self.id,
            text: short(&running.text),
            state: CommandState::Running,
            started_at: running.started,
        });
        self.commands.iter().cloned().chain(running).collect()
    }

    pub fn complete(&self, line: &str, cursor: u32) -> Option<(u32, Vec<Candidate>)> {
        let at = (cursor as usize).min(line.len());
        let at = (0..=at).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        let (start, candidates) = self.terminal.complete(line, at)?;
        let shown = candidates.into_iter().take(CANDIDATES_MAX).map(|candidate| Candidate {
            text: if candidate.complete { candidate.text + " " } else { candidate.text },
            hint: candidate.help,
        });
        Some((u32::try_from(start).unwrap_or(cursor), shown.collect()))
    }
}

/// A command's text, cut to what a list can show.
fn short(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(TEXT_MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.into(),
    }
}
