//! Roles and their permissions.

use super::{Auth, ROOT_ROLE};
use crate::Bytes;
use crate::rpc::{AuthRoleGrantPermissionRequest, AuthRoleRevokePermissionRequest, Permission, Status, errors};

/// Whether a permission's range makes sense (etcd: server/auth/range_perm_cache.go, `isValidPermissionRange`).
fn is_valid_range(key: &Bytes, range_end: &Bytes) -> bool {
    !key.is_empty() && (range_end.is_empty() || range_end.as_slice() == [0] || key < range_end)
}

impl Auth {
    pub(crate) fn role_add(&mut self, name: &str) -> Result<(), Status> {
        if name.is_empty() {
            return Err(errors::role_empty());
        }
        if self.kept.roles.contains_key(name) {
            return Err(errors::role_already_exist());
        }
        self.kept_mut().roles.insert(name.to_owned(), Vec::new());
        self.commit();
        Ok(())
    }

    pub(crate) fn role_delete(&mut self, name: &str) -> Result<(), Status> {
        if self.kept.enabled && name == ROOT_ROLE {
            return Err(errors::invalid_auth_mgmt());
        }
        let kept = self.kept_mut();
        if kept.roles.remove(name).is_none() {
            return Err(errors::role_not_found());
        }
        for user in kept.users.values_mut() {
            user.roles.retain(|role| role != name);
        }
        self.commit();
        Ok(())
    }

    pub(crate) fn role_permissions(&self, name: &str) -> Result<Vec<Permission>, Status> {
        self.kept.roles.get(name).cloned().ok_or_else(errors::role_not_found)
    }

    pub(crate) fn role_names(&self) -> Vec<String> {
        self.kept.roles.keys().cloned().collect()
    }

    pub(crate) fn role_grant_permission(&mut self, r: &AuthRoleGrantPermissionRequest) -> Result<(), Status> {
        let perm = &r.perm;
        if !is_valid_range(&perm.key, &perm.range_end) {
            return Err(errors::invalid_auth_mgmt());
        }
        let permissions = self.kept_mut().roles.get_mut(&r.name).ok_or_else(errors::role_not_found)?;
        // Like the real one, this looks no further than the first permission of the key: with several that differ in
        // their ends, granting a later one again lists it twice.
        let first = permissions.partition_point(|p| p.key < perm.key);
        match permissions.get_mut(first) {
            Some(known) if known.key == perm.key && known.range_end == perm.range_end => {
                known.perm_type = perm.perm_type;
            }
            _ => {
                let at = permissions.partition_point(|p| p.key <= perm.key);
                permissions.insert(at, perm.clone());
            }
        }
        self.commit();
        Ok(())
    }

    pub(crate) fn role_revoke_permission(&mut self, r: &AuthRoleRevokePermissionRequest) -> Result<(), Status> {
        let permissions = self.kept_mut().roles.get_mut(&r.role).ok_or_else(errors::role_not_found)?;
        let before = permissions.len();
        permissions.retain(|p| p.key != r.key || p.range_end != r.range_end);
        if permissions.len() == before {
            return Err(errors::permission_not_granted());
        }
        self.commit();
        Ok(())
    }
}
