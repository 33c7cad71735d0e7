use serde_json::json;

use super::{answers, requests};
use crate::rpc::*;

fn check(path: &str, body: serde_json::Value, expected: Result<Request, &str>) {
    let found = requests::request(path, &body).unwrap_or_else(|| panic!("no call {path}"));
    assert_eq!(found, expected.map_err(str::to_owned), "{path} {body}");
}

#[test]
fn fields_may_be_missing_in_either_style_and_numbers_text() {
    let range = RangeRequest { key: "a".into(), range_end: "b".into(), limit: 2, ..Default::default() };
    check("/kv/range", json!({"key": "YQ==", "range_end": "Yg==", "limit": "2"}), Ok(range.clone().into()));
    check("/kv/range", json!({"key": "YQ==", "rangeEnd": "Yg==", "limit": 2}), Ok(range.clone().into()));
    let sorted = RangeRequest { sort_order: SortOrder::Descend, sort_target: SortTarget::Mod, ..range };
    let body = json!({"key": "YQ==", "range_end": "Yg==", "limit": 2, "sort_order": "DESCEND", "sort_target": 3});
    check("/kv/range", body, Ok(sorted.into()));
    check("/lease/grant", json!({"TTL": 60}), Ok(LeaseGrantRequest { ttl: 60, id: 0 }.into()));
    let id = u64::MAX;
    check("/cluster/member/remove", json!({"ID": id.to_string()}), Ok(MemberRemoveRequest { id }.into()));
    let user = AuthUserAddRequest {
        name: "ann".into(),
        options: Some(UserAddOptions { no_password: true }),
        ..Default::default()
    };
    check("/auth/user/add", json!({"name": "ann", "options": {"no_password": true}}), Ok(user.into()));
}

#[test]
fn what_is_no_message_is_refused() {
    check("/kv/range", json!({"key": "?"}), Err("illegal base64 data at input byte 0"));
    check("/kv/range", json!({"key": "not base64"}), Err("illegal base64 data at input byte 3"));
    check("/kv/range", json!({"key": "YQ==YQ"}), Err("illegal base64 data at input byte 4"));
    check("/kv/range", json!({"limit": "many"}), Err("invalid value for field \"limit\": a whole number expected"));
    check("/kv/range", json!(["YQ=="]), Err("a message is an object"));
    check("/kv/txn", json!({"success": [{"request_drop": {}}]}), Err("unknown field \"request_drop\""));
    check("/kv/txn", json!({"compare": [{"key": 1}]}), Err("invalid value for field \"key\": a text expected"));
    assert_eq!(requests::request("/kv/none", &json!({})), None);
}

#[test]
fn fields_that_do_not_exist_do_not_count() {
    check(
        "/kv/range",
        json!({"keys": "YQ==", "key": "YQ=="}),
        Ok(RangeRequest { key: "a".into(), ..Default::default() }.into()),
    );
}

#[test]
fn a_watch_is_a_stream_of_one_request() {
    let create = WatchCreateRequest { key: "a".into(), start_revision: 2, ..Default::default() };
    let body = json!({"create_request": {"key": "YQ==", "start_revision": "2"}});
    check("/watch", body, Ok(Request::Watch(WatchRequest::Create(create))));
    let kv = KeyValue { key: "a".into(), mod_revision: 3, ..Default::default() };
    let event = Event { r#type: EventType::Delete, kv, prev_kv: None };
    let shown = json!({"header": {}, "events": [{"type": "DELETE", "kv": {"key": "YQ==", "mod_revision": "3"}}]});
    let header = ResponseHeader::default();
    let answered = answers::shown(&WatchResponse { header, events: vec![event], ..Default::default() }.into());
    assert_eq!(answered["events"], shown["events"]);
}

#[test]
fn a_transaction_holds_compares_and_operations() {
    let body = json!({
        "compare": [{"result": "GREATER", "target": "VALUE", "key": "YQ==", "value": "MQ=="}],
        "success": [{"requestPut": {"key": "YQ==", "value": "Mg=="}}],
        "failure": [{"request_txn": {"success": [{"request_delete_range": {"key": "YQ=="}}]}}],
    });
    let delete = RequestOp::DeleteRange(DeleteRangeRequest { key: "a".into(), ..Default::default() });
    let expected = TxnRequest {
        compare: vec![Compare {
            result: CompareResult::Greater,
            target: CompareTarget::Value("1".into()),
            key: "a".into(),
            ..Default::default()
        }],
        success: vec![RequestOp::Put(PutRequest { key: "a".into(), value: "2".into(), ..Default::default() })],
        failure: vec![RequestOp::Txn(TxnRequest { success: vec![delete], ..Default::default() })],
    };
    check("/kv/txn", body, Ok(expected.into()));
}

#[test]
fn answers_leave_defaults_out_and_write_large_numbers_as_text() {
    let header = ResponseHeader { cluster_id: u64::MAX, revision: 3, ..Default::default() };
    let kv = KeyValue { key: "a".into(), mod_revision: 3, ..Default::default() };
    let range = RangeResponse { header, kvs: vec![kv], count: 1, ..Default::default() };
    let shown_header = json!({"cluster_id": "18446744073709551615", "revision": "3"});
    let shown = json!({"header": shown_header, "kvs": [{"key": "YQ==", "mod_revision": "3"}], "count": "1"});
    assert_eq!(answers::shown(&range.clone().into()), shown);
    let txn = TxnResponse { header, succeeded: true, responses: vec![ResponseOp::Range(range)] };
    let expected = json!({"header": shown_header, "succeeded": true, "responses": [{"response_range": shown}]});
    assert_eq!(answers::shown(&txn.into()), expected);
    let hash = HashKvResponse { header, hash: 7, compact_revision: 2 };
    assert_eq!(answers::shown(&hash.into()), json!({"header": shown_header, "hash": 7, "compact_revision": "2"}));
}
