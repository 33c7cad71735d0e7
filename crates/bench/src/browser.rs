//! The way in from a Web Worker.

use wasm_bindgen::prelude::*;

use crate::{Cluster, KubernetesPlan, Plan};

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
    plan.run(&mut Cluster::new(0), &|| now(clock), &mut |line| say(tell, line))
}

/// Runs the plan for Kubernetes; otherwise as [`run`].
///
/// # Errors
/// In words, when something does not come about.
#[wasm_bindgen]
pub fn run_kubernetes(
    nodes: u32,
    pods: u32,
    only: String,
    clock: &js_sys::Function,
    tell: &js_sys::Function,
) -> Result<(), String> {
    let memory = || core::arch::wasm32::memory_size::<0>() as u64 * 65_536;
    KubernetesPlan { nodes, pods, only }.run(&|| now(clock), &memory, &mut |line| say(tell, line))
}

/// Milliseconds by the clock. A page does not get to know what the processors do for it; who drives the browser looks
/// from outside.
fn now(clock: &js_sys::Function) -> [f64; 2] {
    [clock.call0(&JsValue::NULL).ok().and_then(|value| value.as_f64()).unwrap_or(f64::NAN), 0.0]
}

fn say(tell: &js_sys::Function, line: &str) {
    // Whoever listens may be gone; the figures are then lost, and nothing else.
    let _ = tell.call1(&JsValue::NULL, &line.into());
}
