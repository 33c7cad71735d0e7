//! A world with Kubernetes, worked through the protocol as the page does.

use kubarium_lab::{Desk, Kubernetes, World};
use protocol::{
    Exercise, Fault, FromLab, Input, KubernetesNews, Logged, NodeView, Nodes, Power, Preparation, Session, Setup,
    TerminalId, ToLab,
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
    Session::fresh(7, Setup::Kubernetes(Nodes::FEW))
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

/// Presses a button and gives the power of the component after each of so many seconds.
fn powers(page: &mut Page, component: &str, fault: Option<Fault>, seconds: &[u64]) -> Vec<Power> {
    if let Some(fault) = fault {
        page.say(ToLab::Input(Input::Fault { component: component.into(), fault }));
    }
    let mut last = Power::Running;
    let mut at = 0;
    let mut found = Vec::new();
    for second in seconds {
        page.pass((second - at) * SECOND, 100_000);
        at = *second;
        let told = page.take_news().components;
        last = told.iter().rfind(|of| of.name == component).map_or(last, |of| of.power);
        found.push(last);
    }
    found
}

/// What a command prints at a terminal of the control plane.
fn output(page: &mut Page, line: &str) -> String {
    let text = format!("rm -f /tmp/code; {{ {line}\n}} >/tmp/said 2>&1; echo $? >/tmp/code\n");
    page.say(ToLab::Input(Input::Submit { terminal: TerminalId(1), text }));
    page.pass(SECOND / 10, 100_000);
    let read = |page: &Page, path: &str| page.desk.world().machine().read(path);
    for _ in 0..1_000 {
        if read(page, "/tmp/code").is_some() {
            break;
        }
        page.pass(SECOND / 10, 100_000);
    }
    String::from_utf8_lossy(&read(page, "/tmp/said").unwrap_or_default()).into_owned()
}

#[test]
fn the_kubelet_starts_a_killed_component_again_later_each_time() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    page.take_news();
    let name = "kube-scheduler";
    assert_eq!(powers(&mut page, name, Some(Fault::Kill), &[3]), [Power::Running], "at once at first");
    let pause = powers(&mut page, name, Some(Fault::Kill), &[1, 8, 20]);
    assert_eq!(pause, [Power::Stopped, Power::Stopped, Power::Running], "after ten seconds then");
    let restarts = output(&mut page, "kubectl get pod -n kube-system kube-scheduler-controlplane --no-headers");
    assert_eq!(restarts.split_whitespace().nth(3), Some("2"), "{restarts}");
}

#[test]
fn without_a_kubelet_a_killed_component_stays_dead() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    powers(&mut page, "kubelet controlplane", Some(Fault::Stop), &[1]);
    let dead = powers(&mut page, "kube-scheduler", Some(Fault::Kill), &[1, 60]);
    assert_eq!(dead, [Power::Stopped; 2]);
    page.say(ToLab::Input(Input::Fault { component: "kubelet controlplane".into(), fault: Fault::Restart }));
    page.pass(5 * SECOND, 100_000);
    let told = page.take_news().components;
    let scheduler = told.iter().rfind(|of| of.name == "kube-scheduler").map(|of| of.power);
    assert_eq!(scheduler, Some(Power::Running), "the kubelet finds it dead when it comes back");
}

#[test]
fn systemd_starts_a_killed_kubelet_again_and_not_a_stopped_one() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    page.take_news();
    let name = "kubelet worker1";
    let killed = powers(&mut page, name, Some(Fault::Kill), &[1, 9, 11]);
    assert_eq!(killed, [Power::Stopped, Power::Stopped, Power::Running]);
    assert_eq!(powers(&mut page, name, Some(Fault::Stop), &[1, 60]), [Power::Stopped; 2]);
    assert_eq!(powers(&mut page, name, Some(Fault::Restart), &[1]), [Power::Running]);
}

