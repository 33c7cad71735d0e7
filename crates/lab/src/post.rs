//! The learner's machine on the simulated network: what its programs send and receive, as the messages of the members.

use crate::node::of_etcd;
use border::{Arrival, Message};
use etcd::server::Msg;
use kube::Msg as Carried;
use sim::{Input, Mail, NodeId};

/// A program's message as members know it.
pub(crate) fn message(message: Message) -> Msg {
    match message {
        Message::Call { id, token, request } => Msg::Call { id, token, request },
        Message::More { id, request } => Msg::StreamSend { id, request },
        Message::Cancel { id } => Msg::Cancel { id },
        Message::Dial { id } => Msg::Dial { id },
    }
}

/// What a kubelet wants of its machine, if that is what mail is.
pub(crate) fn ordered(mail: &Mail<Carried>) -> Option<(NodeId, Carried)> {
    match &mail.input {
        Input::Message { from, msg: msg @ (Carried::Exec { .. } | Carried::Signal { .. }) } => {
            Some((*from, msg.clone()))
        }
        _ => None,
    }
}

/// What mail means to a program; `None` when it is for none.
pub(crate) fn arrival(mail: Mail<Carried>) -> Option<Arrival> {
    Some(match of_etcd(mail.input)? {
        Input::Message { msg: Msg::Reply { id, result }, .. } => Arrival::Answer { id, result },
        Input::Message { msg: Msg::Accepted { id }, .. } => Arrival::Accepted { id },
        Input::Message { msg: Msg::StreamItem { id, response }, .. } => Arrival::Item { id, response },
        Input::Message { msg: Msg::StreamEnd { id, status }, .. } => Arrival::End { id, status },
        Input::Refused { msg: Msg::Call { id, .. } | Msg::StreamSend { id, .. } | Msg::Dial { id }, .. } => {
            Arrival::Refused { id }
        }
        Input::Disconnected { peer } => Arrival::Disconnected { peer },
        _ => return None,
    })
}
