//! The preparation of a world: what has happened there before the learner comes.

use crate::{
    Operation, World,
    kubernetes::{Components, Kubernetes},
    operations::TERMINATE_LIMIT,
};
use border::{Job, SessionId};
use protocol::{Exercise, Fault, Preparation as Step};
use std::collections::VecDeque;

const SECOND: u64 = 1_000_000;
/// How long members may take to agree on a leader.
const SETTLE_LIMIT: u64 = 30 * SECOND;
/// How long one script may take.
const SCRIPT_LIMIT: u64 = 120 * SECOND;
/// How often it is looked whether a step has come to its end.
const STRIDE: u64 = SECOND / 100;

/// What a desk without Kubernetes says to a world that holds it.
const NO_KUBERNETES: &str = "its world holds Kubernetes, which this part of the site does not";

/// A preparation under way. It comes out the same however it is interrupted.
pub(crate) struct Preparation {
    left: VecDeque<Task>,
    /// Who runs the scripts; nobody has logged in before the first.
    session: Option<SessionId>,
    hold: Hold,
    /// When it is looked at the current step again.
    at: u64,
    /// When the current step is given up.
    limit: u64,
    failure: Option<String>,
    /// The learner's machine has a part in it.
    needs_machine: bool,
}

enum Task {
    Settle,
    Pass(u64),
    Script(String),
    Operate(Operation),
    Press(String, Fault),
    Place(Components),
}

/// What the current step waits for.
enum Hold {
    Nothing,
    Leader,
    Job(Box<dyn Job>),
    /// A server that was asked to end.
    End(String),
}

impl Preparation {
    /// What a lab asks for.
    ///
    /// # Errors
    /// In words, when it asks for something nobody here can do.
    pub fn of(exercise: &Exercise, kubernetes: Option<Kubernetes>) -> Result<Self, String> {
        let mut left = VecDeque::from([Task::Settle]);
        if exercise.kubernetes.is_some() {
            left.push_back(Task::Place(kubernetes.ok_or(NO_KUBERNETES)?.components));
        }
        for step in &exercise.steps {
            match step {
                Step::Script(text) => left.push_back(Task::Script(text.clone())),
                Step::Servers(line) => left.push_back(task(line)?),
            }
        }
        Ok(Self::through(left, true))
    }

    /// The components of Kubernetes start once etcd has elected a leader.
    ///
    /// # Errors
    /// In words, where there are none.
    pub fn of_kubernetes(kubernetes: Option<Kubernetes>) -> Result<Self, String> {
        let components = kubernetes.ok_or(NO_KUBERNETES)?.components;
        Ok(Self::through([Task::Settle, Task::Place(components)].into(), false))
    }

    /// The components are there from the first moment, and nobody starts them.
    ///
    /// # Errors
    /// In words, where there are none.
    pub fn of_bare_nodes(kubernetes: Option<Kubernetes>) -> Result<Self, String> {
        Ok(Self::through([Task::Place(kubernetes.ok_or(NO_KUBERNETES)?.bare)].into(), false))
    }

    fn through(left: VecDeque<Task>, needs_machine: bool) -> Self {
        Self { left, session: None, hold: Hold::Nothing, at: 0, limit: 0, failure: None, needs_machine }
    }

    /// Whether the learner's machine has to be there for it.
    pub fn needs_machine(&self) -> bool {
        self.needs_machine
    }

    /// Goes on as long as `in_time` says so; whether everything is done.
    pub fn advance(&mut self, world: &mut World, in_time: &mut dyn FnMut() -> bool) -> bool {
        loop {
            if !world.advance(self.at, in_time) {
                return false;
            }
            self.at = self.at.max(world.now());
            if self.holds(world) && self.at < self.limit {
                self.at = (self.at + STRIDE).min(self.limit);
                continue;
            }
            self.conclude(world);
            match self.left.pop_front() {
                Some(task) => self.begin(task, world),
                None => return true,
            }
        }
    }

    /// What went wrong on the way, for the author of the lab.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    fn begin(&mut self, task: Task, world: &mut World) {
        let (hold, limit) = match task {
            Task::Settle => (Hold::Leader, SETTLE_LIMIT),
            Task::Pass(time) => {
                self.at += time;
                (Hold::Nothing, 0)
            }
            Task::Script(text) => {
                let session = *self.session.get_or_insert_with(|| world.log_in());
                (Hold::Job(world.exec(&text, session)), SCRIPT_LIMIT)
            }
            // Time passes here between looks at the budget only, never while a step is begun: see [`World::run_until`].
            Task::Operate(Operation::Terminate(name)) => {
                world.ask_to_end(&name);
                (Hold::End(name), TERMINATE_LIMIT)
            }
            Task::Operate(operation) => {
                world.operate(&operation);
                (Hold::Nothing, 0)
            }
            Task::Press(component, fault) => {
                world.press(&component, fault);
                (Hold::Nothing, 0)
            }
            Task::Place(components) => {
                let nodes = world.cluster.setup().nodes;
                world.place(components(&world.etcd(), world.cluster.epoch(), nodes));
                (Hold::Nothing, 0)
            }
        };
        // An operation may itself let time pass.
        self.at = self.at.max(world.now());
        (self.hold, self.limit) = (hold, self.at + limit);
    }

    fn holds(&self, world: &World) -> bool {
        match &self.hold {
            Hold::Nothing => false,
            Hold::Leader => !world.cluster.is_settled(),
            Hold::Job(job) => job.code().is_none(),
            Hold::End(name) => world.cluster.node(name).is_some_and(|node| world.cluster.runs(node)),
        }
    }

    fn conclude(&mut self, world: &mut World) {
        let job = match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Job(job) => job,
            Hold::End(name) => return world.operate(&Operation::Stop(name)),
            Hold::Nothing | Hold::Leader => return,
        };
        if job.code() != Some(0) && self.failure.is_none() {
            let code = job.code().map_or("no end".into(), |code| format!("exit code {code}"));
            self.failure = Some(format!("{code}: {}", String::from_utf8_lossy(&job.stderr()).trim()));
        }
    }
}

/// A line such as `stop etcd-2`, `cut-off etcd-1`, `sleep 3` or `wait`.
fn task(line: &str) -> Result<Task, String> {
    let mut words = line.split_whitespace().map(String::from);
    let op = words.next().unwrap_or_default();
    let mut args: Vec<String> = words.collect();
    // A process of a node is called after both: `kubelet worker1`.
    if args.first().is_some_and(|word| word.starts_with("kube")) {
        args = vec![args.join(" ")];
    }
    let task = match (op.as_str(), args.as_slice()) {
        ("wait", []) => Some(Task::Settle),
        ("sleep", [seconds]) => seconds.parse::<u32>().ok().map(|seconds| Task::Pass(u64::from(seconds) * SECOND)),
        ("cut-off", [name]) => Some(Task::Press(name.clone(), Fault::CutOff)),
        _ => Operation::parse(&op, &args).map(Task::Operate),
    };
    task.ok_or_else(|| format!("its lab asks for {line:?}, which nobody here can do"))
}
