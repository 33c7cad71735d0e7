//! What holds at every moment, whatever fails.

use std::collections::BTreeMap;

use lab::World;

use crate::stored::{Object, all};

/// What was seen of objects before, by uid.
#[derive(Default)]
pub struct Seen {
    pods: BTreeMap<String, Pod>,
    /// Of whatever has one.
    generations: BTreeMap<String, i64>,
}

#[derive(Clone, Default)]
struct Pod {
    node: String,
    over: bool,
    terminating: bool,
}

impl Seen {
    /// Looks at what is stored now.
    ///
    /// # Errors
    /// What does not hold, in words.
    pub fn look(&mut self, world: &World) -> Result<(), String> {
        let pods = all(world, "pods");
        for pod in &pods {
            self.keeps_its_word(pod)?;
        }
        unique("pods have the address", pods.iter().filter(has_address), "/status/podIP")?;
        let services = all(world, "services/specs");
        let with_address = services.iter().filter(|service| service.text("/spec/clusterIP") != "None");
        unique("services have the address", with_address, "/spec/clusterIP")?;
        for folder in ["deployments", "replicasets", "daemonsets", "statefulsets", "jobs"] {
            for object in all(world, folder) {
                self.grows(&object)?;
            }
        }
        Ok(())
    }

    /// A pod stays on its node, does not rise again, and is not called back from its end.
    fn keeps_its_word(&mut self, pod: &Object) -> Result<(), String> {
        let now =
            Pod { node: pod.text("/spec/nodeName").to_owned(), over: pod.is_over(), terminating: pod.is_terminating() };
        let before = self.pods.insert(pod.uid().to_owned(), now.clone()).unwrap_or_default();
        let place = pod.place();
        if !before.node.is_empty() && before.node != now.node {
            return Err(format!("pod {place} went from {} to {:?}", before.node, now.node));
        }
        if before.over && !now.over {
            return Err(format!("pod {place} had ended and is {} again", pod.text("/status/phase")));
        }
        if before.terminating && !now.terminating {
            return Err(format!("pod {place} was to be deleted and no longer is"));
        }
        Ok(())
    }

    fn grows(&mut self, object: &Object) -> Result<(), String> {
        let generation = object.number("/metadata/generation");
        let before = self.generations.insert(object.uid().to_owned(), generation).unwrap_or(0);
        let observed = object.number("/status/observedGeneration");
        if generation < before {
            return Err(format!("{} has gone from generation {before} back to {generation}", object.place()));
        }
        if observed > generation {
            return Err(format!("{} observes generation {observed}, but has {generation}", object.place()));
        }
        Ok(())
    }
}

/// A pod that has ended has given its address back, and one of the host's network shares its node's.
fn has_address(pod: &&Object) -> bool {
    let of_host = pod.0.pointer("/spec/hostNetwork").is_some_and(|of_host| of_host == true);
    !pod.is_over() && !of_host && !pod.text("/status/podIP").is_empty()
}

fn unique<'a>(claim: &str, objects: impl Iterator<Item = &'a Object>, pointer: &str) -> Result<(), String> {
    let mut owners = BTreeMap::new();
    for object in objects {
        if let Some(other) = owners.insert(object.text(pointer), object.place()) {
            return Err(format!("two {claim} {}: {other} and {}", object.text(pointer), object.place()));
        }
    }
    Ok(())
}
