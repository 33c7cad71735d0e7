//! The Web Worker in which the lab runs.

use js_sys::Uint8Array;
use protocol::{FromLab, ToLab};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// What comes from the worker.
pub enum Report {
    Message(Box<FromLab>),
    /// It will say nothing more; the reason is for the learner.
    Died(String),
}

/// A running worker; dropping it ends it.
pub struct LabWorker {
    worker: Worker,
    /// What the names of the modules in it end in.
    pub modules: &'static str,
    /// A worker that was replaced may still have messages under way.
    alive: Rc<Cell<bool>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

impl LabWorker {
    /// Starts the script, an ES module, which fetches the modules whose names end so, and reports what it says.
    ///
    /// # Errors
    /// In words, when the browser does not start workers.
    pub fn spawn(script: &str, modules: &'static str, report: impl Fn(Report) + 'static) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(modules);
        let worker = Worker::new_with_options(script, &options)
            .map_err(|_| "this browser does not start Web Workers here".to_owned())?;
        let report = Rc::new(report);
        let alive = Rc::new(Cell::new(true));
        let on_message = {
            let (report, alive) = (Rc::clone(&report), Rc::clone(&alive));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if !alive.get() {
                    return;
                }
                let Some(bytes) = event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec) else { return };
                report(match protocol::decode::<FromLab>(&bytes) {
                    Ok(message) => Report::Message(Box::new(message)),
                    Err(reason) => Report::Died(format!("page and simulation do not understand each other: {reason}")),
                });
            })
        };
        let on_error = {
            let alive = Rc::clone(&alive);
            Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                if !alive.replace(false) {
                    return;
                }
                event.prevent_default();
                // A script that does not come is a plain event, without words.
                let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|words| !words.is_empty());
                report(Report::Died(message.unwrap_or_else(|| "its code could not be loaded".to_owned())));
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, modules, alive, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// In words, when the message cannot be written or the worker is gone.
    pub fn send(&self, message: &ToLab) -> Result<(), String> {
        let bytes = Uint8Array::from(protocol::encode(message)?.as_slice());
        self.worker.post_message(&bytes).map_err(|_| "the simulation no longer listens".to_owned())
    }
}

impl Drop for LabWorker {
    fn drop(&mut self) {
        self.alive.set(false);
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
