//! etcd as it is deployed: as a service set up from scratch, and as a static pod of a control plane node.

use kubarium_lab::{World, WorldSetup};

const SECOND: u64 = 1_000_000;

fn run(world: &mut World, script: &str) -> (i32, String) {
    let job = world.begin(script);
    let limit = world.now() + 120 * SECOND;
    while job.code().is_none() && world.now() < limit {
        let until = world.now() + SECOND / 10;
        world.run_until(until);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (job.code().unwrap_or(-1), text(job.stdout()) + &text(job.stderr()))
}

fn check(world: &mut World, script: &str, code: i32, parts: &[&str]) {
    let (found, out) = run(world, script);
    assert_eq!(found, code, "{script}: {out}");
    parts.iter().for_each(|part| assert!(out.contains(part), "{script}: {part:?} is not in {out}"));
}

#[test]
fn a_service_set_up_from_scratch_starts_stops_and_keeps_its_data() {
    let mut world = World::new(3, &WorldSetup::of_members(0), &machine::maker());
    check(&mut world, "systemctl start etcd", 5, &["Unit etcd.service not found."]);
    check(
        &mut world,
        "curl -sL https://storage.googleapis.com/etcd/v3.5.30/etcd-v3.5.30-linux-amd64.tar.gz | tar xz && cp etcd-v3.5.30-linux-amd64/etcd /usr/local/bin/ && cat > /etc/systemd/system/etcd.service <<'EOF'\n[Unit]\nDescription=etcd key-value store\n\n[Service]\nType=notify\nEnvironment=ETCD_NAME=node1\nExecStart=/usr/local/bin/etcd \\\n  --data-dir /var/lib/etcd\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\nEOF\nsystemctl daemon-reload && systemctl enable --now etcd",
        0,
        &["Created symlink"],
    );
    check(&mut world, "systemctl status etcd", 0, &["Active: active (running)", "Started etcd key-value store."]);
    check(
        &mut world,
        "printf '[Service]\\nExecStart=/usr/bin/etcdctl watch a\\n' > /etc/systemd/system/nameless.service; systemctl start nameless; systemctl status nameless",
        0,
        &["● nameless.service\n", "Started nameless.service."],
    );
    check(&mut world, "etcdctl put a b && etcdctl member list", 0, &["OK", "node1"]);
    check(&mut world, "systemctl stop etcd; systemctl is-active etcd", 3, &["inactive"]);
    check(&mut world, "etcdctl --command-timeout=1s get a", 1, &["deadline"]);
    check(&mut world, "systemctl restart etcd && etcdctl get a", 0, &["a\nb\n"]);
    check(
        &mut world,
        "pkill -9 etcd; sleep 3; etcdctl get a && journalctl -u etcd",
        0,
        &["a\nb\n", "Scheduled restart job"],
    );
}

#[test]
fn a_static_pod_stops_without_its_manifest_and_starts_with_restored_data() {
    let mut world = World::new(3, &WorldSetup::control_plane(), &machine::maker());
    world.run_until(6 * SECOND);
    let tls = "export ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/server.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/server.key ETCDCTL_ENDPOINTS=https://127.0.0.1:2379;";
    check(
        &mut world,
        &format!("{tls} etcdctl put a before && etcdctl snapshot save /opt/backup.db && etcdctl put a after"),
        0,
        &["OK"],
    );
    check(&mut world, "etcdctl --command-timeout=1s get a", 1, &["deadline"]);
    check(
        &mut world,
        "cd /etc/kubernetes/manifests; cp etcd.yaml .kept; cp etcd.yaml etcd.yaml.bak; sleep 3; rm .kept etcd.yaml.bak; ls /var/log/pods; grep -o 'address already in use' /var/log/pods/etcd.yaml.bak.log | head -1",
        0,
        &["etcd.log\netcd.yaml.bak.log\naddress already in use\n"],
    );
    check(
        &mut world,
        &format!("mv /etc/kubernetes/manifests/etcd.yaml /root/; sleep 5; {tls} etcdctl --command-timeout=1s get a"),
        1,
        &["deadline"],
    );
    check(
        &mut world,
        &format!(
            "etcdutl snapshot restore /opt/backup.db --name controlplane --initial-cluster controlplane=https://172.18.0.10:2380 --initial-advertise-peer-urls https://172.18.0.10:2380 --data-dir /var/lib/etcd-restored && sed -i 's#--data-dir=/var/lib/etcd$#--data-dir=/var/lib/etcd-restored#' /root/etcd.yaml && mv /root/etcd.yaml /etc/kubernetes/manifests/; sleep 8; {tls} etcdctl get a --print-value-only; tail -3 /var/log/pods/etcd.log"
        ),
        0,
        &["before"],
    );
}
