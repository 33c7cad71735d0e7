//! Modules and their parts: built, cut where `#[wasm_split]` says so (`crates/console/src/parts.rs`, `src/parts.rs`), and
//! given their script by wasm-bindgen. Trunk knows no step between linking and wasm-bindgen, so it does not build these.

use std::path::{Path, PathBuf};

use crate::{gather, postbuild, setup, sh, site, worker};
use wasm_split_cli_support::{Options, transform};

const TARGET: &str = "wasm32-unknown-unknown";
/// The text of every script that fetches parts, without what depends on module and build.
const TEXT: &str = "fetch-parts.js";
/// How that text calls the script of the module.
const MODULE: &str = "./module.js";

/// A module with parts.
pub struct Module {
    /// What package, program and files are called.
    name: &'static str,
    /// The profile in Cargo.toml.
    profile: &'static str,
    /// Parts that hold what they share with others, which come after them; the narrower circles first.
    hosts: &'static [(&'static str, &'static [&'static str])],
}

pub const SITE: Module = Module { name: site::MODULE, profile: "wasm", hosts: &[] };
/// Nobody but a shell calls what lies in the other parts, and nobody but `kubectl` and its kin what those share.
pub const CONSOLE: Module = Module {
    name: worker::CONSOLE,
    profile: "wasm",
    hosts: &[("kubectl", &["admin"]), ("shell", &["etcdctl", "tools", "programs", "kubectl", "admin"])],
};

impl Module {
    /// Builds module, parts and scripts into the folder `out`.
    pub fn build(&self, out: &Path, dev: bool) -> Result<(), String> {
        let linked = self.link(dev)?;
        let folder = sh::root().join("target/parts").join(self.name);
        // A part of an earlier build must not be taken for one of this one.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let main = folder.join("main.wasm");
        let mut parts = self.cut(&linked, &folder, &main)?;
        for (host, guests) in self.hosts {
            gather::gather(&mut parts, host, guests, &folder)?;
        }
        let mut bindgen = sh::command("wasm-bindgen");
        // The table of functions is exported by the linker, and the parts import it.
        bindgen.args([
            "--target",
            "web",
            "--no-typescript",
            "--keep-lld-exports",
            "--out-name",
            self.name,
            "--out-dir",
        ]);
        sh::run(bindgen.arg(out).arg(&main))?;
        let text = postbuild::read(&sh::root().join(TEXT))?;
        postbuild::write(&out.join(self.script_name()), &self.script(&text, &parts))?;
        for file in parts.iter().flat_map(|part| &part.files) {
            let (from, to) = (folder.join(format!("{file}.wasm")), out.join(self.file_name(file)));
            std::fs::copy(&from, to).map_err(|error| format!("{}: {error}", from.display()))?;
        }
        Ok(())
    }

    /// Compiles and links. The relocations stay in the file: they tell what uses what.
    fn link(&self, dev: bool) -> Result<PathBuf, String> {
        let profile = if dev { "dev" } else { self.profile };
        let mut cargo = sh::cargo();
        cargo.args(["rustc", "--profile", profile, "--target", TARGET, "-p", self.name, "--bin", self.name]);
        if dev {
            // With them, a part asks the module for a number by which it knows its build. Here the folder's name sees to
            // that.
            cargo.args(["--config", "profile.dev.package.wasm_split_helpers.debug-assertions=false"]);
        } else {
            // Without debug information Cargo would have the linker strip the relocations, too.
            cargo.args(["--config", &format!("profile.{profile}.strip=false")]);
        }
        cargo.args(["--", "-C", "link-arg=--emit-relocs"]);
        sh::run(cargo.envs(setup::wasm_environment()?))?;
        let folder = if dev { "debug" } else { profile };
        Ok(sh::root().join("target").join(TARGET).join(folder).join(format!("{}.wasm", self.name)))
    }

    fn cut(&self, linked: &Path, folder: &Path, main: &Path) -> Result<Vec<Part>, String> {
        let input = std::fs::read(linked).map_err(|error| format!("{}: {error}", linked.display()))?;
        let link = format!("./{}", self.script_name());
        let mut options = Options::new(&input);
        (options.output_dir, options.main_out_path, options.link_name) = (folder, main, &link);
        let cut =
            transform(options).map_err(|error| format!("{} cannot be cut into parts: {error:?}", linked.display()))?;
        let mut parts: Vec<Part> = cut.prefetch_map.into_iter().map(|(name, files)| Part { name, files }).collect();
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        if parts.is_empty() { Err(format!("{} has no parts", linked.display())) } else { Ok(parts) }
    }

    /// The script that fetches the parts, beside the module, which imports their loaders from it.
    pub fn script_name(&self) -> String {
        format!("{}_parts.js", self.name)
    }

    /// The name of a part's file beside the module.
    fn file_name(&self, file: &str) -> String {
        format!("{}_{}.wasm", self.name, file.trim_start_matches("split_"))
    }

    fn script(&self, text: &str, parts: &[Part]) -> String {
        let mut script = String::from("const parts = {\n");
        for Part { name: part, files } in parts {
            let files: Vec<String> = files.iter().map(|file| format!("'{}'", self.file_name(file))).collect();
            script.push_str(&format!("  {part}: [{}],\n", files.join(", ")));
        }
        script.push_str("};\n");
        script.push_str(&text.replace(MODULE, &format!("./{}.js", self.name)));
        for Part { name: part, .. } in parts {
            script.push_str(&format!("export const __wasm_split_load_{part} = loader('{part}');\n"));
        }
        script
    }
}

/// A part, and the files it is made of, without the ending `.wasm`; the one of its name is the last.
pub struct Part {
    pub name: String,
    pub files: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{Part, SITE};

    #[test]
    fn the_script_knows_the_files_of_each_part_and_has_a_loader_for_it() {
        let files = |files: &[&str]| files.iter().map(|file| file.to_string()).collect();
        let parts = [Part { name: "tools".into(), files: files(&["chunk_3", "split_tools"]) }];
        let expected = "const parts = {\n  tools: ['kubarium_chunk_3.wasm', 'kubarium_tools.wasm'],\n};\n\
                        // of ./kubarium.js\nexport const __wasm_split_load_tools = loader('tools');\n";
        assert_eq!(SITE.script("// of ./module.js\n", &parts), expected);
    }
}
