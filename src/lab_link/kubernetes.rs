//! What the page knows of Kubernetes: put together from what the lab tells of changes.

use protocol::{ComponentView, KubernetesNews, NodeView, PodView};

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

    /// How many of its nodes are ready, and how many there will be: each has a kubelet.
    pub fn ready(&self) -> (usize, usize) {
        let ready = self.nodes.iter().filter(|node| node.status.starts_with("Ready")).count();
        let kubelets = self.components.iter().filter(|component| component.name.starts_with("kubelet ")).count();
        (ready, kubelets.max(self.nodes.len()))
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
    use protocol::PodPhase;

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
}
