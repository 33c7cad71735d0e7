//! Protocol buffers' wire format, as far as etcd's messages need it.

use etcd::rpc::{Request, RequestOp};

use super::wire_messages::ToWire;

/// A message being encoded. Fields that have their type's zero are left out, as proto3 does.
#[derive(Clone, Debug, Default)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    pub fn new() -> Self {
        Self::default()
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub fn uint(mut self, field: u64, value: u64) -> Self {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value);
        }
        self
    }

    pub fn int(self, field: u64, value: i64) -> Self {
        self.uint(field, value.cast_unsigned())
    }

    pub fn flag(self, field: u64, value: bool) -> Self {
        self.uint(field, value.into())
    }

    /// A length-delimited field, empty or not.
    fn delimited(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.delimited(field, bytes) }
    }

    pub fn texts(self, field: u64, items: &[String]) -> Self {
        items.iter().fold(self, |e, item| e.delimited(field, item.as_bytes()))
    }

    /// A message field that is set.
    pub fn message(self, field: u64, message: &impl ToWire) -> Self {
        self.delimited(field, &message.encode())
    }

    pub fn optional(self, field: u64, message: Option<&impl ToWire>) -> Self {
        match message {
            Some(message) => self.message(field, message),
            None => self,
        }
    }

    pub fn repeated(self, field: u64, messages: &[impl ToWire]) -> Self {
        messages.iter().fold(self, |e, m| e.message(field, m))
    }

    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// How many bytes a request takes on the wire, near enough for the client's limit: requests without a value are small.
pub fn request_size(request: &Request) -> u64 {
    match request {
        Request::Put(put) => put.encode().len() as u64,
        Request::Txn(txn) => {
            let puts = txn.success.iter().chain(&txn.failure).filter_map(|op| match op {
                RequestOp::Put(put) => Some(put.encode().len() as u64),
                _ => None,
            });
            // Each operation is wrapped twice, with a tag and a length.
            puts.map(|size| size + 2 * (1 + varint_len(size))).sum()
        }
        _ => 0,
    }
}

fn varint_len(value: u64) -> u64 {
    u64::from((u64::BITS - value.leading_zeros()).max(1).div_ceil(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use etcd::rpc::PutRequest;

    #[test]
    fn varints_and_fields_are_as_the_format_says() {
        assert_eq!(Encoder::new().uint(1, 300).int(2, 0).bytes(3, b"a").finish(), [0x08, 0xac, 0x02, 0x1a, 1, b'a']);
        assert_eq!(Encoder::new().int(1, -1).finish().len(), 11);
    }

    #[test]
    fn a_put_is_as_large_as_the_real_client_says() {
        let put = PutRequest { key: "k".into(), value: vec![b'z'; 3_000_000].into(), ..PutRequest::default() };
        assert_eq!(request_size(&put.into()), 3_000_008);
    }
}
