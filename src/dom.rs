//! Small helpers over the browser's document, for the parts that draw without the reactive system.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, BlobPropertyBag, Document, Element, EventTarget, HtmlAnchorElement, Url, Window};

const SVG: &str = "http://www.w3.org/2000/svg";

/// The page's window; `None` outside a browser.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// The page's document; `None` outside a browser.
pub fn document() -> Option<Document> {
    window().and_then(|window| window.document())
}

/// A new HTML element with a class, appended to `parent`.
pub fn html(parent: &Element, tag: &str, class: &str) -> Option<Element> {
    let element = document()?.create_element(tag).ok()?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    parent.append_child(&element).ok()?;
    Some(element)
}

/// A new SVG element with attributes, appended to `parent`.
pub fn svg(parent: &Element, tag: &str, attributes: &[(&str, &str)]) -> Option<Element> {
    let element = document()?.create_element_ns(Some(SVG), tag).ok()?;
    for (name, value) in attributes {
        set(&element, name, value);
    }
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Sets an attribute. Names are ours, so the browser has no reason to refuse one.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Sets an attribute only when it differs, so that an unchanged picture costs no layout.
pub fn set_if_changed(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        set(element, name, value);
    }
}

/// Sets the text only when it differs.
pub fn text_if_changed(element: &Element, value: &str) {
    if element.text_content().as_deref() != Some(value) {
        element.set_text_content(Some(value));
    }
}

/// Listens for as long as the page lives.
pub fn listen<E: JsCast>(target: &EventTarget, name: &str, mut handler: impl FnMut(E) + 'static) {
    let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| handler(event.unchecked_into()));
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Calls once after `milliseconds`.
pub fn after(milliseconds: i32, call: impl FnOnce() + 'static) {
    if let Some(window) = window() {
        let callback = Closure::once_into_js(call);
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), milliseconds);
    }
}

/// Calls once with the next frame.
pub fn on_next_frame(call: impl FnOnce(f64) + 'static) {
    if let Some(window) = window() {
        let callback = Closure::once_into_js(call);
        let _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Whether a media query holds now.
pub fn matches_media(query: &str) -> bool {
    window().and_then(|window| window.match_media(query).ok().flatten()).is_some_and(|media| media.matches())
}

/// Whether the reader asked for stillness.
pub fn reduced_motion() -> bool {
    matches_media("(prefers-reduced-motion: reduce)")
}

/// What a `<meta name>` of the page says.
pub fn meta(name: &str) -> Option<String> {
    let found = document()?.query_selector(&format!("meta[name=\"{name}\"]")).ok()??;
    found.get_attribute("content")
}

/// Hands the learner a text as a file.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = BlobPropertyBag::new();
    options.set_type("text/plain");
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let link = document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document().and_then(|document| document.get_element_by_id(id)) {
        focus_element(&element);
    }
}

/// Whether the focus is nowhere, or still on the link that skips to somewhere.
pub fn nobody_has_focus() -> bool {
    let focused = document().and_then(|page| page.active_element());
    focused.is_none_or(|element| element.tag_name() == "BODY" || element.class_list().contains("skip-link"))
}

/// Moves the focus to an element, be it HTML or SVG.
pub fn focus_element(element: &Element) {
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<web_sys::SvgElement>() {
        let _ = element.focus();
    }
}

/// The first element under `root` that a selector finds.
pub fn query(root: &Element, selector: &str) -> Option<Element> {
    root.query_selector(selector).ok().flatten()
}

/// Scrolls what holds an element as little as needed to show it.
pub fn keep_in_sight(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}
