//! Who belongs to the cluster (etcd: server/etcdserver/api/membership).

use sorted::{SortedMap, SortedSet};

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::rpc::{Member, Status, errors};

/// A member's id, printed in hexadecimal.
pub type MemberId = u64;

/// How many learners a cluster may have (etcd: server/etcdserver/api/membership/cluster.go, `maxLearners`).
const MAX_LEARNERS: usize = 1;

/// The first eight bytes of a SHA-1 (FIPS 180-4), as a number.
fn first_bytes(hash: Sha1) -> u64 {
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The id of a member: a hash of its peer URLs and the cluster's token; for one that is added later, the second at
/// which that was asked for as well (etcd: server/etcdserver/api/membership/member.go, `computeMemberId`).
pub fn member_id(peer_urls: &[String], token: &str, unix_seconds: Option<u64>) -> MemberId {
    let mut urls: Vec<&str> = peer_urls.iter().map(String::as_str).collect();
    urls.sort_unstable();
    let mut hash = Sha1::new();
    urls.iter().for_each(|url| hash.update(url));
    hash.update(token);
    if let Some(seconds) = unix_seconds {
        hash.update(seconds.to_string());
    }
    first_bytes(hash)
}

/// The id of a cluster: a hash of its first members' ids (etcd: server/etcdserver/api/membership/cluster.go, `genID`).
pub fn cluster_id(members: impl IntoIterator<Item = MemberId>) -> u64 {
    let sorted: SortedSet<MemberId> = members.into_iter().collect();
    let mut hash = Sha1::new();
    sorted.iter().for_each(|id| hash.update(id.to_be_bytes()));
    first_bytes(hash)
}

/// The members as far as the log has been applied, and those that were removed, which never come back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// The cluster's id.
    pub cluster: u64,
    /// The version every member understands; none until the first leader has set it.
    pub version: Option<String>,
    members: SortedMap<MemberId, Member>,
    removed: SortedSet<MemberId>,
}

/// What one entry of the log does to the membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MemberChange {
    /// Adds a voter or a learner.
    Add(Member),
    /// Makes a learner a voter.
    Promote(MemberId),
    /// Removes one for ever.
    Remove(MemberId),
    /// Changes where its peers reach it.
    Update { id: MemberId, peer_urls: Vec<String> },
}

impl Members {
    /// The members a new cluster is started with.
    pub fn initial(cluster: &[(String, String)], token: &str) -> Members {
        let mut urls: SortedMap<&str, Vec<String>> = SortedMap::new();
        for (name, url) in cluster {
            urls.entry(name).or_default().push(url.clone());
        }
        let member = |(name, mut peer_urls): (&str, Vec<String>)| {
            peer_urls.sort_unstable();
            let id = member_id(&peer_urls, token, None);
            (id, Member { id, name: name.to_owned(), peer_urls, ..Member::default() })
        };
        let members: SortedMap<_, _> = urls.into_iter().map(member).collect();
        Members { cluster: cluster_id(members.keys().copied()), members, ..Members::default() }
    }

    /// No member yet, of a cluster of which only the id is known.
    pub(crate) fn empty(cluster: u64) -> Members {
        Members { cluster, ..Members::default() }
    }

    /// All of them by id, as `member list` shows them.
    pub fn list(&self) -> Vec<Member> {
        self.members.values().cloned().collect()
    }

    /// One of them.
    pub fn get(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// Their ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = MemberId> {
        self.members.keys().copied()
    }

    /// Rows they have in the database: one each, and one for each that was removed.
    pub(crate) fn rows(&self) -> u64 {
        (self.members.len() + self.removed.len()) as u64
    }

    /// The ids of those that vote, in order.
    pub fn voters(&self) -> impl Iterator<Item = MemberId> {
        self.members.values().filter(|member| !member.is_learner).map(|member| member.id)
    }

    /// Whether this one was removed and may not come back.
    pub fn is_removed(&self, id: MemberId) -> bool {
        self.removed.contains(&id)
    }

    /// The member with one of these peer URLs.
    pub(crate) fn by_peer_url(&self, urls: &[String]) -> Option<&Member> {
        self.members.values().find(|member| member.peer_urls.iter().any(|url| urls.contains(url)))
    }

