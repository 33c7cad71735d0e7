//! The process: watches, and hands the kernel new rules, at most once a second.

use super::build::build;
use super::rules::Ruleset;
use crate::Clock;
use crate::api::User;
use crate::client::{Client, Happened, Out, Settings, kinds};
use crate::component::{Look, Seen};
use crate::host::HostMsg;
use crate::{Msg, Note};
use sim::{Actor, Cause, Input, Micros, NodeId, Time};
use std::sync::Arc;

/// Between two changes of the rules at least (`minSyncPeriod`).
const SHORTEST: Micros = Micros::secs(1);
/// As many rules a panel shows.
const SHOWN: usize = 200;

/// What a kube-proxy has to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: NodeId,
    /// The server's address, as it stands in messages.
    pub address: String,
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
    /// The node's name.
    pub node: String,
    /// Whose kernel it sets the rules of.
    pub host: NodeId,
}

/// kube-proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    config: Config,
    client: Client,
    /// Its container runs.
    runs: bool,
    /// Something has changed since the rules were made, and by what.
    is_due: Option<Cause>,
    synced: Option<Time>,
    rules: Arc<Ruleset>,
    /// How often it has written them.
    syncs: u64,
}

impl Proxy {
    pub fn new(config: Config) -> Self {
        let user = User {
            name: "system:serviceaccount:kube-system:kube-proxy".into(),
            groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
                .map(Into::into)
                .to_vec(),
        };
        let client = Client::new(Settings {
            server: config.server,
            address: config.address.clone().into(),
            user: Arc::new(user),
            agent: "kube-proxy".into(),
            host: config.node.clone().into(),
            clock: Clock { epoch: config.epoch },
            rate: None,
        });
        Self { config, client, runs: false, is_due: None, synced: None, rules: Arc::default(), syncs: 0 }
    }

    fn run(&mut self, now: Time, runs: bool, out: &mut Out) {
        if std::mem::replace(&mut self.runs, runs) == runs {
            return;
        }
        self.client.close(out);
        self.client = self.client.restarted();
        (self.is_due, self.synced) = (None, None);
        if runs {
            self.client.watch(now, kinds::SERVICES, "", out);
            self.client.watch(now, kinds::ENDPOINT_SLICES, "", out);
            self.is_due = Some(out.cause());
        }
    }

    fn due_at(&self) -> Option<Time> {
        self.is_due?;
        // Before it knows everything it would take away what is there.
        self.client.synced().then(|| self.synced.map_or(Time::ZERO, |synced| synced + SHORTEST))
    }

    fn sync(&mut self, now: Time, out: &mut Out) {
        let Some(cause) = self.is_due.take() else { return };
        self.synced = Some(now);
        let client = &self.client;
        let rules = build(&self.config.node, client.cache(&kinds::SERVICES), client.cache(&kinds::ENDPOINT_SLICES));
        self.syncs += 1;
        if rules == *self.rules {
            return;
        }
        self.rules = Arc::new(rules);
        let restore = HostMsg::Restore(Arc::clone(&self.rules));
        out.with_cause(cause, |out| out.send(self.config.host, Msg::from(restore)));
    }
}

impl Actor for Proxy {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        match &input {
            Input::Start => out.send(self.config.host, Msg::from(HostMsg::Begun)),
            Input::Stop => out.exit(0),
            Input::Message { msg: Msg::Host(msg), .. } => {
                if let HostMsg::Process { runs } = msg.said() {
                    self.run(now, *runs, out);
                }
            }
            _ => {}
        }
        let happened = self.client.handle(now, &input, out);
        if happened.iter().any(|one| matches!(one, Happened::Changed(_))) {
            self.is_due.get_or_insert(out.cause());
        }
        if self.due_at().is_some_and(|at| at <= now) {
            self.sync(now, out);
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        [self.client.next_wakeup(), self.due_at()].into_iter().flatten().min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.client = self.client.restarted();
        (self.runs, self.is_due, self.synced) = (false, None, None);
        // What it had written it does not know any more; the kernel does.
        self.rules = Arc::default();
    }

    fn wipe(&mut self) {}
}

impl Seen for Proxy {
    fn look(&self) -> Look {
        let look = Look::default().with("Node", &self.config.node);
        if !self.runs {
            return look.with("Works", "not now: its pod's container does not run on this node");
        }
        let count = |kind| self.client.cache(kind).len();
        let mut look = look
            .with("Mode", "iptables")
            .with("Services it knows", count(&kinds::SERVICES))
            .with("EndpointSlices it knows", count(&kinds::ENDPOINT_SLICES))
            .with("Rules", self.rules.count())
            .with("Times it has looked", self.syncs);
        let text = self.rules.saved(Some("nat"));
        look.log = text.lines().filter(|line| line.starts_with("-A KUBE-")).take(SHOWN).map(str::to_owned).collect();
        look
    }
}
