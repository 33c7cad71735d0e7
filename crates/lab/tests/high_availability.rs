//! Clusters with three control plane nodes: what one of them may lose, and how they come about.

use kubarium_lab::{Kubernetes, World, WorldSetup};
use protocol::{Exercise, Fault, Input, Nodes, Preparation};

const SECOND: u64 = 1_000_000;
/// How etcdctl reaches the members as kubeadm secures them.
const ETCD: &str = "export ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/server.crt \
    ETCDCTL_KEY=/etc/kubernetes/pki/etcd/server.key;";

/// A cluster whose nodes are ready.
fn cluster() -> World {
    let ready = "until kubectl wait --for=condition=Ready nodes --all --timeout=60s && \
        [ $(kubectl get nodes -o name | wc -l) = 5 ]; do sleep 1; done";
    let exercise = Exercise {
        name: "highly-available".into(),
        members: 1,
        kubernetes: Some(Nodes::HIGHLY_AVAILABLE),
        steps: vec![Preparation::Script(ready.into())],
        ..Exercise::default()
    };
    World::of_exercise(7, &exercise, &machine::maker(), Some(Kubernetes::kubeadm())).expect("it is prepared")
}

/// What a script prints, error messages included.
fn says(world: &mut World, script: &str) -> String {
    let job = world.begin(&format!("{{ {script}\n}} 2>&1"));
    let until = world.now() + 900 * SECOND;
    world.run_while(until, &mut || job.code().is_none());
    String::from_utf8_lossy(&job.stdout()).into_owned()
}

fn press(world: &mut World, component: &str, fault: Fault) {
    world.apply(&Input::Fault { component: component.into(), fault });
}

/// Takes a control plane node's programs and its member of etcd down.
fn lose(world: &mut World, node: &str) {
    for program in ["kubelet", "kube-apiserver", "kube-scheduler", "kube-controller-manager"] {
        press(world, &format!("{program} {node}"), Fault::Stop);
    }
    press(world, node, Fault::Stop);
}

/// Who holds a lease: the node's name.
fn leader(world: &mut World, lease: &str) -> String {
    let script = format!("kubectl -n kube-system get lease {lease} -o jsonpath='{{.spec.holderIdentity}}'");
    says(world, &script).split('_').next().unwrap_or_default().to_owned()
}

#[test]
fn a_cluster_bears_the_loss_of_one_control_plane_node_and_not_of_two() {
    let mut world = cluster();
    lose(&mut world, "controlplane2");
    world.run_until(world.now() + 30 * SECOND);
    assert_eq!(says(&mut world, "kubectl create configmap one"), "configmap/one created\n");
    let script = "kubectl get endpointslice kubernetes -o jsonpath='{.endpoints[*].addresses[0]}'";
    assert_eq!(says(&mut world, script), "172.18.0.10 172.18.0.12", "the service knows who is left");
    lose(&mut world, "controlplane3");
    world.run_until(world.now() + 30 * SECOND);
    let told = says(&mut world, "kubectl create configmap two");
    assert!(told.starts_with("error: failed to create configmap: "), "{told}");
    press(&mut world, "controlplane3", Fault::Restart);
    press(&mut world, "kubelet controlplane3", Fault::Restart);
    world.run_until(world.now() + 60 * SECOND);
    assert_eq!(says(&mut world, "kubectl create configmap three"), "configmap/three created\n");
}

#[test]
fn another_scheduler_works_when_the_lease_of_the_first_has_run_out() {
    let mut world = cluster();
    let first = leader(&mut world, "kube-scheduler");
    press(&mut world, &format!("kube-scheduler {first}"), Fault::Stop);
    let began = world.now();
    let script =
        "kubectl create deployment web --image=nginx:1.29; kubectl rollout status deployment web --timeout=60s";
    let told = says(&mut world, script);
    assert!(told.ends_with("successfully rolled out\n"), "{told}");
    let took = (world.now() - began) / SECOND;
    assert!((8..=30).contains(&took), "it took {took} s");
    let second = leader(&mut world, "kube-scheduler");
    assert_ne!(first, second);
    let log = says(&mut world, &format!("kubectl -n kube-system logs kube-scheduler-{second}"));
    assert!(log.contains("successfully acquired lease kube-system/kube-scheduler"), "{log}");
}

