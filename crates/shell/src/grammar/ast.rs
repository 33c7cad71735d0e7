//! The syntax tree.

/// A function's definition.
pub struct Function {
    pub name: String,
}
