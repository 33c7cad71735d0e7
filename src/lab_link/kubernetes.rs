//! What the page knows of Kubernetes: put together from what the lab tells of changes.

use protocol::{ComponentView, KubernetesNews, NodeView, PodPhase, PodView};

/// Components, nodes and pods, each in the order of their names; all empty in a world of etcd alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    pub components: Vec<ComponentView>,
    pub nodes: Vec<NodeView>,
    pub pods: Vec<PodView>,
    /// Pods that are not told of one by one.
    pub more: u64,
}

impl Known {
    pub fn take(&mut self, news: KubernetesNews) {
        put(&mut self.components, news.components, |view| view.name.clone());
        put(&mut self.nodes, news.nodes, NodeView::part);
        put(&mut self.pods, news.pods, PodView::part);
        for gone in news.gone {
            self.nodes.retain(|node| node.part() != gone);
            self.pods.retain(|pod| pod.part() != gone);
        }
        self.more = news.more;
    }

    pub fn component(&self, name: &str) -> Option<&ComponentView> {
        self.components.iter().find(|component| component.name == name)
    }

    pub fn node(&self, part: &str) -> Option<&NodeView> {
        self.nodes.iter().find(|node| node.part() == part)
    }

    /// What a cluster that sets itself up still lacks, in words; `None` when its nodes are ready and their pods run.
    pub fn lacks(&self) -> Option<String> {
        // Each node has a kubelet before it is known.
        let kubelets = self.components.iter().filter(|component| component.name.starts_with("kubelet ")).count();
        let all = kubelets.max(self.nodes.len());
        let ready = self.nodes.iter().filter(|node| node.status.starts_with("Ready")).count();
        let running = self.pods.iter().filter(|pod| pod.phase == PodPhase::Running).count();
        let settled = self.nodes.iter().all(|node| self.pods.iter().any(|pod| pod.node == node.name));
        match self.pods.len() {
            _ if all == 0 || ready < all => Some(format!("{ready} of {all} nodes are")),
            pods if running < pods || !settled => Some(format!("{running} of {} pods run", pods.max(running + 1))),
            _ => None,
        }
    }

    /// Whether something of this name is there to be told of.
    pub fn knows(&self, part: &str) -> bool {
        self.component(part).is_some() || self.node(part).is_some() || self.pods.iter().any(|pod| pod.part() == part)
    }
}

fn put<V>(known: &mut Vec<V>, news: Vec<V>, part: fn(&V) -> String) {
    for view in news {
        let name = part(&view);
        match known.binary_search_by_key(&name, part) {
            Ok(at) => known[at] = view,
            Err(at) => known.insert(at, view),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Power;

    fn pod(name: &str, phase: PodPhase) -> PodView {
        PodView {
            namespace: "default".into(),
            name: name.into(),
            node: "worker1".into(),
            phase,
            status: phase.word().into(),
            ready: (0, 1),
        }
    }

    fn check(known: &Known, expected: &[(&str, PodPhase)]) {
        let found: Vec<_> = known.pods.iter().map(|pod| (pod.name.as_str(), pod.phase)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn changes_add_up_to_what_is_there() {
        let mut known = Known::default();
        let news = |pods: Vec<PodView>, gone: &[&str]| KubernetesNews {
            pods,
            gone: gone.iter().map(|name| (*name).to_owned()).collect(),
            ..KubernetesNews::default()
        };
        known.take(news(vec![pod("b", PodPhase::Pending), pod("a", PodPhase::Pending)], &[]));
        check(&known, &[("a", PodPhase::Pending), ("b", PodPhase::Pending)]);
        known.take(news(vec![pod("b", PodPhase::Running)], &["pod default/a"]));
        check(&known, &[("b", PodPhase::Running)]);
        assert!(known.knows("pod default/b") && !known.knows("pod default/a"));
    }

    #[test]
    fn a_cluster_is_set_up_when_its_nodes_are_ready_and_the_pods_of_each_run() {
        let mut known = Known::default();
        let lacks = |known: &Known, expected: Option<&str>| assert_eq!(known.lacks().as_deref(), expected);
        lacks(&known, Some("0 of 0 nodes are"));
        known.components =
            vec![ComponentView { name: "kubelet worker1".into(), power: Power::Running, cut_off: false }];
        lacks(&known, Some("0 of 1 nodes are"));
        known.nodes = vec![NodeView { name: "worker1".into(), status: "Ready".into() }];
        lacks(&known, Some("0 of 1 pods run"));
        known.pods = vec![pod("a", PodPhase::Running), pod("b", PodPhase::Pending)];
        lacks(&known, Some("1 of 2 pods run"));
        known.pods[1].phase = PodPhase::Running;
        lacks(&known, None);
    }
}
