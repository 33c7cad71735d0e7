//! Users.

use super::{Auth, ROOT_ROLE, ROOT_USER, User, hash_password};
use crate::rpc::{
    AuthUserAddRequest, AuthUserChangePasswordRequest, AuthUserGrantRoleRequest, AuthUserRevokeRoleRequest, Status,
    errors,
};

/// The hash to store: the proposer's, or one of our own for an entry that carries the password itself.
fn select_password(password: &str, hashed: &str, salt: u64) -> String {
    if hashed.is_empty() { hash_password(password, salt) } else { hashed.to_owned() }
}

impl Auth {
    pub(crate) fn user_add(&mut self, r: &AuthUserAddRequest) -> Result<(), Status> {
        if r.name.is_empty() {
            return Err(errors::user_empty());
        }
        if self.kept.users.contains_key(&r.name) {
            return Err(errors::user_already_exist());
        }
        let options = r.options.unwrap_or_default();
        let password = if options.no_password {
            String::new()
        } else {
            select_password(&r.password, &r.hashed_password, self.kept.revision)
        };
        let user = User { password, options, roles: Vec::new() };
        self.kept_mut().users.insert(r.name.clone(), user);
        self.commit();
        Ok(())
    }

    pub(crate) fn user_delete(&mut self, name: &str) -> Result<(), Status> {
        if self.kept.enabled && name == ROOT_USER {
            return Err(errors::invalid_auth_mgmt());
        }
        if self.kept_mut().users.remove(name).is_none() {
            return Err(errors::user_not_found());
        }
        self.commit();
        self.tokens_mut().invalidate_user(name);
        Ok(())
    }

    pub(crate) fn user_change_password(&mut self, r: &AuthUserChangePasswordRequest) -> Result<(), Status> {
        let salt = self.kept.revision;
        let user = self.kept_mut().users.get_mut(&r.name).ok_or_else(errors::user_not_found)?;
        if !user.options.no_password {
            user.password = select_password(&r.password, &r.hashed_password, salt);
        }
        self.commit();
        self.tokens_mut().invalidate_user(&r.name);
        Ok(())
    }

    pub(crate) fn user_grant_role(&mut self, r: &AuthUserGrantRoleRequest) -> Result<(), Status> {
        let known = r.role == ROOT_ROLE || self.kept.roles.contains_key(&r.role);
        let user = self.kept_mut().users.get_mut(&r.user).ok_or_else(errors::user_not_found)?;
        if !known {
            return Err(errors::role_not_found());
        }
        // Granting what is granted already changes nothing and is no error.
        if let Err(at) = user.roles.binary_search(&r.role) {
            user.roles.insert(at, r.role.clone());
            self.commit();
        }
        Ok(())
    }

    pub(crate) fn user_revoke_role(&mut self, r: &AuthUserRevokeRoleRequest) -> Result<(), Status> {
        if self.kept.enabled && r.name == ROOT_USER && r.role == ROOT_ROLE {
            return Err(errors::invalid_auth_mgmt());
        }
        let user = self.kept_mut().users.get_mut(&r.name).ok_or_else(errors::user_not_found)?;
        let at = user.roles.binary_search(&r.role).map_err(|_| errors::role_not_granted())?;
        user.roles.remove(at);
        self.commit();
        Ok(())
    }

    pub(crate) fn user_roles(&self, name: &str) -> Result<Vec<String>, Status> {
        self.kept.users.get(name).map(|u| u.roles.clone()).ok_or_else(errors::user_not_found)
    }

    pub(crate) fn user_names(&self) -> Vec<String> {
        self.kept.users.keys().cloned().collect()
    }
}
