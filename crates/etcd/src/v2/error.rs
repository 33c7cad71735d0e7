//! Errors of version 2 (etcd: etcdserver/api/v2error/error.go): a number, its words, and the store's index.

use serde::{Deserialize, Serialize};

/// What went wrong, by the number clients see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    KeyNotFound,
    TestFailed,
    NotFile,
    NotDir,
    NodeExist,
    RootReadOnly,
    DirNotEmpty,
    Unauthorized,
    PrevValueRequired,
    TtlNotANumber,
    IndexNotANumber,
    InvalidField,
    InvalidForm,
    RefreshValue,
    RefreshTtlRequired,
    RaftInternal,
    EventIndexCleared,
}

impl Code {
    /// Number, words and the status of the HTTP answer.
    fn facts(self) -> (u32, &'static str, u16) {
        match self {
            Code::KeyNotFound => (100, "Key not found", 404),
            Code::TestFailed => (101, "Compare failed", 412),
            Code::NotFile => (102, "Not a file", 403),
            Code::NotDir => (104, "Not a directory", 400),
            Code::NodeExist => (105, "Key already exists", 412),
            Code::RootReadOnly => (107, "Root is read only", 400),
            Code::DirNotEmpty => (108, "Directory not empty", 403),
            Code::Unauthorized => (110, "The request requires user authentication", 401),
            Code::PrevValueRequired => (201, "PrevValue is Required in POST form", 400),
            Code::TtlNotANumber => (202, "The given TTL in POST form is not a number", 400),
            Code::IndexNotANumber => (203, "The given index in POST form is not a number", 400),
            Code::InvalidField => (209, "Invalid field", 400),
            Code::InvalidForm => (210, "Invalid POST form", 400),
            Code::RefreshValue => (211, "Value provided on refresh", 400),
            Code::RefreshTtlRequired => (212, "A TTL must be provided on refresh", 400),
            Code::RaftInternal => (300, "Raft Internal Error", 500),
            Code::EventIndexCleared => (401, "The event in requested index is outdated and cleared", 400),
        }
    }

    /// The number in the JSON answer.
    pub fn number(self) -> u32 {
        self.facts().0
    }
}

/// An error as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// Which key or field it is about.
    pub cause: String,
    /// The store's index; 0 when the request never came to the store.
    pub index: u64,
}

impl Error {
    pub(crate) fn new(code: Code, cause: impl Into<String>, index: u64) -> Error {
        Error { code, cause: cause.into(), index }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.code.facts().2
    }

    /// The body of the answer.
    pub fn to_json(&self) -> serde_json::Value {
        let (number, message, _) = self.code.facts();
        let mut json = serde_json::Map::new();
        json.insert("errorCode".into(), number.into());
        json.insert("message".into(), message.into());
        if !self.cause.is_empty() {
            json.insert("cause".into(), self.cause.as_str().into());
        }
        json.insert("index".into(), self.index.into());
        json.into()
    }
}
