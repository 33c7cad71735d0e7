//! A world with a Kubernetes cluster in it.

use lab::{World, WorldSetup};
use protocol::Nodes;

/// A cluster as kubeadm sets it up, a control plane node and two workers, whose processes have just been started.
pub fn world(seed: u64) -> World {
    of_nodes(seed, Nodes::FEW)
}

/// A cluster of such nodes.
pub fn of_nodes(seed: u64, nodes: Nodes) -> World {
    placed(seed, nodes, kube::Layout::of(nodes))
}

/// The nodes of such a cluster, on which nobody has called kubeadm yet.
pub fn bare_nodes(seed: u64, nodes: Nodes) -> World {
    let setup = WorldSetup::bare_nodes(nodes);
    let mut world = World::new(seed, &setup, &machine::maker());
    let layout = kube::Layout { set_up: false, ..kube::Layout::of(nodes) };
    world.place(kube::placed(&world.etcd(), setup.epoch, layout));
    world
}

/// One control plane node and so many workers.
pub fn with_workers(seed: u64, workers: u32) -> World {
    placed(seed, Nodes::FEW, kube::Layout { workers, ..kube::Layout::of(Nodes::FEW) })
}

fn placed(seed: u64, nodes: Nodes, layout: kube::Layout) -> World {
    let setup = WorldSetup::of_nodes(nodes);
    let mut world = World::new(seed, &setup, &machine::maker());
    world.wait_until_settled(30_000_000);
    world.place(kube::placed(&world.etcd(), setup.epoch, layout));
    world
}
