//! What can go wrong with a request, and how it is told (etcd: client/client.go, etcdctl/ctlv2/command/error.go).

use std::fmt;

use super::Context;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server's refusal: code, message, cause, index.
    Refused { code: u64, message: String, cause: String, index: u64 },
    /// One endpoint's error, with whether it is one of connecting.
    Endpoint { words: String, connection: bool },
    /// The errors of all endpoints, one after the other.
    Cluster { errors: Vec<String>, connection: bool },
    /// The command's time is up.
    Deadline,
    /// The members have told no client URLs.
    NoEndpoints,
    /// What was answered is not what a member answers.
    InvalidJson,
    /// The answer has no body.
    EmptyBody,
    /// An answer with a status that does not belong there.
    Status(u16),
}

impl Failure {
    /// Whether there was nobody to talk to.
    pub fn is_connection(&self) -> bool {
        match self {
            Failure::Endpoint { connection, .. } | Failure::Cluster { connection, .. } => *connection,
            Failure::Deadline => true,
            _ => false,
        }
    }

    /// Tells the person, and gives the exit code to end with.
    pub fn report(&self, context: &Context, code: i32) -> i32 {
        context.eprintln(format_args!("Error:  {self}"));
        if let Failure::Cluster { errors, .. } = self {
            let detail: String = errors.iter().enumerate().map(|(n, error)| format!("error #{n}: {error}\n")).collect();
            context.eprintln(detail);
        }
        code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused { code, message, cause, index } => write!(f, "{code}: {message} ({cause}) [{index}]"),
            Failure::Endpoint { words, .. } => f.write_str(words),
            Failure::Cluster { errors, .. } => {
                f.write_str("client: etcd cluster is unavailable or misconfigured")?;
                errors.iter().enumerate().try_for_each(|(n, error)| writeln!(f, "; error #{n}: {error}"))
            }
            Failure::Deadline => f.write_str("context deadline exceeded"),
            Failure::NoEndpoints => f.write_str("client: no endpoints available"),
            Failure::InvalidJson => f.write_str(
                "client: response is invalid json. The endpoint is probably not valid etcd cluster endpoint",
            ),
            Failure::EmptyBody => f.write_str("client: response body is empty"),
            Failure::Status(status) => write!(f, "unexpected status code {status}"),
        }
    }
}
