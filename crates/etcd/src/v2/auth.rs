//! Users and roles of version 2 (etcd 3.4: etcdserver/api/v2auth). They are not those of version 3. etcd keeps them in
//! the tree of keys, under a prefix that clients never see; what clients can see of that is the index.

use sorted::{SortedMap, SortedSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::store::Store;
use crate::auth::password_matches;

/// The user and the role that may do everything.
const ROOT: &str = "root";
/// The role of whoever does not log in.
const GUEST: &str = "guest";

/// Patterns of keys: a whole key, or the beginning of one before a `*`. `None` until the first grant, which JSON shows.
type Patterns = Option<SortedSet<String>>;

/// What a role may read and write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    pub read: Patterns,
    pub write: Patterns,
}

/// A change that comes through the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthChange {
    /// Adds a user, or changes one that is there. The password comes hashed; none is empty.
    PutUser {
        name: String,
        password: String,
        roles: Vec<String>,
        grant: Vec<String>,
        revoke: Vec<String>,
    },
    DeleteUser(String),
    /// Adds a role.
    AddRole(String, Permissions),
    /// Gives a role permissions and takes some from it.
    ChangeRole {
        name: String,
        grant: Permissions,
        revoke: Permissions,
    },
    DeleteRole(String),
    /// Switches authentication on.
    Enable,
    /// Switches it off.
    Disable,
}

/// A refusal: HTTP status and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub u16, pub String);

/// HTTP status and JSON of an answer; without a body `Null`.
pub type AuthAnswer = Result<(u16, Value), Refusal>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    password: String,
    roles: Vec<String>,
}

/// Users and roles. Part of the [`Store`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// Whether the directories that etcd keeps all this in have been made.
    prepared: bool,
    enabled: bool,
    users: SortedMap<String, User>,
    roles: SortedMap<String, Permissions>,
}

/// What a request wants of a key.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub key: &'a str,
    pub write: bool,
    pub recursive: bool,
}

fn refuse<T>(status: u16, words: impl std::fmt::Display) -> Result<T, Refusal> {
    Err(Refusal(status, format!("auth: {words}")))
}

impl Permissions {
    fn everything() -> Self {
        let all = || Some(SortedSet::from(["/*".to_owned()]));
        Self { read: all(), write: all() }
    }

    pub fn is_empty(&self) -> bool {
        [&self.read, &self.write].into_iter().all(|patterns| patterns.as_ref().is_none_or(SortedSet::is_empty))
    }

    fn allow(&self, wanted: Wanted<'_>) -> bool {
        let patterns = if wanted.write { &self.write } else { &self.read };
        patterns.iter().flatten().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => wanted.key.starts_with(prefix),
            None => !wanted.recursive && wanted.key == pattern,
        })
    }

    fn to_json(&self) -> Value {
        json!({"kv": {"read": self.read, "write": self.write}})
    }

    /// With more patterns; a pattern that is there already is a mistake.
    fn granted(self, more: &Permissions) -> Result<Self, Refusal> {
        let add = |patterns: Patterns, more: &Patterns, kind: &str| {
            let mut patterns = patterns.unwrap_or_default();
            for pattern in more.iter().flatten() {
                if !patterns.insert(pattern.clone()) {
                    return refuse(409, format_args!("Granting duplicate {kind} permission {pattern}"));
                }
            }
            Ok(Some(patterns))
        };
        Ok(Self { read: add(self.read, &more.read, "read")?, write: add(self.write, &more.write, "write")? })
    }

    /// With fewer patterns; one that is not there is passed over.
    fn revoked(self, fewer: &Permissions) -> Self {
        let take = |patterns: Patterns, fewer: &Patterns| {
            let mut patterns = patterns.unwrap_or_default();
            fewer.iter().flatten().for_each(|pattern| {
                patterns.remove(pattern);
            });
            Some(patterns)
        };
        Self { read: take(self.read, &fewer.read), write: take(self.write, &fewer.write) }
    }
}

fn role_json(name: &str, permissions: &Permissions) -> Value {
    json!({"role": name, "permissions": permissions.to_json()})
}

