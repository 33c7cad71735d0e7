//! Coming to a cluster that exists: a member that was added asks those it was told of who belongs to it, and finds out
//! its own id (etcd: server/etcdserver/bootstrap.go, `bootstrapExistingClusterNoWAL`).

use sorted::SortedSet;
use std::sync::Arc;

use sim::{Input, Micros, NodeId, Time};

use super::boot::{join, own_urls};
use super::members::Members;
use super::{Effects, Msg, Server};

/// How long the others may take to answer.
const PATIENCE: Micros = Micros::secs(5);

/// A process that does not know its cluster yet.
#[derive(Clone, Debug)]
pub(crate) struct Joining {
    asked: SortedSet<NodeId>,
    pub(crate) until: Time,
}

impl Server {
    /// Asks everyone in the initial cluster but this member itself.
    pub(crate) fn begin_join(&mut self, now: Time, out: &mut Effects) {
        let own = own_urls(&self.config);
        let others = self.config.initial_cluster.iter().filter(|(_, url)| !own.contains(url));
        let asked: SortedSet<NodeId> = others.filter_map(|(_, url)| self.config.addresses.get(url).copied()).collect();
        asked.iter().for_each(|node| out.send(*node, Msg::AskMembers));
        self.joining = Some(Joining { asked, until: now + PATIENCE });
        self.check_join(now, out);
    }

    fn check_join(&mut self, now: Time, out: &mut Effects) {
        if self.joining.as_ref().is_some_and(|joining| joining.asked.is_empty() || now >= joining.until) {
            self.joining = None;
            self.give_up(now, "cannot fetch cluster info from peer urls: could not retrieve cluster information", out);
        }
    }

    /// One input while nobody has told the members yet.
    pub(crate) fn join_input(&mut self, now: Time, input: Input<Msg>, out: &mut Effects) {
        let Some(joining) = &mut self.joining else { return };
        match input {
            Input::Message { msg: Msg::TellMembers(members), .. } => self.finish_join(now, &members, out),
            Input::Refused { peer, .. } | Input::Disconnected { peer } => {
                joining.asked.remove(&peer);
                self.check_join(now, out);
            }
            Input::Stop => {
                self.joining = None;
                out.exit(0);
            }
            _ => self.check_join(now, out),
        }
    }

    fn finish_join(&mut self, now: Time, members: &Arc<Members>, out: &mut Effects) {
        self.joining = None;
        match join(&self.config, members, now) {
            Ok(process) => self.run(process, false, out),
            Err(reason) => self.give_up(now, &reason, out),
        }
    }
}
