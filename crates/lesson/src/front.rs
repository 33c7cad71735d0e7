//! The header of a file: `key: value` lines between two lines of `---`.

use std::collections::BTreeMap;

use crate::error::ParseError;

/// The header's values, with the line each stands on.
pub(crate) struct Front {
    values: BTreeMap<String, (u32, String)>,
    /// The line of the closing `---`, for what is missing.
    end: u32,
}

/// Splits a file into its header, its body and the line number of the body's first line.
pub(crate) fn split<'a>(text: &'a str, known: &[&str]) -> Result<(Front, &'a str, u32), ParseError> {
    let Some(rest) = text.strip_prefix("---\n") else {
        return Err(ParseError::new(1, "the file must begin with a header: `---`, lines of `key: value`, `---`"));
    };
    let mut values = BTreeMap::new();
    let mut line_no = 1;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        line_no += 1;
        at += line.len();
        let line = line.trim_end();
        if line == "---" {
            return Ok((Front { values, end: line_no }, &rest[at..], line_no + 1));
        }
        if line.is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(ParseError::new(line_no, format!("expected `key: value` in the header, found `{line}`")));
        };
        let (key, value) = (key.trim(), value.trim());
        if !known.contains(&key) {
            return Err(ParseError::new(
                line_no,
                format!("unknown header key `{key}`; known are {}", known.join(", ")),
            ));
        }
        if values.insert(key.to_string(), (line_no, value.to_string())).is_some() {
            return Err(ParseError::new(line_no, format!("header key `{key}` is given twice")));
        }
    }
    Err(ParseError::new(line_no, "the header is not closed: a line with `---` is missing"))
}

impl Front {
    /// The value of `key`; an empty one counts as missing.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    pub(crate) fn require(&self, key: &str) -> Result<String, ParseError> {
        match self.get(key) {
            Some(value) => Ok(value.to_string()),
            None => Err(ParseError::new(self.line(key), format!("the header needs a value for `{key}`"))),
        }
    }

    /// A whole number, or `default` where the key is missing.
    pub(crate) fn number(&self, key: &str, default: u32) -> Result<u32, ParseError> {
        match self.get(key) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| {
                ParseError::new(self.line(key), format!("`{key}` must be a whole number, found `{value}`"))
            }),
        }
    }

    /// Values separated by commas.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let value = self.get(key).unwrap_or("");
        value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_string).collect()
    }

    /// The line of `key`, or the header's last line where it is missing.
    pub(crate) fn line(&self, key: &str) -> u32 {
        self.values.get(key).map_or(self.end, |(line, _)| *line)
    }
}
