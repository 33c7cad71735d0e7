//! Service Auth: users, roles, permissions.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;
use crate::Bytes;

/// What a permission allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PermissionType {
    /// Reading.
    #[default]
    #[serde(rename = "READ")]
    Read,
    /// Writing.
    #[serde(rename = "WRITE")]
    Write,
    /// Both.
    #[serde(rename = "READWRITE")]
    ReadWrite,
}

impl PermissionType {
    /// The proto's name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            PermissionType::Read => "READ",
            PermissionType::Write => "WRITE",
            PermissionType::ReadWrite => "READWRITE",
        }
    }
}

/// A permission on a range of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What it allows.
    #[serde(rename = "permType")]
    pub perm_type: PermissionType,
    /// First key.
    pub key: Bytes,
    /// End, as in [`super::RangeRequest::range_end`].
    pub range_end: Bytes,
}

/// How a user is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAddOptions {
    /// Without a password: such a user can log in by certificate only.
    pub no_password: bool,
}

/// Switches authentication on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthEnableRequest {}

/// Answer to [`AuthEnableRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthEnableResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Switches authentication off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthDisableRequest {}

/// Answer to [`AuthDisableRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthDisableResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Asks whether authentication is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthStatusRequest {}

/// Answer to [`AuthStatusRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthStatusResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// It is on.
    pub enabled: bool,
    /// Counts the changes of users and roles.
    #[serde(rename = "authRevision")]
    pub auth_revision: u64,
}

/// Asks for a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticateRequest {
    /// The user.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// Answer to [`AuthenticateRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticateResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Goes with every further request.
    pub token: String,
}

/// Adds a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserAddRequest {
    /// The user.
    pub name: String,
    /// Its password.
    pub password: String,
    /// With or without a password.
    pub options: Option<UserAddOptions>,
    /// The hash that goes through the log instead of the password. A client leaves it empty.
    #[serde(rename = "hashedPassword")]
    pub hashed_password: String,
}

/// Answer to [`AuthUserAddRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserAddResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Asks for the roles of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserGetRequest {
    /// The user.
    pub name: String,
}

/// Answer to [`AuthUserGetRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserGetResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Sorted by name.
    pub roles: Vec<String>,
}

/// Lists the users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserListRequest {}

/// Answer to [`AuthUserListRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserListResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Sorted by name.
    pub users: Vec<String>,
}

/// Deletes a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserDeleteRequest {
    /// The user.
    pub name: String,
}

/// Answer to [`AuthUserDeleteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserDeleteResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Changes the password of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserChangePasswordRequest {
    /// The user.
    pub name: String,
    /// The new one.
    pub password: String,
    /// The hash that goes through the log instead of the password. A client leaves it empty.
    #[serde(rename = "hashedPassword")]
    pub hashed_password: String,
}

/// Answer to [`AuthUserChangePasswordRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserChangePasswordResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Gives a role to a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserGrantRoleRequest {
    /// The user.
    pub user: String,
    /// The role.
    pub role: String,
}

/// Answer to [`AuthUserGrantRoleRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserGrantRoleResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Takes a role from a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserRevokeRoleRequest {
    /// The user.
    pub name: String,
    /// The role.
    pub role: String,
}

/// Answer to [`AuthUserRevokeRoleRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthUserRevokeRoleResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Adds a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleAddRequest {
    /// The role.
    pub name: String,
}

/// Answer to [`AuthRoleAddRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleAddResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Asks for the permissions of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleGetRequest {
    /// The role.
    pub role: String,
}

/// Answer to [`AuthRoleGetRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleGetResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Sorted by key.
    pub perm: Vec<Permission>,
}

/// Lists the roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleListRequest {}

/// Answer to [`AuthRoleListRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleListResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Sorted by name.
    pub roles: Vec<String>,
}

/// Deletes a role, taking it from every user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleDeleteRequest {
    /// The role.
    pub role: String,
}

/// Answer to [`AuthRoleDeleteRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleDeleteResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Gives a permission to a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleGrantPermissionRequest {
    /// The role.
    pub name: String,
    /// The permission.
    pub perm: Permission,
}

/// Answer to [`AuthRoleGrantPermissionRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleGrantPermissionResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Takes the permission on exactly this range from a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleRevokePermissionRequest {
    /// The role.
    pub role: String,
    /// First key.
    pub key: Bytes,
    /// End, as it was granted.
    pub range_end: Bytes,
}

/// Answer to [`AuthRoleRevokePermissionRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRoleRevokePermissionResponse {
    /// Who answered.
    pub header: ResponseHeader,
}
