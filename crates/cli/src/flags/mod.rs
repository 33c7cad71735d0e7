//! Command lines as cobra and pflag read them: a tree of commands, flags in any place, the errors' words and the two
//! layouts of help text (etcdctl's own and cobra's, which etcdutl keeps).

mod command;
mod complete;
mod env;
mod set;
mod spec;
pub(crate) mod tabwriter;
#[cfg(test)]
mod tests;
mod usage;
mod usage_cobra;

pub use command::{Resolution, Tool, UsageError, UsageStyle};
pub use complete::complete;
pub use env::apply_environment;
pub use set::FlagSet;
pub use spec::{CommandSpec, FlagSpec, Kind, Run};
