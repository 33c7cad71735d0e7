//! The Kubernetes of the site's worlds, as large as asked: nodes, pods, and an hour in which nothing happens.

mod load;

use std::rc::Rc;

use border::{Channel, Near};
use headroom::Headroom;
use lab::{World, WorldSetup};
use load::{Load, Seen};

/// How much of it is measured.
#[derive(Clone, Debug)]
pub struct KubernetesPlan {
    /// Nodes of the large cluster, besides that of the control plane.
    pub nodes: u32,
    /// Its pods.
    pub pods: u32,
    /// Of the measurements, only those whose names contain this.
    pub only: String,
}

/// How long a cluster may take to do something, in the time of its world.
const PATIENCE: u64 = 6 * 3_600 * 1_000_000;
/// Deployments of the large cluster have so many pods at most.
const REPLICAS: u32 = 3_000;

/// The learner's machine on its way for ever: nobody works at it, and it costs nothing.
struct Nobody;

impl Channel for Nobody {
    fn ask(&self, _question: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A cluster whose processes have just been started, and what somebody sees who looks on.
struct Cluster {
    world: World,
    seen: Rc<Seen>,
    setup: WorldSetup,
    loads: u32,
    headroom: Headroom,
}

impl Cluster {
    fn new(workers: u32, rates: kube::Rates) -> Cluster {
        let setup = WorldSetup::of_nodes(Default::default());
        let layout = kube::Layout { control_planes: 1, workers, rates, set_up: true };
        let mut world = World::new(1, &setup, &Near::maker(Box::new(Nobody)));
        world.wait_until_settled(30_000_000);
        world.place(kube::placed(&world.etcd(), setup.epoch, layout));
        let seen = Rc::new(Seen::default());
        let mut cluster = Cluster { world, seen, setup, loads: 0, headroom: Headroom::default() };
        cluster.place(Vec::new());
        cluster
    }

    /// Adds somebody who creates these Deployments, of so many pods each, and looks on.
    fn place(&mut self, deployments: Vec<u32>) {
        self.loads += 1;
        self.world.place(vec![Load::placed(self.loads, self.setup.epoch, deployments, Rc::clone(&self.seen))]);
    }

    /// Lets time pass until something is seen.
    fn wait(&mut self, what: &str, done: impl Fn(&Seen) -> bool) -> Result<(), String> {
        let limit = self.world.now() + PATIENCE;
        let seen = Rc::clone(&self.seen);
        while !done(&seen) {
            if self.world.now() >= limit {
                return Err(format!("{what}: it did not come about within six hours of the world's time"));
            }
            // As often as the worker does it.
            self.headroom.keep();
            let until = self.world.now() + 1_000_000;
            self.world.run_while(until, &mut || !done(&seen));
        }
        Ok(())
    }
}

impl KubernetesPlan {
    /// Runs everything. `clock` gives milliseconds from any moment on, and how many of them the processors worked where
    /// that can be told; `memory` how many bytes are in use; `tell` gets a line for each figure: what it is, how often it
    /// was done, how many of both milliseconds that took, and how many bytes were in use then, separated by tabs.
    ///
    /// # Errors
    /// In words, when something does not come about.
    pub fn run(
        &self,
        clock: &dyn Fn() -> [f64; 2],
        memory: &dyn Fn() -> u64,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        tell("ready");
        let mut measure = |what: &str, times: u32, run: &mut dyn FnMut() -> Result<u64, String>| {
            let before = clock();
            let world = run()?;
            let after = clock();
            let millis = [after[0] - before[0], after[1] - before[1]];
            let seconds = world / 1_000_000;
            tell(&format!("{what}\t{times}\t{:.1}\t{:.1}\t{}\t{seconds}", millis[0], millis[1], memory()));
            Ok::<(), String>(())
        };
        if "three nodes".contains(&self.only) {
            let mut cluster = None;
            measure("three nodes ready", 3, &mut || {
                let mut new = Cluster::new(2, kube::Rates::Usual);
                new.wait("three nodes ready", |seen| seen.ready_nodes() == 3)?;
                Ok(cluster.insert(new).world.now())
            })?;
            if let Some(mut cluster) = cluster {
                let world = &mut cluster.world;
                world.run_until(world.now() + 60_000_000);
                measure("an hour of three idle nodes", 1, &mut || {
                    world.run_until(world.now() + 3_600_000_000);
                    Ok(3_600_000_000)
                })?;
            }
        }
        for (nodes, pods, rates) in [(100, 1_000, kube::Rates::Usual), (self.nodes, self.pods, kube::Rates::Lifted)] {
            let (start, load) = (format!("{nodes} nodes ready"), format!("{pods} pods on {nodes} nodes"));
            if pods == 0 || !load.contains(&self.only) {
                continue;
            }
            let mut cluster = None;
            measure(&start, nodes, &mut || {
                let mut new = Cluster::new(nodes, rates);
                new.wait(&start, |seen| seen.ready_nodes() == nodes + 1)?;
                Ok(cluster.insert(new).world.now())
            })?;
            let Some(mut cluster) = cluster else { continue };
            measure(&load, pods, &mut || {
                let began = cluster.world.now();
                let sizes = (0..pods.div_ceil(REPLICAS)).map(|number| (pods - number * REPLICAS).min(REPLICAS));
                cluster.place(sizes.collect());
                cluster.wait(&load, |seen| seen.available_pods() == pods)?;
                Ok(cluster.world.now() - began)
            })?;
        }
        Ok(())
    }
}
