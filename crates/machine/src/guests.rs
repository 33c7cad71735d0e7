//! The other nodes of a cluster that a learner sets up: each is a machine with files and programs of its own, reached
//! from the learner's by `ssh`. A node has no terminal here, so a session on it reads line by line.

use crate::{Parts, furnish, hosting::Hosting, net::Net, node::Node};
use border::{HOME, Setup};
use cli::transport::{Call, CallError, CallStream, Endpoint, LocalBoxFuture, Transport};
use etcd::rpc::{HttpResponse, Response};
use shell::{JobHandle, Os, Process, Program, Reader, Session, SessionHandle, Signal, Vfs};
use std::rc::Rc;

/// Their names and addresses.
const GUESTS: [(&str, &str); 2] = [("worker1", "172.18.0.11"), ("worker2", "172.18.0.12")];
/// Size of a node's disk in bytes.
const DISK: u64 = 64 << 20;
/// How often what a command there has printed is brought over, in microseconds: as long as a packet takes.
const PERIOD: u64 = 1_000;
/// The longest line that is read.
const LINE_MAX: usize = 1 << 16;

/// The machines of these nodes.
#[derive(Clone, Default)]
pub(crate) struct Guests(Rc<Vec<(Node, Os)>>);

impl Guests {
    /// Those of a world in which nothing is set up; none in others.
    pub fn of(setup: &Setup, parts: Parts, net: &Net, hosting: &Hosting) -> Self {
        let guests = GUESTS.iter().filter(|_| setup.bare).zip(1_u64..).map(|((name, address), number)| {
            let os = Os::with_code(Vfs::new(DISK), setup.seed.wrapping_add(number), parts.shell);
            os.set_epoch(setup.epoch.cast_signed());
            let files = os.files();
            for directory in [HOME, "/tmp", "/etc/kubernetes/manifests", "/var/lib/kubelet"] {
                // A fresh file system has room for a handful of directories.
                let _ = files.mkdir_all(directory);
            }
            let _ = files.write("/etc/hostname", format!("{name}\n"));
            let node = Node { name: (*name).into(), address: (*address).into(), bare: true, hosting: hosting.clone() };
            (node, os)
        });
        let guests = Self(Rc::new(guests.collect()));
        guests.install(setup, parts, net);
        guests
    }

    /// The same at the same moment, with nothing running.
    pub fn fork(&self, setup: &Setup, parts: Parts, net: &Net, hosting: &Hosting) -> Self {
        let forked =
            self.0.iter().map(|(node, os)| (Node { hosting: hosting.clone(), ..node.clone() }, os.fork_idle()));
        let fork = Self(Rc::new(forked.collect()));
        fork.install(setup, parts, net);
        fork
    }

    fn install(&self, setup: &Setup, parts: Parts, net: &Net) {
        for (node, os) in self.0.iter() {
            let transport = Rc::new(FromNode { net: net.clone(), address: node.address.clone() });
            let (release, node) = (cli::Release::new(&setup.version), Some(Rc::new(node.clone()) as _));
            let surroundings = Rc::new(cli::Surroundings {
                transport,
                release,
                apart: parts.programs,
                rare: parts.rare_commands,
                node,
            });
            furnish::install_kubernetes(os, parts, &surroundings);
        }
    }

    /// `ssh`, for the learner's machine.
    pub fn install_ssh(&self, os: &Os) {
        if !self.0.is_empty() {
            // There is room for one program more.
            let _ = os.install("ssh", Rc::new(Ssh(self.clone())));
        }
    }

    pub fn machines(&self) -> impl Iterator<Item = &Os> {
        self.0.iter().map(|(_, os)| os)
    }

    fn find(&self, host: &str) -> Option<&(Node, Os)> {
        let host = host.strip_prefix("root@").unwrap_or(host);
        self.0.iter().find(|(node, _)| node.name == host || node.address == host)
    }
}

/// The network as another node sees it: what it calls itself is not the learner's machine.
struct FromNode {
    net: Net,
    address: String,
}

impl FromNode {
    fn there(&self, to: &Endpoint) -> Endpoint {
        let is_own = to.host == "localhost" || to.host.starts_with("127.");
        Endpoint { host: if is_own { self.address.clone() } else { to.host.clone() }, ..to.clone() }
    }
}

impl Transport for FromNode {
    fn connect(&self, command: u64, to: &Endpoint) -> LocalBoxFuture<'static, Result<(), CallError>> {
        Transport::connect(&self.net, command, &self.there(to))
    }

    fn key_pair(&self, certificate: &[u8], key: &[u8]) -> Result<(), String> {
        self.net.key_pair(certificate, key)
    }

    fn outside(&self, host: &str, path: &str) -> Option<HttpResponse> {
        self.net.outside(host, path)
    }

    fn call(&self, call: Call) -> LocalBoxFuture<'static, Result<Response, CallError>> {
        let to = self.there(&call.to);
        self.net.call(Call { to, ..call })
    }

    fn stream(&self, call: Call) -> Box<dyn CallStream> {
        let to = self.there(&call.to);
        self.net.stream(Call { to, ..call })
    }
}

/// `ssh [root@]NODE [COMMAND …]`
struct Ssh(Guests);

impl Program for Ssh {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let guests = self.0.clone();
        Box::pin(async move { ssh(process, &guests).await })
    }
}

async fn ssh(process: Process, guests: &Guests) -> i32 {
    let Some(host) = process.args.get(1) else {
        process.eprint("usage: ssh destination [command [argument ...]]\n");
        return 255;
    };
    let Some((node, os)) = guests.find(host) else {
        process.eprint(format!("ssh: Could not resolve hostname {host}: Name or service not known\n"));
        return 255;
    };
    let session = Session::new(HOME).into_handle();
    let words = process.args.get(2..).unwrap_or_default();
    if !words.is_empty() {
        return on(&process, os, &session, &words.join(" ")).await;
    }
    // Somebody sits there: line by line, until they leave.
    let name = &node.name;
    let asks = process.stdin_is_terminal();
    let mut code = 0;
    loop {
        if asks {
            let cwd = session.borrow().cwd().replacen(HOME, "~", 1);
            process.stdout.put(format!("root@{name}:{cwd}# "));
        }
        let line = match process.stdin.read_line(LINE_MAX).await {
            Ok(Some(line)) => String::from_utf8_lossy(&line).trim().to_owned(),
            _ => break,
        };
        if matches!(line.as_str(), "exit" | "logout") {
            break;
        }
        code = on(&process, os, &session, &line).await;
    }
    if asks {
        process.stdout.put(format!("logout\nConnection to {name} closed.\n"));
    }
    code
}

/// A command under way on another machine; it ends with who has asked for it.
struct Remote(JobHandle);

impl Drop for Remote {
    fn drop(&mut self) {
        self.0.signal(Signal::Hup);
    }
}

/// Runs a command on another machine, and brings over what it prints.
async fn on(process: &Process, os: &Os, session: &SessionHandle, command: &str) -> i32 {
    let job = Remote(os.exec_script(command, session, Reader::null()));
    let (mut out, mut err) = (0, 0);
    loop {
        let code = job.0.code();
        for (all, shown, to) in
            [(job.0.stdout(), &mut out, &process.stdout), (job.0.stderr(), &mut err, &process.stderr)]
        {
            if all.len() > *shown {
                to.put(&all[*shown..]);
                *shown = all.len();
            }
        }
        if let Some(code) = code {
            return code;
        }
        process.sleep(PERIOD).await;
    }
}
