//! The page's end of the wire to the lab: what is known of the world, and what can be asked of it.

mod branch;
mod inside;
mod keeper;
mod kubernetes;
mod queue;
mod terminals;
mod worker;

use crate::reactive::{Effect, RwSignal};
use crate::{dom, router::Router};
pub use branch::aside;
use inside::InsideSignals;
use keeper::Keeper;
pub use kubernetes::Known;
use leptos::prelude::*;
use protocol::{
    Candidate, ClockControl, CommandView, Details, Exercise, Fault, Frame, FromLab, Input, MemberView, Nodes,
    PromptView, Setup, TerminalId, ToLab, Verdict, Waterfall,
};
use std::collections::VecDeque;
use std::rc::Rc;
pub use terminals::TERMINALS_MAX;
use terminals::Terminals;
use worker::{LabWorker, Report};

/// How far the lab is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The page paints first; the worker is not asked for yet.
    Waiting,
    /// The worker's code is on its way.
    Loading,
    /// A stored session is being replayed; how much of it, of a hundred.
    Replaying(u64),
    Ready,
    /// The worker died, or never came; the reason, for the learner.
    Failed {
        reason: String,
        during: Stage,
    },
}

/// What the worker was at when it died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Loading,
    Replaying,
    Running,
}

/// Something the learner should know about the session; shown until dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// A session that could not be read was put aside and can be downloaded.
    pub damaged_kept: bool,
}

/// The world's clock and how it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    pub now: u64,
    pub playing: bool,
    pub speed: u32,
}

/// The command whose causal tree is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    Nothing,
    Asked(CommandView),
    Found(Waterfall),
    /// The trace is bounded and no longer holds it.
    Forgotten,
}

/// What is known of whether a lab's goal is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Judged {
    Nothing,
    Asked,
    Found(Verdict),
}

/// An answer to a request for completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub id: u64,
    pub start: usize,
    pub candidates: Vec<Candidate>,
}

type FrameListener = Rc<dyn Fn(&Frame)>;
type ResetListener = Rc<dyn Fn()>;

struct Inner {
    worker: Option<LabWorker>,
    keeper: Keeper,
    on_frame: Vec<FrameListener>,
    on_reset: Vec<ResetListener>,
    queue: VecDeque<String>,
    /// It has been set up, or is old enough.
    grown_up: bool,
    next_completion: u64,
    next_check: u64,
}

/// The lab as the page knows it; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Lab {
    router: Router,
    pub phase: RwSignal<Phase>,
    pub notice: RwSignal<Option<Notice>>,
    pub clock: RwSignal<Clock>,
    pub members: RwSignal<Vec<MemberView>>,
    pub kubernetes: RwSignal<Known>,
    /// The component whose panel is open.
    pub selected: RwSignal<Option<String>>,
    /// Components brought forward by a note or a span under the pointer.
    pub highlighted: RwSignal<Vec<String>>,
    pub details: RwSignal<Option<Details>>,
    /// The prompt of the terminal in view.
    pub prompt: RwSignal<Option<PromptView>>,
    pub terminals: Terminals,
    pub followed: RwSignal<Followed>,
    pub completion: RwSignal<Option<Completion>>,
    /// Scripts of the notes that wait for the prompt.
    pub queued: RwSignal<usize>,
    /// What they wait for beside it, in words; empty when that is nothing.
    pub waits: RwSignal<String>,
    pub inside: InsideSignals,
    /// The lab whose world this is, by its name; `None` in the learner's own cluster.
    pub exercise: RwSignal<Option<String>>,
    pub verdict: RwSignal<Judged>,
    /// The world waits for the code of a program.
    pub fetching: RwSignal<bool>,
    /// Text that waits to be put into the console's input.
    pub draft: RwSignal<Option<String>>,
    inner: StoredValue<Inner, LocalStorage>,
}

