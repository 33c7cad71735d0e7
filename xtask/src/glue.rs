//! Scripts and modules after Trunk: what wasm-opt can do, names as short as they can be, and nothing that nobody calls.

use std::path::Path;
use std::process::Command;

use crate::postbuild::Fnv;
use crate::{postbuild, sh, site, worker};

/// What Trunk calls the site's script and module: `kubarium-<hash>.js` and `kubarium-<hash>_bg.wasm`.
const STEM: &str = "kubarium-";

/// Shrinks the site's two files and each module's of the worker.
pub fn shrink(out: &Path) -> Result<(), String> {
    [worker::CLUSTER, worker::KUBERNETES].iter().try_for_each(|module| shrink_module(out, module))?;
    shrink_console(out)?;
    shrink_site(out)
}

/// Shrinks the two files of a module of a worker.
pub fn shrink_module(folder: &Path, module: &str) -> Result<(), String> {
    let [script, wasm] = worker::pair(module).map(|name| folder.join(name));
    shrink_pair(&script, &wasm)
}

/// Shrinks the console's two files and its parts. They know one another by names, which therefore stay.
fn shrink_console(out: &Path) -> Result<(), String> {
    let [script, wasm] = worker::pair(worker::CONSOLE).map(|name| out.join(name));
    let parts = site::files(out)?.into_iter().filter(|file| worker::is_part(file)).map(|file| out.join(file));
    sh::run(tool().arg(script).arg(wasm).args(parts))
}

/// Shrinks the site's two files and names them after what they hold now. They fit only each other and are kept by
/// browsers for a year, so they have one hash, and it is not the one of what they were.
fn shrink_site(out: &Path) -> Result<(), String> {
    let index = out.join("index.html");
    let page = postbuild::read(&index)?;
    let old = stem(&page).ok_or("index.html names no script of the site")?;
    let (script, module) = (out.join(format!("{old}.js")), out.join(format!("{old}_bg.wasm")));
    shrink_pair(&script, &module)?;

    let mut hash = Fnv::new();
    for path in [&script, &module] {
        hash.eat(&std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let new = format!("{STEM}{:016x}", hash.0);
    postbuild::write(&script, &postbuild::read(&script)?.replace(old, &new))?;
    for (path, end) in [(script, ".js"), (module, "_bg.wasm")] {
        let to = out.join(format!("{new}{end}"));
        std::fs::rename(&path, to).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    postbuild::write(&index, &page.replace(old, &new))
}

/// Shrinks a script of wasm-bindgen's and its wasm file in their places.
fn shrink_pair(script: &Path, wasm: &Path) -> Result<(), String> {
    sh::run(tool().arg(script).arg(wasm))
}

fn tool() -> Command {
    let mut node = sh::command("node");
    node.arg(sh::root().join("xtask/glue.mjs"));
    node
}

/// The two files' common name, as the page has it.
fn stem(page: &str) -> Option<&str> {
    let rest = &page[page.find(STEM)?..];
    let hash = rest[STEM.len()..].find(|c: char| !c.is_ascii_hexdigit())?;
    let (stem, after) = rest.split_at(STEM.len() + hash);
    if hash > 0 && after.starts_with(".js") { Some(stem) } else { self::stem(after) }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_site_s_files_are_found_by_the_name_that_the_page_gives_them() {
        let page =
            r#"<meta name="kubarium-console"><link href="/x/kubarium-1f.js"><link href="/x/kubarium-1f_bg.wasm">"#;
        assert_eq!(stem(page), Some("kubarium-1f"));
        assert_eq!(stem("<meta name=\"kubarium-console\">"), None);
    }
}
