//! How answers are shown: `-w simple`, `fields`, `json`, `protobuf` or `table`.
//!
//! Printing makes bytes and nothing else; the subcommand writes them. An answer says what it can be shown as by
//! implementing [`Printable`]; what it leaves out is "not supported as output format", as in the original.

mod auth;
mod endpoint;
mod json;
mod json_messages;
mod kv;
mod lease;
mod member;
mod table;
#[cfg(test)]
mod tests;
mod watch;
mod wire;
mod wire_messages;

use etcd::rpc::ResponseHeader;

use crate::program::{Exit, code};

pub use auth::{RoleShown, UserShown};
pub use endpoint::{EndpointHash, EndpointHealth, EndpointStatus};
pub use json::{Object, array, quote as json_quote};
pub use json_messages::ToJson;
pub use lease::{Granted, KeptAlive, LeaseList, LeaseRevoked, TimeToLive, lease_id};
pub use table::Table;
pub use watch::WatchShown;
pub use wire::request_size;
pub use wire_messages::ToWire;

/// The format chosen with `--write-out`, and what modifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Simple(Simple),
    Fields,
    Json { hex: bool },
    Protobuf,
    Table,
}

/// Variations of the simple format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `--hex`: keys and values as `\x..`.
    pub hex: bool,
    /// `--print-value-only`.
    pub value_only: bool,
}

/// The names `--write-out` takes.
pub const FORMATS: [&str; 5] = ["fields", "json", "protobuf", "simple", "table"];

impl Format {
    pub fn new(name: &str, hex: bool) -> Option<Self> {
        match name {
            "simple" => Some(Self::Simple(Simple { hex, value_only: false })),
            "fields" => Some(Self::Fields),
            "json" => Some(Self::Json { hex }),
            "protobuf" => Some(Self::Protobuf),
            "table" => Some(Self::Table),
            _ => None,
        }
    }

    pub fn is_simple(self) -> bool {
        matches!(self, Self::Simple(_))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Simple(_) => "simple",
            Self::Fields => "fields",
            Self::Json { .. } => "json",
            Self::Protobuf => "protobuf",
            Self::Table => "table",
        }
    }
}

/// An answer that can be shown. Methods return `None` where the original has no such output.
pub trait Printable {
    fn simple(&self, style: Simple, out: &mut Vec<u8>);

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        let _ = out;
        None
    }

    fn json(&self, hex: bool) -> Option<String>;

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>>;

    fn table(&self) -> Option<Table> {
        None
    }
}

/// The bytes to write for an answer.
pub fn render(format: Format, answer: &impl Printable) -> Result<Vec<u8>, Exit> {
    let mut out = Vec::new();
    let supported = match format {
        Format::Simple(style) => {
            answer.simple(style, &mut out);
            Some(())
        }
        Format::Fields => answer.fields(&mut out),
        Format::Json { hex } => answer.json(hex).map(|text| line(&mut out, text)),
        Format::Protobuf => match answer.protobuf() {
            Some(bytes) => {
                out = bytes?;
                Some(())
            }
            None => None,
        },
        Format::Table => answer.table().map(|table| out.extend_from_slice(table.render().as_bytes())),
    };
    match supported {
        Some(()) => Ok(out),
        None => Err(Exit::new(code::BAD_FEATURE, format!("{} not supported as output format", format.name()))),
    }
}

/// Appends a line.
fn line(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    out.extend_from_slice(text.as_ref());
    out.push(b'\n');
}

/// The four lines of a header in the fields format.
fn header_fields(header: &ResponseHeader, out: &mut Vec<u8>) {
    line(out, format!("\"ClusterID\" : {}", header.cluster_id));
    line(out, format!("\"MemberID\" : {}", header.member_id));
    line(out, format!("\"Revision\" : {}", header.revision));
    line(out, format!("\"RaftTerm\" : {}", header.raft_term));
}

/// An answer that says no more than that something was done: a sentence for people, the header for programs.
pub struct Done<R> {
    pub sentence: String,
    pub response: R,
    /// The header, where the fields format shows it.
    pub fields: Option<ResponseHeader>,
}

impl<R: ToJson + ToWire> Printable for Done<R> {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        line(out, &self.sentence);
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(self.fields.as_ref()?, out);
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        Some(self.response.object().finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.response.encode()))
    }
}

/// The two formats that follow from the message alone.
macro_rules! message_formats {
    () => {
        fn json(&self, _: bool) -> Option<String> {
            Some(crate::print::ToJson::object(self).finish())
        }

        fn protobuf(&self) -> Option<Result<Vec<u8>, crate::program::Exit>> {
            Some(Ok(crate::print::ToWire::encode(self)))
        }
    };
}
use message_formats;