impl Lab {
    /// Restores the stored session; the worker is spawned by [`Self::load`].
    pub fn new(router: Router) -> Self {
        let (keeper, trouble) = Keeper::restore();
        let exercise = keeper.exercise();
        let lab = Self {
            router,
            phase: RwSignal::new(Phase::Waiting),
            notice: RwSignal::new(trouble.map(|text| Notice { text, damaged_kept: true })),
            clock: RwSignal::new(Clock { now: 0, playing: true, speed: 1000 }),
            members: RwSignal::new(Vec::new()),
            kubernetes: RwSignal::default(),
            selected: RwSignal::new(None),
            highlighted: RwSignal::new(Vec::new()),
            details: RwSignal::new(None),
            prompt: RwSignal::new(None),
            terminals: Terminals::new(),
            followed: RwSignal::new(Followed::Nothing),
            completion: RwSignal::new(None),
            queued: RwSignal::new(0),
            waits: RwSignal::default(),
            inside: InsideSignals::new(),
            exercise: RwSignal::new(exercise),
            verdict: RwSignal::new(Judged::Nothing),
            fetching: RwSignal::new(false),
            draft: RwSignal::new(None),
            inner: StoredValue::new_local(Inner {
                worker: None,
                keeper,
                on_frame: Vec::new(),
                on_reset: Vec::new(),
                queue: VecDeque::new(),
                grown_up: false,
                next_completion: 0,
                next_check: 0,
            }),
        };
        if let Some(window) = dom::window() {
            // The last moment at which what was typed can still be written down.
            dom::listen(&window, "pagehide", move |_: web_sys::Event| lab.store_now());
        }
        Effect::new(move |_| lab.send(&ToLab::Look(lab.inside.look.get())));
        // The panel's facts come with the frames of the component that is open.
        Effect::new(move |_| {
            let selected = lab.selected.get();
            lab.details.set(None);
            lab.send(&ToLab::Inspect(selected));
        });
        lab
    }

    /// Calls on every frame, for what draws without the reactive system.
    pub fn on_frame(self, listener: impl Fn(&Frame) + 'static) {
        self.inner.update_value(|inner| inner.on_frame.push(Rc::new(listener)));
    }

    /// Calls when a new world begins and what the old one printed is no longer true.
    pub fn on_reset(self, listener: impl Fn() + 'static) {
        self.inner.update_value(|inner| inner.on_reset.push(Rc::new(listener)));
    }

    /// Spawns the worker with the session as it stands.
    pub fn load(self) {
        self.forget_world();
        let script = self.router.asset(&dom::meta("kubarium-worker").unwrap_or_default());
        let spawned = LabWorker::spawn(&script, self.modules(), move |report| self.hear(report));
        match spawned {
            Ok(worker) => self.inner.update_value(|inner| {
                // Dropping the old worker ends it.
                inner.worker = Some(worker);
            }),
            Err(reason) => self.fail(reason),
        }
    }

    /// What was shown of the old world is no longer true.
    fn forget_world(self) {
        self.phase.set(Phase::Loading);
        self.members.set(Vec::new());
        self.kubernetes.set(Known::default());
        self.prompt.set(None);
        self.fetching.set(false);
        self.terminals.forget();
        self.followed.set(Followed::Nothing);
        self.verdict.set(Judged::Nothing);
        self.inside.forget();
        let exercise = self.inner.with_value(|inner| inner.keeper.exercise());
        if self.exercise.get_untracked() != exercise {
            self.exercise.set(exercise);
        }
        let listeners = self.inner.with_value(|inner| inner.on_reset.clone());
        listeners.iter().for_each(|listener| listener());
        self.forget_queued();
    }

