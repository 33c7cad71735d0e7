//! The version our tools report: that of the etcd they behave like.

/// Release of etcd, etcdctl and etcdutl.
pub const VERSION: &str = "3.5.30";

/// The API's version, which changes with the minor release.
pub const API_VERSION: &str = "3.5";
