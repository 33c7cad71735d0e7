//! Writing JSON values as YAML (`go.yaml.in/yaml/v2`: encode.go, emitterc.go, sorter.go): keys sorted, two blanks a step,
//! lists at their key's column, long lines folded at eighty columns.

use serde_json::Value;
use std::cmp::Ordering;

use super::scalar::is_text;

/// Where a line is folded at the next blank.
const WIDTH: usize = 80;
/// A longer key is marked as one, since readers look ahead only so far (`yaml_emitter_check_simple_key`).
const SIMPLE_KEY: usize = 128;

/// A document, ending in a line break.
pub fn write(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0 };
    writer.node(value, 0, true);
    if !writer.out.ends_with('\n') {
        writer.line();
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
        self.column = columns;
    }

    /// A value whose collections stand at `column`; `fresh` is whether the line is still empty up to there.
    fn node(&mut self, value: &Value, column: usize, fresh: bool) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let mut keys: Vec<&String> = fields.keys().collect();
                keys.sort_by(|a, b| natural(a, b));
                for (i, key) in keys.iter().enumerate() {
                    if i > 0 || !fresh {
                        self.begin(column);
                    }
                    if key.len() > SIMPLE_KEY {
                        self.put("? ");
                        self.scalar(key, column + 2, true);
                        self.begin(column);
                    } else {
                        self.scalar(key, column, true);
                    }
                    self.put(":");
                    self.field(&fields[key.as_str()], column);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 || !fresh {
                        self.begin(column);
                    }
                    self.put("- ");
                    match item {
                        Value::Object(_) | Value::Array(_) => self.node(item, column + 2, true),
                        item => self.leaf(item, column + 2),
                    }
                }
            }
            value => self.leaf(value, column + 2),
        }
    }

    fn begin(&mut self, column: usize) {
        if !self.out.ends_with('\n') {
            self.line();
        }
        self.indent(column);
    }

    /// What follows a key that stands at `column`.
    fn field(&mut self, value: &Value, column: usize) {
        match value {
            Value::Object(fields) if !fields.is_empty() => self.node(value, column + 2, false),
            Value::Array(items) if !items.is_empty() => self.node(value, column, false),
            value => {
                self.put(" ");
                self.leaf(value, column + 2);
            }
        }
    }

    fn leaf(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.put("null"),
            Value::Bool(b) => self.put(if *b { "true" } else { "false" }),
            Value::Number(number) => self.put(&number.to_string()),
            Value::String(text) => self.scalar(text, indent, false),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
        }
    }

    /// A text; continuation lines stand at `indent`.
    fn scalar(&mut self, text: &str, indent: usize, is_key: bool) {
        let shape = Shape::of(text);
        let many_lines = text.contains('\n');
        if many_lines && shape.block && !is_key {
            return self.literal(text, indent);
        }
        if !many_lines && is_text(text) {
            return match (shape.plain, shape.single) {
                (true, _) => self.folded(text, indent, !is_key),
                (false, true) => {
                    self.put("'");
                    self.folded(&text.replace('\'', "''"), indent, !is_key);
                    self.put("'");
                }
                (false, false) => self.double(text, indent, !is_key),
            };
        }
        self.double(text, indent, !is_key);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.line();
        let body = text.strip_suffix('\n').unwrap_or(text);
        let last = body.split('\n').count() - 1;
        for (i, line) in body.split('\n').enumerate() {
            if !line.is_empty() {
                self.indent(indent);
                self.put(line);
            }
            if i < last || text.ends_with('\n') {
                self.line();
            }
        }
    }

    fn folded(&mut self, text: &str, indent: usize, may_fold: bool) {
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (i, c) in chars.iter().enumerate() {
            let is_space = *c == ' ';
            let inside = i > 0 && i + 1 < chars.len() && chars[i + 1] != ' ';
            if is_space && may_fold && !spaces && self.column > WIDTH && inside {
                self.line();
                self.indent(indent);
            } else {
                self.out.push(*c);
                self.column += 1;
            }
            spaces = is_space;
        }
    }

    fn double(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.put("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (i, c) in chars.iter().enumerate() {
            let escaped = match c {
                '"' => "\\\"".to_owned(),
                '\\' => "\\\\".to_owned(),
                '\0' => "\\0".to_owned(),
                '\u{7}' => "\\a".to_owned(),
                '\u{8}' => "\\b".to_owned(),
                '\t' => "\\t".to_owned(),
                '\n' => "\\n".to_owned(),
                '\u{b}' => "\\v".to_owned(),
                '\u{c}' => "\\f".to_owned(),
                '\r' => "\\r".to_owned(),
                '\u{1b}' => "\\e".to_owned(),
                '\u{85}' => "\\N".to_owned(),
                '\u{a0}' => "\\_".to_owned(),
                '\u{2028}' => "\\L".to_owned(),
                '\u{2029}' => "\\P".to_owned(),
                c if is_printable(*c) => c.to_string(),
                c if (*c as u32) < 0x100 => format!("\\x{:02X}", *c as u32),
                c if (*c as u32) < 0x1_0000 => format!("\\u{:04X}", *c as u32),
                c => format!("\\U{:08X}", *c as u32),
            };
            let is_space = *c == ' ';
            let inside = i > 0 && i + 1 < chars.len();
            if is_space && may_fold && !spaces && self.column > WIDTH && inside {
                self.line();
                self.indent(indent);
                if chars[i + 1] == ' ' {
                    self.put("\\");
                }
            } else {
                self.put(&escaped);
            }
            spaces = is_space;
        }
        self.put("\"");
    }
}

