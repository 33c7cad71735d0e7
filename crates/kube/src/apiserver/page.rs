//! Where a page of a list ended (`staging/src/k8s.io/apiserver/pkg/storage/continue.go`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::api::{Reason, Status};

const VERSION: &str = "meta.k8s.io/v1";

/// The token for the page that follows the key `last`.
pub(super) fn token(last: &str, prefix: &str, revision: i64) -> String {
    let start = format!("{}\0", last.strip_prefix(prefix).unwrap_or(last));
    URL_SAFE_NO_PAD.encode(json!({ "v": VERSION, "rv": revision, "start": start }).to_string())
}

/// The key that the page follows.
///
/// # Errors
/// `BadRequest` for what this server has not written.
pub(super) fn after(token: &str, prefix: &str) -> Result<String, Status> {
    let read = || {
        let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let start = token["start"].as_str()?.trim_end_matches('\0').to_owned();
        (token["v"] == VERSION).then(|| format!("{prefix}{start}"))
    };
    let why = || Status::new(Reason::BadRequest, "continue key is not valid: invalid character");
    read().ok_or_else(why)
}
