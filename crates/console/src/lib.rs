//! The second wasm module of the Web Worker: the learner's machine. It answers what the first one asks, at once and in
//! the world's time; no logic lives here.
//!
//! There are two of it: one for worlds of etcd alone, and one with `kubectl`.

#![forbid(unsafe_code)]

use border::{Far, Maker};
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static FAR: RefCell<Option<Far>> = const { RefCell::new(None) };
}

/// Says which machines there are; before anything is asked.
pub fn start(machines: Maker) {
    FAR.set(Some(Far::new(machines)));
}

/// Answers a question of [`border::Near`].
#[wasm_bindgen]
pub fn answer(question: &[u8]) -> Vec<u8> {
    FAR.with_borrow_mut(|far| far.as_mut().map(|far| far.answer(question)).unwrap_or_default())
}
