//! The few messages of etcd's API that the loads need, in protobuf (etcd: api/etcdserverpb/rpc.proto).

/// A field of bytes or of a message.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// `PutRequest`.
pub fn put(key: &[u8], value: &[u8]) -> Vec<u8> {
    [field(1, key), field(2, value)].concat()
}

/// `RangeRequest`, linearizable.
pub fn range(key: &[u8], end: &[u8]) -> Vec<u8> {
    [field(1, key), field(2, end)].concat()
}

/// `WatchRequest` with a `WatchCreateRequest` in it.
pub fn watch(key: &[u8]) -> Vec<u8> {
    field(1, &field(1, key))
}

/// The keys in a `RangeResponse`.
pub fn count_kvs(message: &[u8]) -> u64 {
    count(message, 2)
}

/// The events in a `WatchResponse`.
pub fn count_events(message: &[u8]) -> u64 {
    count(message, 11)
}

/// How often a field stands in a message; up to where it can be read.
fn count(mut message: &[u8], wanted: u64) -> u64 {
    let mut found = 0;
    while let Some(tag) = varint(&mut message) {
        found += u64::from(tag >> 3 == wanted);
        let skip = match tag & 7 {
            0 => varint(&mut message).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut message),
            5 => Some(4),
            _ => None,
        };
        let Some(rest) = skip.and_then(|skip| message.get(usize::try_from(skip).ok()?..)) else { break };
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_fields_are_counted_and_others_passed_over() {
        let value = [b'x'; 300];
        let kv = put(b"key", &value);
        let message = [field(1, b"header"), field(2, &kv), vec![3 << 3, 1], field(2, &kv)].concat();
        assert_eq!(count_kvs(&message), 2);
        assert_eq!(count_events(&message), 0);
        assert_eq!(count_kvs(&message[..message.len() - 1]), 2, "a message cut short");
    }
}
