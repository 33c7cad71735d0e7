//! The page is built in steps, each in a task of its own, so that a slow phone stays answering meanwhile.

use crate::dom;
use crate::reactive::{Memo, RwSignal};

/// How much of the workbench stands; a handle that can be copied.
#[derive(Clone, Copy)]
pub struct Stage(RwSignal<u8>);

impl Stage {
    /// The notes stand from the beginning: they are read first.
    const NOTES: u8 = 0;
    pub const CLUSTER: u8 = 1;
    pub const CONSOLE: u8 = 2;

    pub fn new() -> Self {
        Self(RwSignal::new(Self::NOTES))
    }

    /// Whether a part stands already; reactive.
    pub fn has(self, part: u8) -> bool {
        let Self(stage) = self;
        // A memo: a part that stands is not built anew when the next one comes.
        Memo::new(move |_| stage.get() >= part).get()
    }

    /// Builds the rest, a part after each painted frame, and calls `done` when all stands.
    pub fn go_on(self, done: impl FnOnce() + 'static) {
        let Self(stage) = self;
        // What runs in a frame's callback still belongs to that frame; what it defers runs after the paint.
        dom::on_next_frame(move |_| {
            dom::after(0, move || {
                stage.update(|stage| *stage += 1);
                if stage.get_untracked() < Self::CONSOLE { self.go_on(done) } else { done() }
            });
        });
    }
}
