//! What runs at one address of the simulation.

use etcd::server::Server;
use kube::{Component, Msg, Note};
use sim::{Actor, Input, Out, Time};

/// A process of the cluster.
#[expect(clippy::large_enum_variant, reason = "there are few, and a member's state is best reached without a detour")]
pub(crate) enum Node {
    /// A member of etcd.
    Member(Server),
    /// A component of Kubernetes.
    Component(Box<dyn Component>),
}

impl Node {
    /// The member of etcd, if it is one.
    pub fn member(&self) -> Option<&Server> {
        match self {
            Self::Member(server) => Some(server),
            Self::Component(_) => None,
        }
    }

    /// The component of Kubernetes, if it is one.
    pub fn component(&self) -> Option<&dyn Component> {
        match self {
            Self::Member(_) => None,
            Self::Component(component) => Some(&**component),
        }
    }

    /// The component of Kubernetes, if it is one.
    pub fn component_mut(&mut self) -> Option<&mut dyn Component> {
        match self {
            Self::Member(_) => None,
            Self::Component(component) => Some(&mut **component),
        }
    }

    /// The member of etcd, if it is one.
    pub fn member_mut(&mut self) -> Option<&mut Server> {
        match self {
            Self::Member(server) => Some(server),
            Self::Component(_) => None,
        }
    }
}

impl Clone for Node {
    fn clone(&self) -> Self {
        match self {
            Self::Member(server) => Self::Member(server.clone()),
            Self::Component(component) => Self::Component(component.fork()),
        }
    }
}

impl Actor for Node {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        match self {
            Self::Member(server) => {
                // A member does not understand what is said about objects, and nobody says it to one.
                if let Some(input) = of_etcd(input) {
                    out.nested(|out| server.handle(now, input, out));
                }
            }
            Self::Component(component) => component.handle(now, input, out),
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        match self {
            Self::Member(server) => server.next_wakeup(),
            Self::Component(component) => component.next_wakeup(),
        }
    }

    fn crash(&mut self, lose_unsynced: bool) {
        match self {
            Self::Member(server) => server.crash(lose_unsynced),
            Self::Component(component) => component.crash(lose_unsynced),
        }
    }

    fn wipe(&mut self) {
        match self {
            Self::Member(server) => server.wipe(),
            Self::Component(component) => component.wipe(),
        }
    }
}

/// What a member of etcd or a program on the learner's machine understands of an input: everything but what is said
/// about objects.
pub(crate) fn of_etcd(input: Input<Msg>) -> Option<Input<etcd::server::Msg>> {
    Some(match input {
        Input::Start => Input::Start,
        Input::Stop => Input::Stop,
        Input::Message { from, msg: Msg::Etcd(msg) } => Input::Message { from, msg },
        Input::Refused { peer, msg: Msg::Etcd(msg) } => Input::Refused { peer, msg },
        Input::Message { .. } | Input::Refused { .. } => return None,
        Input::Ended { node, code } => Input::Ended { node, code },
        Input::Wakeup => Input::Wakeup,
        Input::DiskDone { token } => Input::DiskDone { token },
        Input::Disconnected { peer } => Input::Disconnected { peer },
    })
}
