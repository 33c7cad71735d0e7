//! The desk: a world with its clock's controls, as the page works it. It turns wall time into world time, records the
//! inputs, and says what changed. What happens in the world never depends on how it is pumped.

use crate::{
    World, WorldSetup,
    check::Check,
    inside::{self, Onlooker},
    kubernetes::{Kubernetes, Report},
    preparation::Preparation,
    walk::Walk,
};
use border::Maker;
use protocol::{
    ClockControl, CommandView, Details, Frame, FromLab, Input, Inside, Logged, MemberView, PromptView, Session, Setup,
    TerminalId, ToLab, Verdict,
};
use std::collections::VecDeque;

/// Real time.
const SPEED_ONE: u32 = 1000;
const SPEED_MAX: u32 = 1_000_000;
/// World time that may be owed to the page, in microseconds of wall time: a world too heavy for the asked speed runs as
/// fast as it can instead of falling further behind.
const DEBT_MAX_WALL: u64 = 100_000;
/// Messages a frame may carry.
const WIRE_MAX: usize = 256;
/// Output a frame may carry, in bytes; the rest comes with the next ones.
const CONSOLE_MAX: usize = 64 * 1024;
/// A busy world tells the page what changed this often, in microseconds of wall time: drawing costs the page more than
/// hearing of it costs the world, and nobody sees more than that.
const FRAME_MIN_WALL: u64 = 32_000;
/// While a session is replayed the page hears of its progress this often, in microseconds of world time.
const REPLAY_STRIDE: u64 = 10_000_000;

/// For so long code may be on its way before the page hears of it, in microseconds of wall time.
const FETCH_SILENT_WALL: u64 = 300_000;

/// A world and its clock, worked through the protocol.
pub struct Desk {
    world: World,
    machines: Maker,
    /// What it takes to open worlds with Kubernetes, if this desk can.
    kubernetes: Option<Kubernetes>,
    playing: bool,
    speed: u32,
    /// World time owed to the page, in thousandths of a microsecond.
    debt: u64,
    inspected: Option<String>,
    replay: Option<Replay>,
    /// Inputs that wait for the end of the current instant. A replay applies an input after everything else that
    /// happened at its moment, so the live world must do the same.
    waiting: VecDeque<Input>,
    /// A step of the clock that has not come to its end.
    walk: Option<Walk>,
    /// The check that was asked for last, by its number, while it waits for the code of a program.
    check: Option<(u64, Check)>,
    /// The question that waits for the code which knows how the line goes on.
    unfinished: Option<Unfinished>,
    behind: bool,
    /// For how long code has been on its way, in microseconds of wall time, and whether the page knows.
    fetching: u64,
    fetching_told: bool,
    /// Wall time since the last frame, in microseconds.
    untold: u64,
    /// What the page was shown last, so that only changes are sent.
    shown: Shown,
    onlooker: Onlooker,
    /// Tells of Kubernetes, in a world that holds it.
    report: Option<Box<dyn Report>>,
}

/// A question of [`ToLab::Complete`].
struct Unfinished {
    id: u64,
    terminal: TerminalId,
    line: String,
    cursor: u32,
}

struct Replay {
    /// What has to happen before the log begins, in the world of a lab or in one with Kubernetes.
    preparation: Option<Preparation>,
    /// The machine starts a member by itself, and the cluster must not be ahead of it then.
    has_kubelet: bool,
    /// What is left of the stored log.
    left: VecDeque<Logged>,
    until: u64,
    told: u64,
}

impl Replay {
    /// Whether the learner's machine does something to the world in what is left: it has to be there for that.
    fn needs_machine(&self) -> bool {
        self.preparation.as_ref().is_some_and(Preparation::needs_machine) || self.has_kubelet || !self.left.is_empty()
    }
}

#[derive(Default)]
struct Shown {
    now: Option<u64>,
    clock: Option<(bool, u32)>,
    members: Vec<MemberView>,
    prompts: Vec<PromptView>,
    commands: Vec<CommandView>,
    details: Option<Details>,
    wire: u64,
}

impl Desk {
    /// Builds the world of a session. Its log is replayed by the pumps that follow; a session that cannot be taken is
    /// refused in words, and the world starts fresh from its seed. One with Kubernetes is such a session for a desk that
    /// was not given any.
    pub fn open(session: Session, machines: &Maker, kubernetes: Option<Kubernetes>, out: &mut Vec<FromLab>) -> Self {
        let prepared = session.check().and_then(|()| prepare(&session, kubernetes));
        let (session, preparation) = match prepared {
            Ok(preparation) => (session, preparation),
            Err(reason) => {
                out.push(FromLab::SessionRefused { reason });
                (Session::fresh(session.seed, Setup::default()), None)
            }
        };
        let setup = WorldSetup::of_session(&session);
        let mut world = World::new(session.seed, &setup, machines);
        world.open_terminal(protocol::TerminalId(0));
        let (left, has_kubelet) = (session.log.into(), setup.kubelet);
        let replay = Replay { preparation, has_kubelet, left, until: session.now, told: 0 };
        Self {
            world,
            machines: machines.clone(),
            kubernetes,
            playing: true,
            speed: SPEED_ONE,
            debt: 0,
            inspected: None,
            replay: Some(replay),
            waiting: VecDeque::new(),
            walk: None,
            check: None,
            unfinished: None,
            behind: false,
            fetching: 0,
            fetching_told: false,
            untold: FRAME_MIN_WALL,
            shown: Shown::default(),
            onlooker: Onlooker::default(),
            report: kubernetes.filter(|_| setup.kubernetes).map(Kubernetes::onlooker),
        }
    }

