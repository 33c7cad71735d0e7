//! Kubernetes in a world: who puts its components there, and what the page is told of them.
//!
//! Everything is reached through [`Kubernetes`], which only a desk that can open such worlds has: a module for those who
//! learn etcd alone is linked without it.

mod objects;
mod registry;

use crate::{
    cluster::{Cluster, Component},
    view,
};
use kube::Placed;
use protocol::{ComponentView, Details, Fact, KubernetesNews, Nodes, Power};
use registry::Registry;
pub(crate) use registry::stored;
use sim::NodeId;
use sorted::SortedMap;

/// Makes the components of a cluster of such nodes whose members of etcd are at these addresses, in a world that begins at
/// this second since 1970.
pub type Components = fn(&[NodeId], u64, Nodes) -> Vec<Placed>;

/// What it takes to open a world with Kubernetes.
#[derive(Clone, Copy)]
pub struct Kubernetes {
    pub(crate) components: Components,
    /// The same before anybody has set anything up.
    pub(crate) bare: Components,
    onlooker: fn() -> Box<dyn Report>,
}

impl Kubernetes {
    /// Clusters as kubeadm sets them up.
    pub fn kubeadm() -> Self {
        Self {
            components: |etcd, epoch, nodes| kube::placed(etcd, epoch, kube::Layout::of(nodes)),
            bare: |etcd, epoch, nodes| {
                kube::placed(etcd, epoch, kube::Layout { set_up: false, ..kube::Layout::of(nodes) })
            },
            onlooker: || Box::new(Onlooker::default()),
        }
    }

    /// Somebody who has not looked yet.
    pub(crate) fn onlooker(self) -> Box<dyn Report> {
        (self.onlooker)()
    }
}

/// Someone who looks on, and remembers what was told, so that only changes are.
pub(crate) trait Report {
    /// What changed since the last time; `None` where nothing did.
    fn news(&mut self, cluster: &Cluster) -> Option<KubernetesNews>;

    /// What the panel of a component, a node or a pod tells; `None` for what is not there.
    fn details(&self, cluster: &Cluster, part: &str) -> Option<Details>;
}

/// Components that have no place on the diagram.
const HIDDEN: [&str; 3] = ["kubeadm", "systemd ", kube::MACHINE];

#[derive(Default)]
struct Onlooker {
    components: SortedMap<String, ComponentView>,
    registry: Registry,
}

impl Report for Onlooker {
    fn news(&mut self, cluster: &Cluster) -> Option<KubernetesNews> {
        let mut news = self.registry.news(cluster).unwrap_or_default();
        let was_silent = news == KubernetesNews::default();
        // What the diagram does not show, nobody has to be told of.
        let is_shown = |component: &&Component| !HIDDEN.iter().any(|hidden| component.name.starts_with(hidden));
        for component in cluster.components().iter().filter(is_shown) {
            let view = ComponentView {
                name: component.name.clone(),
                power: view::power(cluster, component.node),
                cut_off: component.condition.cut_outgoing || component.condition.cut_incoming,
            };
            // One that has never run is not there yet.
            if self.components.get(&view.name).map_or(view.power != Power::Stopped, |known| *known != view) {
                self.components.insert(view.name.clone(), view.clone());
                news.components.push(view);
            }
        }
        (!was_silent || !news.components.is_empty()).then_some(news)
    }

    fn details(&self, cluster: &Cluster, part: &str) -> Option<Details> {
        component(cluster, part).or_else(|| objects::details(cluster, part))
    }
}

/// What a component tells of itself.
fn component(cluster: &Cluster, name: &str) -> Option<Details> {
    let component = cluster.components().iter().find(|component| component.name == name)?;
    let look = cluster.look_at(component.node)?;
    let fact = |(name, value)| Fact { name, value };
    let mut facts = vec![fact(("Process".into(), view::process(cluster, component.node, component.condition)))];
    // A process that is gone tells nothing; its log is still on the disk.
    if view::power(cluster, component.node) == Power::Stopped {
        facts.extend(cluster.looked_after(component.node).map(|after| fact(("Comes back".into(), after))));
    } else {
        facts.extend(look.facts.into_iter().map(fact));
    }
    facts.extend(cluster.kept(component.node).into_iter().flat_map(|look| look.facts).map(fact));
    let earlier = look.log.len().saturating_sub(view::LINES_MAX);
    let lines = look.log.into_iter().skip(earlier).collect();
    Some(Details { component: name.to_owned(), facts, lines, ..Details::default() })
}
