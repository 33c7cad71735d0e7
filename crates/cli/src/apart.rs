//! The programs and subcommands that are large and not called by everybody. In the browser their code lies apart from the
//! rest and is fetched when one of them is called first.
//!
//! Nothing but [`Apart`] may lead to that code from outside, no table of commands either, or it would lie with the rest
//! again.

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process};

use crate::host::Host;
use crate::kubeadm::{self, Node};
use crate::kubectl::RareCommands;
use crate::program::{self, Exit, Invocation};
use crate::transport::Transport;
use crate::version::Release;
use crate::{ctl, curl, etcd_server, flags, kubectl, service, utl, v2};

/// Where that code is.
#[derive(Clone, Copy)]
pub struct Apart {
    /// Whether it is here. Asked for the first time where it is not, it begins with fetching it.
    pub is_here: fn() -> bool,
    /// Makes a call; only when the code is here.
    pub run: fn(Call) -> LocalBoxFuture<'static, i32>,
    /// What may follow these words; like `run`.
    pub complete: fn(Completing, &[String]) -> Vec<Candidate>,
}

/// Where the code of a program is that lies apart from the others.
#[derive(Clone, Copy)]
pub struct Own {
    /// Whether it is here. Asked for the first time where it is not, it begins with fetching it.
    pub is_here: fn() -> bool,
    /// Runs it; only when the code is here.
    pub run: fn(Process, Rc<Surroundings>) -> LocalBoxFuture<'static, i32>,
    /// What may follow these words; like `run`.
    pub complete: fn(&[String], &Surroundings) -> Vec<Candidate>,
}

/// What such a program finds on its machine.
pub struct Surroundings {
    /// Its way to the cluster.
    pub transport: Rc<dyn Transport>,
    /// Which release of etcd is installed.
    pub release: Release,
    /// Where the code of the rarer subcommands is.
    pub apart: Apart,
    /// The same of `kubectl`.
    pub rare: RareCommands,
    /// The node of a cluster that the machine is, for what works on one.
    pub node: Option<Rc<dyn Node>>,
}

impl Own {
    /// `etcdctl`, with the rest.
    pub const ETCDCTL: Self = Self { is_here: || true, run: ctl::run, complete: ctl::complete };

    /// `kubectl`, with the rest.
    pub const KUBECTL: Self = Self {
        is_here: || true,
        run: |process, found| kubectl::run(process, found.transport.clone(), found.rare),
        complete: |words, _| kubectl::complete(words),
    };

    /// `kubeadm`, with the rest.
    pub const KUBEADM: Self =
        Self { is_here: || true, run: kubeadm::run, complete: |words, _| kubeadm::complete(words) };

    /// The program among these surroundings.
    pub fn program(self, surroundings: &Rc<Surroundings>) -> Rc<dyn shell::Program> {
        Rc::new(OwnProgram { own: self, surroundings: surroundings.clone() })
    }
}

struct OwnProgram {
    own: Own,
    surroundings: Rc<Surroundings>,
}

impl shell::Program for OwnProgram {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let (run, surroundings) = (self.own.run, self.surroundings.clone());
        let fetched = process.fetched(self.own.is_here);
        Box::pin(async move {
            fetched.await;
            run(process, surroundings).await
        })
    }

    fn complete(&self, words: &[String]) -> Option<Vec<Candidate>> {
        (self.own.is_here)().then(|| (self.own.complete)(words, &self.surroundings))
    }
}

/// A call of one of the programs, with all it needs.
pub struct Call(Program);

/// A program that knows what may follow.
pub struct Completing(Completes);

enum Program {
    Etcdutl(Process, Rc<dyn Transport>, Release),
    EtcdctlV2(Process, Rc<dyn Transport>, Release),
    Etcdctl(Subcommand, Invocation),
    Etcd(Process, Rc<dyn Host>, Release),
    Curl(Process, Rc<dyn Transport>),
    Service(Process, service::Tool, Option<Rc<dyn Host>>),
}

enum Completes {
    Etcdutl(Release),
    Etcd,
}

/// The subcommands of etcdctl that lie apart: those that work on a member's files, as etcdutl does, and those that are
/// not called by everybody.
#[derive(Clone, Copy)]
pub enum Subcommand {
    AlarmDisarm,
    AlarmList,
    AuthDisable,
    AuthEnable,
    AuthStatus,
    CheckDatascale,
    CheckPerf,
    /// With `--data-dir`.
    Defrag,
    Elect,
    EndpointHashkv,
    Lock,
    MakeMirror,
    MemberAdd,
    MemberPromote,
    MemberRemove,
    MemberUpdate,
    MoveLeader,
    RoleAdd,
    RoleDelete,
    RoleGet,
    RoleGrantPermission,
    RoleList,
    RoleRevokePermission,
    SnapshotRestore,
    SnapshotSave,
    SnapshotStatus,
    UserAdd,
    UserDelete,
    UserGet,
    UserGrantRole,
    UserList,
    UserPasswd,
    UserRevokeRole,
}

