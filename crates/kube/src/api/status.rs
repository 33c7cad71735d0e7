//! Why a request was refused: the API's `Status`, in the words of `k8s.io/apimachinery/pkg/api/errors`.

use serde_json::{Value, json};
use std::fmt;

/// The machine's word for a refusal, and its HTTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    AlreadyExists,
    Conflict,
    Gone,
    Expired,
    UnsupportedMediaType,
    Invalid,
    TooManyRequests,
    InternalError,
    ServiceUnavailable,
    Timeout,
    /// The server has no word for it: what a lower layer said goes through as it is.
    Unknown,
}

impl Reason {
    /// The HTTP code.
    pub fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::Gone | Self::Expired => 410,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::InternalError | Self::Unknown => 500,
            Self::ServiceUnavailable => 503,
            Self::Timeout => 504,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if *self == Self::Unknown { Ok(()) } else { fmt::Debug::fmt(self, f) }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub reason: Reason,
    /// In words, as kubectl shows them after `Error from server (REASON): `.
    pub message: String,
    /// What it is about, and the single causes; `Null` when there is no more to say.
    pub details: Value,
}

impl Status {
    /// A refusal in words only.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), details: Value::Null }
    }

    /// `pods "web" not found`. `resource` is the plural with its group: `deployments.apps`.
    pub fn not_found(resource: &str, name: &str) -> Self {
        Self::of(Reason::NotFound, resource, name, format!("{resource} \"{name}\" not found"))
    }

    /// `pods "web" already exists`
    pub fn already_exists(resource: &str, name: &str) -> Self {
        Self::of(Reason::AlreadyExists, resource, name, format!("{resource} \"{name}\" already exists"))
    }

    /// Somebody else was faster.
    pub fn conflict(resource: &str, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::of(Reason::Conflict, resource, name, message)
    }

    /// A refusal about an object.
    pub fn of(reason: Reason, resource: &str, name: &str, message: String) -> Self {
        let (kind, group) = resource.split_once('.').unwrap_or((resource, ""));
        let mut details = json!({ "name": name, "group": group, "kind": kind });
        if let Some(fields) = details.as_object_mut() {
            fields.retain(|_, value| value != "");
        }
        Self { reason, message, details }
    }

    /// The `Status` object that goes over the wire.
    pub fn to_value(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message,
        });
        if self.reason != Reason::Unknown {
            status["reason"] = self.reason.to_string().into();
        }
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status["code"] = self.reason.code().into();
        status
    }
}
