//! The near end of the border: a machine that lives elsewhere, in a wasm module of its own.

use crate::question::{Answer, Ask, Question, Tell, What};
use crate::{Arrival, Event, Job, Machine, Maker, Network, SessionId, Setup, Turn};
use protocol::{Candidate, CommandView, ConsoleChunk, Input, PromptView, TerminalId};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Carries questions to the [`Far`](crate::Far) end. An answer comes at once: to the lab it is a call of a function.
pub trait Channel {
    /// The answer, or `None` while there is nobody at the other end yet. Once there has been somebody, there always is.
    fn ask(&self, question: &[u8]) -> Option<Vec<u8>>;
}

/// The line to the other side, with what all machines over there share.
struct Line {
    channel: Box<dyn Channel>,
    /// The last number given to a machine or a job.
    last: Cell<u32>,
}

/// A machine at the other end of a channel.
///
/// Until there is somebody at that end, it notes what it is told, and tells it then, each at its moment. That changes
/// nothing as long as nothing runs on it that reaches out: nobody sits at it, and no kubelet watches over its manifests.
/// Worlds where that is so wait for it (see [`Machine::is_here`]).
pub struct Near(Rc<Held>);

/// What a machine and its jobs know together.
struct Held {
    line: Rc<Line>,
    id: u32,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// What could not be told yet, and when it happened.
    noted: Vec<(u64, What)>,
    /// Whether the other side has answered.
    here: bool,
    /// The world's time, and the time the other side knows of.
    now: u64,
    told: u64,
    /// Something was told that may have set programs going.
    stirred: bool,
    next_timer: Option<u64>,
    /// What came of the turns it has caught up with, for the next one that is asked for.
    caught_up: Turn,
}

impl Near {
    /// Makes machines at the other end of the channel.
    pub fn maker(channel: Box<dyn Channel>) -> Maker {
        let line = Rc::new(Line { channel, last: Cell::new(0) });
        Rc::new(move |setup: &Setup| Box::new(Self::begin(&line, What::Make(setup.clone()), State::default())))
    }

    /// A machine whose first question, which makes it, is still to be asked.
    fn begin(line: &Rc<Line>, first: What, state: State) -> Self {
        let noted = vec![(state.now, first)];
        let state = RefCell::new(State { noted, stirred: true, ..state });
        Self(Rc::new(Held { id: line.number(), line: line.clone(), state }))
    }
}

impl Line {
    fn number(&self) -> u32 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }
}

impl Held {
    /// Asks without more ado.
    fn put(&self, what: What) -> Option<Answer> {
        let question = protocol::encode(&Question { machine: self.id, what }).ok()?;
        let answer = self.line.channel.ask(&question)?;
        Some(protocol::decode(&answer).unwrap_or(Answer::Nothing))
    }

    /// Tells the other side what time it is, when that matters: before anything that looks at the clock.
    fn tell_time(&self) {
        let (now, told) = {
            let state = self.state.borrow();
            (state.now, state.told)
        };
        if now > told && self.put(What::Ask(Ask::Run { now, polls: 0 })).is_some() {
            self.state.borrow_mut().told = now;
        }
    }

    /// Whether the other side is there, having been told everything.
    fn arrive(&self) -> bool {
        if self.state.borrow().here && self.state.borrow().noted.is_empty() {
            return true;
        }
        if self.line.channel.ask(&[]).is_none() {
            return false;
        }
        let noted = {
            let mut state = self.state.borrow_mut();
            state.here = true;
            std::mem::take(&mut state.noted)
        };
        let until = self.state.borrow().now;
        let mut made = false;
        for (at, what) in noted {
            // The first of them makes the machine.
            if made {
                self.catch_up(at);
            }
            self.put(what);
            made = true;
        }
        self.catch_up(until);
        true
    }

    /// Lets the machine live through the time until `until`, which it has missed.
    fn catch_up(&self, until: u64) {
        let mut at = self.state.borrow().told;
        loop {
            let turn = self.turn(at, u32::MAX);
            let mut state = self.state.borrow_mut();
            state.stirred = true;
            // Nothing that reaches out runs on a machine that comes late, so there is no code that it could wait for;
            // if there were, it would have to go on from here.
            if turn.fetching {
                return;
            }
            state.caught_up.sendings.extend(turn.sendings);
            state.caught_up.orders.extend(turn.orders);
            match turn.next_timer.filter(|next| *next <= until) {
                Some(next) => at = next.max(at),
                None if at < until => at = until,
                None => return,
            }
        }
    }

    fn turn(&self, now: u64, polls: u32) -> Turn {
        let Some(Answer::Turn(turn)) = self.put(What::Ask(Ask::Run { now, polls })) else { return Turn::default() };
        let mut state = self.state.borrow_mut();
        (state.now, state.told) = (state.now.max(now), now);
        (state.stirred, state.next_timer) = (turn.more, turn.next_timer);
        turn
    }

    /// Puts what may set programs going; noted while nobody is there.
    fn change(&self, what: What) -> Option<Answer> {
        if !self.arrive() {
            let mut state = self.state.borrow_mut();
            let now = state.now;
            state.noted.push((now, what));
            return None;
        }
        self.tell_time();
        self.state.borrow_mut().stirred = true;
        self.put(what)
    }

    fn tell(&self, what: Tell) {
        self.change(What::Tell(what));
    }