#[test]
fn a_component_whose_manifest_is_moved_away_is_gone_until_it_is_back() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    page.take_news();
    let name = "kube-scheduler";
    output(&mut page, "mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/");
    assert_eq!(powers(&mut page, name, None, &[5]), [Power::Stopped]);
    let gone = output(&mut page, "kubectl get pod -n kube-system kube-scheduler-controlplane");
    assert!(gone.contains("NotFound"), "{gone}");
    output(&mut page, "mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/");
    powers(&mut page, name, None, &[5]);
    let back = output(&mut page, "kubectl get pod -n kube-system kube-scheduler-controlplane --no-headers");
    assert_eq!(back.split_whitespace().nth(2), Some("Running"), "{back}");
}

#[test]
fn a_wrong_flag_keeps_a_component_down_and_its_log_says_why() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    output(&mut page, "sed -i 's/--leader-elect=/--leader-elekt=/' /etc/kubernetes/manifests/kube-scheduler.yaml");
    page.pass(22 * SECOND, 100_000);
    let pod = output(&mut page, "kubectl get pod -n kube-system kube-scheduler-controlplane --no-headers");
    let state = pod.split_whitespace().nth(2).unwrap_or_default();
    assert!(["Error", "CrashLoopBackOff"].contains(&state), "{pod}");
    let log = output(&mut page, "kubectl logs -n kube-system kube-scheduler-controlplane");
    assert!(log.contains("unknown flag: --leader-elekt"), "{log}");
    output(&mut page, "sed -i 's/--leader-elekt=/--leader-elect=/' /etc/kubernetes/manifests/kube-scheduler.yaml");
    page.pass(15 * SECOND, 100_000);
    let pod = output(&mut page, "kubectl get pod -n kube-system kube-scheduler-controlplane --no-headers");
    assert_eq!(pod.split_whitespace().nth(2), Some("Running"), "{pod}");
    let log = output(&mut page, "kubectl logs -n kube-system kube-scheduler-controlplane");
    assert!(log.contains("attempting to acquire leader lease kube-system/kube-scheduler..."), "{log}");
}

#[test]
fn an_api_server_that_cannot_reach_etcd_ends_and_comes_back_with_its_flag() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    page.take_news();
    output(&mut page, "sed -i 's/127.0.0.1:2379/127.0.0.1:2378/' /etc/kubernetes/manifests/kube-apiserver.yaml");
    let states = powers(&mut page, "kube-apiserver", None, &[10, 24]);
    assert_eq!(states, [Power::Running, Power::Running], "it tries for twenty seconds, and is started again at once");
    let refused = output(&mut page, "kubectl get nodes");
    assert!(!refused.contains("Ready"), "{refused}");
    output(&mut page, "sed -i 's/127.0.0.1:2378/127.0.0.1:2379/' /etc/kubernetes/manifests/kube-apiserver.yaml");
    page.pass(40 * SECOND, 100_000);
    let nodes = output(&mut page, "kubectl get nodes");
    assert!(nodes.contains("Ready"), "{nodes}");
}

#[test]
fn etcd_is_a_static_pod_too_and_keeps_its_data() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    output(&mut page, "kubectl create configmap kept --from-literal=a=b");
    output(&mut page, "mv /etc/kubernetes/manifests/etcd.yaml /root/");
    page.pass(5 * SECOND, 100_000);
    let member = |page: &Page| page.desk.world().members()[0].power;
    assert_eq!(member(&page), Power::Stopped);
    output(&mut page, "mv /root/etcd.yaml /etc/kubernetes/manifests/");
    page.pass(20 * SECOND, 100_000);
    assert_eq!(member(&page), Power::Running);
    page.say(ToLab::Input(Input::Fault { component: "controlplane".into(), fault: Fault::Kill }));
    page.pass(30 * SECOND, 100_000);
    assert_eq!(member(&page), Power::Running, "the kubelet has started it again");
    let kept = output(&mut page, "kubectl get configmap kept -o jsonpath='{.data.a}'");
    assert_eq!(kept, "b");
}

