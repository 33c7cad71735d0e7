//! Whole worlds: a learner's lines in the console, and manifests for a cluster that has to live on with them.

use lab::{World, WorldSetup};
use protocol::Nodes;

use super::{Target, Withstands};
use crate::samples;

const SECOND: u64 = 1_000_000;
/// How long a line may run before Ctrl-C, and how soon it has to be over then.
const PATIENCE: u64 = 5 * SECOND;

/// Lines typed in the console: they end, by themselves or at Ctrl-C.
pub const CONSOLE: Target = Target {
    name: "console",
    samples: || [samples::commands("etcdctl"), samples::blocks()].concat(),
    prepare: || lines(member(), |text| text.to_owned()),
    quick: 40,
};
/// The same where `kubectl` has a cluster to talk to.
pub const KUBECTL: Target = Target {
    name: "kubectl",
    samples: || samples::commands("kubectl"),
    prepare: || lines(kubernetes(), |text| text.to_owned()),
    quick: 20,
};
/// Manifests given to `kubectl apply`, and the cluster some seconds later.
pub const MANIFEST: Target = Target {
    name: "manifest",
    samples: samples::manifests,
    prepare: || lines(kubernetes(), |text| format!("kubectl apply -f - <<'END-OF-FILE'\n{text}\nEND-OF-FILE\nsleep 4")),
    quick: 10,
};

fn member() -> World {
    let mut world = World::new(1, &WorldSetup::of_members(1), &machine::maker());
    world.wait_until_settled(30 * SECOND);
    world
}

fn kubernetes() -> World {
    let nodes = Nodes { workers: 1, ..Nodes::FEW };
    let setup = WorldSetup::of_nodes(nodes);
    let mut world = World::new(1, &setup, &machine::maker());
    world.wait_until_settled(30 * SECOND);
    world.place(kube::placed(&world.etcd(), setup.epoch, kube::Layout::of(nodes)));
    world.wait_until_quiet(3 * SECOND, 120 * SECOND);
    world
}

/// Each line is tried in a copy of the world.
fn lines(world: World, script: fn(&str) -> String) -> Withstands {
    Box::new(move |input| {
        let mut world = world.fork();
        let session = world.log_in();
        let job = world.exec(&script(&String::from_utf8_lossy(input)), session);
        let limit = world.now() + PATIENCE;
        world.run_while(limit, &mut || job.code().is_none());
        if job.code().is_none() {
            job.signal("INT");
            let limit = world.now() + PATIENCE;
            world.run_while(limit, &mut || job.code().is_none());
        }
        if job.code().is_none() { Err("it does not end at Ctrl-C".into()) } else { Ok(()) }
    })
}

/// What is in a file of the learner's home after a line.
///
/// # Panics
/// When the line writes no such file: then there would be nothing to damage.
pub fn file_after(line: &str, file: &str) -> Vec<u8> {
    let mut world = member();
    let session = world.log_in();
    let job = world.exec(line, session);
    let limit = world.now() + 60 * SECOND;
    world.run_while(limit, &mut || job.code().is_none());
    world.machine().read(&format!("{}/{file}", lab::HOME)).expect("the file that the line writes")
}
