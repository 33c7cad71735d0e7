//! The console's module and its parts: built, cut where `#[wasm_split]` says so (crates/console/src/parts.rs), and given
//! its script by wasm-bindgen. Trunk knows no step between linking and wasm-bindgen, so this module is not built by it.
//!
//! What several parts share the library puts into files of their own, one for every set of parts: two dozen for five
//! parts. Here they become one file with the shell's part, which is there before any other: only a shell calls programs.

use std::path::{Path, PathBuf};

use crate::{postbuild, setup, sh, worker};
use wasm_split_cli_support::{Options, transform};

const TARGET: &str = "wasm32-unknown-unknown";
/// The script that fetches the parts, beside the module.
const SCRIPT: &str = "kubarium-console_parts.js";
/// Its text without what depends on the build.
const TEXT: &str = "fetch-parts.js";

/// Builds module, parts and scripts into the folder `out`.
pub fn build(out: &Path, dev: bool) -> Result<(), String> {
    let linked = link(dev)?;
    let folder = sh::root().join("target/console-parts");
    // A part of an earlier build must not be taken for one of this one.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let main = folder.join("main.wasm");
    let mut parts = cut(&linked, &folder, &main)?;
    gather(&mut parts, &folder)?;
    let mut bindgen = sh::command("wasm-bindgen");
    // The table of functions is exported by the linker, and the parts import it.
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--keep-lld-exports",
        "--out-name",
        worker::CONSOLE,
        "--out-dir",
    ]);
    sh::run(bindgen.arg(out).arg(&main))?;
    let text = postbuild::read(&sh::root().join(TEXT))?.replace("./module.js", &format!("./{}.js", worker::CONSOLE));
    postbuild::write(&out.join(SCRIPT), &script(&text, &parts))?;
    for file in parts.iter().filter_map(|part| part.files.last()) {
        let (from, to) = (folder.join(format!("{file}.wasm")), out.join(name(file)));
        std::fs::copy(&from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    Ok(())
}

/// Compiles and links. The relocations stay in the file: they tell what uses what.
fn link(dev: bool) -> Result<PathBuf, String> {
    let profile = if dev { "dev" } else { "wasm" };
    let mut cargo = sh::cargo();
    cargo.args(["rustc", "--profile", profile, "--target", TARGET, "-p", worker::CONSOLE, "--bin", worker::CONSOLE]);
    if dev {
        // With them, a part asks the module for a number by which it knows its build. Here the folder's name sees to that.
        cargo.args(["--config", "profile.dev.package.wasm_split_helpers.debug-assertions=false"]);
    } else {
        // Without debug information Cargo would have the linker strip the relocations, too.
        cargo.args(["--config", "profile.wasm.strip=false"]);
    }
    cargo.args(["--", "-C", "link-arg=--emit-relocs"]);
    sh::run(cargo.envs(setup::wasm_environment()?))?;
    let folder = if dev { "debug" } else { profile };
    Ok(sh::root().join("target").join(TARGET).join(folder).join(format!("{}.wasm", worker::CONSOLE)))
}

/// A part, and the files it is made of, without the ending `.wasm`; the one of its name is the last.
struct Part {
    name: String,
    files: Vec<String>,
}

fn cut(linked: &Path, folder: &Path, main: &Path) -> Result<Vec<Part>, String> {
    let input = std::fs::read(linked).map_err(|error| format!("{}: {error}", linked.display()))?;
    let mut options = Options::new(&input);
    (options.output_dir, options.main_out_path, options.link_name) = (folder, main, LINK);
    let cut =
        transform(options).map_err(|error| format!("{} cannot be cut into parts: {error:?}", linked.display()))?;
    let mut parts: Vec<Part> = cut.prefetch_map.into_iter().map(|(name, files)| Part { name, files }).collect();
    parts.sort_by(|one, other| one.name.cmp(&other.name));
    if parts.is_empty() { Err(format!("{} has no parts", linked.display())) } else { Ok(parts) }
}

/// The part that is there before any other.
const SHELL: &str = "shell";
/// The module that files import from as they are cut, and the one that the gathered file does.
const CUT: &str = "__wasm_split";
const GATHERED: &str = "console";

/// Puts what the parts share into the file of the shell's part. It comes before any other.
fn gather(parts: &mut [Part], folder: &Path) -> Result<(), String> {
    let first = format!("split_{SHELL}");
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
    for part in parts {
        let own = part.files.split_off(part.files.len() - 1);
        part.files = if part.name == SHELL { own } else { [vec![first.clone()], own].concat() };
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

/// Where the module imports the loaders of its parts from.
const LINK: &str = "./kubarium-console_parts.js";

/// The name of a part's file beside the module.
fn name(file: &str) -> String {
    format!("{}_{}.wasm", worker::CONSOLE, file.trim_start_matches("split_"))
}

fn script(text: &str, parts: &[Part]) -> String {
    let mut script = String::from("const parts = {\n");
    for Part { name: part, files } in parts {
        let files: Vec<String> = files.iter().map(|file| format!("'{}'", name(file))).collect();
        script.push_str(&format!("  {part}: [{}],\n", files.join(", ")));
    }
    script.push_str("};\n");
    script.push_str(text);
    for Part { name: part, .. } in parts {
        script.push_str(&format!("export const __wasm_split_load_{part} = loader('{part}');\n"));
    }
    script
}

#[cfg(test)]
mod tests {
    use super::{Part, hub_text, script};

    #[test]
    fn the_script_knows_the_files_of_each_part_and_has_a_loader_for_it() {
        let files = |files: &[&str]| files.iter().map(|file| file.to_string()).collect();
        let parts = [Part { name: "tools".into(), files: files(&["split_shell", "split_tools"]) }];
        let expected = "const parts = {\n  tools: ['kubarium-console_shell.wasm', 'kubarium-console_tools.wasm'],\n};\n\
                        // text\nexport const __wasm_split_load_tools = loader('tools');\n";
        assert_eq!(script("// text\n", &parts), expected);
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
