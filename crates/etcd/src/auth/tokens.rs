//! Simple tokens: what a client gets for its password and sends with every request
//! (etcd: server/auth/simple_token.go). Members keep them in memory only; after a restart a client logs in again.

use sorted::SortedMap;

use super::{Auth, AuthInfo, password};
use crate::rpc::{Code, Status, errors};

/// A token ends when it has not been used this long, in microseconds (etcd: `simpleTokenTTLDefault`).
const TTL: u64 = 300_000_000;

/// Most tokens kept at a time; the real server has no bound. The one that would end first goes.
const MAX_TOKENS: usize = 10_000;

const PREFIX_LENGTH: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct Tokens(SortedMap<String, Token>);

#[derive(Clone, Debug)]
struct Token {
    username: String,
    ends: u64,
}

impl Tokens {
    fn assign(&mut self, now: u64, token: String, username: String) {
        self.0.retain(|_, t| t.ends > now);
        if self.0.len() >= MAX_TOKENS
            && let Some(first) = self.0.iter().min_by_key(|(_, t)| t.ends).map(|(token, _)| token.clone())
        {
            self.0.remove(&first);
        }
        self.0.insert(token, Token { username, ends: now + TTL });
    }

    pub fn invalidate_user(&mut self, username: &str) {
        self.0.retain(|_, t| t.username != username);
    }
}

/// The part of a token that the member makes up which takes the log-in: sixteen letters from random numbers.
pub fn token_prefix(mut random: impl FnMut() -> u64) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (0..PREFIX_LENGTH).map(|_| char::from(LETTERS[(random() % 52) as usize])).collect()
}

impl Auth {
    /// Checks a password, before the log-in is proposed. Returns the revision it was checked at
    /// (etcd: `CheckPassword`).
    ///
    /// # Errors
    /// `auth_not_enabled`, `auth_failed`.
    pub fn check_password(&self, username: &str, password: &str) -> Result<u64, Status> {
        if !self.kept.enabled {
            return Err(errors::auth_not_enabled());
        }
        let user = self.kept.users.get(username).ok_or_else(errors::auth_failed)?;
        if user.options.no_password {
            return Err(no_password_user());
        }
        if password::matches(password, &user.password) { Ok(self.kept.revision) } else { Err(errors::auth_failed()) }
    }

    /// Applies a log-in whose password has been checked: all members know the token from now on. `index` is the log
    /// index of the log-in.
    pub(crate) fn authenticate(
        &mut self,
        now: u64,
        index: u64,
        username: &str,
        prefix: &str,
    ) -> Result<String, Status> {
        if !self.kept.enabled {
            return Err(errors::auth_not_enabled());
        }
        let user = self.kept.users.get(username).ok_or_else(errors::auth_failed)?;
        if user.options.no_password {
            return Err(errors::auth_failed());
        }
        let token = format!("{prefix}.{index}");
        self.tokens_mut().assign(now, token.clone(), username.to_owned());
        Ok(token)
    }

    /// Whose token this is; using it keeps it alive. Nobody's if authentication is off or there is no token
    /// (etcd: `AuthInfoFromCtx`).
    ///
    /// # Errors
    /// `invalid_auth_token`. A member that has not yet applied the index at the token's end
    /// ([`Auth::token_index`]) cannot know it and should wait before it asks.
    pub fn info_from_token(&mut self, now: u64, token: Option<&str>) -> Result<AuthInfo, Status> {
        let Some(token) = token.filter(|_| self.kept.enabled) else { return Ok(AuthInfo::default()) };
        let token = token.strip_prefix("Bearer ").unwrap_or(token);
        let revision = self.kept.revision;
        match self.tokens.0.get(token) {
            Some(known) if known.ends > now => {}
            _ => return Err(errors::invalid_auth_token()),
        }
        let known = self.tokens_mut().0.get_mut(token).ok_or_else(errors::invalid_auth_token)?;
        known.ends = now + TTL;
        Ok(AuthInfo { username: known.username.clone(), revision })
    }

    /// The log index of the log-in that made a token.
    pub fn token_index(token: &str) -> Option<u64> {
        let (_, index) = token.split_once('.')?;
        index.parse().ok()
    }
}

/// The one error of this kind without a code of its own: the real server passes it on as it is.
pub(super) fn no_password_user() -> Status {
    Status::new(Code::Unknown, "auth: authentication failed, password was given for no password user")
}
