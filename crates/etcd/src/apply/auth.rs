//! Applying what concerns users and roles. Most of it only an administrator may ask for
//! (etcd: server/etcdserver/apply_auth.go, `needAdminPermission`).

use super::{Op, StateMachine};
use crate::auth::AuthInfo;
use crate::rpc::*;

impl StateMachine {
    /// `None` for operations that are not about authentication.
    pub(super) fn apply_auth(
        &mut self,
        now: u64,
        index: u64,
        info: &AuthInfo,
        op: &Op,
    ) -> Option<Result<Response, Status>> {
        let result = match op {
            Op::Authenticate { name, simple_token } => {
                let token = self.auth.authenticate(now, index, name, simple_token);
                token.map(|token| AuthenticateResponse { token, ..Default::default() }.into())
            }
            Op::UserGet(r) => self.auth.check_user_get(info, &r.name).and_then(|()| {
                let roles = self.auth.user_roles(&r.name)?;
                Ok(AuthUserGetResponse { roles, ..Default::default() }.into())
            }),
            Op::RoleGet(r) => self.auth.check_role_get(info, &r.role).and_then(|()| {
                let perm = self.auth.role_permissions(&r.role)?;
                Ok(AuthRoleGetResponse { perm, ..Default::default() }.into())
            }),
            Op::AuthEnable(_)
            | Op::AuthDisable(_)
            | Op::AuthStatus(_)
            | Op::UserAdd(_)
            | Op::UserList(_)
            | Op::UserDelete(_)
            | Op::UserChangePassword(_)
            | Op::UserGrantRole(_)
            | Op::UserRevokeRole(_)
            | Op::RoleAdd(_)
            | Op::RoleList(_)
            | Op::RoleDelete(_)
            | Op::RoleGrantPermission(_)
            | Op::RoleRevokePermission(_) => self.auth.check_admin(info).and_then(|()| self.administer(op)),
            _ => return None,
        };
        Some(result)
    }

    fn administer(&mut self, op: &Op) -> Result<Response, Status> {
        let auth = &mut self.auth;
        Ok(match op {
            Op::AuthEnable(_) => {
                auth.enable()?;
                AuthEnableResponse::default().into()
            }
            Op::AuthDisable(_) => {
                auth.disable();
                AuthDisableResponse::default().into()
            }
            Op::UserAdd(r) => {
                auth.user_add(r)?;
                AuthUserAddResponse::default().into()
            }
            Op::UserList(_) => AuthUserListResponse { users: auth.user_names(), ..Default::default() }.into(),
            Op::UserDelete(r) => {
                auth.user_delete(&r.name)?;
                AuthUserDeleteResponse::default().into()
            }
            Op::UserChangePassword(r) => {
                auth.user_change_password(r)?;
                AuthUserChangePasswordResponse::default().into()
            }
            Op::UserGrantRole(r) => {
                auth.user_grant_role(r)?;
                AuthUserGrantRoleResponse::default().into()
            }
            Op::UserRevokeRole(r) => {
                auth.user_revoke_role(r)?;
                AuthUserRevokeRoleResponse::default().into()
            }
            Op::RoleAdd(r) => {
                auth.role_add(&r.name)?;
                AuthRoleAddResponse::default().into()
            }
            Op::RoleList(_) => AuthRoleListResponse { roles: auth.role_names(), ..Default::default() }.into(),
            Op::RoleDelete(r) => {
                auth.role_delete(&r.role)?;
                AuthRoleDeleteResponse::default().into()
            }
            Op::RoleGrantPermission(r) => {
                auth.role_grant_permission(r)?;
                AuthRoleGrantPermissionResponse::default().into()
            }
            Op::RoleRevokePermission(r) => {
                auth.role_revoke_permission(r)?;
                AuthRoleRevokePermissionResponse::default().into()
            }
            _ => {
                AuthStatusResponse { enabled: auth.is_enabled(), auth_revision: auth.revision(), ..Default::default() }
                    .into()
            }
        })
    }
}
