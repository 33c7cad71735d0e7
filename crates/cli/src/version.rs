//! The version our tools report: that of the etcd they behave like.

use std::borrow::Cow;

/// A release of etcd, etcdctl and etcdutl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release(Cow<'static, str>);

impl Release {
    /// The release that the notes are about.
    pub const DEFAULT: Release = Release(Cow::Borrowed("3.5.30"));

    /// The release of this version, such as `3.4.23`.
    pub fn new(version: &str) -> Self {
        Self(Cow::Owned(version.to_owned()))
    }

    /// The whole version.
    pub fn version(&self) -> &str {
        &self.0
    }

    /// Whether this is a 3.4, which knows less and says some things otherwise.
    pub fn is_3_4(&self) -> bool {
        self.api_version() == "3.4"
    }

    /// The API's version, which changes with the minor release.
    pub fn api_version(&self) -> &str {
        self.0.rsplit_once('.').map_or(&self.0, |(minor, _)| minor)
    }
}
