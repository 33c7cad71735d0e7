//! What Trunk leaves open: a hashed place for the worker, the content, a page for each route, response headers,
//! precompressed twins of every file.

use std::path::{Path, PathBuf};

use crate::{content, offline, prerender, sh, site, styles, worker};

/// Finishes the folder that Trunk built for the path `base`. While one works on the site nothing of it is kept by browsers.
pub fn finish(out: &Path, base: &str, dev: bool) -> Result<(), String> {
    let content = content::write(&out.join("content"), base)?;
    let index = out.join("index.html");
    let mut page = without(&read(&index)?, "data-trunk-skip");
    if dev {
        page = without(&page, "name=\"kubarium-offline\"");
    }
    for (kind, is_of) in [("worker", worker::is_built as fn(&Path) -> bool), ("site", site::owns)] {
        page = move_into_folder(out, kind, is_of, &page)?;
    }
    let page = styles::join(out, &page)?;
    write(&index, &page)?;
    let policy = headers(&page, base)?;
    prerender::write_all(&content, out, base)?;
    write(&out.join("robots.txt"), "User-agent: *\nAllow: /\n")?;
    write(&out.join("_headers"), &policy)?;
    if !dev {
        offline::write_script(out)?;
    }
    compress(out)
}

/// The page without the lines that hold these words: the link that only tells Trunk not to build the site's module.
fn without(page: &str, words: &str) -> String {
    page.lines().filter(|line| !line.contains(words)).flat_map(|line| [line, "\n"]).collect()
}

/// Moves files into a folder named after their content, and returns the page with the new names. They have no hash of
/// their own, and a browser could mix those of two releases.
fn move_into_folder(out: &Path, kind: &str, is_of: fn(&Path) -> bool, page: &str) -> Result<String, String> {
    let names: Vec<PathBuf> =
        site::files(out)?.into_iter().filter(|file| file.iter().count() == 1 && is_of(file)).collect();
    let mut hash = Fnv::new();
    for name in &names {
        let path = out.join(name);
        hash.eat(&std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let folder = format!("{kind}-{:016x}", hash.0);
    let say = |error: std::io::Error| format!("{folder}: {error}");
    std::fs::create_dir_all(out.join(&folder)).map_err(say)?;
    let mut page = page.to_string();
    for name in &names {
        std::fs::rename(out.join(name), out.join(&folder).join(name)).map_err(say)?;
        page = page.replace(&format!("\"{}\"", name.display()), &format!("\"{folder}/{}\"", name.display()));
    }
    Ok(page)
}

/// The headers a host should send, in the format several static hosts read (`_headers`).
fn headers(page: &str, base: &str) -> Result<String, String> {
    let policy = policy(page).ok_or("index.html has no Content-Security-Policy")?;
    let mut text = format!(
        "{base}*\n  Content-Security-Policy: {policy}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: \
         no-referrer\n  Cross-Origin-Opener-Policy: same-origin\n"
    );
    // Hosts add up what all rules say that fit an address, so a rule for every address could not be loosened for one: who
    // may embed a page is said of each route.
    for route in ["", "index.html", "notes*", "labs*", "cluster*", "console*", "404*"] {
        let ancestors = ancestors(route);
        text.push_str(&format!("{base}{route}\n  Content-Security-Policy: {policy}; {ancestors}\n"));
    }
    for hashed in ["site-*", "start-*", "style-*", "worker-*"] {
        text.push_str(&format!("{base}{hashed}\n  Cache-Control: public, max-age=31536000, immutable\n"));
    }
    Ok(text)
}

/// In whose pages a page may be shown, by its path below the base: those under `embed` anywhere, the others nowhere else.
pub fn ancestors(path: &str) -> &'static str {
    let first = path.split(['/', '.', '?']).next().unwrap_or_default();
    if first == prerender::EMBED { "frame-ancestors *" } else { "frame-ancestors 'self'" }
}

/// The policy of the page's own meta element: it is written down once, in index.html.
pub fn policy(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("http-equiv=\"Content-Security-Policy\"")?;
    let (_, rest) = rest.split_once("content=\"")?;
    Some(rest.split_once('"')?.0)
}

/// Writes a `.br` and a `.gz` beside every file worth it. Node brings both compressors, ready-made and fast.
fn compress(out: &Path) -> Result<(), String> {
    let script: PathBuf = sh::root().join("xtask/compress.mjs");
    sh::run(sh::command("node").arg(script).arg(out))
}

/// Every file of the finished folder that is no precompressed twin.
pub fn plain_files(out: &Path) -> Result<Vec<PathBuf>, String> {
    let twin = |file: &PathBuf| file.extension().is_some_and(|name| name == "br" || name == "gz");
    Ok(site::files(out)?.into_iter().filter(|file| !twin(file)).collect())
}

pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// FNV-1a: a name for a content, the same on every machine and with every compiler. It guards against nothing.
pub struct Fnv(pub u64);

impl Fnv {
    pub fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    pub fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_in_force_allows_nothing_inline_and_no_eval() {
        let page = read(&sh::root().join("index.html")).unwrap();
        let policy = policy(&page).unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert!(!policy.contains("http"), "no third party: {policy}");
    }

    #[test]
    fn other_sites_may_show_what_is_there_to_be_embedded_and_nothing_else() {
        for (path, expected) in [
            ("embed", "*"),
            ("embed/labs/watch", "*"),
            ("", "'self'"),
            ("notes/embed", "'self'"),
            ("embedded", "'self'"),
        ] {
            assert_eq!(ancestors(path), format!("frame-ancestors {expected}"), "{path:?}");
        }
    }

    #[test]
    fn headers_lie_under_the_base_path() {
        let page = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
        let text = headers(page, "/x/").unwrap();
        assert!(text.starts_with("/x/*\n  Content-Security-Policy: default-src 'none'\n"), "{text}");
        assert!(
            text.contains("/x/notes*\n  Content-Security-Policy: default-src 'none'; frame-ancestors 'self'\n"),
            "{text}"
        );
        assert!(!text.contains("embed"), "who embeds nothing is asked by no rule: {text}");
        assert!(text.contains("/x/worker-*\n  Cache-Control: public"), "{text}");
    }
}
