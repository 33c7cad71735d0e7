//! What several parts of a module share, in one file.
//!
//! The library that cuts puts it into files of their own, one for every set of parts: two dozen for five parts.

use std::path::Path;

use crate::{postbuild, sh, split::Part};

/// The module that files import from as they are cut, and the one that the gathered file does.
const CUT: &str = "__wasm_split";
const GATHERED: &str = "console";

/// Puts what the parts share into the file of that part, which has to come before any other, and says so in the lists of
/// files.
pub fn gather(parts: &mut [Part], part: &str, folder: &Path) -> Result<(), String> {
    let first = format!("split_{part}");
    let mut shared: Vec<String> = parts.iter().flat_map(|part| &part.files[..part.files.len() - 1]).cloned().collect();
    shared.sort();
    shared.dedup();
    let whole = folder.join(format!("{first}.wasm"));
    // All that the files import is memory, table and stack of the main module. They get it from one place in the end, so
    // that there is one memory.
    let text = sh::output(sh::command("wasm-dis").args(FEATURES).arg(&whole))?;
    let hub = folder.join("hub.wat");
    postbuild::write(&hub, &hub_text(&text))?;
    let mut merge = sh::command("wasm-merge");
    merge.args(FEATURES).arg("-g").arg(&hub).arg(CUT);
    for file in std::iter::once(&first).chain(&shared) {
        merge.arg(folder.join(format!("{file}.wasm"))).arg(file);
    }
    let gathered = folder.join("gathered.wasm");
    sh::output(merge.arg("-o").arg(&gathered))?;
    std::fs::rename(&gathered, &whole).map_err(|error| format!("{}: {error}", gathered.display()))?;
    for one in parts {
        let own = one.files.split_off(one.files.len() - 1);
        one.files = if one.name == part { own } else { [vec![first.clone()], own].concat() };
    }
    Ok(())
}

/// What the linker's modules may use; without being told, the tools refuse it.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A module that takes what the file of this text imports, and hands it on under the same names.
fn hub_text(text: &str) -> String {
    let mut hub = String::from("(module\n");
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("(import ")) {
        hub.push_str(&line.replacen(CUT, GATHERED, 1));
        let quoted = line.split('"').nth(3).unwrap_or_default();
        let kind = ["memory", "table", "global"].into_iter().find(|kind| line.contains(&format!("({kind} ")));
        hub.push_str(&format!("\n(export \"{quoted}\" ({} 0))\n", kind.unwrap_or("func")));
    }
    hub.push(')');
    hub
}

#[cfg(test)]
mod tests {
    use super::hub_text;

    #[test]
    fn what_is_gathered_imports_each_thing_once() {
        let text = "(module\n (type $0 (func))\n (import \"__wasm_split\" \"memory\" (memory $m 21))\n \
                    (import \"__wasm_split\" \"__stack\" (global $s (mut i32)))\n (func $f))";
        let expected = "(module\n(import \"console\" \"memory\" (memory $m 21))\n(export \"memory\" (memory 0))\n\
                        (import \"console\" \"__stack\" (global $s (mut i32)))\n(export \"__stack\" (global 0))\n)";
        assert_eq!(hub_text(text), expected);
    }
}
