//! The second wasm module of the Web Worker: the learner's machine. It answers what the first one asks, at once and in
//! the world's time; no logic lives here.

#![forbid(unsafe_code)]

mod parts;

use border::Far;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static FAR: RefCell<Far> = RefCell::new(Far::new(machine::maker_with(parts::PARTS)));
}

/// Answers a question of [`border::Near`].
#[wasm_bindgen]
pub fn answer(question: &[u8]) -> Vec<u8> {
    FAR.with_borrow_mut(|far| far.answer(question))
}

fn main() {}
