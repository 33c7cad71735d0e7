//! The programs of the console: etcdctl and etcdutl, one file a subcommand.

pub mod transport;
