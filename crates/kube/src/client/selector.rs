//! Label selectors (`apimachinery/pkg/labels`, `metav1.LabelSelectorAsSelector`).

use serde_json::{Map, Value};

type Labels = Map<String, Value>;

/// Whether labels fit a selector of `matchLabels` and `matchExpressions`. One that is missing fits nothing, one that is
/// empty everything.
pub fn selects(selector: &Value, labels: Option<&Labels>) -> bool {
    let Some(selector) = selector.as_object() else { return false };
    let pairs = selector.get("matchLabels").unwrap_or(&Value::Null);
    let list = selector.get("matchExpressions").and_then(Value::as_array);
    matches(pairs, labels) && list.is_none_or(|list| list.iter().all(|one| expression(one, labels)))
}

/// Whether labels contain every pair of a plain selector such as a service's; one that is missing fits everything.
pub fn matches(pairs: &Value, labels: Option<&Labels>) -> bool {
    let has = |(key, value): (&String, &Value)| labels.and_then(|labels| labels.get(key)) == Some(value);
    pairs.as_object().is_none_or(|pairs| pairs.iter().all(has))
}

/// One of `matchExpressions`, of a label selector or of a node's.
pub fn expression(expression: &Value, labels: Option<&Labels>) -> bool {
    let text = |field: &str| expression[field].as_str().unwrap_or_default();
    let value = labels.and_then(|labels| labels.get(text("key"))).and_then(Value::as_str);
    set_based(text("operator"), value, expression["values"].as_array().map_or(&[], Vec::as_slice))
}

/// Whether a value fits an operator and its values.
pub fn set_based(operator: &str, value: Option<&str>, values: &[Value]) -> bool {
    let among = || value.is_some_and(|value| values.iter().any(|one| one == value));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let compare = || Some((number(value)?, number(values.first().and_then(Value::as_str))?));
    match operator {
        "In" => among(),
        "NotIn" => !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare().is_some_and(|(value, bound)| value > bound),
        "Lt" => compare().is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(selector: Value, expected: bool) {
        let labels = json!({ "app": "web", "size": "3" });
        assert_eq!(selects(&selector, labels.as_object()), expected, "{selector}");
    }

    #[test]
    fn a_selector_asks_for_all_it_names() {
        check(json!({}), true);
        check(Value::Null, false);
        check(json!({ "matchLabels": { "app": "web" } }), true);
        check(json!({ "matchLabels": { "app": "web", "tier": "x" } }), false);
        let one = |operator: &str, values: Value| {
            json!({ "matchExpressions": [
            { "key": "size", "operator": operator, "values": values }] })
        };
        check(one("In", json!(["2", "3"])), true);
        check(one("NotIn", json!(["3"])), false);
        check(one("Exists", json!([])), true);
        check(one("DoesNotExist", json!([])), false);
        check(one("Gt", json!(["2"])), true);
        check(one("Lt", json!(["2"])), false);
    }
}
