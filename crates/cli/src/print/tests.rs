//! Every format of the answers people see most, as a real etcdctl 3.5 printed them.

use etcd::rpc::*;

use super::*;

const HEADER: ResponseHeader =
    ResponseHeader { cluster_id: 403640855964645870, member_id: 13803658152347727308, revision: 2, raft_term: 2 };

#[track_caller]
fn check(format: &str, answer: &impl Printable, expected: &str) {
    let (name, hex) = format.split_once("+hex").map_or((format, false), |(name, _)| (name, true));
    let format = Format::new(name, hex).expect("a known format");
    let got = match render(format, answer) {
        Ok(bytes) if format == Format::Protobuf => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(exit) => format!("{}: {}", exit.code, exit.message.unwrap_or_default()),
    };
    assert_eq!(got, expected, "{name}");
}

fn kv(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: value.into(),
        create_revision: 2,
        mod_revision: 2,
        version: 1,
        ..KeyValue::default()
    }
}

#[test]
fn a_range_in_every_format() {
    let range = RangeResponse { header: HEADER, kvs: vec![kv("a", "1")], more: false, count: 1 };
    check("simple", &range, "a\n1\n");
    check("simple+hex", &range, "\\x61\n\\x31\n");
    check(
        "json",
        &range,
        "{\"header\":{\"cluster_id\":403640855964645870,\"member_id\":13803658152347727308,\"revision\":2,\"raft_term\":2},\
         \"kvs\":[{\"key\":\"YQ==\",\"create_revision\":2,\"mod_revision\":2,\"version\":1,\"value\":\"MQ==\"}],\"count\":1}\n",
    );
    check(
        "fields",
        &range,
        "\"ClusterID\" : 403640855964645870\n\"MemberID\" : 13803658152347727308\n\"Revision\" : 2\n\"RaftTerm\" : 2\n\
         \"Key\" : \"a\"\n\"CreateRevision\" : 2\n\"ModRevision\" : 2\n\"Version\" : 1\n\"Value\" : \"1\"\n\"Lease\" : 0\n\
         \"More\" : false\n\"Count\" : 1\n",
    );
    let wire = "0a1908eef3ede484a781cd0510ccebf19cc6be9cc8bf0118022002120c0a01611002180220012a01312001";
    check("protobuf", &range, wire);
    check("table", &range, "4: table not supported as output format");
}

#[test]
fn the_answers_within_a_transaction_have_a_revision_alone() {
    let inner = ResponseHeader { revision: 3, ..ResponseHeader::default() };
    let put = PutResponse { header: inner, prev_kv: None };
    let get = RangeResponse { header: inner, kvs: vec![kv("b", "2")], more: false, count: 1 };
    let txn = TxnResponse {
        header: ResponseHeader { revision: 3, ..HEADER },
        succeeded: true,
        responses: vec![ResponseOp::Put(put), ResponseOp::Range(get)],
    };
    check("simple", &txn, "SUCCESS\n\nOK\n\nb\n2\n");
    check(
        "json",
        &txn,
        "{\"header\":{\"cluster_id\":403640855964645870,\"member_id\":13803658152347727308,\"revision\":3,\"raft_term\":2},\
         \"succeeded\":true,\"responses\":[{\"Response\":{\"response_put\":{\"header\":{\"revision\":3}}}},\
         {\"Response\":{\"response_range\":{\"header\":{\"revision\":3},\"kvs\":[{\"key\":\"Yg==\",\"create_revision\":2,\
         \"mod_revision\":2,\"version\":1,\"value\":\"Mg==\"}],\"count\":1}}}]}\n",
    );
}

#[test]
fn leases_embed_their_header() {
    let granted = Granted(LeaseGrantResponse { header: HEADER, id: 0x694d, ttl: 100, error: String::new() });
    check("simple", &granted, "lease 000000000000694d granted with TTL(100s)\n");
    check(
        "json",
        &granted,
        "{\"cluster_id\":403640855964645870,\"member_id\":13803658152347727308,\"revision\":2,\"raft_term\":2,\
         \"ID\":26957,\"TTL\":100,\"Error\":\"\"}\n",
    );
    check("protobuf", &granted, "08eef3ede484a781cd0510ccebf19cc6be9cc8bf0118022002");
    let left = |keys| TimeToLive {
        response: LeaseTimeToLiveResponse {
            header: HEADER,
            id: 0x694d,
            ttl: 99,
            granted_ttl: 100,
            keys: vec!["a".into(), "a2".into()],
        },
        keys,
    };
    check("simple", &left(false), "lease 000000000000694d granted with TTL(100s), remaining(99s)\n");
    let keys = "lease 000000000000694d granted with TTL(100s), remaining(99s), attached keys([a a2])\n";
    check("simple", &left(true), keys);
}

