//! Service Cluster: who belongs to it.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;

/// A member of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    #[serde(rename = "ID")]
    pub id: u64,
    /// Its name; empty until it has started for the first time.
    pub name: String,
    /// Where the other members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Vec<String>,
    /// Where clients reach it; empty until it has started.
    #[serde(rename = "clientURLs")]
    pub client_urls: Vec<String>,
    /// It follows without a vote.
    #[serde(rename = "isLearner")]
    pub is_learner: bool,
}

/// Adds a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAddRequest {
    /// Where the others will reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Vec<String>,
    /// As a learner.
    #[serde(rename = "isLearner")]
    pub is_learner: bool,
}

/// Answer to an addition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAddResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The new member.
    pub member: Member,
    /// All members after the addition.
    pub members: Vec<Member>,
}

/// Removes a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoveRequest {
    /// Which.
    #[serde(rename = "ID")]
    pub id: u64,
}

/// Answer to a removal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoveResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// All members after the removal.
    pub members: Vec<Member>,
}

/// Changes a member's peer URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUpdateRequest {
    /// Which.
    #[serde(rename = "ID")]
    pub id: u64,
    /// The new ones.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Vec<String>,
}

/// Answer to an update.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUpdateResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// All members after the update.
    pub members: Vec<Member>,
}

/// Makes a learner a voter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPromoteRequest {
    /// Which.
    #[serde(rename = "ID")]
    pub id: u64,
}

/// Answer to a promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPromoteResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// All members after the promotion.
    pub members: Vec<Member>,
}

/// Lists the members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberListRequest {
    /// Confirm with a quorum that the list is current.
    pub linearizable: bool,
}

/// The members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberListResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// In the order of their ids.
    pub members: Vec<Member>,
}
