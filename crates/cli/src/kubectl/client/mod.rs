//! Speaking to the API server.

mod discovery;
mod http;

pub use discovery::{Discovery, Resource};
pub use http::{Body, Client, query, refusal};
