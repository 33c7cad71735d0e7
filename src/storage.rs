//! What the browser keeps for this site. Storage may be switched off or full: reading then gives nothing, and writing
//! says so.
//!
//! A page inside another site's (`/embed`) keeps everything in memory instead: it begins as its author made it each time,
//! and never touches the session that the visitor has here.

use crate::dom;
use std::cell::RefCell;

thread_local! {
    /// What an embedded page keeps, by key; the few keys of the site.
    static MEMORY: RefCell<Option<Vec<(String, String)>>> = const { RefCell::new(None) };
}

/// From now on nothing outlives the page.
pub fn forget_with_the_page() {
    MEMORY.with_borrow_mut(|memory| *memory = Some(Vec::new()));
}

fn local() -> Option<web_sys::Storage> {
    dom::window().and_then(|window| window.local_storage().ok().flatten())
}

/// What is kept under a key.
pub fn read(key: &str) -> Option<String> {
    MEMORY.with_borrow(|memory| match memory {
        Some(kept) => kept.iter().find(|(of, _)| of == key).map(|(_, value)| value.clone()),
        None => local().and_then(|storage| storage.get_item(key).ok().flatten()),
    })
}

/// Keeps a text under a key; whether that worked.
pub fn write(key: &str, value: &str) -> bool {
    MEMORY.with_borrow_mut(|memory| match memory {
        Some(kept) => {
            kept.retain(|(of, _)| of != key);
            kept.push((key.to_owned(), value.to_owned()));
            true
        }
        None => local().is_some_and(|storage| storage.set_item(key, value).is_ok()),
    })
}

/// Forgets a key.
pub fn remove(key: &str) {
    MEMORY.with_borrow_mut(|memory| match memory {
        Some(kept) => kept.retain(|(of, _)| of != key),
        None => {
            if let Some(storage) = local() {
                let _ = storage.remove_item(key);
            }
        }
    });
}
