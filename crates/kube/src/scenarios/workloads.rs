//! Deployments, jobs and pods, from the request to what runs.

use super::cluster::{Cluster, deployment, job, pod_spec, service};
use crate::api::{Object, Verb};
use crate::apiserver::testing::request;
use serde_json::{Value, json};

fn is_ready(pod: &Object) -> bool {
    pod.list("/status/conditions").iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

fn ready(cluster: &mut Cluster) -> usize {
    cluster.list("pods").iter().filter(|pod| is_ready(pod) && !pod.is_terminating()).count()
}

fn addresses(cluster: &mut Cluster, name: &str) -> usize {
    let endpoints = cluster.get("endpoints", name).expect("it exists");
    endpoints.list("/subsets/0/addresses").len()
}

#[test]
fn a_deployment_runs_is_scaled_rolled_out_and_deleted() {
    let mut cluster = Cluster::new();
    cluster.world.create("services", "default", service("web"));
    cluster.world.create("deployments", "default", deployment("web", 3));
    cluster.run(4);
    assert_eq!(ready(&mut cluster), 3);
    assert_eq!(addresses(&mut cluster, "web"), 3);
    let slices = cluster.list("endpointslices");
    let slice = slices.iter().find(|slice| slice.label("kubernetes.io/service-name") == Some("web")).expect("a slice");
    assert_eq!(slice.list("/endpoints").len(), 3);

    cluster.world.patch("deployments", "default", "web", json!({ "spec": { "replicas": 5 } })).expect("scaled");
    cluster.run(4);
    let web = cluster.get("deployments", "web").expect("it exists");
    assert_eq!(web.number("/status/availableReplicas"), Some(5));

    let mut template = deployment("web", 5)["spec"]["template"].clone();
    template["spec"]["containers"][0]["image"] = "nginx:1.29".into();
    cluster.world.patch("deployments", "default", "web", json!({ "spec": { "template": template } })).expect("changed");
    cluster.run(20);
    let web = cluster.get("deployments", "web").expect("it exists");
    assert_eq!(web.number("/status/updatedReplicas"), Some(5), "{:?}", web.pointer("/status"));
    assert_eq!(web.annotation("deployment.kubernetes.io/revision"), Some("2"));
    let sets: Vec<i64> = cluster.list("replicasets").iter().filter_map(|set| set.number("/spec/replicas")).collect();
    assert_eq!(sets.iter().sum::<i64>(), 5, "{sets:?}");
    assert!(cluster.list("pods").iter().all(|pod| pod.text("/spec/containers/0/image") == "nginx:1.29"));

    cluster.delete("deployments", "web");
    cluster.run(5);
    assert!(cluster.list("replicasets").is_empty());
    assert!(cluster.list("pods").is_empty());
    assert_eq!(addresses(&mut cluster, "web"), 0);
}

#[test]
fn deletion_in_the_foreground_waits_for_the_pods_and_orphans_stay() {
    let mut cluster = Cluster::new();
    for name in ["fg", "orph"] {
        cluster.world.create("deployments", "default", deployment(name, 1));
    }
    cluster.run(4);
    for (name, how) in [("fg", "Foreground"), ("orph", "Orphan")] {
        let mut request = request(Verb::Delete, "deployments", "default", name, Value::Null);
        request.options.deletion.propagation = Some(how.into());
        cluster.world.call(request).expect("it can be deleted");
    }
    cluster.world.run(sim::Micros::millis(50));
    assert!(cluster.get("deployments", "fg").expect("it waits").is_terminating());
    cluster.run(5);
    assert!(cluster.list("deployments").is_empty());
    assert_eq!(ready(&mut cluster), 1);
    let sets = cluster.list("replicasets");
    assert_eq!(sets.len(), 1);
    assert!(sets[0].controller().is_none());
}

#[test]
fn a_pod_runs_and_is_deleted() {
    let mut cluster = Cluster::new();
    cluster.world.create("pods", "default", json!({ "metadata": { "name": "one" }, "spec": pod_spec("nginx", &[]) }));
    cluster.run(4);
    assert_eq!(ready(&mut cluster), 1);
    cluster.delete("pods", "one");
    cluster.run(4);
    assert!(cluster.get("pods", "one").is_none());
}

#[test]
fn a_job_counts_what_succeeds_and_gives_up_on_what_fails() {
    let mut cluster = Cluster::new();
    cluster.world.create("jobs", "default", job("good", &["sh", "-c", "sleep 2; echo 3.14"], 3, 2, 6));
    cluster.world.create("jobs", "default", job("bad", &["sh", "-c", "exit 3"], 1, 1, 1));
    cluster.run(16);
    let good = cluster.get("jobs", "good").expect("it exists");
    assert_eq!(good.number("/status/succeeded"), Some(3), "{:?}", good.pointer("/status"));
    assert_eq!(good.text("/status/conditions/1/type"), "Complete");
    cluster.run(20);
    let bad = cluster.get("jobs", "bad").expect("it exists");
    assert_eq!(bad.number("/status/failed"), Some(2), "{:?}", bad.pointer("/status"));
    assert_eq!(bad.text("/status/conditions/1/reason"), "BackoffLimitExceeded");
    assert!(cluster.list("pods").iter().all(|pod| pod.list("/metadata/finalizers").is_empty()));
}

#[test]
fn a_container_that_fails_is_restarted_ever_later() {
    let mut cluster = Cluster::new();
    let pod =
        json!({ "metadata": { "name": "crash" }, "spec": pod_spec("busybox", &["sh", "-c", "echo dying; exit 1"]) });
    cluster.world.create("pods", "default", pod);
    let bad = json!({ "metadata": { "name": "bad" }, "spec": pod_spec("nginx:nope", &[]) });
    cluster.world.create("pods", "default", bad);
    cluster.run(8);
    let state = |pod: &Object| pod.text("/status/containerStatuses/0/state/waiting/reason").to_owned();
    let crash = cluster.get("pods", "crash").expect("it exists");
    assert_eq!(crash.number("/status/containerStatuses/0/restartCount"), Some(1));
    // Which of the two it says depends on when the runtime was listed.
    let last = crash.text("/status/containerStatuses/0/lastState/terminated/reason");
    assert!(state(&crash) == "CrashLoopBackOff" || (state(&crash).is_empty() && last == "Error"));
    cluster.run(80);
    let crash = cluster.get("pods", "crash").expect("it exists");
    let restarts = crash.number("/status/containerStatuses/0/restartCount").unwrap_or(0);
    assert!((3..=4).contains(&restarts), "{restarts}");
    let bad = cluster.get("pods", "bad").expect("it exists");
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&state(&bad).as_str()));
    let events = cluster.list("events");
    let backoff = events.iter().find(|one| one.text("/reason") == "BackOff" && one.text("/message").contains("crash"));
    assert!(backoff.and_then(|event| event.number("/count")) > Some(2));
}

