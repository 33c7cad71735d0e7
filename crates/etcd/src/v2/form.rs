//! What a request for keys says in its URL and its body (etcd: v2http/client.go, `parseKeyRequest`).

use super::error::{Code, Error};
use super::path::clean;
use super::request::{KeyRequest, Method};

/// The fields of a URL's query and of a form in the body, in the order in which they count: of two with the same name
/// the first does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The fields of an encoded form.
    ///
    /// # Errors
    /// A `%` that no two hexadecimal digits follow; in Go's words.
    pub fn parse(text: &str) -> Result<Form, String> {
        text.split('&')
            .filter(|field| !field.is_empty())
            .map(|field| {
                let (name, value) = field.split_once('=').unwrap_or((field, ""));
                Ok((percent_decode(name, true)?, percent_decode(value, true)?))
            })
            .collect::<Result<_, String>>()
            .map(Form)
    }

    /// These fields and after them those of another form.
    pub fn and(mut self, other: Form) -> Form {
        self.0.extend(other.0);
        self
    }

    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str, code: Code) -> Result<Option<u64>, Error> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(Some).ok_or_else(|| Error::new(code, format!("invalid value for \"{name}\""), 0))
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some("1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(Some(true)),
            Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(Some(false)),
            Some(_) => Err(format!("invalid value for {name}")),
        }
    }

    /// A flag whose name etcd quotes when it complains.
    fn quoted_flag(&self, name: &str) -> Result<bool, Error> {
        let invalid = |_| Error::new(Code::InvalidField, format!("invalid value for \"{name}\""), 0);
        self.flag(name).map(Option::unwrap_or_default).map_err(invalid)
    }

    fn optional_flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.flag(name).map_err(|cause| Error::new(Code::InvalidField, cause, 0))
    }

    /// The request these fields make, for the key at `path`. `now` in microseconds since 1970.
    ///
    /// # Errors
    /// 201 to 212: a field is not what it must be.
    pub fn key_request(&self, method: Method, path: &str, now: u64) -> Result<KeyRequest, Error> {
        let fail = |code, cause: &str| Err(Error::new(code, cause, 0));
        let prev_index = self.number("prevIndex", Code::IndexNotANumber)?.unwrap_or_default();
        let since = self.number("waitIndex", Code::IndexNotANumber)?.unwrap_or_default();
        let recursive = self.quoted_flag("recursive")?;
        let sorted = self.quoted_flag("sorted")?;
        let wait = self.quoted_flag("wait")?;
        let dir = self.quoted_flag("dir")?;
        let quorum = self.quoted_flag("quorum")?;
        let stream = self.quoted_flag("stream")?;
        if wait && method != Method::Get {
            return fail(Code::InvalidField, "\"wait\" can only be used with GET requests");
        }
        let prev_value = self.get("prevValue");
        if prev_value == Some("") {
            return fail(Code::PrevValueRequired, "\"prevValue\" cannot be empty");
        }
        let no_value_on_success = self.quoted_flag("noValueOnSuccess")?;
        let ttl = match self.get("ttl") {
            None | Some("") => None,
            Some(_) => self.number("ttl", Code::TtlNotANumber)?,
        };
        let prev_exist = self.optional_flag("prevExist")?;
        let refresh = self.optional_flag("refresh")?.unwrap_or_default();
        let value = self.get("value").unwrap_or_default();
        if refresh && !value.is_empty() {
            return fail(Code::RefreshValue, "A value was provided on a refresh");
        }
        if refresh && ttl.is_none() {
            return fail(Code::RefreshTtlRequired, "No TTL value set");
        }
        Ok(KeyRequest {
            method: if method == Method::Get && quorum { Method::QuorumGet } else { method },
            path: clean(path),
            value: value.to_owned(),
            dir,
            prev_value: prev_value.unwrap_or_default().to_owned(),
            prev_index,
            prev_exist,
            expiration: ttl.map(|seconds| now.saturating_add(seconds.saturating_mul(1_000_000))),
            wait,
            since,
            recursive,
            sorted,
            stream,
            refresh,
            no_value_on_success,
            time: now,
        })
    }
}

/// Undoes percent encoding; in a form, `+` stands for a space.
///
/// # Errors
/// A `%` that no two hexadecimal digits follow; in Go's words.
pub fn percent_decode(text: &str, form: bool) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
                let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                    let end = bytes.len().min(at + 3);
                    return Err(format!("invalid URL escape {:?}", String::from_utf8_lossy(&bytes[at..end])));
                };
                out.push(byte);
                at += 3;
                continue;
            }
            b'+' if form => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    // Keys and values of version 2 are JSON strings on their way back, so what is not UTF-8 is lost there anyway.
    Ok(String::from_utf8_lossy(&out).into_owned())
}
