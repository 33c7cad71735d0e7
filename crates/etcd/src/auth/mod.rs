//! Who may do what: users, roles, permissions on ranges of keys, tokens (etcd: server/auth/store.go).
//!
//! Every change comes through the log, so all members agree, and counts up a revision. A request carries the revision
//! at which its permissions were checked first; one that was overtaken by a change is refused when applied, and the
//! client tries again.

mod check;
mod password;
mod roles;
mod spans;
mod tokens;
mod users;

use sorted::SortedMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rpc::{Permission, Status, UserAddOptions, errors};
use crate::store::KeyRange;
use spans::Spans;
use tokens::Tokens;

pub use check::Access;
pub use password::hash_password;
pub(crate) use password::matches as password_matches;
pub use tokens::token_prefix;

/// The user without which authentication cannot be enabled.
const ROOT_USER: &str = "root";
/// The role that may do everything.
const ROOT_ROLE: &str = "root";

/// On whose behalf a request is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthInfo {
    /// The user; empty for nobody.
    pub username: String,
    /// Revision of the permissions when the user was recognized.
    pub revision: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    /// As [`hash_password`] makes it; empty for none.
    password: String,
    options: UserAddOptions,
    /// Sorted.
    roles: Vec<String>,
}

/// What is kept: it goes into snapshots and survives a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    enabled: bool,
    revision: u64,
    users: SortedMap<String, User>,
    /// The permissions of each role, sorted by key.
    roles: SortedMap<String, Vec<Permission>>,
}

/// What a user's roles allow together.
#[derive(Clone, Debug, Default)]
struct Allowed {
    read: Spans,
    write: Spans,
}

/// Users, roles and tokens as one member knows them. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Auth {
    kept: Arc<Kept>,
    /// Worked out from `kept` after each change.
    allowed: Arc<SortedMap<String, Allowed>>,
    tokens: Arc<Tokens>,
}

impl Default for Auth {
    fn default() -> Self {
        let kept = Kept { enabled: false, revision: 1, users: SortedMap::new(), roles: SortedMap::new() };
        Auth::from_kept(kept)
    }
}

impl Auth {
    fn from_kept(kept: Kept) -> Self {
        let mut auth = Auth { kept: Arc::new(kept), allowed: Arc::default(), tokens: Arc::default() };
        auth.work_out_allowed();
        auth
    }

    /// Whether requests are checked.
    pub fn is_enabled(&self) -> bool {
        self.kept.enabled
    }

    /// Counts the changes of users and roles.
    pub fn revision(&self) -> u64 {
        self.kept.revision
    }

    /// Rows in the buckets of users, roles and of authentication itself, in which the revision always stands.
    pub(crate) fn row_count(&self) -> u64 {
        let Kept { enabled, users, roles, .. } = &*self.kept;
        1 + u64::from(*enabled) + (users.len() + roles.len()) as u64
    }

    /// Switches checking on.
    pub(crate) fn enable(&mut self) -> Result<(), Status> {
        if self.kept.enabled {
            return Ok(());
        }
        let root = self.kept.users.get(ROOT_USER).ok_or_else(errors::root_user_not_exist)?;
        if !has_root_role(root) {
            return Err(errors::root_role_not_exist());
        }
        self.kept_mut().enabled = true;
        Ok(())
    }

    /// Switches checking off; all tokens end.
    pub(crate) fn disable(&mut self) {
        if self.kept.enabled {
            self.kept_mut().enabled = false;
            self.commit();
            self.tokens = Arc::default();
        }
    }

    /// Forgets what a member keeps in memory only: the tokens.
    pub fn restart(&mut self) {
        self.tokens = Arc::default();
    }

    fn kept_mut(&mut self) -> &mut Kept {
        Arc::make_mut(&mut self.kept)
    }

    fn tokens_mut(&mut self) -> &mut Tokens {
        Arc::make_mut(&mut self.tokens)
    }

    /// Ends a change of users or roles.
    fn commit(&mut self) {
        self.kept_mut().revision += 1;
        self.work_out_allowed();
    }

    fn work_out_allowed(&mut self) {
        let allowed = self.kept.users.iter().map(|(name, user)| {
            let roles = user.roles.iter().filter_map(|role| self.kept.roles.get(role));
            let mut allowed = Allowed::default();
            for permission in roles.flatten() {
                allowed.add(permission);
            }
            (name.clone(), allowed)
        });
        self.allowed = Arc::new(allowed.collect());
    }

    /// Whether a user may read or write a range (etcd: `isOpPermitted`).
    fn check(&self, info: &AuthInfo, keys: &KeyRange, access: Access) -> Result<(), Status> {
        if !self.kept.enabled {
            return Ok(());
        }
        if info.revision == 0 {
            return Err(errors::user_empty());
        }
        if info.revision < self.kept.revision {
            return Err(errors::auth_old_revision());
        }
        let user = self.kept.users.get(&info.username).ok_or_else(errors::permission_denied)?;
        if has_root_role(user) {
            return Ok(());
        }
        let allowed = self.allowed.get(&info.username).is_some_and(|allowed| match access {
            Access::Read => allowed.read.covers(keys),
            Access::Write => allowed.write.covers(keys),
        });
        if allowed { Ok(()) } else { Err(errors::permission_denied()) }
    }

    /// Whether a user may do everything (etcd: `IsAdminPermitted`).
    pub fn check_admin(&self, info: &AuthInfo) -> Result<(), Status> {
        if !self.kept.enabled {
            return Ok(());
        }
        if info.username.is_empty() {
            return Err(errors::user_empty());
        }
        let user = self.kept.users.get(&info.username).ok_or_else(errors::user_not_found)?;
        if has_root_role(user) { Ok(()) } else { Err(errors::permission_denied()) }
    }

    fn has_role(&self, user: &str, role: &str) -> bool {
        self.kept.users.get(user).is_some_and(|u| u.roles.iter().any(|r| r == role))
    }
}

fn has_root_role(user: &User) -> bool {
    user.roles.iter().any(|r| r == ROOT_ROLE)
}

impl Serialize for Auth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kept.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Auth {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Kept::deserialize(deserializer).map(Auth::from_kept)
    }
}
