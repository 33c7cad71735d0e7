//! Follow the request: what one command caused, with times.

use crate::WireKind;
use serde::{Deserialize, Serialize};

/// The causal tree of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waterfall {
    /// [`crate::CommandView::id`].
    pub command: u64,
    pub text: String,
    /// Parents come before their children; siblings in order of their start. At most 500.
    pub spans: Vec<WaterfallSpan>,
    /// How many more there were.
    pub omitted: u64,
}

/// One step of the tree: a message on its way, or something a component did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaterfallSpan {
    pub id: u64,
    /// The span that caused it; `None` for the command itself.
    pub parent: Option<u64>,
    /// Where it happened; for a message, who sent it.
    pub component: String,
    /// For a message, who received it.
    pub to: Option<String>,
    /// For a message, what it is about.
    pub kind: Option<WireKind>,
    pub label: String,
    pub start: u64,
    /// Equal to `start` for what takes no time.
    pub end: u64,
}
