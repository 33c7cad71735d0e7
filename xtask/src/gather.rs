//! What several parts of a module share, in one file.
//!
//! The library that cuts puts it into files of their own, one for every set of parts: two dozen for five parts.

use std::path::Path;

use crate::{postbuild, sh, split::Part};

/// The module that files import from as they are cut, and the one that the gathered file does.
const CUT: &str = "__wasm_split";
const GATHERED: &str = "console";

/// Puts what parts share into the file of one that has to come before them, and says so in the lists of files. `guests`
/// are the parts it is done for; what others use as well is left.
pub fn gather(parts: &mut [Part], host: &str, guests: &[&str], folder: &Path) -> Result<(), String> {
    let first = format!("split_{host}");
    let shared = shared(parts, |part| part == host || guests.contains(&part));
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
    for part in parts.iter_mut().filter(|part| part.name == host || guests.contains(&part.name.as_str())) {
        part.files.retain(|file| !shared.contains(file));
        if part.name != host {
            part.files.insert(0, first.clone());
        }
    }
    Ok(())
}

/// The files that belong to no single part, and that no part uses but these.
fn shared(parts: &[Part], uses: impl Fn(&str) -> bool) -> Vec<String> {
    let of = |part: &Part| part.files.iter().filter(|file| !file.starts_with("split_")).cloned().collect::<Vec<_>>();
    let (mut shared, mut kept) = (Vec::new(), Vec::new());
    parts.iter().for_each(|part| if uses(&part.name) { &mut shared } else { &mut kept }.extend(of(part)));
    shared.sort();
    shared.dedup();
    shared.retain(|file| !kept.contains(file));
    shared
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
    use super::{Part, hub_text, shared};

    #[test]
    fn what_others_use_as_well_is_not_gathered() {
        let part = |name: &str, files: &[&str]| Part {
            name: name.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        let parts = [
            part("one", &["chunk_1", "chunk_2", "split_one"]),
            part("two", &["split_one", "chunk_1", "chunk_2", "split_two"]),
            part("three", &["chunk_2", "split_three"]),
        ];
        assert_eq!(shared(&parts, |name| name != "three"), ["chunk_1"]);
        assert_eq!(shared(&parts, |_| true), ["chunk_1", "chunk_2"]);
    }

    #[test]
    fn what_is_gathered_imports_each_thing_once() {
        let text = "(module\n (type $0 (func))\n (import \"__wasm_split\" \"memory\" (memory $m 21))\n \
                    (import \"__wasm_split\" \"__stack\" (global $s (mut i32)))\n (func $f))";
        let expected = "(module\n(import \"console\" \"memory\" (memory $m 21))\n(export \"memory\" (memory 0))\n\
                        (import \"console\" \"__stack\" (global $s (mut i32)))\n(export \"__stack\" (global 0))\n)";
        assert_eq!(hub_text(text), expected);
    }
}