impl User {
    /// The user root has the role root, whatever was written down.
    fn roles(&self, name: &str) -> Vec<String> {
        let mut roles = self.roles.clone();
        if name == ROOT && !roles.iter().any(|role| role == ROOT) {
            roles.push(ROOT.to_owned());
        }
        roles
    }
}

impl Auth {
    /// Whether keys are guarded.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn role(&self, name: &str) -> Option<Permissions> {
        if name == ROOT { Some(Permissions::everything()) } else { self.roles.get(name).cloned() }
    }

    /// The user of this name and password.
    fn log_in(&self, login: (&str, &str)) -> Option<Vec<String>> {
        let (name, password) = login;
        let user = self.users.get(name).filter(|user| password_matches(password, &user.password))?;
        Some(user.roles(name))
    }

    /// Whether somebody may do what only root may.
    pub fn is_root(&self, login: Option<(&str, &str)>) -> bool {
        !self.enabled || login.and_then(|login| self.log_in(login)).is_some_and(|roles| roles.iter().any(|r| r == ROOT))
    }

    /// Whether somebody may do what is wanted. Without a name and password one is a guest.
    pub fn may(&self, login: Option<(&str, &str)>, wanted: Wanted<'_>) -> bool {
        let allows = |role: &str, wanted| role == ROOT || self.role(role).is_some_and(|role| role.allow(wanted));
        match login {
            _ if !self.enabled => true,
            // Upstream asks less of guests: it forgets that all below a key may be wanted.
            None => allows(GUEST, Wanted { recursive: false, ..wanted }),
            Some(login) => self.log_in(login).is_some_and(|roles| roles.iter().any(|role| allows(role, wanted))),
        }
    }

    /// All roles, or one of them.
    pub fn show_roles(&self, name: Option<&str>) -> AuthAnswer {
        if let Some(name) = name {
            return match self.role(name) {
                Some(permissions) => Ok((200, role_json(name, &permissions))),
                None => refuse(404, format_args!("Role {name} does not exist.")),
            };
        }
        let mut all = self.roles.clone();
        all.insert(ROOT.to_owned(), Permissions::everything());
        Ok((200, json!({"roles": all.iter().map(|(name, role)| role_json(name, role)).collect::<Vec<_>>()})))
    }

    /// All users with their roles, or one of them.
    pub fn show_users(&self, name: Option<&str>) -> AuthAnswer {
        let shown = |name: &str, user: &User| {
            let known = user.roles(name).into_iter().filter_map(|role| Some(role_json(&role, &self.role(&role)?)));
            let roles: Vec<_> = known.collect();
            if roles.is_empty() { json!({"user": name}) } else { json!({"user": name, "roles": roles}) }
        };
        let Some(name) = name else {
            let users: Vec<_> = self.users.iter().map(|(name, user)| shown(name, user)).collect();
            return Ok((200, json!({"users": if users.is_empty() { Value::Null } else { users.into() }})));
        };
        let Some(user) = self.users.get(name) else {
            return refuse(404, format_args!("User {name} does not exist."));
        };
        match user.roles(name).iter().find(|role| self.role(role).is_none()) {
            Some(unknown) => refuse(404, format_args!("Role {unknown} does not exist.")),
            None => Ok((200, shown(name, user))),
        }
    }

    fn add_user(&mut self, name: &str, password: &str, roles: &[String]) -> AuthAnswer {
        if password.is_empty() {
            return refuse(400, format_args!("Cannot create user {name} with an empty password"));
        }
        if self.users.contains_key(name) {
            return refuse(409, format_args!("User {name} already exists."));
        }
        let user = User { password: password.to_owned(), roles: roles.to_vec() };
        let user = User { roles: user.roles(name), ..user };
        let shown = if user.roles.is_empty() { Value::Null } else { user.roles.clone().into() };
        self.users.insert(name.to_owned(), user);
        Ok((201, json!({"user": name, "roles": shown})))
    }

    fn change_user(&mut self, name: &str, password: &str, grant: &[String], revoke: &[String]) -> AuthAnswer {
        let Some(user) = self.users.get_mut(name) else {
            return refuse(404, format_args!("User {name} doesn't exist."));
        };
        let mut roles: SortedSet<String> = user.roles(name).into_iter().collect();
        for role in grant {
            if !roles.insert(role.clone()) {
                return refuse(409, format_args!("Granting duplicate role {role} for user {name}"));
            }
        }
        for role in revoke {
            if !roles.remove(role) {
                return refuse(409, format_args!("Revoking ungranted role {role} for user {name}"));
            }
        }
        if password.is_empty() && grant.is_empty() && revoke.is_empty() {
            return refuse(400, "User not updated. Use grant/revoke/password to update the user.");
        }
        if !password.is_empty() {
            password.clone_into(&mut user.password);
        }
        user.roles = roles.into_iter().collect();
        Ok((200, json!({"user": name, "roles": user.roles})))
    }

    fn change(&mut self, change: &AuthChange) -> AuthAnswer {
        let not_root = |role: &str| match role {
            ROOT => refuse(403, format_args!("Cannot modify role {role}: is root role.")),
            _ => Ok(()),
        };
        match change {
            AuthChange::PutUser { name, password, roles, grant, revoke } => {
                let only_password = grant.is_empty() && revoke.is_empty();
                if only_password && (!roles.is_empty() || !self.users.contains_key(name)) {
                    // Only who said nothing of roles is told that the user is new.
                    let status = if roles.is_empty() { 201 } else { 200 };
                    return self.add_user(name, password, roles).map(|(_, user)| (status, user));
                }
                self.change_user(name, password, grant, revoke)
            }
            AuthChange::DeleteUser(name) if self.enabled && name == ROOT => {
                refuse(403, "Cannot delete root user while auth is enabled.")
            }
            AuthChange::DeleteUser(name) => match self.users.remove(name) {
                Some(_) => Ok((200, Value::Null)),
                None => refuse(404, format_args!("User {name} does not exist")),
            },
            AuthChange::AddRole(name, permissions) => {
                not_root(name)?;
                if self.roles.contains_key(name) {
                    return refuse(409, format_args!("Role {name} already exists."));
                }
                self.roles.insert(name.clone(), permissions.clone());
                Ok((201, role_json(name, permissions)))
            }
            AuthChange::ChangeRole { name, grant, revoke } => {
                not_root(name)?;
                let Some(old) = self.roles.get(name) else {
                    return refuse(404, format_args!("Role {name} doesn't exist."));
                };
                let mut new = old.clone();
                if !grant.is_empty() {
                    new = new.granted(grant)?;
                }
                if !revoke.is_empty() {
                    new = new.revoked(revoke);
                }
                if new == *old {
                    return refuse(400, "Role not updated. Use grant/revoke to update the role.");
                }
                let shown = role_json(name, &new);
                self.roles.insert(name.clone(), new);
                Ok((200, shown))
            }
            AuthChange::DeleteRole(name) => {
                not_root(name)?;
                match self.roles.remove(name) {
                    Some(_) => Ok((200, Value::Null)),
                    None => refuse(404, format_args!("Role {name} doesn't exist.")),
                }
            }
            AuthChange::Enable if self.enabled => refuse(409, "already enabled"),
            AuthChange::Enable if !self.users.contains_key(ROOT) => {
                refuse(409, "No root user available, please create one")
            }
            AuthChange::Enable => {
                self.roles.entry(GUEST.to_owned()).or_insert_with(Permissions::everything);
                self.enabled = true;
                Ok((200, Value::Null))
            }
            AuthChange::Disable if !self.enabled => refuse(409, "already disabled"),
            AuthChange::Disable => {
                self.enabled = false;
                Ok((200, Value::Null))
            }
        }
    }
}

impl Store {
    /// Users and roles.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Carries out a change of users or roles. The index grows by what etcd writes for it: the first time three
    /// directories and the switch, and each time what is changed.
    pub fn apply_auth(&mut self, change: &AuthChange) -> AuthAnswer {
        let had_guest = self.auth.roles.contains_key(GUEST);
        let answer = self.auth.change(change);
        if !self.auth.prepared && (answer.is_ok() || !matches!(change, AuthChange::Enable | AuthChange::Disable)) {
            self.auth.prepared = true;
            (0..4).for_each(|_| self.note_cluster_change());
        }
        if answer.is_ok() {
            self.note_cluster_change();
            if *change == AuthChange::Enable && !had_guest {
                self.note_cluster_change();
            }
        }
        answer
    }
}
