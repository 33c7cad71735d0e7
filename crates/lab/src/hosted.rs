//! Members that the learner starts with the program `etcd`: the program runs on the learner's machine, its member in the
//! simulation. This is where one hears of the other.

use crate::{World, cluster::Member, condition::Condition};
use border::{Event, Launch, Order};
use sim::{Fault, NodeId};
use sorted::SortedMap;

/// Members a learner may have started under different names.
const HAND_STARTED_MAX: usize = 16;

/// What a program was told of its member, by the program's number.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    node: NodeId,
    /// How far the member's log was shown.
    cursor: u64,
    started: bool,
    ready: bool,
}

/// The programs that have a running member.
pub(crate) type Links = SortedMap<u64, Link>;

impl World {
    /// Does what programs have asked for.
    pub(crate) fn obey(&mut self, orders: Vec<Order>) {
        self.cluster.run_until(self.now());
        for order in orders {
            match order {
                Order::Launch { program, launch } => self.launch(program, *launch),
                Order::Terminate { program } => {
                    if let Some(node) = self.linked(program) {
                        self.cluster.fault(&Fault::Terminate { node });
                    }
                }
                Order::Ask { program, words } => {
                    let answer = self.answer(&words);
                    self.machine.hear(program, Event::Told(answer));
                }
                Order::Manifests { node, files } => self.manifests_changed(&node, files),
                Order::Kubelet { node, start } => self.kubelet_ordered(&node, start),
                Order::Abandon { program } => {
                    let node = self.linked(program).filter(|node| self.cluster.runs(*node));
                    self.links.remove(&program);
                    if let Some(name) = node.map(|node| self.cluster.name_of(node).to_owned()) {
                        self.operate(&crate::Operation::Stop(name));
                    }
                }
            }
        }
        self.hear_members();
    }

    fn linked(&self, program: u64) -> Option<NodeId> {
        self.links.get(&program).map(|link| link.node)
    }

    fn launch(&mut self, program: u64, launch: Launch) {
        let Some(name) = self.component_name(&launch) else {
            self.machine.hear(program, Event::Ended { code: 1 });
            return;
        };
        let Launch { config, data_dir, wal_dir, clients, tls, peers, peer_tls } = launch;
        let port = |sockets: &[(String, u16)]| sockets.first().map_or(0, |(_, port)| *port);
        let node = self.cluster.put(Member {
            name: name.clone(),
            node: NodeId(0),
            host: "127.0.0.1".into(),
            client_port: port(&clients),
            peer_port: port(&peers),
            clients,
            peers,
            tls,
            peer_tls,
            data_dir,
            wal_dir,
            condition: Condition::default(),
        });
        self.cluster.set_config(&name, config);
        self.cluster.share_addresses();
        let cursor = self.cluster.server(node).map_or(0, |server| server.log_since(u64::MAX).1);
        self.links.insert(program, Link { node, cursor, started: false, ready: false });
        self.operate(&crate::Operation::Start(name));
    }

    /// What a member is called on the diagram: its own name, unless another that runs has it.
    fn component_name(&self, launch: &Launch) -> Option<String> {
        let own = &launch.config.name;
        let numbered = (2..=HAND_STARTED_MAX).map(|number| format!("{own}-{number}"));
        let mut names = std::iter::once(own.clone()).chain(numbered);
        let free = |name: &String| match self.cluster.find(name) {
            Some(member) => !self.cluster.runs(member.node),
            None => self.cluster.members().len() < HAND_STARTED_MAX,
        };
        names.find(free)
    }

    /// Tells the programs what their members did.
    pub(crate) fn hear_members(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let mut links = std::mem::take(&mut self.links);
        links.retain(|program, link| {
            let node = link.node;
            let Some(server) = self.cluster.server(node) else { return true };
            let (lines, cursor) = server.log_since(link.cursor);
            let (member, published) = (server.member_id(), server.is_published());
            let ended = !self.cluster.runs(node);
            let mut news: Vec<Event> = lines.into_iter().map(Event::Line).collect();
            news.extend(member.filter(|_| !link.started).map(|id| Event::Started { id }));
            news.extend((published && !link.ready).then_some(Event::Ready));
            news.extend(ended.then(|| self.cluster.ending(node)));
            news.into_iter().for_each(|event| self.machine.hear(*program, event));
            link.cursor = cursor;
            link.started |= member.is_some();
            link.ready |= published;
            if ended {
                let name = self.cluster.name_of(node).to_owned();
                self.put_disk_down(&name);
                self.refresh_network();
            }
            !ended
        });
        self.links = links;
    }
}
