//! Answers of the auth service that hold more than a header.

use etcd::rpc::{
    AuthRoleGetResponse, AuthRoleListResponse, AuthStatusResponse, AuthUserGetResponse, AuthUserListResponse,
    Permission, PermissionType,
};

use super::json_messages::ToJson;
use super::wire_messages::ToWire;
use super::{Printable, Simple, header_fields, line, message_formats};
use crate::client::{from_key, prefix_end};
use crate::go;
use crate::program::Exit;

impl Printable for AuthStatusResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("Authentication Status: {}", self.enabled));
        line(out, format!("AuthRevision: {}", self.auth_revision));
    }

    message_formats!();
}

impl Printable for AuthUserListResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        self.users.iter().for_each(|u| line(out, u));
    }

    message_formats!();
}

impl Printable for AuthRoleListResponse {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        self.roles.iter().for_each(|r| line(out, r));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        let roles: String = self.roles.iter().map(|r| format!(" {}", go::quote(r))).collect();
        line(out, format!("\"Roles\" :{roles}"));
        Some(())
    }

    message_formats!();
}

/// A user with its roles.
pub struct UserShown {
    pub name: String,
    pub response: AuthUserGetResponse,
}

impl Printable for UserShown {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("User: {}", self.name));
        let roles: String = self.response.roles.iter().map(|r| format!(" {r}")).collect();
        line(out, format!("Roles:{roles}"));
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(self.response.object().finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.response.encode()))
    }
}

/// A role with its permissions.
pub struct RoleShown {
    pub name: String,
    pub response: AuthRoleGetResponse,
}

impl Printable for RoleShown {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, format!("Role {}", self.name));
        for (title, other) in [("KV Read:", PermissionType::Write), ("KV Write:", PermissionType::Read)] {
            line(out, title);
            self.response.perm.iter().filter(|p| p.perm_type != other).for_each(|p| permission(p, out));
        }
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.response.header, out);
        for p in &self.response.perm {
            line(out, format!("\"PermType\" :  {}", p.perm_type.name()));
            line(out, format!("\"Key\" : {}", go::quote_bytes(&p.key)));
            line(out, format!("\"RangeEnd\" : {}", go::quote_bytes(&p.range_end)));
        }
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(self.response.object().finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.response.encode()))
    }
}

fn permission(permission: &Permission, out: &mut Vec<u8>) {
    let (key, end) = (&permission.key[..], &permission.range_end[..]);
    out.push(b'\t');
    if end.is_empty() {
        return line(out, key);
    }
    out.push(b'[');
    out.extend_from_slice(key);
    out.extend_from_slice(b", ");
    if end == &from_key()[..] {
        out.extend_from_slice(b"<open ended>");
    } else {
        out.extend_from_slice(end);
        out.push(b')');
    }
    if prefix_end(key)[..] == *end {
        out.extend_from_slice(b" (prefix ");
        out.extend_from_slice(key);
        out.push(b')');
    }
    out.push(b'\n');
}
