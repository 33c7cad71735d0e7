//! Reading YAML into JSON values, document by document. Fields keep their order.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value};

use super::scalar::resolve;

/// How deep collections may lie in each other, and how many values aliases may stand for.
const MAX_DEPTH: usize = 200;
const MAX_VALUES: usize = 200_000;

/// The documents of a stream; those without content are left out. The error is in the words of Go's parser, with the
/// line.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: Vec::new(), values: 0 };
    let mut found = Vec::new();
    loop {
        match reader.next()? {
            Event::StreamEnd => return Ok(found),
            Event::DocumentStart(_) => {
                let event = reader.next()?;
                let value = reader.value(event, 0)?;
                if !value.is_null() {
                    found.push(value);
                }
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: Vec<(usize, Value)>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.parser.next_event() {
            None => Ok(Event::StreamEnd),
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(format!("yaml: line {}: {}", error.marker().line(), go_words(error.info()))),
        }
    }

    fn value(&mut self, event: Event<'a>, depth: usize) -> Result<Value, String> {
        self.values += 1;
        if depth > MAX_DEPTH {
            return Err("yaml: exceeded max depth of 10000".to_owned());
        }
        if self.values > MAX_VALUES {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        match event {
            Event::Alias(anchor) => {
                let known = self.anchors.iter().find(|(id, _)| *id == anchor);
                let value = known.map(|(_, value)| value.clone()).ok_or("yaml: unknown anchor")?;
                self.values += size(&value);
                Ok(value)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_string = tag.is_some_and(|tag| tag.suffix == "str");
                let value = match style {
                    ScalarStyle::Plain if !is_string => resolve(&text),
                    _ => Value::String(text.into_owned()),
                };
                Ok(self.remember(anchor, value))
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => return Ok(self.remember(anchor, Value::Array(items))),
                        event => items.push(self.value(event, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(anchor, _) => {
                let fields = self.mapping(depth)?;
                Ok(self.remember(anchor, Value::Object(fields)))
            }
            _ => Ok(Value::Null),
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Map<String, Value>, String> {
        let mut fields = Map::new();
        let mut merged = Vec::new();
        loop {
            let event = match self.next()? {
                Event::MappingEnd => break,
                event => event,
            };
            let key = match self.value(event, depth + 1)? {
                Value::String(key) => key,
                Value::Array(_) | Value::Object(_) => return Err("yaml: invalid map key".to_owned()),
                key => key.to_string(),
            };
            let event = self.next()?;
            let value = self.value(event, depth + 1)?;
            match (key.as_str(), value) {
                ("<<", Value::Object(other)) => merged.push(other),
                (_, value) if fields.contains_key(&key) => {
                    let _ = value;
                    return Err(format!("yaml: unmarshal errors:\n  key {key:?} already set in map"));
                }
                (_, value) => {
                    fields.insert(key, value);
                }
            }
        }
        for (key, value) in merged.into_iter().flatten() {
            if !fields.contains_key(&key) {
                fields.insert(key, value);
            }
        }
        Ok(fields)
    }

    fn remember(&mut self, anchor: usize, value: Value) -> Value {
        if anchor != 0 {
            self.anchors.push((anchor, value.clone()));
        }
        value
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// The reason as Go's parser would say it, where a learner is likely to meet it.
fn go_words(info: &str) -> String {
    let known = [
        ("mapping values are not allowed", "mapping values are not allowed in this context"),
        ("tabs", "found character that cannot start any token"),
        ("tab", "found character that cannot start any token"),
        ("did not find expected key", "did not find expected key"),
        ("simple key expect", "could not find expected ':'"),
        ("simple key expected", "could not find expected ':'"),
    ];
    let found = known.iter().find(|(part, _)| info.contains(part));
    found.map_or_else(|| info.to_owned(), |(_, words)| (*words).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: &[Value]) {
        assert_eq!(documents(text), Ok(expected.to_vec()), "{text}");
    }

    #[test]
    fn documents_are_read_with_types_and_order() {
        check("a: 1\nb: [x, 'y', {c: yes}]\n", &[json!({"a": 1, "b": ["x", "y", {"c": true}]})]);
        check("---\na: 1\n---\n# nothing\n---\nb: |\n  x\n  y\n", &[json!({"a": 1}), json!({"b": "x\ny\n"})]);
        check("base: &b {x: 1}\nother:\n  <<: *b\n  z: 2\n", &[json!({"base": {"x": 1}, "other": {"z": 2, "x": 1}})]);
        check("{\"kind\": \"Pod\", \"n\": 1.5}", &[json!({"kind": "Pod", "n": 1.5})]);
    }

    #[test]
    fn errors_name_the_line() {
        let error = documents("a: 1\nb: c: d\n").unwrap_err();
        assert!(error.starts_with("yaml: line 2: mapping values are not allowed"), "{error}");
        assert!(documents("a: [1\n").is_err());
        assert!(documents("a: 1\na: 2\n").is_err());
    }
}
