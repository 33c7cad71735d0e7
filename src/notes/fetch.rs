//! Fetches files of the site.

use crate::dom;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The text of a file of the site.
///
/// # Errors
/// In words, when the file is not there or the line is down.
pub async fn text(address: &str) -> Result<String, String> {
    let window = dom::window().ok_or("there is no window")?;
    let answer = JsFuture::from(window.fetch_with_str(address))
        .await
        .map_err(|_| "it could not be fetched: is the network there?".to_owned())?;
    let response: Response = answer.dyn_into().map_err(|_| "the browser gave no response".to_owned())?;
    if !response.ok() {
        return Err(format!("the server answered {} {}", response.status(), response.status_text()));
    }
    let body = response.text().map_err(|_| "the answer has no text".to_owned())?;
    let text = JsFuture::from(body).await.map_err(|_| "the answer broke off".to_owned())?;
    text.as_string().ok_or_else(|| "the answer is no text".to_owned())
}
