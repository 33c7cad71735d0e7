//! Where the cluster and the learner's machine meet.
//!
//! The lab has the clock, the cluster and the network; the machine has a shell, files and programs. All that one asks of
//! the other is in the trait [`Machine`], and all that crosses is plain data. So the machine may live in the same program,
//! as it does natively, or in a wasm module of its own: then [`Near`] stands in its place and [`Far`] answers there.

#![forbid(unsafe_code)]

mod disk;
mod far;
mod machine;
mod names;
mod near;
mod post;
mod question;
mod tls;

pub use disk::{IN_USE, WAL_FILE, database, snap_dir, wal_dir};
pub use far::Far;
pub use machine::{Job, Machine, Maker, SessionId, Setup, Turn};
pub use names::{HOME, LEARNER, Listener, MANIFESTS, Names, OWN_ADDRESSES, is_own, resolves};
pub use near::{Channel, Near};
pub use post::{Arrival, Event, Launch, Message, Network, Order, Sending};
pub use tls::{Certificate, ServerTls, of_kubeadm};
