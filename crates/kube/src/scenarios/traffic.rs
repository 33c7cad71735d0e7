//! Pods that talk: from a program in a container through names, rules and networks to a server, and what fails when one
//! of these is missing.

use super::cluster::{Cluster, KUBELETS, PROXIES, deployment, pod_spec, service};
use crate::api::Object;
use serde_json::json;
use sim::Fault;

/// A deployment of nginx behind a service, and a pod to ask from, on another node than some of them.
fn cluster() -> Cluster {
    let mut cluster = Cluster::with_network();
    cluster.world.create("services", "default", service("web"));
    cluster.world.create("deployments", "default", deployment("web", 3));
    pod(&mut cluster, "tmp", "curlimages/curl", &["sleep", "36000"]);
    cluster.run(6);
    cluster
}

fn pod(cluster: &mut Cluster, name: &str, image: &str, command: &[&str]) {
    let pod =
        json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": name }, "spec": pod_spec(image, command) });
    cluster.world.create("pods", "default", pod);
}

fn web_pods(cluster: &mut Cluster) -> Vec<Object> {
    cluster.list("pods").into_iter().filter(|pod| pod.label("app") == Some("web")).collect()
}

/// What a script in the pod `tmp` writes.
fn says(cluster: &mut Cluster, script: &str, expected: &str) {
    let (out, err, end) = cluster.exec_for("tmp", &["sh", "-c", script], 200);
    assert_eq!(out + &err, expected, "{script} ({end})");
}

const TITLE: &str = "<title>Welcome to nginx!</title>\n";

#[test]
fn a_service_is_reached_by_name_and_address() {
    let mut cluster = cluster();
    let address = cluster.get("services", "web").expect("it exists").text("/spec/clusterIP").to_owned();
    let pod = web_pods(&mut cluster)[0].text("/status/podIP").to_owned();
    for host in ["web", "web.default", "web.default.svc.cluster.local", &address, &pod] {
        says(&mut cluster, &format!("curl -s http://{host}/ | grep title"), TITLE);
    }
    says(&mut cluster, "curl -s http://nope", "");
    says(&mut cluster, "curl -sS http://nope; echo $?", "6\ncurl: (6) Could not resolve host: nope\n");
    let found = format!(
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.default.svc.cluster.local\nAddress: {address}\n\n"
    );
    says(&mut cluster, "nslookup web", &found);
}

#[test]
fn requests_are_spread_over_the_endpoints() {
    let mut cluster = cluster();
    let pods = web_pods(&mut cluster);
    says(&mut cluster, "for i in $(seq 60); do curl -s -o /dev/null web; done; echo done", "done\n");
    let logs: Vec<usize> = pods
        .iter()
        .map(|pod| {
            let target = format!("/api/v1/namespaces/default/pods/{}/log", pod.name());
            let log = cluster.world.http("GET", &target, &[], "");
            String::from_utf8_lossy(&log.body).lines().filter(|line| line.contains("GET / HTTP/1.1")).count()
        })
        .collect();
    assert_eq!(logs.iter().sum::<usize>(), 60, "{logs:?}");
    assert!(logs.iter().all(|count| *count > 5), "{logs:?}");
}

#[test]
fn without_endpoints_a_connection_is_refused() {
    let mut cluster = cluster();
    cluster.world.patch("deployments", "default", "web", json!({ "spec": { "replicas": 0 } })).expect("scaled");
    cluster.run(5);
    let (_, err, end) = cluster.exec("tmp", &["curl", "-sS", "http://web"]);
    assert!(err.starts_with("curl: (7) Failed to connect to web port 80 after "), "{err}");
    assert_eq!(end, "7");
}

#[test]
fn without_kube_proxy_the_rules_stay_as_they_were() {
    let mut cluster = cluster();
    for node in PROXIES {
        cluster.world.fault(Fault::Crash { node, lose_unsynced: false });
    }
    says(&mut cluster, "curl -s http://web/ | grep title", TITLE);
    // The pods are others now, and nobody has told the kernel.
    for pod in web_pods(&mut cluster) {
        cluster.delete("pods", pod.name());
    }
    cluster.run(6);
    let (_, err, _) = cluster.exec_for("tmp", &["curl", "-sS", "http://web"], 10);
    assert!(err.contains("Could not connect to server"), "{err}");
    for node in PROXIES {
        cluster.world.fault(Fault::Restart { node, wipe: false });
    }
    cluster.run(3);
    says(&mut cluster, "curl -s http://web/ | grep title", TITLE);
}

#[test]
fn without_coredns_names_do_not_resolve_and_addresses_work() {
    let mut cluster = cluster();
    let scale = json!({ "spec": { "replicas": 0 } });
    cluster.world.patch("deployments", "kube-system", "coredns", scale).expect("scaled");
    cluster.run(5);
    says(&mut cluster, "curl -sS http://web; echo $?", "6\ncurl: (6) Could not resolve host: web\n");
    says(&mut cluster, "curl -s http://$WEB_SERVICE_HOST:$WEB_SERVICE_PORT/ | grep title", TITLE);
}

#[test]
fn a_node_port_is_answered_by_every_node() {
    let mut cluster = cluster();
    let port = json!({ "spec": { "type": "NodePort" } });
    cluster.world.patch("services", "default", "web", port).expect("changed");
    cluster.run(3);
    let port = cluster.get("services", "web").and_then(|web| web.number("/spec/ports/0/nodePort")).expect("a port");
    for node in 0..3 {
        says(&mut cluster, &format!("curl -s http://172.18.0.1{node}:{port}/ | grep title"), TITLE);
    }
}

