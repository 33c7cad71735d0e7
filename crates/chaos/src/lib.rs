//! Kubernetes under random work and random faults.
//!
//! A [`plan`] is drawn from a seed: what somebody does with `kubectl`, and what goes wrong meanwhile. While it is played,
//! [`always`] looks at what is stored; afterwards everything is mended, and the cluster has to come to [`rest`]: what was
//! asked for is there, and nothing else.

#![forbid(unsafe_code)]

pub mod always;
pub mod plan;
pub mod rest;
mod stored;

use lab::{Job, SessionId, World, WorldSetup};
use plan::{Act, Plan};
use protocol::{Input, Nodes};

const SECOND: u64 = 1_000_000;
/// How often what is stored is looked at.
const LOOK: u64 = SECOND / 5;
/// How long a cluster may take until it rests, from when all is mended: pods are driven from a lost node after five
/// minutes, and image pulls and restarts back off for as long.
const REST_LIMIT: u64 = 1_200 * SECOND;
/// A command that has not ended by then is interrupted.
const PATIENCE: u64 = 60 * SECOND;

/// What one seed came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Virtual seconds from mending to rest.
    pub rested_after: u64,
    /// What was broken, with the moment; nothing in a good run.
    pub broken: Option<String>,
    /// What was done when, for a story.
    pub story: Vec<String>,
}

/// Plays a plan.
pub fn run(plan: &Plan) -> Outcome {
    let mut play = Play::new(plan.seed);
    let broken = play.acts(&plan.acts).and_then(|()| play.mend(plan)).and_then(|()| play.rest());
    let (rested_after, broken) = match broken {
        Ok(seconds) => (seconds, None),
        Err(what) => {
            let when = play.world.now() as f64 / SECOND as f64;
            play.tell_of_the_end();
            (0, Some(format!("at {when:.1} s: {what}")))
        }
    };
    Outcome { rested_after, broken, story: play.story }
}

struct Play {
    world: World,
    session: SessionId,
    /// Commands that run, and until when they may.
    running: Vec<(Box<dyn Job>, u64)>,
    seen: always::Seen,
    story: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let nodes = Nodes::FEW;
        let setup = WorldSetup::of_nodes(nodes);
        let mut world = World::new(seed, &setup, &machine::maker());
        world.wait_until_settled(30 * SECOND);
        world.place(kube::placed(&world.etcd(), setup.epoch, kube::Layout::of(nodes)));
        world.wait_until_quiet(3 * SECOND, 120 * SECOND);
        let session = world.log_in();
        Self { world, session, running: Vec::new(), seen: always::Seen::default(), story: Vec::new() }
    }

    fn acts(&mut self, acts: &[(u64, Act)]) -> Result<(), String> {
        for (pause, act) in acts {
            self.pass(*pause)?;
            self.act(act);
        }
        Ok(())
    }

    fn act(&mut self, act: &Act) {
        self.story.push(format!("{:7.1} s  {act}", self.world.now() as f64 / SECOND as f64));
        match act {
            Act::Command(line) => {
                let job = self.world.exec(line, self.session);
                self.running.push((job, self.world.now() + PATIENCE));
            }
            Act::Fault { component, fault } => {
                self.world.apply(&Input::Fault { component: component.clone(), fault: *fault });
            }
        }
    }

    /// Lets time pass and looks at what is stored meanwhile.
    fn pass(&mut self, time: u64) -> Result<(), String> {
        let until = self.world.now() + time;
        while self.world.now() < until {
            self.world.run_until((self.world.now() + LOOK).min(until));
            let now = self.world.now();
            self.running.retain(|(job, _)| job.code().is_none());
            self.running.iter().filter(|(_, limit)| *limit <= now).for_each(|(job, _)| job.signal("INT"));
            self.seen.look(&self.world)?;
        }
        Ok(())
    }

    /// Adds to the story what there is in the end.
    fn tell_of_the_end(&mut self) {
        let job = self
            .world
            .exec("kubectl get nodes; kubectl get pods -A -o wide; kubectl get events -A | tail -30", self.session);
        let limit = self.world.now() + PATIENCE;
        self.world.run_while(limit, &mut || job.code().is_none());
        self.story.push(String::from_utf8_lossy(&[job.stdout(), job.stderr()].concat()).into_owned());
    }

    /// Takes every trouble away. What the learner has asked for stays.
    fn mend(&mut self, plan: &Plan) -> Result<(), String> {
        plan.mending().iter().for_each(|act| self.act(act));
        self.pass(PATIENCE + 5 * SECOND)
    }

    /// Seconds until what was asked for is there.
    fn rest(&mut self) -> Result<u64, String> {
        let began = self.world.now();
        loop {
            let Err(missing) = rest::reached(&self.world) else { return Ok((self.world.now() - began) / SECOND) };
            if self.world.now() - began > REST_LIMIT {
                return Err(format!("the cluster does not come to rest: {missing}"));
            }
            self.pass(10 * SECOND)?;
        }
    }
}
