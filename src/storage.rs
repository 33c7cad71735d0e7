//! What the browser keeps for this site. Storage may be switched off or full: reading then gives nothing, and writing
//! says so.

use crate::dom;

fn local() -> Option<web_sys::Storage> {
    dom::window().and_then(|window| window.local_storage().ok().flatten())
}

/// What is kept under a key.
pub fn read(key: &str) -> Option<String> {
    local().and_then(|storage| storage.get_item(key).ok().flatten())
}

/// Keeps a text under a key; whether that worked.
pub fn write(key: &str, value: &str) -> bool {
    local().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Forgets a key.
pub fn remove(key: &str) {
    if let Some(storage) = local() {
        let _ = storage.remove_item(key);
    }
}
