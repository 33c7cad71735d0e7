//! The parts of this module that lie in files of their own and are fetched when one of their programs is called first.
//!
//! `#[wasm_split]` marks where a part begins; `cargo xtask` cuts the module there after it has been linked
//! (xtask/src/console.rs). A part shares memory and function table with the module, so nothing lies in both.

use machine::Parts;
use machine::parts::{
    Apart, Call, Candidate, Code, Completing, Groups, Interpreter, Interpreting, LocalBoxFuture, Own, Process,
    RareTools, Surroundings, Unfinished,
};
use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_split_helpers::wasm_split;

type Running = LocalBoxFuture<'static, i32>;

/// The way to what lies in parts. Nothing is called here before its part has come.
pub const PARTS: Parts = Parts {
    shell: Code {
        interpreter: Interpreter {
            is_here: || SHELL.with_borrow_mut(Part::is_here),
            run: |what| Box::pin(async move { shell(what).await.await }),
            complete: |unfinished| at_once(complete_line(unfinished)).flatten(),
        },
        tools: RareTools {
            is_here: || TOOLS.with_borrow_mut(Part::is_here),
            run: |name, process| Box::pin(async move { tool(name, process).await.await }),
            search: |pattern, text| at_once(search(pattern, text)).unwrap_or(Ok(None)),
        },
    },
    etcdctl: Own {
        is_here: || ETCDCTL.with_borrow_mut(Part::is_here),
        run: |process, surroundings| Box::pin(async move { etcdctl(process, surroundings).await.await }),
        complete: |words, surroundings| at_once(complete_etcdctl(words, surroundings)).unwrap_or_default(),
    },
    programs: Apart {
        is_here: || PROGRAMS.with_borrow_mut(Part::is_here),
        run: |call| Box::pin(async move { program(call).await.await }),
        complete: |program, words| at_once(complete(program, words)).unwrap_or_default(),
    },
    kubectl: Own {
        is_here: || KUBECTL.with_borrow_mut(Part::is_here),
        run: |process, surroundings| Box::pin(async move { kubectl(process, surroundings).await.await }),
        complete: |words, surroundings| at_once(complete_kubectl(words, surroundings)).unwrap_or_default(),
    },
};

thread_local! {
    static SHELL: RefCell<Part> = Part::new(|| Box::pin(fetch_shell()));
    static TOOLS: RefCell<Part> = Part::new(|| Box::pin(fetch_tools()));
    static ETCDCTL: RefCell<Part> = Part::new(|| Box::pin(fetch_etcdctl()));
    static PROGRAMS: RefCell<Part> = Part::new(|| Box::pin(fetch_programs()));
    static KUBECTL: RefCell<Part> = Part::new(|| Box::pin(fetch_kubectl()));
}

#[wasm_split(shell, preload(fetch_shell))]
fn shell(what: Interpreting) -> Running {
    (Interpreter::HERE.run)(what)
}

#[wasm_split(shell)]
fn complete_line(unfinished: Unfinished<'_>) -> Option<(usize, Vec<Candidate>)> {
    (Interpreter::HERE.complete)(unfinished)
}

#[wasm_split(tools, preload(fetch_tools))]
fn tool(name: &'static str, process: Process) -> Running {
    (RareTools::HERE.run)(name, process)
}

#[wasm_split(tools)]
fn search(pattern: &str, text: &str) -> Result<Option<Groups>, String> {
    (RareTools::HERE.search)(pattern, text)
}

#[wasm_split(etcdctl, preload(fetch_etcdctl))]
fn etcdctl(process: Process, surroundings: Rc<Surroundings>) -> Running {
    (Own::ETCDCTL.run)(process, surroundings)
}

#[wasm_split(etcdctl)]
fn complete_etcdctl(words: &[String], surroundings: &Surroundings) -> Vec<Candidate> {
    (Own::ETCDCTL.complete)(words, surroundings)
}

#[wasm_split(programs, preload(fetch_programs))]
fn program(call: Call) -> Running {
    (Apart::HERE.run)(call)
}

#[wasm_split(programs)]
fn complete(program: Completing, words: &[String]) -> Vec<Candidate> {
    (Apart::HERE.complete)(program, words)
}

#[wasm_split(kubectl, preload(fetch_kubectl))]
fn kubectl(process: Process, surroundings: Rc<Surroundings>) -> Running {
    (Own::KUBECTL.run)(process, surroundings)
}

#[wasm_split(kubectl)]
fn complete_kubectl(words: &[String], surroundings: &Surroundings) -> Vec<Candidate> {
    (Own::KUBECTL.complete)(words, surroundings)
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
