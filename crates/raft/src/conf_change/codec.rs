//! Membership changes as entry data: etcd's own protobuf encoding (etcd: raft/raftpb/raft.proto), so that an entry
//! weighs what it weighs in etcd and a dump of the log reads the same.

use super::{ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2};
use crate::{Bytes, Error, Result};

/// Wire types of the encoding; no others occur.
const VARINT: u64 = 0;
const BYTES: u64 = 2;

struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3 | VARINT);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | BYTES);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }
}

/// The value of a field.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(TRUNCATED)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::Decode("membership change: a number has more than 64 bits"))
    }

    /// The next field's number and value, or `None` at the end.
    fn field(&mut self) -> Result<Option<(u64, Value<'a>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            VARINT => Value::Number(self.varint()?),
            BYTES => {
                let length = usize::try_from(self.varint()?).map_err(|_| TRUNCATED)?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or(TRUNCATED)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            _ => return Err(Error::Decode("membership change: unknown wire type")),
        };
        Ok(Some((tag >> 3, value)))
    }
}

const TRUNCATED: Error = Error::Decode("membership change: the data ends too early");

fn change_type(number: u64) -> Result<ConfChangeType> {
    Ok(match number {
        0 => ConfChangeType::AddNode,
        1 => ConfChangeType::RemoveNode,
        2 => ConfChangeType::UpdateNode,
        3 => ConfChangeType::AddLearnerNode,
        _ => return Err(Error::Decode("membership change: unknown type of change")),
    })
}

fn transition(number: u64) -> Result<ConfChangeTransition> {
    Ok(match number {
        0 => ConfChangeTransition::Auto,
        1 => ConfChangeTransition::JointImplicit,
        2 => ConfChangeTransition::JointExplicit,
        _ => return Err(Error::Decode("membership change: unknown transition")),
    })
}

impl ConfChange {
    /// The change as entry data.
    pub fn encode(&self) -> Bytes {
        let mut out = Writer(Vec::new());
        if self.id != 0 {
            out.number(1, self.id);
        }
        out.number(2, self.change_type as u64);
        out.number(3, self.node_id);
        if !self.context.is_empty() {
            out.bytes(4, &self.context);
        }
        out.0.into()
    }

    /// Reads entry data.
    ///
    /// # Errors
    /// [`Error::Decode`] saying what is wrong with it.
    pub fn decode(data: &[u8]) -> Result<ConfChange> {
        let mut change = ConfChange::default();
        let mut input = Reader(data);
        while let Some(field) = input.field()? {
            match field {
                (1, Value::Number(id)) => change.id = id,
                (2, Value::Number(number)) => change.change_type = change_type(number)?,
                (3, Value::Number(node_id)) => change.node_id = node_id,
                (4, Value::Bytes(context)) => change.context = context.into(),
                _ => {}
            }
        }
        Ok(change)
    }
}

impl ConfChangeSingle {
    fn encode(&self) -> Vec<u8> {
        let mut out = Writer(Vec::new());
        out.number(1, self.change_type as u64);
        out.number(2, self.node_id);
        out.0
    }

    fn decode(data: &[u8]) -> Result<ConfChangeSingle> {
        let mut change = ConfChangeSingle::default();
        let mut input = Reader(data);
        while let Some(field) = input.field()? {
            match field {
                (1, Value::Number(number)) => change.change_type = change_type(number)?,
                (2, Value::Number(node_id)) => change.node_id = node_id,
                _ => {}
            }
        }
        Ok(change)
    }
}

impl ConfChangeV2 {
    /// The change as entry data. The empty change is empty data, which raft never refuses for its size.
    pub fn encode(&self) -> Bytes {
        let mut out = Writer(Vec::new());
        if *self == ConfChangeV2::default() {
            return Bytes::EMPTY;
        }
        out.number(1, self.transition as u64);
        for change in &self.changes {
            out.bytes(2, &change.encode());
        }
        if !self.context.is_empty() {
            out.bytes(3, &self.context);
        }
        out.0.into()
    }

    /// Reads entry data.
    ///
    /// # Errors
    /// [`Error::Decode`] saying what is wrong with it.
    pub fn decode(data: &[u8]) -> Result<ConfChangeV2> {
        let mut change = ConfChangeV2::default();
        let mut input = Reader(data);
        while let Some(field) = input.field()? {
            match field {
                (1, Value::Number(number)) => change.transition = transition(number)?,
                (2, Value::Bytes(single)) => change.changes.push(ConfChangeSingle::decode(single)?),
                (3, Value::Bytes(context)) => change.context = context.into(),
                _ => {}
            }
        }
        Ok(change)
    }
}
