//! Paths of keys: absolute, without empty parts, `.` and `..` (Go: `path.Clean`).

/// The path in its canonical form: `/` or `/a/b`.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The parts of a canonical path.
pub(crate) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// A directory's path and a name in it.
pub(crate) fn join(directory: &str, name: &str) -> String {
    if directory == "/" { format!("/{name}") } else { format!("{directory}/{name}") }
}

/// The directory's path and the name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(both) => both,
        None => ("/", path),
    }
}

/// Whether a key is hidden from who looks at `from`: it, or a directory on the way to it, begins with an underscore
/// (etcd: v2store/watcher_hub.go, `isHidden`).
pub(crate) fn is_hidden(from: &str, key: &str) -> bool {
    // A directory's end is told to watchers of what was in it, too, whose path is the longer one.
    key.get(from.len()..).is_some_and(|rest| clean(rest).contains("/_"))
}
