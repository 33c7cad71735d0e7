//! Delivering and losing messages.

use raft::{Describe, Message, MessageKind, Storage, is_local_target};

use super::Outcome;
use super::env::Env;
use crate::datadriven::Case;

impl Env {
    /// `deliver-msgs 1 2 drop=(3) type=MsgApp`
    pub fn deliver(&mut self, case: &Case) -> Outcome {
        let mut recipients = Vec::new();
        let mut kind = None;
        for argument in &case.arguments {
            match argument.key.as_str() {
                "drop" => recipients.extend(argument.values.iter().map(|id| (id.parse().expect("a member"), true))),
                "type" => {
                    let name = &argument.values[0];
                    let found = MessageKind::ALL.into_iter().find(|kind| kind.name() == name);
                    kind = Some(found.ok_or_else(|| format!("unknown message type {name}"))?);
                }
                id => recipients.push((id.parse().expect("a member"), false)),
            }
        }
        let mut count = 0;
        for (to, drop) in recipients {
            count += self.deliver_to(to, kind, drop)?;
        }
        if count == 0 {
            self.print("no messages\n");
        }
        Ok(())
    }

    /// Delivers or drops the messages to `to`, those of one kind only if that is given, and counts them.
    pub fn deliver_to(&mut self, to: u64, kind: Option<MessageKind>, drop: bool) -> Result<usize, String> {
        let chosen: Vec<_> = self.messages.extract_if(.., |m| is_chosen(m, to, kind, drop)).collect();
        let count = chosen.len();
        for message in chosen {
            self.print(if drop { "dropped: " } else { "" });
            self.print(format!("{}\n", Describe(&message)));
            if !drop && let Err(error) = self.with(to as usize - 1, |node| node.step(message)) {
                self.print(format!("{error}\n"));
            }
        }
        Ok(count)
    }

    pub fn has_messages_to(&self, to: u64) -> bool {
        self.messages.iter().any(|message| message.to == to)
    }

    /// `send-snapshot 1 3`
    pub fn send_snapshot(&mut self, case: &Case) -> Outcome {
        let ids = case.numbers();
        let (from, to) = (ids[0], ids[1]);
        let node = &self.members[from as usize - 1].node;
        let snapshot = node.storage().snapshot().map_err(|error| error.to_string())?;
        let term = node.basic_status().hard_state.term;
        let message = Message { from, term, snapshot: Some(snapshot), ..Message::new(MessageKind::Snap, to) };
        self.print(Describe(&message).to_string());
        self.messages.push(message);
        Ok(())
    }
}

/// A member's messages to itself and its storage are never lost.
fn is_chosen(m: &Message, to: u64, kind: Option<MessageKind>, drop: bool) -> bool {
    let local = m.from == m.to || is_local_target(m.from) || is_local_target(m.to);
    m.to == to && !(drop && local) && kind.is_none_or(|kind| m.kind == kind)
}
