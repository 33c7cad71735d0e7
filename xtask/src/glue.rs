//! The site's script and module after Trunk: names as short as they can be, and nothing that nobody calls.

use std::path::Path;

use crate::postbuild::Fnv;
use crate::{postbuild, sh};

/// What Trunk calls the script and the module: `kubarium-<hash>.js` and `kubarium-<hash>_bg.wasm`.
const STEM: &str = "kubarium-";

/// Shrinks the two files (`xtask/glue.mjs`) and names them after what they hold now. They fit only each other and are
/// kept by browsers for a year, so they have one hash, and it is not the one of what they were.
pub fn shrink(out: &Path) -> Result<(), String> {
    let index = out.join("index.html");
    let page = postbuild::read(&index)?;
    let old = stem(&page).ok_or("index.html names no script of the site")?;
    let (script, module) = (out.join(format!("{old}.js")), out.join(format!("{old}_bg.wasm")));
    let tool = sh::root().join("xtask/glue.mjs");
    sh::run(sh::command("node").arg(tool).arg(&script).arg(&module))?;

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

/// The two files' common name, as the page has it.
fn stem(page: &str) -> Option<&str> {
    let at = page.find(STEM)?;
    let hash = page[at + STEM.len()..].find(|c: char| !c.is_ascii_hexdigit())?;
    let stem = &page[at..at + STEM.len() + hash];
    (hash > 0).then_some(stem).or_else(|| self::stem(&page[at + STEM.len()..]))
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_site_s_files_are_found_by_the_name_that_the_page_gives_them() {
        let page =
            r#"<meta name="kubarium-worker"><link href="/x/kubarium-1f.js"><link href="/x/kubarium-1f_bg.wasm">"#;
        assert_eq!(stem(page), Some("kubarium-1f"));
        assert_eq!(stem("<meta name=\"kubarium-worker\">"), None);
    }
}
