//! What is said to the API server and by it: objects, requests, refusals.

mod clock;
mod object;
mod request;
mod resource;
mod status;

pub use clock::{Clock, unix_seconds};
pub use object::{EventKind, Object};
pub use request::{Deletion, Dry, Options, Patch, Request, User, Verb, Words};
pub use resource::{Resource, Scope, built_in, find};
pub use status::{Reason, Status};
