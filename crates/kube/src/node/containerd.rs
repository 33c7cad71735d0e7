//! containerd, the process that the kubelet asks for containers. What runs in them goes on without it; nothing new begins.
//! What it holds the kubelet's actor keeps ([`crate::kubelet`]), which asks it directly.

use crate::component::{Look, Seen};
use crate::{Msg, Note};
use sim::{Actor, Input, Out, Time};

/// The process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Containerd;

impl Actor for Containerd {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, _now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        if let Input::Stop = input {
            out.exit(0);
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        None
    }

    fn crash(&mut self, _lose_unsynced: bool) {}

    fn wipe(&mut self) {}
}

impl Seen for Containerd {
    fn look(&self) -> Look {
        Look::default()
    }
}
