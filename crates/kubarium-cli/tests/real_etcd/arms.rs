//! The two arms: Debian's etcd on this machine, and the simulated one. Both take the same lines of shell and the same
//! requests to the JSON gateway.

use lab::{SessionId, World, WorldSetup};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

/// What a line printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

/// A fresh cluster with someone at its console.
pub trait Arm {
    /// Runs a line of shell to its end.
    fn line(&mut self, line: &str) -> Answer;

    /// Sends a request to the first member's JSON gateway; the body of the answer.
    fn post(&mut self, path: &str, body: &Value) -> Value;
}

/// The release that the simulated servers behave as: the one installed here.
pub fn release() -> Option<String> {
    let output = Command::new("etcd").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let client = Command::new("etcdctl").arg("version").env("ETCDCTL_API", "3").output().ok()?;
    client.status.success().then_some(())?;
    Some(text.lines().find_map(|line| line.strip_prefix("etcd Version: "))?.trim().to_string())
}

/// The simulated cluster and its console.
pub struct Ours {
    world: World,
    session: SessionId,
}

/// Virtual time, in microseconds, after which a line is given up.
const LINE_LIMIT: u64 = 120_000_000;

impl Ours {
    pub fn new(members: u8, release: &str) -> Self {
        let setup = WorldSetup { version: release.into(), ..WorldSetup::of_members(members) };
        let mut world = World::new(1, &setup, &machine::maker());
        assert!(world.wait_until_settled(30_000_000), "the simulated cluster elects no leader");
        let session = world.log_in();
        Self { world, session }
    }
}

impl Arm for Ours {
    fn line(&mut self, line: &str) -> Answer {
        let job = self.world.exec(line, self.session);
        let until = self.world.now() + LINE_LIMIT;
        self.world.run_while(until, &mut || job.code().is_none());
        Answer {
            stdout: String::from_utf8_lossy(&job.stdout()).into_owned(),
            stderr: String::from_utf8_lossy(&job.stderr()).into_owned(),
            code: job.code().unwrap_or(124),
        }
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.line(&format!("curl -s -X POST http://127.0.0.1:2379{path} -d '{body}'"));
        serde_json::from_str(&answer.stdout).unwrap_or_else(|_| Value::String(answer.stdout + &answer.stderr))
    }
}

/// Debian's etcd, its data in memory where the system allows; gone when this is dropped.
pub struct Real {
    members: Vec<Child>,
    folder: PathBuf,
    port: u16,
    /// What the lines before have left in the shell: variables.
    kept: String,
}

impl Real {
    pub fn new(members: u8) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("kubarium-parity-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for etcd's data");
        let ports = free_ports(2 * usize::from(members));
        let name = |member: usize| if members == 1 { "default".to_string() } else { format!("etcd-{member}") };
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let cluster: Vec<String> = (0..usize::from(members))
            .map(|member| format!("{}={}", name(member), url(ports[2 * member + 1])))
            .collect();
        let start = |member: usize| {
            let (client, peer) = (url(ports[2 * member]), url(ports[2 * member + 1]));
            let mut etcd = Command::new("etcd");
            etcd.args(["--name", &name(member), "--initial-cluster", &cluster.join(",")]);
            etcd.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
            etcd.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
            etcd.args(["--log-level", "error", "--data-dir"]).arg(folder.join(name(member)));
            let quiet = etcd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            quiet.spawn().expect("etcd starts")
        };
        let members = (0..usize::from(members)).map(start).collect();
        let mut real = Self { members, folder, port: ports[0], kept: String::new() };
        let healthy = (0..300).any(|_| {
            thread::sleep(Duration::from_millis(50));
            real.line("etcdctl endpoint health --cluster").code == 0
        });
        assert!(healthy, "the real cluster does not become healthy");
        real
    }
}

impl Arm for Real {
    /// A shell a line, because its end is how one knows that the line is done; variables are carried over.
    fn line(&mut self, line: &str) -> Answer {
        let file = self.folder.join("variables");
        let script =
            format!("{}\n{line}\ncode=$?; declare -p id 2>/dev/null > {}; exit $code", self.kept, file.display());
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).current_dir(&self.folder).stdin(Stdio::null());
        bash.env("ETCDCTL_API", "3").env("ETCDCTL_ENDPOINTS", format!("127.0.0.1:{}", self.port));
        let output = bash.output().expect("bash runs");
        self.kept = std::fs::read_to_string(file).unwrap_or_default();
        Answer {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("etcd listens");
        let head = format!(
            "POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).expect("etcd reads the request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("etcd answers");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_string()))
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        for member in &mut self.members {
            // It is gone already if that fails.
            let _ = member.kill();
            let _ = member.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ports nobody listens on, all different because they are held at the same time.
fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a free port")).collect();
    held.iter().filter_map(|listener| listener.local_addr().ok()).map(|address| address.port()).collect()
}
