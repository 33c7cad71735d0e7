//! The far end of the border: where the machines are. It answers what [`Near`](crate::Near) asks.

use crate::question::{Answer, Ask, Question, Tell, What};
use crate::{Job, Machine, Maker};
use sorted::SortedMap;

/// The machines of a module of their own, and the jobs that run on them.
pub struct Far {
    maker: Maker,
    machines: SortedMap<u32, Held>,
}

/// A machine with its jobs.
struct Held {
    machine: Box<dyn Machine>,
    jobs: SortedMap<u32, Box<dyn Job>>,
}

impl Held {
    fn new(machine: Box<dyn Machine>) -> Self {
        Self { machine, jobs: SortedMap::new() }
    }
}

impl Far {
    /// No machines yet; `maker` makes those that are asked for.
    pub fn new(maker: Maker) -> Self {
        Self { maker, machines: SortedMap::new() }
    }

    /// Answers a question. Bytes that are none, and questions about what does not exist, get an answer that says
    /// nothing.
    pub fn answer(&mut self, question: &[u8]) -> Vec<u8> {
        let answer = protocol::decode::<Question>(question).ok().and_then(|question| self.perform(question));
        protocol::encode(&answer.unwrap_or(Answer::Nothing)).unwrap_or_default()
    }

    fn perform(&mut self, Question { machine: id, what }: Question) -> Option<Answer> {
        match what {
            What::Make(setup) => {
                self.machines.insert(id, Held::new((self.maker)(&setup)));
            }
            What::Fork { from } => {
                let fork = self.machines.get(&from)?.machine.fork();
                self.machines.insert(id, Held::new(fork));
            }
            What::Drop => {
                self.machines.remove(&id);
            }
            What::Tell(what) => self.machines.get_mut(&id)?.take(what),
            What::Ask(what) => return self.machines.get_mut(&id)?.reply(what),
        }
        None
    }
}

impl Held {
    fn take(&mut self, what: Tell) {
        let Self { machine, jobs } = self;
        match what {
            Tell::Deliver(arrival) => machine.deliver(arrival),
            Tell::Connect(network) => machine.connect(network),
            Tell::Hear { program, event } => machine.hear(program, event),
            Tell::Input(input) => machine.input(&input),
            Tell::Remove(path) => machine.remove(&path),
            Tell::Exec { job, script, session } => {
                let started = machine.exec(&script, session);
                jobs.insert(job, started);
            }
            Tell::Signal { job, name } => {
                if let Some(job) = jobs.get(&job) {
                    job.signal(&name);
                }
            }
            Tell::DropJob { job } => {
                jobs.remove(&job);
            }
        }
    }

    fn reply(&mut self, what: Ask) -> Option<Answer> {
        let Self { machine, jobs } = self;
        Some(match what {
            Ask::Run { now, polls } => Answer::Turn(machine.run(now, polls)),
            Ask::Output { limit } => Answer::Output(machine.output(limit as usize)),
            Ask::Prompts => Answer::Prompts(machine.prompts()),
            Ask::Commands => Answer::Commands(machine.commands()),
            Ask::Complete { terminal, line, cursor } => Answer::Completion(machine.complete(terminal, &line, cursor)),
            Ask::Read(path) => Answer::Content(machine.read(&path)),
            Ask::Write { path, content } => Answer::Written(machine.write(&path, &content)),
            Ask::Paths => Answer::Paths(machine.paths()),
            Ask::LogIn => Answer::Session(machine.log_in()),
            Ask::Copy(session) => Answer::Session(machine.copy(session)),
            Ask::Stdout { job } => Answer::Content(Some(jobs.get(&job)?.stdout())),
            Ask::Stderr { job } => Answer::Content(Some(jobs.get(&job)?.stderr())),
            Ask::Code { job } => Answer::Code(jobs.get(&job)?.code()),
        })
    }
}
