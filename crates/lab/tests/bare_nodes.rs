//! From nodes on which nothing is set up to a cluster, by kubeadm alone.

use kubarium_lab::{SessionId, World, WorldSetup};
use protocol::Nodes;

const SECOND: u64 = 1_000_000;

/// A world of bare nodes, and somebody at the console of the first.
struct Console {
    world: World,
    session: SessionId,
}

/// What a line came to.
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl Console {
    fn new() -> Self {
        let nodes = Nodes::FEW;
        let setup = WorldSetup::bare_nodes(nodes);
        let mut world = World::new(7, &setup, &machine::maker());
        world.place(kube::placed(
            &world.etcd(),
            setup.epoch,
            kube::Layout { set_up: false, ..kube::Layout::of(nodes) },
        ));
        world.run_until(SECOND);
        let session = world.log_in();
        Self { world, session }
    }

    fn run(&mut self, line: &str) -> Outcome {
        let job = self.world.exec(line, self.session);
        let until = self.world.now() + 900 * SECOND;
        self.world.run_while(until, &mut || job.code().is_none());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome { stdout: text(job.stdout()), stderr: text(job.stderr()), code: job.code() }
    }

    /// Runs a line that has to go well.
    #[track_caller]
    fn does(&mut self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(outcome.code, Some(0), "{line}\n{}{}", outcome.stdout, outcome.stderr);
        outcome.stdout
    }

    /// What a line prints.
    #[track_caller]
    fn check(&mut self, line: &str, stdout: &str) {
        let found = self.run(line);
        assert_eq!((found.stdout.as_str(), found.code), (stdout, Some(0)), "{line}\n{}", found.stderr);
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.world.now() + seconds * SECOND;
        self.world.run_until(until);
    }
}

/// Each node with its readiness.
const NODES: &str = "kubectl get nodes --no-headers -o custom-columns=N:.metadata.name,R:'.status.conditions[?(@.type==\"Ready\")].status'";

fn initialized() -> (Console, String) {
    let mut console = Console::new();
    let said = console.does("kubeadm init --pod-network-cidr=10.244.0.0/16");
    console.does("mkdir -p ~/.kube && cp /etc/kubernetes/admin.conf ~/.kube/config");
    let join: String = said.lines().skip_while(|line| !line.starts_with("kubeadm join")).collect();
    (console, join.replace(['\\', '\t'], " "))
}

#[test]
fn before_anybody_has_set_it_up_there_is_no_cluster() {
    let mut console = Console::new();
    let refused = console.run("kubectl get nodes");
    let words = "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n";
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.ends_with(words), "{}", refused.stderr);
    let members = console.world.members();
    assert!(members.iter().all(|member| member.power == protocol::Power::Stopped), "{members:?}");
}

#[test]
fn nodes_go_from_bare_to_ready() {
    let (mut console, join) = initialized();
    console.check(NODES, "controlplane   False\n");
    console.pass(5);
    console.check(
        "kubectl get node controlplane -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}'",
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
    );
    console.check(
        "kubectl get pods -n kube-system -l k8s-app=kube-dns --no-headers | awk '{print $3}' | sort -u",
        "Pending\n",
    );
    let joined = console.does(&format!("ssh worker1 '{join}'"));
    assert!(joined.contains("This node has joined the cluster"), "{joined}");
    console.does(&format!("ssh worker2 '{join}'"));
    console.check("kubectl get csr --no-headers | awk '{print $NF}'", "Approved,Issued\nApproved,Issued\n");
    console.does("kubectl apply -f kube-flannel.yml");
    console.pass(60);
    console.check(NODES, "controlplane   True\nworker1        True\nworker2        True\n");
    console.check(
        "kubectl get pods -n kube-system -l k8s-app=kube-dns --no-headers | awk '{print $3}' | sort -u",
        "Running\n",
    );
    console.does("kubectl create deployment web --image=nginx --replicas=2");
    console.pass(30);
    console.check("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'", "2");
}

#[test]
fn a_node_that_cannot_trust_the_cluster_does_not_join() {
    let (mut console, join) = initialized();
    let (before, _) = join.split_once("sha256:").expect("the hash is named");
    let refused = console.run(&format!("ssh worker1 '{before}sha256:{}'", "0".repeat(64)));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("cluster CA found in cluster-info ConfigMap is invalid"), "{}", refused.stderr);
    console.does("kubeadm token list | awk 'NR>1{print $1}' | xargs kubeadm token delete");
    let refused = console.run(&format!("ssh worker1 '{join}'"));
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("could not find a JWS signature in the cluster-info ConfigMap"),
        "{}",
        refused.stderr
    );
    console.check("kubectl get nodes --no-headers | wc -l", "1\n");
}

#[test]
fn a_node_that_was_reset_can_be_set_up_again() {
    let (mut console, _) = initialized();
    let refused = console.run("kubeadm init");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("[ERROR Port-6443]: Port 6443 is in use"), "{}", refused.stderr);
    console.does("kubeadm reset --force");
    let refused = console.run("kubectl get nodes");
    assert!(refused.stderr.contains("was refused"), "{}", refused.stderr);
    console.does("kubeadm init && cp /etc/kubernetes/admin.conf ~/.kube/config");
    console.check("kubectl get nodes --no-headers -o name", "node/controlplane\n");
}