    /// Asks for something that changes nothing.
    fn ask(&self, what: Ask) -> Option<Answer> {
        if self.arrive() { self.put(What::Ask(what)) } else { None }
    }
}

impl Machine for Near {
    fn is_here(&self) -> bool {
        self.0.arrive()
    }

    fn run(&mut self, now: u64, polls: u32) -> Turn {
        let idle = {
            let mut state = self.0.state.borrow_mut();
            state.now = state.now.max(now);
            let due = state.next_timer.is_some_and(|timer| timer <= now);
            // Most instants of a world are none of the machine's business: it is not asked then.
            (!state.stirred && !due).then_some(state.next_timer)
        };
        if let Some(next_timer) = idle {
            return Turn { next_timer, ..Turn::default() };
        }
        if !self.0.arrive() {
            return Turn::default();
        }
        let turn = self.0.turn(now, polls);
        if turn.more {
            return turn;
        }
        let mut whole = std::mem::take(&mut self.0.state.borrow_mut().caught_up);
        whole.sendings.extend(turn.sendings);
        whole.orders.extend(turn.orders);
        Turn { sendings: whole.sendings, orders: whole.orders, ..turn }
    }

    fn deliver(&mut self, arrival: Arrival) {
        self.0.tell(Tell::Deliver(arrival));
    }

    fn connect(&mut self, network: Network) {
        self.0.tell(Tell::Connect(network));
    }

    fn hear(&mut self, program: u64, event: Event) {
        self.0.tell(Tell::Hear { program, event });
    }

    fn input(&mut self, input: &Input) {
        self.0.tell(Tell::Input(input.clone()));
    }

    fn output(&mut self, limit: usize) -> Vec<ConsoleChunk> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        match self.0.ask(Ask::Output { limit }) {
            Some(Answer::Output(chunks)) => chunks,
            _ => Vec::new(),
        }
    }

    fn prompts(&self) -> Vec<PromptView> {
        match self.0.ask(Ask::Prompts) {
            Some(Answer::Prompts(prompts)) => prompts,
            _ => Vec::new(),
        }
    }

    fn commands(&self) -> Vec<CommandView> {
        match self.0.ask(Ask::Commands) {
            Some(Answer::Commands(commands)) => commands,
            _ => Vec::new(),
        }
    }

    fn complete(&self, terminal: TerminalId, line: &str, cursor: u32) -> Option<(u32, Vec<Candidate>)> {
        match self.0.ask(Ask::Complete { terminal, line: line.to_owned(), cursor }) {
            Some(Answer::Completion(completion)) => completion,
            _ => None,
        }
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self.0.ask(Ask::Read(path.to_owned())) {
            Some(Answer::Content(content)) => content,
            _ => None,
        }
    }

    fn write(&mut self, path: &str, content: &[u8]) -> bool {
        let answer = self.0.change(What::Ask(Ask::Write { path: path.to_owned(), content: content.to_vec() }));
        !matches!(answer, Some(Answer::Written(false)))
    }

    fn remove(&mut self, path: &str) {
        self.0.tell(Tell::Remove(path.to_owned()));
    }

    fn paths(&self) -> Vec<String> {
        match self.0.ask(Ask::Paths) {
            Some(Answer::Paths(paths)) => paths,
            _ => Vec::new(),
        }
    }

    fn log_in(&mut self) -> SessionId {
        match self.0.ask(Ask::LogIn) {
            Some(Answer::Session(session)) => session,
            _ => SessionId(0),
        }
    }

    fn copy(&mut self, session: SessionId) -> SessionId {
        match self.0.ask(Ask::Copy(session)) {
            Some(Answer::Session(session)) => session,
            _ => session,
        }
    }

    fn exec(&mut self, script: &str, session: SessionId) -> Box<dyn Job> {
        let id = self.0.line.number();
        self.0.tell(Tell::Exec { job: id, script: script.to_owned(), session });
        Box::new(NearJob { machine: self.0.clone(), id })
    }

    fn fork(&self) -> Box<dyn Machine> {
        self.0.arrive();
        let state = self.0.state.borrow();
        let (now, told, next_timer) = (state.now, state.told, None);
        let begun = State { now, told, next_timer, ..State::default() };
        Box::new(Self::begin(&self.0.line, What::Fork { from: self.0.id }, begun))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.put(What::Drop);
    }
}

struct NearJob {
    machine: Rc<Held>,
    id: u32,
}

impl NearJob {
    fn content(&self, what: Ask) -> Vec<u8> {
        match self.machine.ask(what) {
            Some(Answer::Content(Some(content))) => content,
            _ => Vec::new(),
        }
    }
}

impl Job for NearJob {
    fn stdout(&self) -> Vec<u8> {
        self.content(Ask::Stdout { job: self.id })
    }

    fn stderr(&self) -> Vec<u8> {
        self.content(Ask::Stderr { job: self.id })
    }

    fn code(&self) -> Option<i32> {
        match self.machine.ask(Ask::Code { job: self.id }) {
            Some(Answer::Code(code)) => code,
            _ => None,
        }
    }

    fn signal(&self, name: &str) {
        self.machine.tell(Tell::Signal { job: self.id, name: name.to_owned() });
    }
}

impl Drop for NearJob {
    fn drop(&mut self) {
        self.machine.put(What::Tell(Tell::DropJob { job: self.id }));
    }
}
