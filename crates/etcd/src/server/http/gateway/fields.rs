//! Reading and writing the fields of a message as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::Bytes;
use crate::rpc::ResponseHeader;

/// A message that is read: fields may be missing, be named in either style, and hold numbers as text. What is wrong is
/// kept until the end. A field nobody asks for does not count, as with the gateway's first version.
pub(super) struct Reader<'a> {
    given: Option<&'a Map<String, Value>>,
    wrong: Option<String>,
}

impl<'a> Reader<'a> {
    pub fn of(given: &'a Value) -> Self {
        let given = given.as_object();
        let wrong = if given.is_some() { None } else { Some("a message is an object".to_owned()) };
        Self { given, wrong }
    }

    /// Whether there was no fault.
    pub fn finish(self) -> Result<(), String> {
        self.wrong.map_or(Ok(()), Err)
    }

    pub fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        let (_, value) = self.given?.iter().find(|(given, _)| same_name(name, given))?;
        Some(value).filter(|value| !value.is_null())
    }

    pub fn fail(&mut self, words: String) {
        self.wrong.get_or_insert(words);
    }

    fn refuse(&mut self, name: &str, wanted: &str) {
        self.fail(format!("invalid value for field \"{name}\": {wanted} expected"));
    }

    pub fn int(&mut self, name: &'static str) -> i64 {
        self.number(name, Value::as_i64, |text| text.parse().ok())
    }

    pub fn uint(&mut self, name: &'static str) -> u64 {
        self.number(name, Value::as_u64, |text| text.parse().ok())
    }

    fn number<T: Default>(
        &mut self,
        name: &'static str,
        plain: fn(&Value) -> Option<T>,
        text: fn(&str) -> Option<T>,
    ) -> T {
        let Some(given) = self.get(name) else { return T::default() };
        let number = given.as_str().map_or_else(|| plain(given), text);
        number.unwrap_or_else(|| {
            self.refuse(name, "a whole number");
            T::default()
        })
    }

    pub fn flag(&mut self, name: &'static str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.refuse(name, "true or false");
                false
            }
        }
    }

    pub fn text(&mut self, name: &'static str) -> String {
        match self.get(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => {
                self.refuse(name, "a text");
                String::new()
            }
        }
    }

    pub fn bytes(&mut self, name: &'static str) -> Bytes {
        let text = self.text(name);
        match STANDARD.decode(&text) {
            Ok(bytes) => bytes.into(),
            Err(_) => {
                // Go names the first letter that cannot be, or the beginning of what is cut short.
                let cannot_be = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '=');
                let at = text.find(cannot_be).unwrap_or(text.len() / 4 * 4);
                self.fail(format!("illegal base64 data at input byte {at}"));
                Bytes::default()
            }
        }
    }

    pub fn list(&mut self, name: &'static str) -> &'a [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "a list");
                &[]
            }
        }
    }

    pub fn texts(&mut self, name: &'static str) -> Vec<String> {
        let items = self.list(name);
        let texts: Vec<String> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if texts.len() < items.len() {
            self.refuse(name, "a list of texts");
        }
        texts
    }

    /// One of a set of names, or its number.
    pub fn choice<T: Copy + Default>(&mut self, name: &'static str, choices: &[(&str, T)]) -> T {
        let chosen = match self.get(name) {
            None => return T::default(),
            Some(Value::String(given)) => choices.iter().find(|(name, _)| name == given),
            Some(given) => given.as_u64().and_then(|at| choices.get(usize::try_from(at).ok()?)),
        };
        match chosen {
            Some((_, choice)) => *choice,
            None => {
                self.refuse(name, "one of its names");
                T::default()
            }
        }
    }
}

/// `range_end` and `rangeEnd` are the same field.
fn same_name(field: &str, given: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| *c != '_').collect::<String>();
    letters(field).eq_ignore_ascii_case(&letters(given))
}

/// A message that is written; fields with their default value are left out.
pub(super) struct Writer(Map<String, Value>);

impl Writer {
    pub fn new() -> Self {
        Self(Map::new())
    }

    /// A message that begins with a header.
    pub fn answer(header: &ResponseHeader) -> Self {
        let mut fields = Self::new();
        fields.uint("cluster_id", header.cluster_id);
        fields.uint("member_id", header.member_id);
        fields.int("revision", header.revision);
        fields.uint("raft_term", header.raft_term);
        let mut whole = Self::new();
        whole.object("header", Some(fields));
        whole
    }

    pub fn finish(self) -> Value {
        Value::Object(self.0)
    }

    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// 64 bits: a number in JSON would lose some of them.
    pub fn int(&mut self, name: &str, value: i64) {
        if value != 0 {
            self.set(name, value.to_string().into());
        }
    }

    pub fn uint(&mut self, name: &str, value: u64) {
        if value != 0 {
            self.set(name, value.to_string().into());
        }
    }

    /// 32 bits.
    pub fn small(&mut self, name: &str, value: u32) {
        if value != 0 {
            self.set(name, value.into());
        }
    }

    pub fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.set(name, true.into());
        }
    }

    pub fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.set(name, value.into());
        }
    }

    pub fn bytes(&mut self, name: &str, value: &Bytes) {
        self.text(name, &STANDARD.encode(value.as_slice()));
    }

    pub fn bytes_list(&mut self, name: &str, items: &[Bytes]) {
        self.list(name, items.iter().map(|item| STANDARD.encode(item.as_slice()).into()).collect());
    }

    pub fn object(&mut self, name: &str, value: Option<Writer>) {
        if let Some(value) = value.filter(|value| !value.0.is_empty()) {
            self.set(name, value.finish());
        }
    }

    pub fn list(&mut self, name: &str, items: Vec<Value>) {
        if !items.is_empty() {
            self.set(name, items.into());
        }
    }

    pub fn texts(&mut self, name: &str, items: &[String]) {
        self.list(name, items.iter().map(|item| item.as_str().into()).collect());
    }
}
