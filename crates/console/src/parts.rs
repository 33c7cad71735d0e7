//! The parts of this module that lie in files of their own and are fetched when something in them is called first.
//!
//! `#[wasm_split]` marks where a part begins; `cargo xtask` cuts the module there after it has been linked
//! (xtask/src/split.rs). A part shares memory and function table with the module, so nothing lies in both.
//!
//! There is one such function for each part, and it hands out the way to everything in it. With two, each would have to be
//! awaited by itself, and what is here would not be here for the other.

use machine::Parts;
use machine::parts::{Apart, Candidate, Code, Interpreter, LocalBoxFuture, Own, RareCommands, RareTools};
use std::cell::RefCell;
use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::LocalKey;
use wasm_split_helpers::wasm_split;

/// The way to what lies in parts. Nothing is called here before its part has come.
pub const PARTS: Parts = Parts {
    shell: Code {
        interpreter: Interpreter {
            is_here: || SHELL.is_here(),
            run: |what| SHELL.found().map_or_else(nobody, |here| (here.run)(what)),
            complete: |unfinished| SHELL.found().and_then(|here| (here.complete)(unfinished)),
        },
        tools: RareTools {
            is_here: || TOOLS.is_here(),
            run: |name, process| TOOLS.found().map_or_else(nobody, |here| (here.run)(name, process)),
            search: |pattern, text| TOOLS.found().map_or(Ok(None), |here| (here.search)(pattern, text)),
        },
    },
    etcdctl: Own {
        is_here: || ETCDCTL.is_here(),
        run: |process, found| ETCDCTL.found().map_or_else(nobody, |here| (here.run)(process, found)),
        complete: |words, found| ETCDCTL.found().map_or_else(nothing, |here| (here.complete)(words, found)),
    },
    programs: Apart {
        is_here: || PROGRAMS.is_here(),
        run: |call| PROGRAMS.found().map_or_else(nobody, |here| (here.run)(call)),
        complete: |program, words| PROGRAMS.found().map_or_else(nothing, |here| (here.complete)(program, words)),
    },
    kubectl: Own {
        is_here: || KUBECTL.is_here(),
        run: |process, found| KUBECTL.found().map_or_else(nobody, |here| (here.run)(process, found)),
        complete: |words, found| KUBECTL.found().map_or_else(nothing, |here| (here.complete)(words, found)),
    },
    rare_commands: RareCommands {
        is_here: || ADMIN.is_here(),
        run: |call| ADMIN.found().map_or_else(nobody, |here| (here.0.run)(call)),
        kustomize: |process, directory| {
            ADMIN.found().map_or_else(|| Ok(Vec::new()), |here| (here.0.kustomize)(process, directory))
        },
    },
    kubeadm: Own {
        is_here: || ADMIN.is_here(),
        run: |process, found| ADMIN.found().map_or_else(nobody, |here| (here.1.run)(process, found)),
        complete: |words, found| ADMIN.found().map_or_else(nothing, |here| (here.1.complete)(words, found)),
    },
};

#[wasm_split(shell)]
fn shell() -> Interpreter {
    Interpreter::HERE
}

#[wasm_split(tools)]
fn tools() -> RareTools {
    RareTools::HERE
}

#[wasm_split(etcdctl)]
fn etcdctl() -> Own {
    Own::ETCDCTL
}

#[wasm_split(programs)]
fn programs() -> Apart {
    Apart::HERE
}

#[wasm_split(kubectl)]
fn kubectl() -> Own {
    Own::KUBECTL
}

#[wasm_split(admin)]
fn admin() -> (RareCommands, Own) {
    (RareCommands::HERE, Own::KUBEADM)
}

thread_local! {
    static SHELL: RefCell<Part<Interpreter>> = Part::new(|| Box::pin(shell()));
    static TOOLS: RefCell<Part<RareTools>> = Part::new(|| Box::pin(tools()));
    static ETCDCTL: RefCell<Part<Own>> = Part::new(|| Box::pin(etcdctl()));
    static PROGRAMS: RefCell<Part<Apart>> = Part::new(|| Box::pin(programs()));
    static KUBECTL: RefCell<Part<Own>> = Part::new(|| Box::pin(kubectl()));
    static ADMIN: RefCell<Part<(RareCommands, Own)>> = Part::new(|| Box::pin(admin()));
}

/// What a program comes to whose code nobody has waited for.
fn nobody() -> LocalBoxFuture<'static, i32> {
    Box::pin(ready(127))
}

fn nothing() -> Vec<Candidate> {
    Vec::new()
}

/// A part of the module, as far as it has come: the way to what is in it.
struct Part<T: 'static> {
    fetch: fn() -> LocalBoxFuture<'static, T>,
    on_its_way: Option<LocalBoxFuture<'static, T>>,
    found: Option<T>,
}

impl<T> Part<T> {
    fn new(fetch: fn() -> LocalBoxFuture<'static, T>) -> RefCell<Self> {
        RefCell::new(Self { fetch, on_its_way: None, found: None })
    }
}

/// A part where the rest of the module finds it.
trait Place<T> {
    /// Whether it is here. Asked for the first time, it begins to come.
    fn is_here(&'static self) -> bool;

    /// The way to what is in it, if it is here.
    fn found(&'static self) -> Option<T>;
}

impl<T: Copy> Place<T> for LocalKey<RefCell<Part<T>>> {
    fn is_here(&'static self) -> bool {
        self.with_borrow_mut(|Part { fetch, on_its_way, found }| {
            if found.is_none() {
                *found = at_once(on_its_way.get_or_insert_with(fetch).as_mut());
            }
            found.is_some()
        })
    }

    fn found(&'static self) -> Option<T> {
        self.with_borrow(|part| part.found)
    }
}

/// What a future comes to if it is ready. Nobody has to be woken: who waits for a part asks again.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
