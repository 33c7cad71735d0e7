//! The Web Worker's files: the script that starts it and the wasm modules that run in it.

use std::path::Path;

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

/// Whether a file that was built belongs to the worker.
pub fn is_built(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name == START || [CLUSTER, CONSOLE].iter().any(|module| name.starts_with(module))
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
