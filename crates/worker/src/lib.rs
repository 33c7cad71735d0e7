//! The Web Worker: owns a desk (a world and its clock), pumps it, and carries the protocol. No logic lives here.
//!
//! There are two wasm modules of it: one for worlds of etcd alone, and one whose worlds may hold Kubernetes.

#![forbid(unsafe_code)]

use border::{Channel, Maker, Near};
use gloo_timers::callback::Timeout;
use headroom::Headroom;
use js_sys::Uint8Array;
use lab::{Desk, Kubernetes};
use protocol::{FromLab, ToLab};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// How long one pump may hold the worker, in milliseconds: messages of the page are answered between pumps.
const PUMP_MILLIS: f64 = 10.0;
/// The pause between pumps, in milliseconds: about one frame of the page.
const FRAME_MILLIS: u32 = 16;

#[wasm_bindgen]
extern "C" {
    /// Carries a question to the module with the learner's machine; nothing comes back until that has been fetched. See
    /// `start-worker.js`.
    #[wasm_bindgen(js_name = askConsole)]
    fn ask_console(question: &[u8]) -> Option<Vec<u8>>;
}

/// The way to the other module of this worker.
struct Console;

impl Channel for Console {
    fn ask(&self, question: &[u8]) -> Option<Vec<u8>> {
        ask_console(question)
    }
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    desk: Option<Desk>,
    machines: Maker,
    kubernetes: Option<Kubernetes>,
    /// Wall time of the last pump, in milliseconds; only the pace depends on it, never what happens in the world.
    pumped_at: f64,
    headroom: Headroom,
}

impl Worker {
    fn wall(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }

    fn post(&self, messages: Vec<FromLab>) {
        for message in messages {
            let Ok(bytes) = protocol::encode(&message) else { continue };
            // The page may be gone; there is nobody left to tell.
            let _ = self.scope.post_message(&Uint8Array::from(bytes.as_slice()));
        }
    }

    fn receive(&mut self, message: ToLab) {
        let mut out = Vec::new();
        match message {
            ToLab::Start(session) => {
                self.desk = Some(Desk::open(session, &self.machines, self.kubernetes, &mut out));
                self.pumped_at = self.wall();
            }
            other => {
                if let Some(desk) = &mut self.desk {
                    desk.handle(other, &mut out);
                }
            }
        }
        self.post(out);
    }

    fn pump(&mut self) {
        let started = self.wall();
        let passed = ((started - self.pumped_at) * 1000.0).clamp(0.0, 1e9) as u64;
        self.pumped_at = started;
        let scope = self.scope.clone();
        let mut in_time = || scope.performance().is_none_or(|performance| performance.now() - started < PUMP_MILLIS);
        let mut out = Vec::new();
        if let Some(desk) = &mut self.desk {
            desk.pump(passed, &mut in_time, &mut out);
        }
        self.post(out);
        self.headroom.keep();
    }
}

/// Pumps, and again after a pause; a busy world gets the next turn at once.
fn keep_pumping(worker: Rc<RefCell<Worker>>) {
    let busy = {
        let mut worker = worker.borrow_mut();
        worker.pump();
        worker.desk.as_ref().is_some_and(Desk::is_behind)
    };
    Timeout::new(if busy { 0 } else { FRAME_MILLIS }, move || keep_pumping(worker)).forget();
}

/// Begins to listen to the page; worlds may hold Kubernetes where it is given.
pub fn start(kubernetes: Option<Kubernetes>) {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    let worker = Rc::new(RefCell::new(Worker {
        scope: scope.clone(),
        desk: None,
        machines: Near::maker(Box::new(Console)),
        kubernetes,
        pumped_at: 0.0,
        headroom: Headroom::default(),
    }));
    let receiver = worker.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let bytes = Uint8Array::new(&event.data()).to_vec();
        if let Ok(message) = protocol::decode::<ToLab>(&bytes) {
            receiver.borrow_mut().receive(message);
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    worker.borrow().post(vec![FromLab::Loaded]);
    keep_pumping(worker);
}
