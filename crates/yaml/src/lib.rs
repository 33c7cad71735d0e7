//! YAML as `sigs.k8s.io/yaml` reads and writes it: by way of JSON, keys in order, quotes where YAML 1.1 would see another
//! type.

#![forbid(unsafe_code)]

mod read;
mod scalar;
mod write;

pub use read::documents;
pub use write::write;