#[test]
fn a_container_waits_for_the_config_map_it_names() {
    let mut cluster = Cluster::new();
    let mut pod = json!({ "metadata": { "name": "uses" }, "spec": pod_spec("nginx", &[]) });
    pod["spec"]["containers"][0]["envFrom"] = json!([{ "configMapRef": { "name": "app" } }]);
    cluster.world.create("pods", "default", pod);
    cluster.run(3);
    let state = |cluster: &mut Cluster| {
        let pod = cluster.get("pods", "uses").expect("it exists");
        pod.text("/status/containerStatuses/0/state/waiting/reason").to_owned()
    };
    assert_eq!(state(&mut cluster), "CreateContainerConfigError");
    cluster.world.create("configmaps", "default", json!({ "metadata": { "name": "app" }, "data": { "a": "b" } }));
    cluster.run(17);
    assert_eq!(ready(&mut cluster), 1);
}

#[test]
fn a_stateful_set_goes_up_and_down_in_order_and_a_daemon_set_is_on_every_worker() {
    let mut cluster = Cluster::new();
    let template = |name: &str| json!({ "metadata": { "labels": { "app": name } }, "spec": pod_spec("nginx", &[]) });
    let set = |kind: &str, name: &str| {
        json!({ "kind": kind, "apiVersion": "apps/v1", "metadata": { "name": name },
            "spec": { "selector": { "matchLabels": { "app": name } }, "template": template(name) } })
    };
    let mut db = set("StatefulSet", "db");
    db["spec"]["replicas"] = 3.into();
    cluster.world.create("statefulsets", "default", db);
    cluster.world.create("daemonsets", "default", set("DaemonSet", "agent"));
    cluster.run(1);
    assert!(cluster.get("pods", "db-2").is_none());
    cluster.run(7);
    let db = cluster.get("statefulsets", "db").expect("it exists");
    assert_eq!(db.number("/status/readyReplicas"), Some(3), "{:?}", db.pointer("/status"));
    let agent = cluster.get("daemonsets", "agent").expect("it exists");
    assert_eq!(agent.number("/status/numberReady"), Some(2), "{:?}", agent.pointer("/status"));
    cluster.world.patch("statefulsets", "default", "db", json!({ "spec": { "replicas": 1 } })).expect("scaled");
    cluster.world.run(sim::Micros::millis(50));
    assert!(cluster.get("pods", "db-2").expect("it ends").is_terminating());
    assert!(!cluster.get("pods", "db-1").expect("it waits").is_terminating());
    cluster.run(4);
    assert!(cluster.get("pods", "db-1").is_none());
    let mut template = template("agent");
    template["spec"]["containers"][0]["image"] = "nginx:1.29".into();
    cluster
        .world
        .patch("daemonsets", "default", "agent", json!({ "spec": { "template": template } }))
        .expect("changed");
    cluster.run(12);
    let agent = cluster.get("daemonsets", "agent").expect("it exists");
    assert_eq!(agent.number("/status/updatedNumberScheduled"), Some(2), "{:?}", agent.pointer("/status"));
    assert_eq!(cluster.list("controllerrevisions").len(), 3);
    cluster.delete("statefulsets", "db");
    cluster.delete("daemonsets", "agent");
    cluster.run(4);
    assert!(cluster.list("pods").is_empty());
    assert!(cluster.list("controllerrevisions").is_empty());
}

