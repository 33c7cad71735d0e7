//! The parts of this module that lie in files of their own and are fetched when one of their programs is called first.
//!
//! `#[wasm_split]` marks where a part begins; `cargo xtask` cuts the module there after it has been linked
//! (xtask/src/console.rs). A part shares memory and function table with the module, so nothing lies in both.

use machine::Parts;
use machine::parts::{
    Apart, Call, Candidate, Completing, Groups, Kubectl, LocalBoxFuture, Process, RareTools, Transport,
};
use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_split_helpers::wasm_split;

type Running = LocalBoxFuture<'static, i32>;

/// The way to the programs that lie in parts.
pub const PARTS: Parts = Parts {
    tools: RareTools {
        is_here: || TOOLS.with_borrow_mut(Part::is_here),
        run: |name, process| Box::pin(async move { tool(name, process).await.await }),
        search: |pattern, text| at_once(search(pattern, text)).unwrap_or(Ok(None)),
    },
    programs: Apart {
        is_here: || PROGRAMS.with_borrow_mut(Part::is_here),
        run: |call| Box::pin(async move { program(call).await.await }),
        complete: |program, words| match (PARTS.programs.is_here)() {
            true => at_once(complete(program, words)).unwrap_or_default(),
            false => Vec::new(),
        },
    },
    kubectl: Kubectl {
        is_here: || KUBECTL.with_borrow_mut(Part::is_here),
        run: |process, transport| Box::pin(async move { kubectl(process, transport).await.await }),
        complete: |words, transport| match (PARTS.kubectl.is_here)() {
            true => at_once(complete_kubectl(words, transport)).unwrap_or_default(),
            false => Vec::new(),
        },
    },
};

thread_local! {
    static TOOLS: RefCell<Part> = Part::new(|| Box::pin(fetch_tools()));
    static PROGRAMS: RefCell<Part> = Part::new(|| Box::pin(fetch_programs()));
    static KUBECTL: RefCell<Part> = Part::new(|| Box::pin(fetch_kubectl()));
}

#[wasm_split(tools, preload(fetch_tools))]
fn tool(name: &'static str, process: Process) -> Running {
    (Parts::HERE.tools.run)(name, process)
}

#[wasm_split(tools)]
fn search(pattern: &str, text: &str) -> Result<Option<Groups>, String> {
    (Parts::HERE.tools.search)(pattern, text)
}

#[wasm_split(programs, preload(fetch_programs))]
fn program(call: Call) -> Running {
    (Parts::HERE.programs.run)(call)
}

#[wasm_split(programs)]
fn complete(program: Completing, words: &[String]) -> Vec<Candidate> {
    (Parts::HERE.programs.complete)(program, words)
}

#[wasm_split(kubectl, preload(fetch_kubectl))]
fn kubectl(process: Process, transport: Rc<dyn Transport>) -> Running {
    (Parts::HERE.kubectl.run)(process, transport)
}

#[wasm_split(kubectl)]
fn complete_kubectl(words: &[String], transport: Rc<dyn Transport>) -> Vec<Candidate> {
    (Parts::HERE.kubectl.complete)(words, transport)
}

/// A part of the module, as far as it has come.
struct Part {
    fetch: fn() -> LocalBoxFuture<'static, ()>,
    on_its_way: Option<LocalBoxFuture<'static, ()>>,
    here: bool,
}

impl Part {
    fn new(fetch: fn() -> LocalBoxFuture<'static, ()>) -> RefCell<Self> {
        RefCell::new(Self { fetch, on_its_way: None, here: false })
    }

    fn is_here(&mut self) -> bool {
        if !self.here {
            let fetch = self.on_its_way.get_or_insert_with(self.fetch);
            self.here = at_once(fetch.as_mut()).is_some();
        }
        self.here
    }
}

/// What a future comes to if it is ready. Nobody has to be woken: who waits for a part asks again.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
