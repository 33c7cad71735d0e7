//! Everything that reads what comes from outside, and what has to hold of it.

mod pages;
mod sessions;
mod stored;
mod text;
mod worlds;

/// Whether an input is withstood; what did not hold, in words.
pub type Withstands = Box<dyn FnMut(&[u8]) -> Result<(), String>>;

/// Something that reads what comes from outside.
pub struct Target {
    pub name: &'static str,
    /// Real inputs to begin with.
    pub samples: fn() -> Vec<Vec<u8>>,
    /// What is made once for many inputs, and then tries them.
    pub prepare: fn() -> Withstands,
    /// How many inputs a test of a second or two can try.
    pub quick: u64,
}

/// All of them. What takes bytes from the network or a file stands before what takes a learner's lines.
pub const TARGETS: [Target; 10] = [
    sessions::SESSION,
    sessions::MESSAGE,
    stored::SNAPSHOT,
    stored::DATA_DIR,
    text::YAML,
    text::SHELL,
    pages::PAGES,
    worlds::CONSOLE,
    worlds::KUBECTL,
    worlds::MANIFEST,
];