#[test]
fn a_cron_job_makes_a_job_each_minute() {
    let mut cluster = Cluster::new();
    let job = job("x", &["echo", "hello"], 1, 1, 6);
    cluster.world.create(
        "cronjobs",
        "default",
        json!({ "kind": "CronJob", "apiVersion": "batch/v1", "metadata": { "name": "hello" },
            "spec": { "schedule": "* * * * *", "concurrencyPolicy": "Allow", "jobTemplate": { "spec": job["spec"] } } }),
    );
    cluster.run(130);
    let jobs = cluster.list("jobs");
    assert_eq!(jobs.len(), 2);
    assert!(jobs[0].text("/status/completionTime") > "2026-01-01T00:01:00Z");
    let hello = cluster.get("cronjobs", "hello").expect("it exists");
    assert_eq!(hello.text("/status/lastScheduleTime"), "2026-01-01T00:02:00Z");
}

/// What is written of a pod, and told of it, when it runs and is deleted: in the order of the recorded cluster and, as far
/// as they do not hang on when the runtime is listed, at its times (`timelines/pod-run-delete.json`).
#[test]
fn a_pod_is_written_in_the_recorded_order_and_time() {
    let mut cluster = Cluster::new();
    cluster.watch("pods");
    cluster.watch("events");
    let began = cluster.world.sim.now();
    cluster.world.create("pods", "default", json!({ "metadata": { "name": "one" }, "spec": pod_spec("nginx", &[]) }));
    cluster.world.run(sim::Micros::millis(3_500));
    cluster.delete("pods", "one");
    cluster.run(3);
    let (mut written, mut said, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for (at, line) in cluster.story(began) {
        let words: Vec<&str> = line.split(' ').collect();
        if words[1] == "Event" {
            said.push(words[3].to_owned());
        } else {
            written.push(format!("{} {}", words[0], words[3]));
            times.push(at);
        }
    }
    let phases = ["Pending", "Pending", "Pending", "Running", "Running", "Running", "Succeeded"];
    let changed = phases.map(|phase| format!("MODIFIED {phase}"));
    let expected = [&["ADDED Pending".to_owned()][..], &changed, &["DELETED Succeeded".to_owned()]].concat();
    assert_eq!(written, expected);
    assert_eq!(said, ["Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing"]);
    let within = |index: usize, from: u64, to: u64| assert!((from..to).contains(&times[index]), "{index}: {times:?}");
    within(2, 5, 50);
    within(3, 300, 350);
    within(4, 900, 950);
    within(7, 3_600, 4_800);
    within(8, 3_600, 5_800);
}

#[test]
fn a_log_is_read_and_followed() {
    let mut cluster = Cluster::new();
    let script = "echo one; sleep 2; echo two; sleep 2; exit 1";
    let mut pod = json!({ "metadata": { "name": "talks" }, "spec": pod_spec("busybox", &["sh", "-c", script]) });
    pod["spec"]["restartPolicy"] = "Never".into();
    cluster.world.create("pods", "default", pod);
    let ask = |options: Value| request(Verb::Get, "pods/log", "default", "talks", options);
    cluster.world.run(sim::Micros::millis(500));
    let refused = cluster.world.call(ask(json!({}))).expect_err("it has not begun");
    assert_eq!(refused.message, "container \"c\" in pod \"talks\" is waiting to start: ContainerCreating");
    cluster.run(1);
    assert_eq!(cluster.world.call(ask(json!({}))).expect("a text").as_str(), Some("one\n"));
    let following = cluster.world.send(ask(json!({ "follow": true })));
    cluster.run(5);
    let told: String =
        cluster.world.events(following).iter().filter_map(|(_, text)| text.as_str().map(str::to_owned)).collect();
    assert_eq!(told, "one\ntwo\n");
    assert_eq!(cluster.world.call(ask(json!({ "tailLines": 1 }))).expect("a text").as_str(), Some("two\n"));
    let missing = cluster.world.call(ask(json!({ "previous": true }))).expect_err("there is none");
    assert_eq!(missing.message, "previous terminated container \"c\" in pod \"talks\" not found");
}
