//! JSON values: reading, writing, ordering.

use std::cmp::Ordering;
use std::rc::Rc;

/// How deep JSON may be nested.
const MAX_DEPTH: u32 = 200;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Value>>),
    /// In the order of insertion.
    Object(Rc<Vec<(Rc<str>, Value)>>),
}

use Value::{Array, Bool, Null, Number, Object, Text};

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Text(Rc::from(text.as_ref()))
    }

    pub fn array(items: Vec<Value>) -> Self {
        Array(Rc::new(items))
    }

    pub fn object(items: Vec<(Rc<str>, Value)>) -> Self {
        Object(Rc::new(items))
    }

    pub fn is_true(&self) -> bool {
        !matches!(self, Null | Bool(false))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Null => "null",
            Bool(_) => "boolean",
            Number(_) => "number",
            Text(_) => "string",
            Array(_) => "array",
            Object(_) => "object",
        }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Object(items) => items.iter().find(|(own, _)| &**own == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The keys of an object, sorted.
    pub fn sorted(items: &[(Rc<str>, Value)]) -> Vec<(Rc<str>, Value)> {
        let mut items = items.to_vec();
        crate::order::sort_by(&mut items, |a, b| a.0.cmp(&b.0));
        items
    }

    fn rank(&self) -> u8 {
        match self {
            Null => 0,
            Bool(false) => 1,
            Bool(true) => 2,
            Number(_) => 3,
            Text(_) => 4,
            Array(_) => 5,
            Object(_) => 6,
        }
    }

    /// jq's order of all values.
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Number(a), Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Less),
            (Text(a), Text(b)) => a.cmp(b),
            (Array(a), Array(b)) => {
                let pairs = a.iter().zip(b.iter()).map(|(a, b)| a.order(b));
                pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
            }
            (Object(a), Object(b)) => {
                let (a, b) = (Self::sorted(a), Self::sorted(b));
                let keys = a.iter().map(|x| &x.0).cmp(b.iter().map(|x| &x.0));
                let values = a.iter().zip(&b).map(|(a, b)| a.1.order(&b.1));
                keys.then(values.fold(Ordering::Equal, Ordering::then))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// How the value is written.
    pub fn write(&self, out: &mut String, style: &Style, level: usize) {
        match self {
            Null => out.push_str("null"),
            Bool(true) => out.push_str("true"),
            Bool(false) => out.push_str("false"),
            Number(number) => out.push_str(&number_text(*number)),
            Text(text) => quote(text, style.ascii, out),
            Array(items) => {
                let each = |item: &Value, out: &mut String| item.write(out, style, level + 1);
                block(out, style, level, ('[', ']'), items.iter(), each);
            }
            Object(items) => {
                let sorted = if style.sort { Some(Self::sorted(items)) } else { None };
                let items = sorted.as_deref().unwrap_or(items);
                let each = |item: &(Rc<str>, Value), out: &mut String| {
                    quote(&item.0, style.ascii, out);
                    out.push(':');
                    if style.indent.is_some() {
                        out.push(' ');
                    }
                    item.1.write(out, style, level + 1);
                };
                block(out, style, level, ('{', '}'), items.iter(), each);
            }
        }
    }

    /// The value on one line.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &Style::default(), 0);
        out
    }

    /// A short form for error messages.
    pub fn brief(&self) -> String {
        let text = self.compact();
        if text.chars().count() > 10 {
            let head: String = text.chars().take(10).collect();
            return format!("{head}...");
        }
        text
    }
}

/// How JSON is laid out.
#[derive(Default)]
pub struct Style {
    /// What one level is indented by; `None` writes everything on one line.
    pub indent: Option<String>,
    pub sort: bool,
    pub ascii: bool,
}

fn block<T>(
    out: &mut String,
    style: &Style,
    level: usize,
    braces: (char, char),
    items: impl ExactSizeIterator<Item = T>,
    each: impl Fn(T, &mut String),
) {
    out.push(braces.0);
    let empty = items.len() == 0;
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if let Some(indent) = &style.indent {
            out.push('\n');
            out.push_str(&indent.repeat(level + 1));
        }
        each(item, out);
    }
    if let Some(indent) = style.indent.as_ref().filter(|_| !empty) {
        out.push('\n');
        out.push_str(&indent.repeat(level));
    }
    out.push(braces.1);
}

