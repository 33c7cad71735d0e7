//! Membership changes as entry data, and messages on the wire.

use std::sync::Arc;

use raft::{
    AnyConfChange, ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, ConfState, Entry,
    EntryKind, Message, MessageKind, Snapshot, SnapshotMetadata,
};

/// Encodes `change`, expects etcd's own protobuf encoding, and reads it back.
fn check(change: impl Into<AnyConfChange>, expected: &[u8]) {
    let change = change.into();
    let (kind, data) = change.to_entry_data();
    assert_eq!(data.as_slice(), expected, "{change:?}");
    assert_eq!(AnyConfChange::from_entry(kind, &data), Ok(Some(change)));
}

fn everything() -> ConfChangeV2 {
    let changes = ConfChangeSingle::parse_list("v1 l300 r3 u4").expect("a list of changes");
    ConfChangeV2 { transition: ConfChangeTransition::JointExplicit, changes, context: "why".into() }
}

#[test]
fn a_change_of_one_member_is_encoded_as_etcd_does() {
    let change = ConfChange { change_type: ConfChangeType::RemoveNode, node_id: 3, ..ConfChange::default() };
    check(change.clone(), &[0x10, 1, 0x18, 3]);
    check(ConfChange { id: 200, context: "x".into(), ..change }, &[0x08, 200, 1, 0x10, 1, 0x18, 3, 0x22, 1, b'x']);
}

#[test]
fn a_change_of_several_members_is_encoded_as_etcd_does() {
    check(
        everything(),
        &[
            0x08, 2, 0x12, 4, 8, 0, 16, 1, 0x12, 5, 8, 3, 16, 0xac, 2, 0x12, 4, 8, 1, 16, 3, 0x12, 4, 8, 2, 16, 4,
            0x1a, 3, b'w', b'h', b'y',
        ],
    );
}

#[test]
fn leaving_a_joint_configuration_takes_no_data() {
    check(ConfChangeV2::default(), &[]);
}

#[test]
fn data_cut_short_is_refused_or_read_as_less() {
    let data = everything().encode();
    for length in 0..data.len() {
        if let Ok(change) = ConfChangeV2::decode(&data[..length]) {
            assert!(change.changes.len() <= everything().changes.len());
            assert_ne!(change, everything(), "cut at {length}");
        }
    }
}

#[test]
fn foreign_data_is_refused_in_words() {
    let refusals = [
        (&[0x10, 9][..], "membership change: unknown type of change"),
        (&[0x10], "membership change: the data ends too early"),
        (&[0x22, 5, 1], "membership change: the data ends too early"),
        (&[0x13], "membership change: unknown wire type"),
        (&[0xff; 11], "membership change: a number has more than 64 bits"),
    ];
    for (data, expected) in refusals {
        let refusal = ConfChange::decode(data).expect_err("foreign data");
        assert_eq!(refusal.to_string(), expected, "{data:?}");
    }
}

#[test]
fn an_entry_weighs_what_it_weighs_in_etcd() {
    let weigh = |term, index, kind, data: &str| Entry { term, index, kind, data: data.into() }.encoded_size();
    assert_eq!(weigh(1, 1, EntryKind::Normal, ""), 4);
    assert_eq!(weigh(127, 128, EntryKind::Normal, "four"), 2 + 3 + 2 + 4);
    assert_eq!(weigh(1, 1, EntryKind::ConfChange, &"x".repeat(200)), 2 + 2 + 2 + 3 + 200);
    assert_eq!(weigh(u64::MAX, 1, EntryKind::Normal, ""), 11 + 2);
}

#[test]
fn a_message_survives_the_wire() {
    let metadata = SnapshotMetadata { conf_state: ConfState::new(vec![1, 2], vec![3]), index: 9, term: 2 };
    let inner = Message { entries: vec![Entry::proposal("data"), Entry::default()], ..Message::default() };
    let message = Message {
        from: 1,
        term: 3,
        reject: true,
        context: "context".into(),
        snapshot: Some(Arc::new(Snapshot { data: vec![0, 255].into(), metadata })),
        responses: vec![inner],
        ..Message::new(MessageKind::StorageAppend, 2)
    };
    let bytes = postcard::to_allocvec(&message).expect("an encoding");
    assert_eq!(postcard::from_bytes::<Message>(&bytes), Ok(message));
}