    /// The modules that the session's world needs, by what their names end in.
    fn modules(self) -> &'static str {
        if self.has_kubernetes() { "-kubernetes" } else { "" }
    }

    /// Goes on with the session as it stands now, in the worker that is there if it can.
    fn begin(self) {
        let modules = self.modules();
        if self.inner.with_value(|inner| inner.worker.as_ref().is_none_or(|worker| worker.modules != modules)) {
            return self.load();
        }
        self.forget_world();
        self.take(FromLab::Loaded);
    }

    /// Puts the prepared world of a lab in the place of the present one.
    pub fn start_exercise(self, exercise: Exercise) {
        self.inner.update_value(|inner| inner.keeper.start_exercise(exercise));
        self.begin();
    }

    /// Gives the lab up and goes back to the learner's own cluster.
    pub fn leave_exercise(self) {
        let trouble = self.inner.try_update_value(|inner| inner.keeper.leave_exercise()).flatten();
        self.notice.set(trouble.map(|text| Notice { text, damaged_kept: true }));
        self.begin();
    }

    /// Goes back to the moment before the last input.
    pub fn undo(self) {
        self.inner.update_value(|inner| inner.keeper.undo());
        self.begin();
    }

    /// Whether anything was done in the present world.
    pub fn is_touched(self) -> bool {
        self.inner.with_value(|inner| inner.keeper.is_touched())
    }

    /// Asks whether the lab's goal is reached.
    pub fn check(self, script: String) {
        self.verdict.set(Judged::Asked);
        let id = self
            .inner
            .try_update_value(|inner| {
                inner.next_check += 1;
                inner.next_check
            })
            .unwrap_or(0);
        self.send(&ToLab::Check { id, script });
    }

    /// Leaves the session behind and begins another with its own seed, in such a world.
    pub fn start_fresh(self, setup: Setup) {
        let aside = self.inner.try_update_value(|inner| inner.keeper.start_fresh(setup)).unwrap_or(false);
        let text = "A new cluster was started. What you did in the one before was put aside.".to_owned();
        self.notice.set(aside.then_some(Notice { text, damaged_kept: true }));
        self.selected.set(None);
        // A worker that is busy with the old world would go on telling of it.
        if self.phase.with_untracked(|phase| *phase == Phase::Ready) { self.begin() } else { self.load() }
    }

    /// Which world the learner has chosen.
    pub fn setup(self) -> Setup {
        self.inner.with_value(|inner| inner.keeper.setup())
    }

    /// Whether the present world holds Kubernetes.
    pub fn has_kubernetes(self) -> bool {
        self.nodes().is_some()
    }

    /// The nodes of the present world, if it has any.
    pub fn nodes(self) -> Option<Nodes> {
        match self.setup() {
            Setup::Kubernetes(nodes) | Setup::BareNodes(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Whether no member was ever started in this world. Reactive.
    pub fn has_nobody(self) -> bool {
        self.phase.get() == Phase::Ready && self.members.with(Vec::is_empty) && self.members_at_first() == 0
    }

    /// How many members will be there once the world has begun.
    pub fn members_at_first(self) -> u8 {
        self.inner.with_value(|inner| inner.keeper.members_at_first())
    }

    /// Sends a message; nothing happens while there is no worker.
    pub fn send(self, message: &ToLab) {
        let sent = self.inner.with_value(|inner| inner.worker.as_ref().map(|worker| worker.send(message)));
        if let Some(Err(reason)) = sent {
            self.fail(reason);
        }
    }

    /// The terminal that takes what is typed.
    fn terminal(self) -> TerminalId {
        self.terminals.active.get_untracked()
    }

    /// Gives the terminal a line or several.
    pub fn submit(self, text: String) {
        self.send(&ToLab::Input(Input::Submit { terminal: self.terminal(), text }));
    }

    /// Ctrl-D on an empty line.
    pub fn end_of_input(self) {
        self.send(&ToLab::Input(Input::EndOfInput { terminal: self.terminal() }));
    }

    pub fn fault(self, component: &str, fault: Fault) {
        self.send(&ToLab::Input(Input::Fault { component: component.to_owned(), fault }));
    }

    /// Does something to a message that is on its way.
    pub fn meddle(self, input: Input) {
        self.send(&ToLab::Input(input));
    }

    pub fn clock(self, control: ClockControl) {
        self.send(&ToLab::Clock(control));
    }

    /// Asks for the causal tree of a finished command.
    pub fn follow(self, command: CommandView) {
        let id = command.id;
        self.followed.set(Followed::Asked(command));
        self.send(&ToLab::Follow(id));
    }

    /// Asks what could stand at `cursor`, a byte offset into `line`; the number comes back with the answer.
    pub fn complete(self, line: String, cursor: usize) -> u64 {
        let id = self
            .inner
            .try_update_value(|inner| {
                inner.next_completion += 1;
                inner.next_completion
            })
            .unwrap_or(0);
        let cursor = u32::try_from(cursor).unwrap_or(u32::MAX);
        self.send(&ToLab::Complete { id, terminal: self.terminal(), line, cursor });
        id
    }

    /// What was typed at a terminal in the session so far, oldest first.
    pub fn past_lines(self, terminal: TerminalId) -> Vec<String> {
        self.inner.with_value(|inner| inner.keeper.lines(terminal))
    }

    fn fail(self, reason: String) {
        self.inner.update_value(|inner| inner.worker = None);
        let reason = reason.trim_start_matches("Uncaught ").trim_end_matches('.').to_owned();
        self.phase.update(|phase| {
            let during = match phase {
                Phase::Ready => Stage::Running,
                Phase::Replaying(_) => Stage::Replaying,
                _ => Stage::Loading,
            };
            *phase = Phase::Failed { reason, during };
        });
    }

    fn hear(self, report: Report) {
        match report {
            Report::Message(message) => self.take(*message),
            Report::Died(reason) => self.fail(reason),
        }
    }

    fn take(self, message: FromLab) {
        // A world says it is ready before it says anything else: what comes earlier is of the world before.
        let early = self.phase.with_untracked(|phase| *phase != Phase::Ready);
        if early
            && !matches!(
                message,
                FromLab::Loaded | FromLab::Replaying { .. } | FromLab::Ready | FromLab::SessionRefused { .. }
            )
        {
            return;
        }
        match message {
            FromLab::Loaded => {
                let session = self.inner.with_value(|inner| inner.keeper.session());
                self.send(&ToLab::Start(session));
                self.send(&ToLab::Inspect(self.selected.get_untracked()));
                self.send(&ToLab::Look(self.inside.look.get_untracked()));
            }
            FromLab::Replaying { at, until } => {
                self.phase.set(Phase::Replaying((at * 100).checked_div(until).unwrap_or(100).min(100)));
            }
            FromLab::Ready => {
                self.phase.set(Phase::Ready);
                self.run_queued();
            }
            FromLab::SessionRefused { reason } => {
                self.inner.update_value(|inner| inner.keeper.put_aside_refused());
                if self.exercise.get_untracked().is_some() {
                    // The learner's own cluster is still there.
                    self.leave_exercise();
                    let text = format!("The lab could not be started: {reason}. Your own cluster is back.");
                    return self.notice.set(Some(Notice { text, damaged_kept: true }));
                }
                let text = format!("The stored session could not be replayed: {reason}. A fresh cluster was started.");
                self.notice.set(Some(Notice { text, damaged_kept: true }));
            }
            FromLab::Logged(logged) => {
                let full = self.inner.try_update_value(|inner| inner.keeper.add(logged)).unwrap_or(false);
                if full {
                    let text = "This session has outgrown what the browser keeps. It goes on, but a reload will bring \
                                back only what happened until now."
                        .to_owned();
                    self.notice.set(Some(Notice { text, damaged_kept: false }));
                }
                self.store_soon();
            }
            FromLab::Frame(frame) => self.show(&frame),
            FromLab::Completion { id, start, candidates } => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                self.completion.set(Some(Completion { id, start, candidates }));
            }
            FromLab::Kubernetes(news) => {
                self.kubernetes.update(|known| known.take(news));
                self.run_queued();
            }
            FromLab::Inside(inside) => self.inside.take(inside),
            FromLab::Verdict { id, verdict } => {
                // The learner may have asked again, or be in another world.
                let awaited = self.inner.with_value(|inner| inner.next_check == id);
                if awaited && self.verdict.with_untracked(|judged| *judged == Judged::Asked) {
                    self.verdict.set(Judged::Found(verdict));
                }
            }
            FromLab::Fetching(fetching) => self.fetching.set(fetching),
            FromLab::Waterfall(found) => {
                self.followed.set(found.map_or(Followed::Forgotten, Followed::Found));
            }
        }
    }

    fn show(self, frame: &Frame) {
        self.inner.update_value(|inner| inner.keeper.advance(frame.now));
        let clock = Clock { now: frame.now, playing: frame.playing, speed: frame.speed };
        if self.clock.get_untracked() != clock {
            self.clock.set(clock);
        }
        if self.members.with_untracked(|members| *members != frame.members) {
            self.members.set(frame.members.clone());
        }
        if frame.details.is_some() && self.details.with_untracked(|details| *details != frame.details) {
            self.details.set(frame.details.clone());
        }
        let prompt = self.terminals.take(frame);
        let listeners = self.inner.with_value(|inner| inner.on_frame.clone());
        listeners.iter().for_each(|listener| listener(frame));
        if let Some(prompt) = prompt {
            self.prompt.set(Some(prompt));
        }
        if self.queued.get_untracked() > 0 {
            self.run_queued();
        }
    }

    /// Writing the whole log costs a little, so inputs that come together are written together.
    fn store_soon(self) {
        let first = self.inner.try_update_value(|inner| inner.keeper.mark()).unwrap_or(false);
        if first {
            dom::after(400, move || self.store_now());
        }
    }

    fn store_now(self) {
        let kept = self.inner.try_update_value(|inner| inner.keeper.store()).unwrap_or(true);
        if !kept && self.notice.with_untracked(Option::is_none) {
            let text = "The browser refuses to keep this session, so a reload will start a fresh cluster.".to_owned();
            self.notice.set(Some(Notice { text, damaged_kept: false }));
        }
    }
}
