//! A world with Kubernetes, worked through the protocol as the page does.

use kubarium_lab::{Desk, Kubernetes, World};
use protocol::{
    Exercise, Fault, FromLab, Input, KubernetesNews, Logged, NodeView, Power, Preparation, Session, Setup, ToLab,
};

const SECOND: u64 = 1_000_000;

/// A desk, and what it has told of Kubernetes.
struct Page {
    desk: Desk,
    said: Vec<FromLab>,
    log: Vec<Logged>,
}

impl Page {
    fn open(session: Session) -> Self {
        let mut said = Vec::new();
        let desk = Desk::open(session, &machine::maker(), Some(Kubernetes::kubeadm()), &mut said);
        Self { desk, said, log: Vec::new() }
    }

    fn say(&mut self, message: ToLab) {
        self.desk.handle(message, &mut self.said);
    }

    /// Lets so much time pass, in steps of `stride`.
    fn pass(&mut self, time: u64, stride: u64) {
        let until = self.desk.world().now() + time;
        while self.desk.world().now() < until {
            self.desk.pump(stride, &mut || true, &mut self.said);
        }
        self.log.extend(self.said.iter().filter_map(|message| match message {
            FromLab::Logged(logged) => Some(logged.clone()),
            _ => None,
        }));
    }

    /// What was told of Kubernetes since the last time, all in one.
    fn take_news(&mut self) -> KubernetesNews {
        let mut all = KubernetesNews::default();
        for message in self.said.drain(..) {
            if let FromLab::Kubernetes(news) = message {
                all.components.extend(news.components);
                all.nodes.extend(news.nodes);
                all.pods.extend(news.pods);
                all.gone.extend(news.gone);
            }
        }
        all
    }

    fn session(&self) -> Session {
        Session { log: self.log.clone(), now: self.desk.world().now(), ..fresh() }
    }
}

fn fresh() -> Session {
    Session::fresh(7, Setup::Kubernetes)
}

#[test]
fn a_desk_without_kubernetes_refuses_such_a_session_in_words() {
    let mut said = Vec::new();
    let desk = Desk::open(fresh(), &machine::maker(), None, &mut said);
    let refused = said.iter().any(|m| matches!(m, FromLab::SessionRefused { reason } if reason.contains("Kubernetes")));
    assert!(refused, "{said:?}");
    assert_eq!(desk.world().members().len(), 3, "the default world has begun instead");
}

#[test]
fn components_start_and_nodes_become_ready() {
    let mut page = Page::open(fresh());
    page.pass(60 * SECOND, 100_000);
    let news = page.take_news();
    let names: Vec<&str> = news.components.iter().map(|component| component.name.as_str()).collect();
    for name in
        ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet controlplane", "kubelet worker2"]
    {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    for name in ["controlplane", "worker1", "worker2"] {
        let last = news.nodes.iter().rfind(|node| node.name == name).map(|node: &NodeView| node.status.as_str());
        assert_eq!(last, Some("Ready"), "{name}");
    }
}

#[test]
fn a_button_takes_the_power_from_a_component_and_only_that_is_told() {
    let mut page = Page::open(fresh());
    page.pass(5 * SECOND, 100_000);
    page.take_news();
    for (fault, power, cut_off) in [
        (Fault::Kill, Power::Stopped, false),
        (Fault::Restart, Power::Running, false),
        (Fault::Pause, Power::Paused, false),
        (Fault::Resume, Power::Running, false),
        (Fault::CutOff, Power::Running, true),
        (Fault::Reconnect, Power::Running, false),
    ] {
        page.say(ToLab::Input(Input::Fault { component: "kube-scheduler".into(), fault }));
        page.pass(100_000, 20_000);
        let told = page.take_news().components;
        let told: Vec<_> = told.iter().map(|of| (of.name.as_str(), of.power, of.cut_off)).collect();
        assert_eq!(told, [("kube-scheduler", power, cut_off)], "{fault:?}");
    }
}

#[test]
fn a_panel_tells_of_a_component_and_of_a_node() {
    let mut page = Page::open(fresh());
    page.pass(30 * SECOND, 100_000);
    for (part, fact) in [("kube-apiserver", "Process"), ("node worker1", "Status")] {
        page.say(ToLab::Inspect(Some(part.into())));
        page.pass(50_000, 20_000);
        let told = page.said.iter().rev().find_map(|message| match message {
            FromLab::Frame(frame) => frame.details.clone(),
            _ => None,
        });
        let details = told.unwrap_or_else(|| panic!("{part} tells nothing"));
        assert_eq!(details.component, part);
        assert!(details.facts.iter().any(|of| of.name == fact), "{details:?}");
    }
}

#[test]
fn a_stored_session_replays_to_the_same_trace_however_it_is_pumped() {
    let mut page = Page::open(fresh());
    page.pass(3 * SECOND, 70_000);
    page.say(ToLab::Input(Input::Fault { component: "kubelet worker1".into(), fault: Fault::Kill }));
    page.pass(3 * SECOND, 30_000);
    let (session, hash) = (page.session(), page.desk.world().trace_hash());
    assert_eq!(session.log.len(), 1);
    let mut again = Page::open(session.clone());
    while again.desk.world().now() < session.now {
        let mut looks = 0;
        again.desk.pump(
            10_000,
            &mut || {
                looks += 1;
                looks < 3
            },
            &mut again.said,
        );
    }
    assert_eq!((again.desk.world().now(), again.desk.world().trace_hash()), (session.now, hash));
}

#[test]
fn what_is_checked_in_a_fork_leaves_the_cluster_as_it_is() {
    let mut page = Page::open(fresh());
    page.pass(5 * SECOND, 100_000);
    let mut other = Page::open(fresh());
    other.pass(5 * SECOND, 100_000);
    let verdict = other.desk.world().check("sleep 5");
    assert!(verdict.reached, "{verdict:?}");
    for page in [&mut page, &mut other] {
        page.pass(5 * SECOND, 100_000);
    }
    assert_eq!(page.desk.world().trace_hash(), other.desk.world().trace_hash());
}

#[test]
fn a_lab_begins_in_a_cluster_of_which_something_may_be_down() {
    let script = |text: &str| Preparation::Script(text.into());
    let steps = vec![
        script("until kubectl wait --for=condition=Ready node/worker1 --timeout=60s; do sleep 1; done"),
        Preparation::Servers("stop kubelet worker1".into()),
        Preparation::Servers("sleep 60".into()),
    ];
    let exercise = Exercise { name: "silent".into(), members: 1, kubernetes: true, steps, ..Exercise::default() };
    let refused = World::of_exercise(7, &exercise, &machine::maker(), None);
    assert!(refused.is_err_and(|reason| reason.contains("Kubernetes")));

    let world =
        World::of_exercise(7, &exercise, &machine::maker(), Some(Kubernetes::kubeadm())).expect("it is prepared");
    let check = "kubectl get node worker1; kubectl wait --for=condition=Ready node/worker2 --timeout=1s >/dev/null";
    let verdict = world.check(check);
    assert!(verdict.reached && verdict.says.contains("NotReady"), "{verdict:?}");
    assert!(world.has_process("kubelet worker1") && !world.has_process("kubelet worker9"));
}
