//! Reads the index with the browser's own JSON parser, which costs the page nothing.

use js_sys::{Array, JSON, Reflect};
use lesson::{Index, IndexEntry};
use wasm_bindgen::{JsCast, JsValue};

/// The index from the text of `content/index.json`.
///
/// # Errors
/// In words, when the text is no index.
pub fn index(text: &str) -> Result<Index, String> {
    let value = JSON::parse(text).map_err(|_| "the list of notes is not JSON".to_owned())?;
    Ok(Index {
        notes: list(&value, "notes").iter().map(entry).collect(),
        labs: list(&value, "labs").iter().map(entry).collect(),
    })
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn string(value: &JsValue, name: &str) -> String {
    field(value, name).as_string().unwrap_or_default()
}

fn list(value: &JsValue, name: &str) -> Vec<JsValue> {
    field(value, name).dyn_into::<Array>().map(|array| array.to_vec()).unwrap_or_default()
}

fn entry(value: &JsValue) -> IndexEntry {
    IndexEntry {
        slug: string(value, "slug"),
        title: string(value, "title"),
        summary: string(value, "summary"),
        section: string(value, "section"),
        focus: list(value, "focus").iter().filter_map(JsValue::as_string).collect(),
    }
}