#[test]
fn a_dead_kubelet_cannot_run_programs_but_its_pods_answer() {
    let mut cluster = cluster();
    let web = web_pods(&mut cluster);
    let tmp = cluster.get("pods", "tmp").expect("it exists").text("/spec/nodeName").to_owned();
    let other = web.iter().find(|pod| pod.text("/spec/nodeName") != tmp).expect("one on the other node").clone();
    let index = if other.text("/spec/nodeName") == "worker1" { 1 } else { 2 };
    cluster.world.fault(Fault::Crash { node: KUBELETS[index], lose_unsynced: false });
    says(&mut cluster, &format!("curl -s http://{}/ | grep title", other.text("/status/podIP")), TITLE);
    let (_, _, end) = cluster.exec(other.name(), &["ls"]);
    assert!(
        end.contains(&format!("error dialing backend: dial tcp 172.18.0.1{index}:10250: connect: connection refused")),
        "{end}"
    );
}

#[test]
fn programs_see_their_container() {
    let mut cluster = cluster();
    let check = |cluster: &mut Cluster, command: &[&str], out: &str, end: &str| {
        let (seen, err, status) = cluster.exec("tmp", command);
        assert_eq!((seen.as_str(), status.as_str()), (out, end), "{command:?} {err}");
    };
    check(&mut cluster, &["hostname"], "tmp\n", "Success");
    check(&mut cluster, &["cat", "/etc/hostname"], "tmp\n", "Success");
    check(&mut cluster, &["cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"], "default", "Success");
    check(&mut cluster, &["sh", "-c", "exit 3"], "", "3");
    check(&mut cluster, &["sh", "-c", "x=1; for i in a b; do echo $i$x; done | tail -n 1"], "b1\n", "Success");
    check(&mut cluster, &["sh", "-c", "echo hi > /tmp/f && cat /tmp/f && rm /tmp/f && cat /tmp/f"], "hi\n", "1");
    check(&mut cluster, &["cat", "/nope"], "", "1");
    let (_, _, end) = cluster.exec("tmp", &["foo"]);
    assert!(end.contains("exec: \"foo\": executable file not found in $PATH"), "{end}");
    let script = "curl -sk -H \"Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\" https://kubernetes.default/api/v1/namespaces/default/pods";
    let (out, ..) = cluster.exec("tmp", &["sh", "-c", script]);
    assert!(out.contains("system:serviceaccount:default:default"), "{out}");
}

#[test]
fn a_page_that_is_written_is_served() {
    let mut cluster = cluster();
    let web = web_pods(&mut cluster);
    for pod in &web {
        let script = "echo hello from $HOSTNAME > /usr/share/nginx/html/index.html";
        assert_eq!(cluster.exec(pod.name(), &["sh", "-c", script]).2, "Success");
    }
    let (out, ..) = cluster.exec("tmp", &["curl", "-s", "web"]);
    assert!(web.iter().any(|pod| out == format!("hello from {}\n", pod.name())), "{out}");
}

#[test]
fn a_container_may_ask_by_itself() {
    let mut cluster = cluster();
    let script = ["sh", "-c", "while true; do wget -qO- web | grep -c Welcome; sleep 1; done"];
    pod(&mut cluster, "load", "busybox", &script);
    cluster.run(30);
    let log = cluster.world.http("GET", "/api/v1/namespaces/default/pods/load/log", &[], "");
    let text = String::from_utf8_lossy(&log.body).into_owned();
    assert!(text.lines().count() > 15 && text.lines().all(|line| line == "2"), "{text}");
}

#[test]
fn probes_ask_the_container_as_it_is() {
    let mut cluster = cluster();
    let mut spec = pod_spec("nginx", &[]);
    spec["containers"][0]["readinessProbe"] =
        json!({ "exec": { "command": ["cat", "/tmp/ready"] }, "periodSeconds": 2, "failureThreshold": 1 });
    let slow = json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": "slow" }, "spec": spec });
    cluster.world.create("pods", "default", slow);
    let check = |cluster: &mut Cluster, script: &str, ready: bool| {
        assert_eq!(cluster.exec("slow", &["sh", "-c", script]).2, "Success", "{script}");
        cluster.run(5);
        let pod = cluster.get("pods", "slow").expect("it exists");
        assert_eq!(pod.pointer("/status/containerStatuses/0/ready"), Some(&json!(ready)), "{script}");
    };
    cluster.run(5);
    check(&mut cluster, "true", false);
    check(&mut cluster, "touch /tmp/ready", true);
    check(&mut cluster, "rm /tmp/ready", false);
}

#[test]
fn a_sidecar_prints_what_its_neighbour_writes() {
    let mut cluster = cluster();
    let mount = json!([{ "name": "logs", "mountPath": "/logs" }]);
    let container = |name: &str, command: &[&str]| json!({ "name": name, "image": "busybox", "command": command, "volumeMounts": mount });
    let work = "for i in 1 2 3; do echo line $i >> /logs/app; sleep 1; done; sleep 600";
    let spec = json!({ "volumes": [{ "name": "logs", "emptyDir": {} }],
        "containers": [container("app", &["sh", "-c", work]), container("log", &["tail", "-n+1", "-F", "/logs/app"])] });
    let pair = json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "name": "pair" }, "spec": spec });
    cluster.world.create("pods", "default", pair);
    cluster.run(10);
    let log = cluster.world.http("GET", "/api/v1/namespaces/default/pods/pair/log?container=log", &[], "");
    assert_eq!(String::from_utf8_lossy(&log.body), "line 1\nline 2\nline 3\n");
}