#[test]
fn members_as_lines_table_and_with_hexadecimal_ids() {
    let member = Member {
        id: 0x91bc3c398fb3c146,
        name: "etcd-1".into(),
        peer_urls: vec!["http://127.0.0.1:22380".into()],
        client_urls: vec!["http://127.0.0.1:22379".into()],
        is_learner: false,
    };
    let list = MemberListResponse { header: ResponseHeader { revision: 0, ..HEADER }, members: vec![member] };
    check(
        "simple",
        &list,
        "91bc3c398fb3c146, started, etcd-1, http://127.0.0.1:22380, http://127.0.0.1:22379, false\n",
    );
    check(
        "table",
        &list,
        "\
+------------------+---------+--------+------------------------+------------------------+------------+
|        ID        | STATUS  |  NAME  |       PEER ADDRS       |      CLIENT ADDRS      | IS LEARNER |
+------------------+---------+--------+------------------------+------------------------+------------+
| 91bc3c398fb3c146 | started | etcd-1 | http://127.0.0.1:22380 | http://127.0.0.1:22379 |      false |
+------------------+---------+--------+------------------------+------------------------+------------+
",
    );
    check(
        "json+hex",
        &list,
        "{\"header\":{\"cluster_id\":\"59a05384c9b79ee\",\"member_id\":\"bf9071f4639c75cc\",\"raft_term\":2},\
         \"members\":[{\"ID\":\"91bc3c398fb3c146\",\"name\":\"etcd-1\",\"peerURLs\":[\"http://127.0.0.1:22380\"],\
         \"clientURLS\":[\"http://127.0.0.1:22379\"]}]}\n",
    );
}

#[test]
fn a_watch_has_the_names_of_the_client_library() {
    let deleted = KeyValue { key: "k".into(), mod_revision: 3, ..KeyValue::default() };
    let event = Event { r#type: EventType::Delete, kv: deleted, prev_kv: None };
    let response = WatchResponse {
        header: ResponseHeader { revision: 3, ..HEADER },
        events: vec![event],
        ..WatchResponse::default()
    };
    check("simple", &WatchShown(&response), "DELETE\nk\n\n");
    check(
        "json",
        &WatchShown(&response),
        "{\"Header\":{\"cluster_id\":403640855964645870,\"member_id\":13803658152347727308,\"revision\":3,\"raft_term\":2},\
         \"Events\":[{\"type\":1,\"kv\":{\"key\":\"aw==\",\"mod_revision\":3}}],\"CompactRevision\":0,\"Canceled\":false,\
         \"Created\":false}\n",
    );
}

#[test]
fn permissions_show_what_they_reach() {
    let permission = |perm_type, key: &str, end: &str| Permission { perm_type, key: key.into(), range_end: end.into() };
    let response = AuthRoleGetResponse {
        header: HEADER,
        perm: vec![
            permission(PermissionType::Read, "/app/", "/app0"),
            permission(PermissionType::Write, "bar", ""),
            permission(PermissionType::ReadWrite, "zzz", "\0"),
        ],
    };
    let shown = RoleShown { name: "r".into(), response };
    let expected = "Role r\nKV Read:\n\t[/app/, /app0) (prefix /app/)\n\t[zzz, <open ended>\nKV Write:\n\tbar\n\
                    \t[zzz, <open ended>\n";
    check("simple", &shown, expected);
}

#[test]
fn what_has_no_such_format_says_so() {
    check("fields", &AuthUserListResponse::default(), "4: fields not supported as output format");
    check("protobuf", &Vec::<EndpointStatus>::new(), "4: protobuf not supported as output format");
    check("json", &Vec::<EndpointStatus>::new(), "[]\n");
}
