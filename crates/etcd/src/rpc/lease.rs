//! Service Lease.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;
use crate::Bytes;

/// Makes a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseGrantRequest {
    /// Wished time to live, in seconds.
    #[serde(rename = "TTL")]
    pub ttl: i64,
    /// Wished id; 0 lets the server choose.
    #[serde(rename = "ID")]
    pub id: i64,
}

/// Answer to a grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseGrantResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
    /// Granted time to live, in seconds: never less than an election takes.
    #[serde(rename = "TTL")]
    pub ttl: i64,
    /// Unused; errors travel as a status.
    pub error: String,
}

/// Ends a lease and deletes its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRevokeRequest {
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
}

/// Answer to a revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRevokeResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// What is left of a lease, as the leader tells the followers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseCheckpoint {
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
    /// Seconds left.
    #[serde(rename = "remaining_TTL")]
    pub remaining_ttl: i64,
}

/// Spreads what is left of long leases, so that a new leader does not start them afresh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseCheckpointRequest {
    /// One for each lease.
    pub checkpoints: Vec<LeaseCheckpoint>,
}

/// Answer to a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseCheckpointResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Renews a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseKeepAliveRequest {
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
}

/// Answer to a renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseKeepAliveResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
    /// Seconds until it ends; 0 if it is gone.
    #[serde(rename = "TTL")]
    pub ttl: i64,
}

/// Asks what is left of a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTimeToLiveRequest {
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
    /// List its keys too.
    pub keys: bool,
}

/// What is left of a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTimeToLiveResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
    /// Seconds left; -1 if there is no such lease.
    #[serde(rename = "TTL")]
    pub ttl: i64,
    /// Seconds at the grant.
    #[serde(rename = "grantedTTL")]
    pub granted_ttl: i64,
    /// The attached keys, if asked for.
    pub keys: Vec<Bytes>,
}

/// Lists the leases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseLeasesRequest {}

/// One of the leases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseStatus {
    /// The lease.
    #[serde(rename = "ID")]
    pub id: i64,
}

/// The leases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseLeasesResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Soonest to end first.
    pub leases: Vec<LeaseStatus>,
}
