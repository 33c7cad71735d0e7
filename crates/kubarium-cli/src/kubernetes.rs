//! A world with a Kubernetes cluster in it.

use lab::{World, WorldSetup};

/// A cluster as kubeadm sets it up, a control plane node and two workers, whose processes have just been started.
pub fn world(seed: u64) -> World {
    with_workers(seed, 2)
}

/// The nodes of such a cluster, on which nobody has called kubeadm yet.
pub fn bare_nodes(seed: u64) -> World {
    let setup = WorldSetup::bare_nodes();
    let mut world = World::new(seed, &setup, &machine::maker());
    world.place(kube::bare_nodes(&world.etcd(), setup.epoch));
    world
}

/// The same with so many workers.
pub fn with_workers(seed: u64, workers: u32) -> World {
    let setup = WorldSetup::kubernetes();
    let mut world = World::new(seed, &setup, &machine::maker());
    world.wait_until_settled(30_000_000);
    world.place(kube::kubeadm_with(&world.etcd(), setup.epoch, workers));
    world
}