impl Apart {
    /// With the rest.
    pub const HERE: Self = Self { is_here: || true, run, complete };

    fn call(self, program: Program) -> LocalBoxFuture<'static, i32> {
        let process = match &program {
            Program::Etcdutl(process, ..) | Program::EtcdctlV2(process, ..) | Program::Etcd(process, ..) => process,
            Program::Curl(process, _) | Program::Service(process, ..) => process,
            Program::Etcdctl(_, invocation) => &invocation.process,
        };
        let fetched = process.fetched(self.is_here);
        Box::pin(async move {
            fetched.await;
            (self.run)(Call(program)).await
        })
    }

    fn candidates(self, program: Completes, words: &[String]) -> Option<Vec<Candidate>> {
        (self.is_here)().then(|| (self.complete)(Completing(program), words))
    }

    /// Runs etcdctl of version 2 of the API.
    pub(crate) fn etcdctl_v2(
        self,
        process: Process,
        transport: Rc<dyn Transport>,
        release: Release,
    ) -> LocalBoxFuture<'static, i32> {
        self.call(Program::EtcdctlV2(process, transport, release))
    }
}

impl Subcommand {
    /// Runs it. What there is to say of its end has been said then.
    pub async fn run(self, invocation: Invocation) -> Result<(), Exit> {
        match invocation.apart.call(Program::Etcdctl(self, invocation)).await {
            0 => Ok(()),
            code => Err(Exit::silent(code)),
        }
    }
}

/// `etcdutl`.
pub struct Etcdutl {
    pub apart: Apart,
    pub transport: Rc<dyn Transport>,
    pub release: Release,
}

impl shell::Program for Etcdutl {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        self.apart.call(Program::Etcdutl(process, self.transport.clone(), self.release.clone()))
    }

    fn complete(&self, words: &[String]) -> Option<Vec<Candidate>> {
        self.apart.candidates(Completes::Etcdutl(self.release.clone()), words)
    }
}

/// `etcd`.
pub struct Etcd {
    pub apart: Apart,
    pub host: Rc<dyn Host>,
    pub release: Release,
}

impl shell::Program for Etcd {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        self.apart.call(Program::Etcd(process, self.host.clone(), self.release.clone()))
    }

    fn complete(&self, words: &[String]) -> Option<Vec<Candidate>> {
        self.apart.candidates(Completes::Etcd, words)
    }
}

/// `curl`.
pub struct Curl {
    pub apart: Apart,
    pub transport: Rc<dyn Transport>,
}

impl shell::Program for Curl {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        self.apart.call(Program::Curl(process, self.transport.clone()))
    }
}

/// A program that runs others on their own.
pub struct Service {
    pub apart: Apart,
    pub tool: service::Tool,
    /// The node's own services, on a node of Kubernetes.
    pub node: Option<Rc<dyn Host>>,
}

impl shell::Program for Service {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        self.apart.call(Program::Service(process, self.tool, self.node.clone()))
    }
}

/// Makes a call; here is the way to all the code that lies apart.
fn run(Call(call): Call) -> LocalBoxFuture<'static, i32> {
    match call {
        Program::Etcdutl(process, transport, release) => Box::pin(async move {
            let stdout = process.stdout.clone();
            let tool = utl::etcdutl(release);
            let code = program::run_tool(&tool, process, transport, Apart::HERE).await;
            stdout.flush().await;
            code
        }),
        Program::EtcdctlV2(process, transport, release) => {
            Box::pin(async move { v2::run(process, transport, release.version()).await })
        }
        Program::Etcdctl(subcommand, invocation) => Box::pin(ctl::run_apart(subcommand, invocation)),
        Program::Etcd(process, host, release) => Box::pin(etcd_server::run(process, host, release)),
        Program::Curl(process, transport) => Box::pin(curl::run(process, transport)),
        Program::Service(process, tool, node) => tool.run(process, node),
    }
}

fn complete(Completing(program): Completing, words: &[String]) -> Vec<Candidate> {
    match program {
        Completes::Etcdutl(release) => flags::complete(&utl::etcdutl(release), words),
        Completes::Etcd => etcd_server::complete(words),
    }
}
