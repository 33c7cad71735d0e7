//! The way in from a Web Worker.

use wasm_bindgen::prelude::*;

use crate::{Cluster, Plan};

/// Runs the plan. `clock` returns milliseconds, `tell` takes a line.
///
/// # Errors
/// In words, when the cluster refuses something.
#[wasm_bindgen]
pub fn run(
    keys: u32,
    puts: u32,
    only: String,
    clock: &js_sys::Function,
    tell: &js_sys::Function,
) -> Result<(), String> {
    let plan = Plan { keys: keys.into(), puts: puts.into(), only };
    // A page does not get to know what the processors do for it; who drives the browser looks from outside.
    let now = || [clock.call0(&JsValue::NULL).ok().and_then(|value| value.as_f64()).unwrap_or(f64::NAN), 0.0];
    let mut say = |line: &str| {
        // Whoever listens may be gone; the figures are then lost, and nothing else.
        let _ = tell.call1(&JsValue::NULL, &line.into());
    };
    plan.run(&mut Cluster::new(0), &now, &mut say)
}