    /// Whether a change can be made to this membership (etcd: server/etcdserver/api/membership/cluster.go,
    /// `ValidateConfigurationChange`).
    pub(crate) fn validate(&self, change: &MemberChange) -> Result<(), Status> {
        let known = |id: MemberId| {
            if self.removed.contains(&id) {
                return Err(errors::member_not_found());
            }
            self.members.get(&id).ok_or_else(errors::member_not_found)
        };
        match change {
            MemberChange::Add(member) => {
                if self.removed.contains(&member.id) {
                    return Err(errors::member_not_found());
                }
                if self.members.contains_key(&member.id) {
                    return Err(errors::member_exist());
                }
                if self.by_peer_url(&member.peer_urls).is_some() {
                    return Err(errors::peer_url_exist());
                }
                let learners = self.members.values().filter(|member| member.is_learner).count();
                if member.is_learner && learners >= MAX_LEARNERS {
                    return Err(errors::too_many_learners());
                }
                Ok(())
            }
            MemberChange::Promote(id) => {
                if known(*id)?.is_learner {
                    Ok(())
                } else {
                    Err(errors::member_not_learner())
                }
            }
            MemberChange::Remove(id) => known(*id).map(|_| ()),
            MemberChange::Update { id, peer_urls } => {
                known(*id)?;
                match self.by_peer_url(peer_urls) {
                    Some(other) if other.id != *id => Err(errors::peer_url_exist()),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Makes a change that was validated.
    pub(crate) fn apply(&mut self, change: MemberChange) {
        match change {
            MemberChange::Add(member) => {
                self.members.insert(member.id, member);
            }
            MemberChange::Promote(id) => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.is_learner = false;
                }
            }
            MemberChange::Remove(id) => {
                self.members.remove(&id);
                self.removed.insert(id);
            }
            MemberChange::Update { id, peer_urls } => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.peer_urls = peer_urls;
                }
            }
        }
    }

    /// A member told its name and where clients reach it.
    pub(crate) fn publish(&mut self, id: MemberId, name: &str, client_urls: &[String]) {
        if let Some(member) = self.members.get_mut(&id) {
            name.clone_into(&mut member.name);
            client_urls.clone_into(&mut member.client_urls);
        }
    }

    /// Whether a new voter would leave a majority of started members. A cluster of one may always grow (etcd:
    /// server/etcdserver/api/membership/cluster.go, `IsReadyToAddVotingMember`).
    pub(crate) fn ready_to_add_voter(&self) -> bool {
        let (started, voters) = self.started(None);
        (started == 1 && voters == 1) || started > voters.saturating_add(1) / 2
    }

    /// Whether removing this voter would leave a majority of started members (`IsReadyToRemoveVotingMember`).
    pub(crate) fn ready_to_remove_voter(&self, id: MemberId) -> bool {
        let (started, voters) = self.started(Some(id));
        started > voters / 2
    }

    /// Whether there is a majority of started members once a learner, counted as started, votes too
    /// (`IsReadyToPromoteMember`).
    pub(crate) fn ready_to_promote(&self) -> bool {
        let (started, voters) = self.started(None);
        started + 1 > voters.saturating_add(1) / 2
    }

    /// How many voters have published themselves, and how many there are, without one of them.
    fn started(&self, without: Option<MemberId>) -> (usize, usize) {
        let voters = self.members.values().filter(|member| !member.is_learner && Some(member.id) != without);
        let (mut started, mut all) = (0, 0);
        for voter in voters {
            all += 1;
            started += usize::from(!voter.name.is_empty());
        }
        (started, all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the recorded clusters show them.
    #[test]
    fn ids_follow_from_urls_and_token() {
        let cluster = [("etcd-0", 2380), ("etcd-1", 22380), ("etcd-2", 32380)]
            .map(|(name, port)| (name.to_owned(), format!("http://127.0.0.1:{port}")));
        let members = Members::initial(&cluster, "etcd-cluster-1");
        let ids: Vec<_> = members.list().into_iter().map(|member| (member.name, member.id)).collect();
        let expected = [("etcd-1", 0x91bc3c398fb3c146), ("etcd-0", 0xbf9071f4639c75cc), ("etcd-2", 0xfd422379fda50e48)];
        assert_eq!(ids, expected.map(|(name, id)| (name.to_owned(), id)));
        assert_eq!(members.cluster, 0x59a05384c9b79ee);
    }

    #[test]
    fn a_growing_cluster_needs_a_majority_of_started_members() {
        let cluster = |n: u32| (0..n).map(|i| (i.to_string(), format!("http://{i}"))).collect::<Vec<_>>();
        let check = |members: u32, unstarted: usize, add: bool, remove_started: bool| {
            let mut cluster = Members::initial(&cluster(members), "");
            let ids: Vec<_> = cluster.ids().collect();
            ids.iter().take(unstarted).for_each(|id| cluster.publish(*id, "", &[]));
            assert_eq!(cluster.ready_to_add_voter(), add, "add to {members} with {unstarted} not started");
            let last = ids[ids.len() - 1];
            assert_eq!(cluster.ready_to_remove_voter(last), remove_started, "remove from {members}, {unstarted}");
        };
        check(1, 0, true, false);
        check(2, 0, true, true);
        check(2, 1, false, false);
        check(3, 0, true, true);
        check(3, 1, false, false);
        check(4, 1, true, true);
        check(5, 2, false, false);
    }
}
