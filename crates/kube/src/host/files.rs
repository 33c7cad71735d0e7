//! Files in containers: what the image has, what the kubelet has put there, what volumes share, what was written.

use super::Host;
use super::images::{self, Base};
use super::msg::Container;
use std::collections::BTreeSet;

/// Bytes that containers of a node may have written.
const LARGEST: usize = 4 << 20;

impl Host {
    /// Where a path is kept: in a volume that the pod's containers share, or in the container.
    fn place(container: &Container, path: &str) -> (String, String) {
        let fits = |mount: &str| path == mount || path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/'));
        let mounts = container.shared.iter().filter(|(mount, _)| fits(mount));
        match mounts.max_by_key(|(mount, _)| mount.len()) {
            Some((mount, volume)) => (format!("{}/{volume}", container.uid), path[mount.len()..].to_owned()),
            None => (format!("{}#{}", container.uid, container.id), path.to_owned()),
        }
    }

    /// What a file has in it.
    pub(super) fn file(&self, container: &Container, path: &str) -> Option<String> {
        if path == "/proc/epoch" {
            return Some(self.config.epoch.to_string());
        }
        let place = Self::place(container, path);
        if let Some(written) = self.files.get(&place) {
            return written.clone();
        }
        if let Some((_, text)) = container.files.iter().find(|(known, _)| known == path) {
            return Some(text.clone());
        }
        // A volume hides what the image has there.
        let is_shared = container.shared.iter().any(|(mount, _)| path.starts_with(mount.as_str()));
        let is_mounted = container.files.iter().any(|(known, _)| {
            known
                .rsplit_once('/')
                .is_some_and(|(folder, _)| !is_system(folder) && path.starts_with(&format!("{folder}/")))
        });
        if is_shared || is_mounted { None } else { images::file(&container.image, path) }
    }

    pub(super) fn write(&mut self, container: &Container, path: &str, text: &str, append: bool) {
        let used: usize = self.files.values().flatten().map(String::len).sum();
        if used + text.len() > LARGEST {
            return;
        }
        let before = if append { self.file(container, path).unwrap_or_default() } else { String::new() };
        self.files.insert(Self::place(container, path), Some(before + text));
    }

    pub(super) fn remove_file(&mut self, container: &Container, path: &str) {
        self.files.insert(Self::place(container, path), None);
    }

    /// The names in a folder, those of folders with a slash at their end.
    pub(super) fn folder(&self, container: &Container, folder: &str) -> Vec<String> {
        let inside = format!("{}/", folder.trim_end_matches('/'));
        let mut names = BTreeSet::new();
        let mut enter = |path: &str| {
            if let Some(rest) = path.strip_prefix(&inside).filter(|rest| !rest.is_empty()) {
                names.insert(rest.split_once('/').map_or_else(|| rest.to_owned(), |(name, _)| format!("{name}/")));
            }
        };
        if images::find(&container.image).base != Base::Bare {
            FOLDERS.split(' ').for_each(|name| enter(&format!("/{name}/.")));
        }
        let of_image = [
            "/etc/os-release",
            "/etc/passwd",
            "/etc/nginx/nginx.conf",
            "/usr/share/nginx/html/index.html",
            "/usr/local/apache2/htdocs/index.html",
        ];
        of_image.into_iter().filter(|path| self.file(container, path).is_some()).for_each(&mut enter);
        container.files.iter().for_each(|(path, _)| enter(path));
        container.shared.iter().for_each(|(mount, _)| enter(&format!("{mount}/.")));
        let own = format!("{}#{}", container.uid, container.id);
        for ((scope, path), text) in &self.files {
            if text.is_none() {
                continue;
            }
            if *scope == own {
                enter(path);
            } else if let Some((mount, _)) =
                container.shared.iter().find(|(_, volume)| *scope == format!("{}/{volume}", container.uid))
            {
                enter(&format!("{mount}{path}"));
            }
        }
        let removed = |name: &String| {
            let path = format!("{inside}{name}");
            self.files.get(&Self::place(container, &path)).is_some_and(Option::is_none)
        };
        names.into_iter().filter(|name| name != "." && !removed(name)).collect()
    }
}

/// Folders that a container has from its image, whatever single files the kubelet puts into them.
fn is_system(folder: &str) -> bool {
    matches!(folder, "/etc" | "" | "/dev")
}

const FOLDERS: &str = "bin dev etc home lib proc root run sbin sys tmp usr var";
