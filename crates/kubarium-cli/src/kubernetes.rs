//! A world with a Kubernetes cluster in it.

use lab::{World, WorldSetup};

/// A cluster as kubeadm sets it up, a control plane node and two workers, whose processes have just been started.
pub fn world(seed: u64) -> World {
    let setup = WorldSetup::kubernetes();
    let mut world =
        World::new(seed, &setup, &machine::maker_with(|transport| vec![("kubectl", cli::kubectl(transport))]));
    world.wait_until_settled(30_000_000);
    world.place(kube::kubeadm(&world.etcd(), setup.epoch));
    world
}
