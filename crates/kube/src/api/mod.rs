//! What is said to the API server and by it: objects, requests, refusals.

mod object;
mod request;
mod resource;
mod status;

pub use object::{EventKind, Object};
pub use request::{Deletion, Dry, Options, Patch, Request, User, Verb, Words};
pub use resource::{Resource, Scope, built_in, find};
pub use status::{Reason, Status};
