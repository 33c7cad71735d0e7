//! The console's module and its parts: built, cut where `#[wasm_split]` says so (crates/console/src/parts.rs), and given
//! its script by wasm-bindgen. Trunk knows no step between linking and wasm-bindgen, so this module is not built by it.

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
    let parts = cut(&linked, &folder, &main)?;
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
    let text = postbuild::read(&sh::root().join(TEXT))?;
    postbuild::write(&out.join(SCRIPT), &script(&text, &parts))?;
    for file in parts.iter().flat_map(|part| &part.files) {
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

/// A part, and the files it is made of, without the ending `.wasm`. What two parts share lies in a file of its own.
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
    use super::{Part, script};

    #[test]
    fn the_script_knows_the_files_of_each_part_and_has_a_loader_for_it() {
        let files = |files: &[&str]| files.iter().map(|file| file.to_string()).collect();
        let parts = [Part { name: "tools".into(), files: files(&["chunk_3", "split_tools"]) }];
        let expected = "const parts = {\n  tools: ['kubarium-console_chunk_3.wasm', 'kubarium-console_tools.wasm'],\n};\n\
                        // text\nexport const __wasm_split_load_tools = loader('tools');\n";
        assert_eq!(script("// text\n", &parts), expected);
    }
}
