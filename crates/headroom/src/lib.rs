//! Lets a wasm module's memory grow in few large steps.
//!
//! The standard library's allocator asks the browser for a page of 64 KiB whenever it runs out, and each time costs a
//! good part of a millisecond: the browser takes it for a reason to collect garbage. A cluster under a load of puts
//! spent two fifths of its time so. Room that is asked for ahead costs nothing until it is used.

#![forbid(unsafe_code)]

/// Of the present memory, which part is asked for ahead, and how many bytes at least and at most.
#[cfg(target_arch = "wasm32")]
const AHEAD: (usize, usize, usize) = (4, 4 << 20, 64 << 20);

/// Watches how the memory grows.
#[derive(Debug, Default)]
pub struct Headroom {
    /// Bytes of the memory after the last step.
    #[cfg(target_arch = "wasm32")]
    known: usize,
}

impl Headroom {
    /// To be called now and then: makes the memory larger if it had to grow since the last call. Does nothing outside
    /// of wasm, and nothing where there is no more memory to be had.
    pub fn keep(&mut self) {
        #[cfg(target_arch = "wasm32")]
        {
            const PAGE: usize = 64 << 10;
            let size = || core::arch::wasm32::memory_size::<0>() * PAGE;
            if size() != self.known {
                let (part, least, most) = AHEAD;
                // What the allocator gets in order to give this, it keeps when it has it back.
                let mut room = Vec::<u8>::new();
                let _ = room.try_reserve_exact((size() / part).clamp(least, most));
                // Without this the compiler sees that nobody uses it, and asks for nothing.
                drop(core::hint::black_box(room));
                self.known = size();
            }
        }
    }
}
