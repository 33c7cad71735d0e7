//! `--sort-by` (`k8s.io/kubectl/pkg/cmd/get/sorter.go`).

use std::cmp::Ordering;

use serde_json::Value;

use crate::kubectl::builder::Info;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::jsonpath::{JsonPath, relaxed};
use crate::kubectl::quantity;

/// Sorts the rows of tables. Returns whether any of them has the field.
///
/// # Errors
/// When the path cannot be read.
pub fn tables(tables: &mut Vec<Value>, field: &str) -> Result<bool, Failure> {
    let path = JsonPath::parse(&relaxed(field)?)?;
    let mut found = false;
    for table in tables {
        let Some(rows) = table.get_mut("rows").and_then(Value::as_array_mut) else { continue };
        let mut keyed: Vec<(Option<Value>, Value)> =
            rows.drain(..).map(|row| (key(&path, &row["object"]), row)).collect();
        found |= keyed.iter().any(|(key, _)| key.is_some());
        keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
        rows.extend(keyed.into_iter().map(|(_, row)| row));
    }
    Ok(found)
}

/// Sorts objects.
///
/// # Errors
/// When the path cannot be read, or leads nowhere.
pub fn objects(infos: &mut Vec<Info>, field: &str) -> Result<(), Failure> {
    let path = JsonPath::parse(&relaxed(field)?)?;
    let mut keyed: Vec<(Option<Value>, Info)> = infos.drain(..).map(|info| (key(&path, &info.object), info)).collect();
    keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
    infos.extend(keyed.into_iter().map(|(_, info)| info));
    Ok(())
}

fn key(path: &JsonPath, object: &Value) -> Option<Value> {
    path.find(object).ok()?.into_iter().next().filter(|value| !value.is_null())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (quantity::parse(a), quantity::parse(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            _ => natural(a, b),
        },
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => a.to_string().cmp(&b.to_string()),
    }
}

/// Digits count as numbers (`github.com/fvbommel/sortorder`).
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let run = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
                let (m, n) = (run(a), run(b));
                let trim = |text: &[u8]| {
                    let zeros = text.iter().take_while(|c| **c == b'0').count();
                    text[zeros..].to_vec()
                };
                let (x, y) = (trim(&a[..m]), trim(&b[..n]));
                match x.len().cmp(&y.len()).then(x.cmp(&y)) {
                    Ordering::Equal => (a, b) = (&a[m..], &b[n..]),
                    other => return other,
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (x, y) => return x.cmp(&y),
        }
    }
}