fn quote(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c == '\x7f' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if ascii && !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as jq 1.6 prints it: the shortest digits that read back the same, with an exponent where they are few.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    let number = number.clamp(f64::MIN, f64::MAX);
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.chars().filter(char::is_ascii_digit).count() as i32;
    let point = exponent + 1;
    if point <= -5 || point > digits + 15 {
        return format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    format!("{number}")
}

/// Reads JSON values off a text, one after the other.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn blank(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self, what: &str) -> Result<T, String> {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let end = if self.at >= self.text.len() && what.starts_with("Unfinished") { "at EOF " } else { "" };
        Err(format!("{what} {end}at line {line}, column {column}"))
    }

    /// The next value; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Value>, String> {
        self.blank();
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let value = self.value(0)?;
        // A value at the very end of a line takes its newline along, which is how jq counts lines.
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        Ok(Some(value))
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return self.fail("Exceeds depth limit for parsing");
        }
        self.blank();
        match self.peek() {
            None => self.fail("Unfinished JSON term"),
            Some(b'"') => Ok(Value::text(self.string()?)),
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.blank();
                if self.accept(b']') {
                    return Ok(Value::array(items));
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    self.blank();
                    if self.accept(b']') {
                        return Ok(Value::array(items));
                    }
                    self.separator("Expected separator between values")?;
                }
            }
            Some(b'{') => {
                self.at += 1;
                let mut items: Vec<(Rc<str>, Value)> = Vec::new();
                self.blank();
                if self.accept(b'}') {
                    return Ok(Value::object(items));
                }
                let mut seen = sorted::SortedMap::new();
                loop {
                    self.blank();
                    if self.peek() != Some(b'"') {
                        if self.at >= self.text.len() {
                            return self.fail("Unfinished JSON term");
                        }
                        self.literal()?;
                        return self.fail_after_token("Object keys must be strings");
                    }
                    let key: Rc<str> = Rc::from(self.string()?);
                    self.blank();
                    if !self.accept(b':') {
                        return self.fail_after_token("Expected separator between values");
                    }
                    let value = self.value(depth + 1)?;
                    match seen.get(&key) {
                        Some(place) => {
                            let place: &usize = place;
                            items[*place].1 = value;
                        }
                        None => {
                            seen.insert(key.clone(), items.len());
                            items.push((key, value));
                        }
                    }
                    self.blank();
                    if self.accept(b'}') {
                        return Ok(Value::object(items));
                    }
                    self.separator("Expected separator between values")?;
                }
            }
            Some(close @ (b']' | b'}')) => {
                self.at += 1;
                self.fail(if close == b']' { "Unmatched ']'" } else { "Unmatched '}'" })
            }
            Some(b',' | b':') => {
                self.at += 1;
                self.fail("Expected value before ','")
            }
            Some(_) => self.literal(),
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn separator(&mut self, what: &str) -> Result<(), String> {
        if self.accept(b',') {
            return Ok(());
        }
        self.fail_after_token(what)
    }

    /// Fails where jq notices: behind the next token.
    fn fail_after_token<T>(&mut self, what: &str) -> Result<T, String> {
        self.blank();
        if self.at >= self.text.len() {
            return self.fail("Unfinished JSON term");
        }
        let rest = &self.text[self.at..];
        self.at += rest.find([' ', '\t', '\n', ',', ':', '[', ']', '{', '}']).unwrap_or(rest.len());
        self.at = (self.at + 1).min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        self.fail(what)
    }

    fn literal(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        let length = rest.find([' ', '\t', '\n', '\r', ',', ':', '[', ']', '{', '}', '"']).unwrap_or(rest.len());
        let token = &rest[..length];
        let value = match token {
            "null" => Null,
            "true" => Bool(true),
            "false" => Bool(false),
            "nan" | "NaN" => Number(f64::NAN),
            _ => match token.parse::<f64>() {
                Ok(number) if token.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') => Number(number),
                _ => {
                    let (words, at_end) = (token.starts_with(['t', 'f', 'n']), length == rest.len());
                    self.at += length + rest[length..].chars().next().map_or(0, char::len_utf8);
                    let what = if words { "Invalid literal" } else { "Invalid numeric literal" };
                    return self.fail(&format!("{what}{}", if at_end { " at EOF" } else { "" }));
                }
            },
        };
        self.at += length;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = rest.find(['"', '\\']) else {
                self.at = self.text.len();
                return self.fail("Unfinished string");
            };
            out.push_str(&rest[..stop]);
            self.at += stop + 1;
            if rest.as_bytes()[stop] == b'"' {
                return Ok(out);
            }
            let kind = self.peek().unwrap_or(b' ');
            self.at += 1;
            match kind {
                b'n' => out.push('\n'),
                b't' => out.push('\t'),
                b'r' => out.push('\r'),
                b'b' => out.push('\x08'),
                b'f' => out.push('\x0c'),
                b'"' | b'\\' | b'/' => out.push(char::from(kind)),
                b'u' => out.push(self.unicode()?),
                _ => return self.fail("Invalid escape"),
            }
        }
    }

    fn unicode(&mut self) -> Result<char, String> {
        let unit = self.hex()?;
        if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex()?;
            let code = 0x10000 + ((unit - 0xd800) << 10) + low.wrapping_sub(0xdc00);
            return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
        }
        Ok(char::from_u32(unit).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).and_then(|d| u32::from_str_radix(d, 16).ok());
        self.at = (self.at + 4).min(self.text.len());
        match digits {
            Some(value) => Ok(value),
            None => {
                while !self.text.is_char_boundary(self.at) {
                    self.at -= 1;
                }
                self.fail("Invalid escape")
            }
        }
    }
}