#[test]
fn without_its_load_balancer_nobody_reaches_a_cluster_that_runs() {
    let mut world = cluster();
    press(&mut world, "load balancer", Fault::Kill);
    let told = says(&mut world, "kubectl get nodes");
    assert!(told.contains("172.18.0.9:6443") && told.contains("refused"), "{told}");
    let own = says(&mut world, "kubectl --server=https://172.18.0.10:6443 get nodes -o name | wc -l");
    assert_eq!(own.trim(), "5", "its servers are there");
    press(&mut world, "load balancer", Fault::Restart);
    world.run_until(world.now() + 10 * SECOND);
    assert_eq!(says(&mut world, "kubectl get nodes -o name | wc -l").trim(), "5");
}

#[test]
fn etcdctl_reaches_all_members_from_each_control_plane_node() {
    let mut world = cluster();
    let healthy = |text: String| text.lines().filter(|line| line.contains("is healthy")).count();
    assert_eq!(healthy(says(&mut world, &format!("{ETCD} etcdctl endpoint health --cluster"))), 3);
    let there = format!("ssh controlplane3 '{ETCD} etcdctl endpoint health --cluster'");
    assert_eq!(healthy(says(&mut world, &there)), 3);
}

#[test]
fn control_plane_nodes_join_a_cluster_that_has_an_endpoint() {
    let nodes = Nodes { workers: 1, ..Nodes::HIGHLY_AVAILABLE };
    let setup = WorldSetup::bare_nodes(nodes);
    let mut world = World::new(7, &setup, &machine::maker());
    let layout = kube::Layout { set_up: false, ..kube::Layout::of(nodes) };
    world.place(kube::placed(&world.etcd(), setup.epoch, layout));
    let token = "abcdef.0123456789abcdef";
    let key = "f8902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ffe0c07";
    let init = format!(
        "kubeadm init --control-plane-endpoint 172.18.0.9 --upload-certs --certificate-key {key} --token {token} > log
        echo $?; cp -r /etc/kubernetes/admin.conf admin; export KUBECONFIG=$PWD/admin; kubectl apply -f kube-flannel.yml > log"
    );
    assert_eq!(says(&mut world, &init), "0\n");
    let join = format!("kubeadm join 172.18.0.9:6443 --token {token} --discovery-token-unsafe-skip-ca-verification");
    let alone = says(&mut world, &format!("ssh controlplane2 {join} --control-plane | tail -1"));
    assert!(alone.contains("couldn't load the certificate file /etc/kubernetes/pki/ca.crt"), "{alone}");
    let wrong = says(&mut world, &format!("ssh controlplane2 {join} --control-plane --certificate-key {}", &key[2..]));
    assert!(wrong.contains("cipher: message authentication failed"), "{wrong}");
    for node in ["controlplane2", "controlplane3"] {
        let told = says(&mut world, &format!("ssh {node} {join} --control-plane --certificate-key {key}"));
        assert!(told.contains("a new control plane instance was created"), "{told}");
    }
    let worker = says(&mut world, &format!("ssh worker1 {join} --control-plane --certificate-key {key}"));
    assert!(worker.contains("error execution phase preflight"), "{worker}");
    let told = says(&mut world, &format!("ssh worker1 {join}"));
    assert!(told.contains("This node has joined the cluster:"), "{told}");
    let script = "export KUBECONFIG=$PWD/admin; kubectl wait --for=condition=Ready nodes --all --timeout=60s | wc -l";
    assert_eq!(says(&mut world, script).trim(), "4");
    let members = says(&mut world, &format!("{ETCD} etcdctl member list"));
    let voters = members.lines().filter(|line| line.ends_with("false") && line.contains("started")).count();
    assert_eq!(voters, 3, "{members}");
    says(&mut world, "ssh controlplane3 kubeadm reset -f");
    let members = says(&mut world, &format!("{ETCD} etcdctl member list"));
    assert_eq!(members.lines().count(), 2, "one that is taken back leaves etcd too: {members}");
}
