//! Path patterns against the file system.

use super::pattern::{Pattern, is_pattern, unescape};
use crate::vfs::{Kind, Vfs, path};

/// How many paths one pattern may give.
const MAX_MATCHES: usize = 50_000;

/// The paths a pattern matches, sorted; empty when there is none.
pub fn expand(files: &Vfs, cwd: &str, pattern: &str) -> Vec<String> {
    let absolute = pattern.starts_with('/');
    let mut found = vec![String::from(if absolute { "/" } else { "" })];
    let parts: Vec<&str> = split_path(pattern);
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let mut next = Vec::new();
        for base in &found {
            step(files, cwd, base, part, last, &mut next);
            if next.len() > MAX_MATCHES {
                return Vec::new();
            }
        }
        found = next;
    }
    if pattern.ends_with('/') {
        found.retain(|p| files.metadata(&path::resolve(cwd, p)).is_ok_and(|meta| meta.kind == Kind::Dir));
        for name in &mut found {
            name.push('/');
        }
    }
    crate::order::sort_by(&mut found, String::cmp);
    found
}

/// The components of a pattern; a slash inside brackets does not count as inside.
fn split_path(pattern: &str) -> Vec<&str> {
    pattern.split('/').filter(|part| !part.is_empty()).collect()
}

fn step(files: &Vfs, cwd: &str, base: &str, part: &str, last: bool, out: &mut Vec<String>) {
    let join = |name: &str| if base.is_empty() { name.to_owned() } else { path::join(base, name) };
    if !is_pattern(part) {
        let name = join(&unescape(part));
        if files.link_metadata(&path::resolve(cwd, &name)).is_ok() {
            out.push(name);
        }
        return;
    }
    let pattern = Pattern::new(part);
    let hidden = part.starts_with('.') || part.starts_with("\\.");
    let dir = path::resolve(cwd, if base.is_empty() { "." } else { base });
    for (name, meta) in files.list(&dir).unwrap_or_default() {
        let is_dir = || {
            meta.kind == Kind::Dir
                || (meta.kind == Kind::Link
                    && files.metadata(&path::join(&dir, &name)).is_ok_and(|m| m.kind == Kind::Dir))
        };
        if (hidden || !name.starts_with('.')) && pattern.matches(&name) && (last || is_dir()) {
            out.push(join(&name));
        }
    }
}
