//! Starting and stopping real members.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Running members; gone, data and all, when this is dropped.
pub struct Members {
    running: Vec<Child>,
    folder: PathBuf,
    leader: SocketAddr,
}

impl Members {
    /// Starts so many on loopback, with their data in memory where the system allows, and waits until they have a leader.
    /// They are more patient with each other than by default, which costs a put nothing: on a machine that does other
    /// work the leader would be lost.
    pub fn start(count: usize) -> Result<Members, String> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let folder = parent.join(format!("kubarium-bench-{}", std::process::id()));
        let ports = free_ports(2 * count).map_err(|error| format!("no free ports: {error}"))?;
        let mut members = Members { running: Vec::new(), folder, leader: SocketAddr::from(([127, 0, 0, 1], ports[0])) };
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let pairs = || ports.chunks_exact(2).enumerate();
        let cluster: Vec<String> = pairs().map(|(n, pair)| format!("etcd-{n}={}", url(pair[1]))).collect();
        for (n, pair) in pairs() {
            let (client, peer) = (url(pair[0]), url(pair[1]));
            let mut etcd = Command::new("etcd");
            etcd.args(["--name", &format!("etcd-{n}"), "--initial-cluster", &cluster.join(",")]);
            etcd.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
            etcd.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
            etcd.args(["--heartbeat-interval", "500", "--election-timeout", "5000"]);
            etcd.args(["--logger", "zap", "--log-level", "error"]);
            etcd.arg("--data-dir").arg(members.folder.join(n.to_string()));
            etcd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            members.running.push(etcd.spawn().map_err(|error| format!("etcd does not start: {error}"))?);
        }
        let endpoints: Vec<String> = pairs().map(|(_, pair)| format!("127.0.0.1:{}", pair[0])).collect();
        for _ in 0..300 {
            thread::sleep(Duration::from_millis(100));
            if let Some(leader) = leader_among(&endpoints.join(",")) {
                members.leader = leader;
                return Ok(members);
            }
        }
        Err("the real members elect no leader within half a minute".into())
    }

    /// The members' processes.
    pub fn processes(&self) -> Vec<u32> {
        self.running.iter().map(Child::id).collect()
    }

    /// Where the leader takes requests.
    pub fn leader(&self) -> SocketAddr {
        self.leader
    }

    /// Kills them all and removes their data.
    pub fn stop(&mut self) {
        for member in &mut self.running {
            // It is gone already if that fails.
            let _ = member.kill();
            let _ = member.wait();
        }
        self.running.clear();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks all members, once all of them answer, which one leads: the fifth column of `endpoint status`.
fn leader_among(endpoints: &str) -> Option<SocketAddr> {
    let mut status = Command::new("etcdctl");
    status.env("ETCDCTL_API", "3").args(["--endpoints", endpoints, "endpoint", "status"]);
    let output = status.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let leads = |line: &&str| line.split(", ").nth(4) == Some("true");
    text.lines().find(leads)?.split(", ").next()?.parse().ok()
}

/// Ports nobody listens on, all different because they are held at the same time.
fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<std::io::Result<_>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