/// Which notations a text allows (`yaml_emitter_analyze_scalar`).
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        let chars: Vec<char> = text.chars().collect();
        let (mut indicators, mut special) = (text.starts_with("---") || text.starts_with("..."), false);
        let (mut space_break, mut break_space) = (false, false);
        for (i, c) in chars.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| chars[i]);
            let after = chars.get(i + 1);
            let blank_after = after.is_none_or(|c| matches!(c, ' ' | '\t' | '\n'));
            indicators |= match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if i == 0 =>
                {
                    true
                }
                '?' | '-' if i == 0 => blank_after,
                ':' => blank_after,
                '#' => before.is_none_or(|c| matches!(c, ' ' | '\t' | '\n')),
                _ => false,
            };
            special |= !is_printable(*c) && *c != '\n';
            space_break |= *c == '\n' && before == Some(' ');
            break_space |= *c == ' ' && before == Some('\n');
        }
        let edge = |c: Option<&char>| c == Some(&' ');
        let (leading, trailing) = (edge(chars.first()), edge(chars.last()));
        let line_edge = text.starts_with('\n') || text.ends_with('\n');
        Shape {
            plain: !(indicators || special || space_break || break_space || leading || trailing || line_edge),
            single: !(special || space_break || break_space),
            block: !(special || space_break || trailing),
        }
    }
}

fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..) && c != '\u{feff}'
}

/// The order of keys: letters after everything else, runs of digits by their number.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for i in 0..a.len().min(b.len()) {
        if a[i] == b[i] {
            continue;
        }
        match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
            (true, true) => return a[i].cmp(&b[i]),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let mut base = 0u64;
        if a[i] == '0' || b[i] == '0' {
            let digits = a[..i].iter().rev().take_while(|c| c.is_ascii_digit());
            base = u64::from(digits.into_iter().any(|c| *c != '0'));
        }
        let run = |chars: &[char]| {
            let digits = chars[i..].iter().take_while(|c| c.is_ascii_digit());
            digits.fold((base, 0), |(n, len), c| {
                (n.saturating_mul(10).saturating_add(u64::from(*c as u32 - '0' as u32)), len + 1)
            })
        };
        return run(&a).cmp(&run(&b)).then(a[i].cmp(&b[i]));
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn keys_are_sorted_and_lists_stand_at_their_key() {
        check(
            json!({"kind": "List", "items": [{"b": 1, "a": [1, [2]]}, "x"], "e": {}, "l": []}),
            "e: {}\nitems:\n- a:\n  - 1\n  - - 2\n  b: 1\n- x\nkind: List\nl: []\n",
        );
        let long = "k".repeat(129);
        check(json!({&long: 1, "z": {&long: {"a": 2}}}), &format!("? {long}\n: 1\nz:\n  ? {long}\n  :\n    a: 2\n"));
        check(json!({"a10": 1, "a9": 2, ".": 3, "f:x": null}), ".: 3\na9: 2\na10: 1\nf:x: null\n");
    }

    #[test]
    fn texts_are_quoted_where_they_would_be_something_else() {
        check(
            json!({"a": "1", "b": "true", "c": "", "d": "*", "e": "a: b"}),
            "a: \"1\"\nb: \"true\"\nc: \"\"\nd: '*'\ne: 'a: b'\n",
        );
        check(json!({"y": "it's: x", "t": "a\tb", "-": "- x"}), "'-': '- x'\nt: \"a\\tb\"\n\"y\": 'it''s: x'\n");
        check(
            json!(["nginx:1.28", "{\"a\":1}", "k:{\"name\":\"x\"}"]),
            "- nginx:1.28\n- '{\"a\":1}'\n- k:{\"name\":\"x\"}\n",
        );
    }

    #[test]
    fn lines_are_kept_in_a_literal_block() {
        check(json!({"a": "x\ny\n", "b": "x\n\ny", "c": "x\n\n"}), "a: |\n  x\n  y\nb: |-\n  x\n\n  y\nc: |+\n  x\n\n");
        check(json!({"a": " x\ny"}), "a: |2-\n   x\n  y\n");
        check(json!({"a": "x \ny"}), "a: \"x \\ny\"\n");
    }

    #[test]
    fn long_lines_are_folded_at_a_blank() {
        let text = "Successfully pulled image \"nginx\" in 600ms (600ms including waiting). Image size: 1 bytes.";
        check(
            json!({"message": text}),
            "message: 'Successfully pulled image \"nginx\" in 600ms (600ms including waiting). Image\n  size: 1 bytes.'\n",
        );
    }
}