    /// The world, for checks and for the native twin.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whether the last pump ran out of its budget with work left. What has to wait for code does not hurry.
    pub fn is_behind(&self) -> bool {
        self.behind && !self.world.is_fetching()
    }

    /// Takes one message of the page.
    pub fn handle(&mut self, message: ToLab, out: &mut Vec<FromLab>) {
        match message {
            ToLab::Start(session) => *self = Self::open(session, &self.machines.clone(), self.kubernetes, out),
            ToLab::Input(input) => self.waiting.push_back(input),
            ToLab::Clock(control) => self.clock(control),
            ToLab::Inspect(component) => {
                self.inspected = component;
                self.shown.details = None;
            }
            ToLab::Look(look) => self.onlooker.turn_to(look),
            ToLab::Follow(command) => out.push(FromLab::Waterfall(self.world.waterfall(command))),
            ToLab::Complete { id, terminal, line, cursor } => {
                self.unfinished = Some(Unfinished { id, terminal, line, cursor });
                self.complete(out);
            }
            ToLab::Check { id, script } => {
                if self.replay.is_none() && self.world.machine().is_here() {
                    self.check = Some((id, Check::begin(&self.world, &script)));
                    self.judge(out);
                } else {
                    let says = "The cluster is still being prepared.".into();
                    out.push(FromLab::Verdict { id, verdict: Verdict { reached: false, says } });
                }
            }
        }
    }

    /// Says how a line could go on, as soon as the code is here that knows. Only who typed last still wants to hear.
    fn complete(&mut self, out: &mut Vec<FromLab>) {
        let Some(Unfinished { id, terminal, line, cursor }) = &self.unfinished else { return };
        if let Some((start, candidates)) = self.world.complete(*terminal, line, *cursor) {
            out.push(FromLab::Completion { id: *id, start, candidates });
            self.unfinished = None;
        }
    }

    /// Goes on with a check.
    fn judge(&mut self, out: &mut Vec<FromLab>) {
        let Some((id, mut check)) = self.check.take() else { return };
        match check.advance() {
            Some(verdict) => out.push(FromLab::Verdict { id, verdict }),
            None => self.check = Some((id, check)),
        }
    }

    fn clock(&mut self, control: ClockControl) {
        (self.debt, self.walk) = (0, None);
        match control {
            ClockControl::Play => self.playing = true,
            ClockControl::Pause => self.playing = false,
            ClockControl::Speed(speed) => self.speed = speed.clamp(1, SPEED_MAX),
            ClockControl::Step => self.walk(Walk::to_arrival(&self.world)),
            ClockControl::Catch => self.walk(Walk::to_message(&self.world)),
        }
    }

    fn walk(&mut self, walk: Walk) {
        (self.playing, self.walk) = (false, Some(walk));
        self.walk_on(&mut || true);
    }

    /// Goes on with a step of the clock; `false` when it has not come to its end.
    fn walk_on(&mut self, in_time: &mut dyn FnMut() -> bool) -> bool {
        let arrived = self.walk.as_mut().is_none_or(|walk| walk.advance(&mut self.world, in_time));
        if arrived {
            self.walk = None;
        }
        arrived
    }

    /// Lets the world run for `wall` microseconds of wall time at its speed, as long as `in_time` says there is time,
    /// and tells what changed.
    pub fn pump(&mut self, wall: u64, in_time: &mut dyn FnMut() -> bool, out: &mut Vec<FromLab>) {
        if self.replay.is_some() {
            self.pump_replay(in_time, out);
            return;
        }
        self.complete(out);
        self.judge(out);
        self.behind = !(self.walk_on(in_time) && self.take_inputs(in_time, out));
        if self.playing && !self.behind {
            let debt = self.debt.saturating_add(wall.saturating_mul(u64::from(self.speed)));
            self.debt = debt.min(DEBT_MAX_WALL * u64::from(self.speed));
            let target = self.world.now() + self.debt / 1000;
            let before = self.world.now();
            self.behind = !self.world.advance(target, in_time);
            self.debt = self.debt.saturating_sub((self.world.now() - before).saturating_mul(1000));
        }
        self.untold = self.untold.saturating_add(wall);
        if !self.behind || self.untold >= FRAME_MIN_WALL {
            self.untold = 0;
            self.frame(out);
        }
        self.tell_of_fetching(wall, out);
    }

