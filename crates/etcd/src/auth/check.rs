//! What a request needs permission for (etcd: server/etcdserver/apply_auth.go and v3_server.go).

use super::{Auth, AuthInfo, ROOT_USER};
use crate::Bytes;
use crate::lease::Lessor;
use crate::rpc::{DeleteRangeRequest, PutRequest, RequestOp, Status, TxnRequest, errors};
use crate::store::KeyRange;

/// What is to be done with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read them.
    Read,
    /// Write or delete them.
    Write,
}

impl Auth {
    /// The server itself, which revokes ended leases whoever's keys are on them (etcd: server/auth/store.go,
    /// `WithRoot`).
    pub fn root(&self) -> AuthInfo {
        AuthInfo { username: ROOT_USER.to_owned(), revision: self.revision() }
    }

    /// Reading a range, or watching it.
    pub fn check_range(&self, info: &AuthInfo, key: &Bytes, range_end: &Bytes) -> Result<(), Status> {
        self.check(info, &KeyRange::new(key, range_end), Access::Read)
    }

    /// Writing a key. A lease must not be used that holds keys this user may not write: revoking it would delete them.
    pub fn check_put(&self, info: &AuthInfo, lessor: &Lessor, r: &PutRequest) -> Result<(), Status> {
        let key = KeyRange::single(&r.key);
        self.check(info, &key, Access::Write)?;
        self.check_lease(info, lessor, r.lease, Access::Write)?;
        if r.prev_kv { self.check(info, &key, Access::Read) } else { Ok(()) }
    }

    /// Deleting a range.
    pub fn check_delete(&self, info: &AuthInfo, r: &DeleteRangeRequest) -> Result<(), Status> {
        let keys = KeyRange::new(&r.key, &r.range_end);
        self.check(info, &keys, Access::Write)?;
        if r.prev_kv { self.check(info, &keys, Access::Read) } else { Ok(()) }
    }

    /// Everything a transaction might do, whichever way its compares turn out.
    pub fn check_txn(&self, info: &AuthInfo, lessor: &Lessor, r: &TxnRequest) -> Result<(), Status> {
        for compare in &r.compare {
            self.check_range(info, &compare.key, &compare.range_end)?;
        }
        for op in r.success.iter().chain(&r.failure) {
            match op {
                RequestOp::Range(r) => self.check_range(info, &r.key, &r.range_end)?,
                RequestOp::Put(r) => self.check_put(info, lessor, r)?,
                RequestOp::DeleteRange(r) => self.check_delete(info, r)?,
                RequestOp::Txn(r) => self.check_txn(info, lessor, r)?,
            }
        }
        Ok(())
    }

    /// Doing something to a lease: its keys count. Revoking and renewing need them writable, listing them readable.
    pub fn check_lease(&self, info: &AuthInfo, lessor: &Lessor, id: i64, access: Access) -> Result<(), Status> {
        if self.check_admin(info).is_ok() {
            return Ok(());
        }
        lessor.keys(id).try_for_each(|key| self.check(info, &KeyRange::single(key), access))
    }

    /// Being anybody at all, as some calls need (etcd: server/etcdserver/v3_server.go, `requireAuthInfo`).
    pub fn check_known(&self, info: &AuthInfo) -> Result<(), Status> {
        if self.kept.enabled && info.username.is_empty() { Err(errors::user_empty()) } else { Ok(()) }
    }

    /// Seeing the roles of a user: the user itself may, and whoever may do everything.
    pub(crate) fn check_user_get(&self, info: &AuthInfo, name: &str) -> Result<(), Status> {
        self.check_admin(info).or_else(|e| if name == info.username { Ok(()) } else { Err(e) })
    }

    /// Seeing the permissions of a role: whoever has it may.
    pub(crate) fn check_role_get(&self, info: &AuthInfo, role: &str) -> Result<(), Status> {
        self.check_admin(info).or_else(|e| if self.has_role(&info.username, role) { Ok(()) } else { Err(e) })
    }
}
