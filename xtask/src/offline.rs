//! The service worker: the files that a visitor's browser keeps, so that the site opens without a network.

use std::path::{Path, PathBuf};

use crate::postbuild::{Fnv, plain_files, read, write};
use crate::{sh, size, worker};

/// The script, at the top of the site: it may answer only for what lies below it.
pub const SCRIPT: &str = "service-worker.js";

/// Writes the script for the finished folder.
pub fn write_script(out: &Path) -> Result<(), String> {
    let files: Vec<PathBuf> = plain_files(out)?.into_iter().filter(|file| is_kept(file)).collect();
    // A name for the build: it changes when one of the kept files does.
    let mut hash = Fnv::new();
    for file in &files {
        hash.eat(file.to_string_lossy().as_bytes());
        hash.eat(&std::fs::read(out.join(file)).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    let text = read(&sh::root().join(SCRIPT))?;
    write(&out.join(SCRIPT), &script(&text, hash.0, &files))
}

/// Whether a file is worth keeping for everybody. Pages of routes are kept when they are visited: the front page shows any
/// route, and their text lies in `content`. So are the modules that come with Kubernetes alone, which are large.
fn is_kept(file: &Path) -> bool {
    let of_kubernetes = size::is_of_kubernetes(file);
    let shown = ["index.html", "favicon.svg", "manifest.webmanifest"].iter().any(|name| file == Path::new(name));
    let hashed = ["site-", "style-", "start-"].iter().any(|begin| file.to_string_lossy().starts_with(begin));
    shown || hashed || file.starts_with("content") || (worker::owns(file) && !of_kubernetes)
}

fn script(text: &str, build: u64, files: &[PathBuf]) -> String {
    let mut script = format!("const build = '{build:016x}';\nconst files = [\n");
    for file in files {
        // The front page is known by the address that people open.
        let address = if file == Path::new("index.html") { "./".to_owned() } else { file.display().to_string() };
        script.push_str(&format!("  '{address}',\n"));
    }
    script.push_str("];\n");
    script + text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expected: bool) {
        assert_eq!(is_kept(Path::new(file)), expected, "{file}");
    }

    #[test]
    fn what_a_visit_needs_is_kept_and_what_few_need_is_not() {
        for file in [
            "index.html",
            "site-1/kubarium_views.wasm",
            "style-1.css",
            "start-1.js",
            "content/index.json",
            "content/pages/quorum.html",
            "worker-1/kubarium-worker_bg.wasm",
            "worker-1/kubarium-console_tools.wasm",
        ] {
            check(file, true);
        }
        for file in [
            "notes/quorum.html",
            "404.html",
            "_headers",
            "robots.txt",
            "worker-1/kubarium-worker-kubernetes_bg.wasm",
            "worker-1/kubarium-console_kubectl.wasm",
        ] {
            check(file, false);
        }
    }

    #[test]
    fn the_script_begins_with_the_name_of_the_build_and_its_files() {
        let files = ["content/index.json", "index.html"].map(PathBuf::from);
        let expected =
            "const build = '000000000000002a';\nconst files = [\n  'content/index.json',\n  './',\n];\n// text\n";
        assert_eq!(script("// text\n", 42, &files), expected);
    }
}