    /// Tells the page when code is on its way for longer, and when it has come.
    fn tell_of_fetching(&mut self, wall: u64, out: &mut Vec<FromLab>) {
        let fetching = self.world.is_fetching() || self.check.is_some();
        self.fetching = if fetching { self.fetching.saturating_add(wall) } else { 0 };
        let lasts = self.fetching > FETCH_SILENT_WALL;
        if self.fetching_told != lasts {
            self.fetching_told = lasts;
            out.push(FromLab::Fetching(lasts));
        }
    }

    /// Applies the waiting inputs at the end of the current instant; `false` when the instant did not end in time.
    fn take_inputs(&mut self, in_time: &mut dyn FnMut() -> bool, out: &mut Vec<FromLab>) -> bool {
        loop {
            // A paused clock still lets commands start: they run until they need time to pass.
            if !self.world.advance(self.world.now(), in_time) {
                return false;
            }
            if !self.world.machine().is_here() {
                return true;
            }
            let Some(input) = self.waiting.pop_front() else { return true };
            if let Some(words) = inside::outcome(&self.world.cluster, &input) {
                out.push(FromLab::Inside(Inside::Outcome(words)));
            }
            self.world.apply(&input);
            // The page takes the prompt for busy from here on. It is told of it again even if the command is done before
            // the next frame, when nothing has changed.
            if let Input::Submit { terminal, .. } = &input {
                self.shown.prompts.retain(|prompt| prompt.terminal != *terminal);
            }
            out.push(FromLab::Logged(Logged { at: self.world.now(), input }));
        }
    }

    fn pump_replay(&mut self, in_time: &mut dyn FnMut() -> bool, out: &mut Vec<FromLab>) {
        let Some(mut replay) = self.replay.take_if(|replay| !replay.needs_machine() || self.world.machine().is_here())
        else {
            return;
        };
        self.behind = true;
        let prepared = replay.preparation.as_mut().is_none_or(|steps| steps.advance(&mut self.world, in_time));
        if prepared {
            replay.preparation = None;
        }
        // Until the lab's own commands have run, its learner's do not begin.
        while replay.preparation.is_none() {
            let at = replay.left.front().map_or(replay.until, |entry| entry.at);
            if !self.world.advance(at, in_time) {
                break;
            }
            match replay.left.pop_front() {
                Some(entry) => self.world.apply(&entry.input),
                None => {
                    out.push(FromLab::Ready);
                    self.behind = false;
                    self.frame(out);
                    return;
                }
            }
        }
        if self.world.now() >= replay.told + REPLAY_STRIDE {
            replay.told = self.world.now();
            out.push(FromLab::Replaying { at: replay.told, until: replay.until });
        }
        self.replay = Some(replay);
    }

    fn details(&self, component: &str) -> Option<Details> {
        let of_kubernetes = || self.report.as_ref()?.details(&self.world.cluster, component);
        self.world.details(component).or_else(of_kubernetes)
    }

    fn frame(&mut self, out: &mut Vec<FromLab>) {
        let slow = !self.playing || self.speed <= protocol::SLOW;
        self.onlooker.tell(&self.world.cluster, slow, out);
        let members = self.world.members();
        if let Some(news) = self.report.as_mut().and_then(|report| report.news(&self.world.cluster)) {
            out.push(FromLab::Kubernetes(news));
        }
        let details = self.inspected.as_deref().and_then(|component| self.details(component));
        let (wire, wire_skipped) = self.world.wire_since(&mut self.shown.wire, WIRE_MAX);
        let console = self.world.take_console(CONSOLE_MAX);
        let prompts = self.world.prompts();
        let commands = self.world.commands();
        let clock = (self.playing, self.speed);
        let changed = self.shown.now != Some(self.world.now())
            || self.shown.clock != Some(clock)
            || self.shown.members != members
            || self.shown.prompts != prompts
            || self.shown.commands != commands
            || self.shown.details != details
            || !console.is_empty();
        if !changed {
            return;
        }
        let news = |all: &[CommandView]| all.iter().filter(|c| !self.shown.commands.contains(c)).cloned().collect();
        let frame = Frame {
            now: self.world.now(),
            playing: self.playing,
            speed: self.speed,
            members: members.clone(),
            wire,
            wire_skipped,
            console,
            prompts: prompts.iter().filter(|p| !self.shown.prompts.contains(p)).cloned().collect(),
            commands: news(&commands),
            details: details.clone(),
        };
        out.push(FromLab::Frame(frame));
        self.shown = Shown {
            now: Some(self.world.now()),
            clock: Some(clock),
            members,
            prompts,
            commands,
            details,
            wire: self.shown.wire,
        };
    }
}

/// What has to happen in a session's world before its log begins.
///
/// # Errors
/// In words, when nobody here can do it.
fn prepare(session: &Session, kubernetes: Option<Kubernetes>) -> Result<Option<Preparation>, String> {
    match (&session.exercise, session.setup) {
        (Some(exercise), _) => Preparation::of(exercise, kubernetes).map(Some),
        (None, Setup::Kubernetes(_)) => Preparation::of_kubernetes(kubernetes).map(Some),
        (None, Setup::BareNodes(_)) => Preparation::of_bare_nodes(kubernetes).map(Some),
        (None, _) => Ok(None),
    }
}