#[test]
fn the_nodes_services_answer_the_tools_on_the_node() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    page.take_news();
    assert!(output(&mut page, "systemctl status kubelet").contains("Active: active (running) since"));
    let journal = output(&mut page, "journalctl -u kubelet");
    assert!(journal.contains("controlplane kubelet[") && journal.contains("Successfully registered node"), "{journal}");
    let containers = output(&mut page, "crictl ps");
    let row =
        containers.lines().find(|line| line.contains("kube-scheduler-controlplane")).unwrap_or_default().to_owned();
    assert!(row.contains("Running") && row.ends_with("kube-system"), "{containers}");
    let id = row.split_whitespace().next().unwrap_or_default();
    let log = output(&mut page, &format!("crictl logs {id}"));
    assert!(log.contains("successfully acquired lease kube-system/kube-scheduler"), "{log}");
    output(&mut page, "systemctl stop kubelet");
    assert_eq!(output(&mut page, "systemctl is-active kubelet"), "inactive\n");
    assert_eq!(powers(&mut page, "kubelet controlplane", None, &[30]), [Power::Stopped]);
    output(&mut page, "systemctl start kubelet");
    assert_eq!(powers(&mut page, "kubelet controlplane", None, &[1]), [Power::Running]);
}

#[test]
fn without_its_runtime_a_node_is_not_ready_and_its_containers_go_on() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    output(&mut page, "systemctl stop containerd");
    let refused = output(&mut page, "crictl ps");
    assert!(refused.contains("connect: connection refused"), "{refused}");
    page.pass(60 * SECOND, 100_000);
    let node = output(&mut page, "kubectl get node controlplane --no-headers");
    assert_eq!(node.split_whitespace().nth(1), Some("NotReady"), "{node}");
    let why = output(&mut page, "kubectl describe node controlplane");
    assert!(why.contains("container runtime is down"), "{why}");
    output(&mut page, "systemctl start containerd");
    page.pass(20 * SECOND, 100_000);
    let node = output(&mut page, "kubectl get node controlplane --no-headers");
    assert_eq!(node.split_whitespace().nth(1), Some("Ready"), "{node}");
}

#[test]
fn a_panel_tells_what_a_process_decides_and_writes() {
    let mut page = Page::open(fresh());
    page.pass(20 * SECOND, 100_000);
    output(&mut page, "kubectl create deployment web --image=nginx");
    page.pass(5 * SECOND, 100_000);
    for (part, fact, line) in [
        ("kube-scheduler", "default/web-", "successfully acquired lease"),
        ("kube-controller-manager", "Election", "ScalingReplicaSet"),
        ("kube-apiserver", "Requests by verb", "Serving securely on [::]:6443"),
        ("kubelet worker1", "Pods in its care", "Successfully registered node"),
        ("container runtime controlplane", "Containers", ""),
    ] {
        page.say(ToLab::Inspect(Some(part.into())));
        page.pass(50_000, 20_000);
        let told = page.said.iter().rev().find_map(|message| match message {
            FromLab::Frame(frame) => frame.details.clone(),
            _ => None,
        });
        let details = told.unwrap_or_else(|| panic!("{part} tells nothing"));
        assert_eq!(details.component, part);
        assert!(details.facts.iter().any(|of| of.name.starts_with(fact)), "{fact} of {details:?}");
        assert!(details.lines.iter().any(|of| of.contains(line)) || line.is_empty(), "{line} of {details:?}");
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
    let exercise =
        Exercise { name: "silent".into(), members: 1, kubernetes: Some(Nodes::FEW), steps, ..Exercise::default() };
    let refused = World::of_exercise(7, &exercise, &machine::maker(), None);
    assert!(refused.is_err_and(|reason| reason.contains("Kubernetes")));

    let world =
        World::of_exercise(7, &exercise, &machine::maker(), Some(Kubernetes::kubeadm())).expect("it is prepared");
    let check = "kubectl get node worker1; kubectl wait --for=condition=Ready node/worker2 --timeout=1s >/dev/null";
    let verdict = world.check(check);
    assert!(verdict.reached && verdict.says.contains("NotReady"), "{verdict:?}");
    assert!(world.has_process("kubelet worker1") && !world.has_process("kubelet worker9"));
}
