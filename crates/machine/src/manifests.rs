//! A node's folder of manifests, which the kubelet has its machine watch (`pkg/kubelet/config/file_linux.go`).

use border::MANIFESTS;
use shell::Files;
use std::rc::Rc;

/// The files as they were when they were looked at last.
#[derive(Clone, Default)]
pub(crate) struct Manifests(Vec<(String, Rc<Vec<u8>>)>);

impl Manifests {
    /// The files, if they are others than the last time.
    pub fn news(&mut self, files: &Files) -> Option<Vec<(String, Vec<u8>)>> {
        let listed = files.list(MANIFESTS).unwrap_or_default();
        let read = |(name, _): (String, _)| {
            let content = files.read(&format!("{MANIFESTS}/{name}")).ok()?;
            Some((name, content))
        };
        let found: Vec<_> = listed.into_iter().filter_map(read).collect();
        if found == self.0 {
            return None;
        }
        self.0 = found;
        Some(self.0.iter().map(|(name, content)| (name.clone(), content.to_vec())).collect())
    }
}
