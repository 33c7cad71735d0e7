//! Starting: as a new member of a new cluster, as one that joins, or from the disk (etcd: server/etcdserver/bootstrap.go
//! and server.go, `NewServer`).

use std::sync::Arc;

use raft::RawNode;
use sim::Time;

use super::data_dir::{DataDir, Identity};
use super::members::{MemberChange, Members};
use super::note::Note;
use super::process::Process;
use super::wal::Wal;
use super::{Config, Effects, Server};
use crate::apply::{Op, StateMachine};
use crate::lease::min_ttl;

/// How many of raft's log lines are kept between two inputs.
const TRACE_CAPACITY: usize = 256;

impl Server {
    pub(crate) fn start(&mut self, now: Time, out: &mut Effects) {
        let restarted = !self.disk.is_empty();
        if !restarted && self.config.join_existing {
            return self.begin_join(now, out);
        }
        let booted = match self.disk.identity {
            Some(identity) => boot_from_disk(&self.config, &self.disk, identity, now),
            None => bootstrap(&self.config, now),
        };
        match booted {
            Ok(process) => self.run(process, restarted, out),
            Err(reason) => self.give_up(now, &reason, out),
        }
    }

    /// The process has all it needs.
    pub(crate) fn run(&mut self, process: Process, restarted: bool, out: &mut Effects) {
        // From here on the process holds the disk's content.
        self.disk = DataDir::default();
        self.lives += 1;
        let mut process = Box::new(process);
        out.note(Note::Started { restarted });
        process.say_origin(restarted);
        process.say_started(restarted);
        process.started(out);
        self.process = Some(process);
    }

    /// The process did not come up because its disk could not be used: says so in its log.
    pub fn refuse_start(&mut self, now: Time, reason: &str) {
        self.log.push(now, "fatal", reason);
        self.failure = Some(reason.to_owned());
    }

    /// The process cannot start.
    pub(crate) fn give_up(&mut self, now: Time, reason: &str, out: &mut Effects) {
        self.log.push(now, "fatal", reason);
        out.note(Note::Failed { reason: reason.to_owned() });
        self.failure = Some(reason.to_owned());
        out.exit(1);
    }
}

/// The member's own peer URLs, sorted.
pub(crate) fn own_urls(config: &Config) -> Vec<String> {
    let mut urls = config.advertise_peer_urls.clone();
    urls.sort_unstable();
    urls
}

fn raft_config(config: &Config, member: u64, applied: u64) -> raft::Config {
    raft::Config {
        id: member,
        election_tick: config.election_ticks(),
        heartbeat_tick: 1,
        seed: config.seed,
        applied,
        pre_vote: config.pre_vote,
        check_quorum: true,
        log_level: config.keep_log.then_some(raft::LogLevel::Info),
        record_events: true,
        trace_capacity: TRACE_CAPACITY,
        #[cfg(feature = "planted-bugs")]
        planted: match config.planted {
            Some(super::PlantedBug::Raft(bug)) => Some(bug),
            _ => None,
        },
        ..raft::Config::default()
    }
}

fn empty_machine(config: &Config) -> StateMachine {
    let min_ttl = min_ttl(config.heartbeat.as_micros(), config.election.as_micros());
    StateMachine::new(min_ttl, config.quota_backend_bytes)
}

fn new_raft(config: &Config, member: u64, applied: u64, wal: Wal) -> Result<RawNode<Wal>, String> {
    RawNode::new(raft_config(config, member, applied), wal).map_err(|error| error.to_string())
}

/// A new member of a new cluster: its log begins with an entry for every member.
fn bootstrap(config: &Arc<Config>, now: Time) -> Result<Process, String> {
    let members = Members::initial(&config.initial_cluster, &config.initial_cluster_token);
    let me = members
        .by_peer_url(&own_urls(config))
        .ok_or_else(|| format!("couldn't find local name \"{}\" in the initial cluster configuration", config.name))?;
    let identity = Identity { member: me.id, cluster: members.cluster };
    let mut raft = new_raft(config, identity.member, 0, Wal::default())?;
    let peers: Vec<_> = members
        .list()
        .into_iter()
        .map(|member| (member.id, raft::Bytes::from(MemberChange::Add(member).encode())))
        .collect();
    raft.bootstrap(&peers).map_err(|error| error.to_string())?;
    // They become members when these entries are applied, which is the first thing that happens.
    let members = Members::empty(members.cluster);
    let mut process = Process::new(Arc::clone(config), identity, now, raft, empty_machine(config), members);
    process.fresh = true;
    Ok(process)
}

/// A new member of a cluster that exists: its log is empty, and the leader will send everything. Where the others are it
/// has to know before the log tells.
pub(crate) fn join(config: &Arc<Config>, members: &Members, now: Time) -> Result<Process, String> {
    let urls = own_urls(config);
    let me = members
        .by_peer_url(&urls)
        .ok_or_else(|| format!("error validating peerURLs: unmatched member while checking PeerURLs {urls:?}"))?;
    let identity = Identity { member: me.id, cluster: members.cluster };
    let raft = new_raft(config, identity.member, 0, Wal::default())?;
    let nobody = Members::empty(members.cluster);
    let mut process = Process::new(Arc::clone(config), identity, now, raft, empty_machine(config), nobody);
    let node = |urls: &[String]| urls.iter().find_map(|url| config.addresses.get(url).copied());
    process.remotes = members.list().iter().filter_map(|member| Some((member.id, node(&member.peer_urls)?))).collect();
    Ok(process)
}

fn boot_from_disk(config: &Arc<Config>, disk: &DataDir, identity: Identity, now: Time) -> Result<Process, String> {
    let image = disk.backend.as_ref().or(disk.wal.image());
    let mut machine = empty_machine(config);
    let mut members = Members::empty(identity.cluster);
    if let Some(image) = image {
        machine.restore(image.state.clone());
        members = image.members.clone();
    }
    if members.is_removed(identity.member) {
        return Err("the member has been permanently removed from the cluster".into());
    }
    let mut wal = disk.wal.clone();
    if config.force_new_cluster {
        let known = image.map(|image| image.conf_state.clone()).unwrap_or_default();
        wal.force_alone(identity.member, &known, image.map_or(0, |image| image.applied.index))?;
    }
    let applied = wal.start_from(image.map(Arc::as_ref));
    let raft = new_raft(config, identity.member, applied, wal)?;
    Ok(Process::new(Arc::clone(config), identity, now, raft, machine, members))
}

impl Process {
    fn started(&mut self, out: &mut Effects) {
        let me = self.me();
        let others: Vec<_> = self.members.ids().filter(|id| *id != me).collect();
        others.into_iter().for_each(|id| self.link_heartbeat(id, out));
        self.publish(out);
    }

    /// Tells the others this member's name and client URLs (etcd: server/etcdserver/server.go, `publish`).
    pub(crate) fn publish(&mut self, out: &mut Effects) {
        let op = Op::MemberAttributes {
            member_id: self.me(),
            name: self.config.name.clone(),
            client_urls: self.config.advertise_client_urls.clone(),
        };
        self.propose_publication(op, out);
    }
}
