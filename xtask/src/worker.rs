//! The Web Worker's files: the script that starts it and the wasm modules that run in it.

use std::path::Path;

use crate::postbuild::Fnv;

/// What the page starts. It fetches the modules next to it, by these names.
pub const START: &str = "start-worker.js";

/// The modules, each with a `<link data-trunk rel="rust" data-type="worker">` in index.html.
/// The last two are those of worlds with Kubernetes.
pub const MODULES: [&str; 4] =
    ["kubarium-worker", "kubarium-console", "kubarium-worker-kubernetes", "kubarium-console-kubernetes"];

/// The script and the wasm file of a module, as Trunk names them.
pub fn pair(module: &str) -> [String; 2] {
    [format!("{module}.js"), format!("{module}_bg.wasm")]
}

/// Moves the files into a folder named after their content, and returns its name. Trunk gives the files of a worker no
/// hash, so a browser could mix those of two releases.
pub fn move_into_folder(out: &Path) -> Result<String, String> {
    let names: Vec<String> = std::iter::once(START.to_owned()).chain(MODULES.into_iter().flat_map(pair)).collect();
    let mut hash = Fnv::new();
    for name in &names {
        let path = out.join(name);
        hash.eat(&std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let folder = format!("worker-{:016x}", hash.0);
    let say = |error: std::io::Error| format!("{folder}: {error}");
    std::fs::create_dir_all(out.join(&folder)).map_err(say)?;
    for name in &names {
        std::fs::rename(out.join(name), out.join(&folder).join(name)).map_err(say)?;
    }
    Ok(folder)
}

/// Whether a file of the finished folder belongs to the worker.
pub fn owns(file: &Path) -> bool {
    file.iter().next().is_some_and(|first| first.to_string_lossy().starts_with("worker-"))
}

/// Whether a file of the finished folder is one of a module's two.
pub fn is_of(file: &Path, module: &str) -> bool {
    owns(file) && pair(module).iter().any(|name| file.ends_with(name))
}
