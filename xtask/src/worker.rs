//! The Web Worker's files: the script that starts it and the wasm modules that run in it.

use std::path::Path;

use crate::postbuild::Fnv;

/// What the page starts. It fetches the modules next to it, by these names.
pub const START: &str = "start-worker.js";

/// The module with the cluster, with a `<link data-trunk rel="rust" data-type="worker">` in index.html.
pub const CLUSTER: &str = "kubarium-worker";
/// The same with the components of Kubernetes, in the place of that one.
pub const KUBERNETES: &str = "kubarium-worker-kubernetes";
/// The module with the learner's machine; `console` builds it with its parts, whose names begin with this one's.
pub const CONSOLE: &str = "kubarium-console";

/// The script and the wasm file of a module, as wasm-bindgen names them.
pub fn pair(module: &str) -> [String; 2] {
    [format!("{module}.js"), format!("{module}_bg.wasm")]
}

/// Moves the files into a folder named after their content, and returns its name. Trunk gives the files of a worker no
/// hash, so a browser could mix those of two releases.
pub fn move_into_folder(out: &Path) -> Result<String, String> {
    let names = names(out)?;
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

/// What lies in the folder that was built and belongs to the worker, in order.
fn names(out: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let ours = |name: &String| name == START || [CLUSTER, CONSOLE].iter().any(|module| name.starts_with(module));
    names.retain(ours);
    names.sort();
    Ok(names)
}

/// Whether a file of the finished folder belongs to the worker.
pub fn owns(file: &Path) -> bool {
    file.iter().next().is_some_and(|first| first.to_string_lossy().starts_with("worker-"))
}

/// Whether a file belongs to the console, parts included.
pub fn is_console(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(CONSOLE))
}

/// Whether it is a part of the console, which is fetched when one of its programs is called.
pub fn is_part(file: &Path) -> bool {
    let [_, module] = pair(CONSOLE);
    is_console(file) && file.extension().is_some_and(|end| end == "wasm") && !file.ends_with(module)
}
