//! `strconv.ParseInt`, `ParseUint` and `ParseBool` with their error texts.

use super::quote;

/// Why a number did not parse; `Display` gives strconv's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError {
    function: &'static str,
    input: String,
    reason: &'static str,
}

impl std::fmt::Display for NumberError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "strconv.{}: parsing {}: {}", self.function, quote(&self.input), self.reason)
    }
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

/// `strconv.ParseInt(text, base, 64)`; base 0 takes it from the prefix (`0x`, `0o`, `0b`, `0`) and allows underscores.
pub fn parse_int(text: &str, base: u32) -> Result<i64, NumberError> {
    let error = |reason| NumberError { function: "ParseInt", input: text.to_owned(), reason };
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = magnitude(digits, base).map_err(error)?;
    let signed = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
    i64::try_from(signed).map_err(|_| error(RANGE))
}

/// `strconv.ParseUint(text, base, 64)`.
pub fn parse_uint(text: &str, base: u32) -> Result<u64, NumberError> {
    magnitude(text, base).map_err(|reason| NumberError { function: "ParseUint", input: text.to_owned(), reason })
}

/// `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Result<bool, NumberError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(NumberError { function: "ParseBool", input: text.to_owned(), reason: SYNTAX }),
    }
}

fn magnitude(text: &str, base: u32) -> Result<u64, &'static str> {
    let (radix, digits, prefixed) = if base == 0 { split_prefix(text) } else { (base, text, false) };
    if digits.is_empty() {
        return Err(SYNTAX);
    }
    let underscores = base == 0 && digits.contains('_');
    if underscores && !underscores_well_placed(digits, prefixed) {
        return Err(SYNTAX);
    }
    let mut value: u64 = 0;
    let mut overflow = false;
    for c in digits.chars().filter(|c| !(underscores && *c == '_')) {
        let digit = c.to_digit(radix).ok_or(SYNTAX)?;
        match value.checked_mul(u64::from(radix)).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => overflow = true,
        }
    }
    if overflow { Err(RANGE) } else { Ok(value) }
}

fn split_prefix(text: &str) -> (u32, &str, bool) {
    let lower: String = text.chars().take(2).collect::<String>().to_ascii_lowercase();
    match lower.as_str() {
        "0x" => (16, &text[2..], true),
        "0o" => (8, &text[2..], true),
        "0b" => (2, &text[2..], true),
        _ if text.len() > 1 && text.starts_with('0') => (8, &text[1..], true),
        _ => (10, text, false),
    }
}

/// Go allows an underscore only between digits, or between a base prefix and the first digit.
fn underscores_well_placed(digits: &str, prefixed: bool) -> bool {
    !(digits.ends_with('_') || digits.contains("__") || digits.starts_with('_') && !prefixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, base: u32, expected: Result<i64, &str>) {
        assert_eq!(parse_int(text, base).map_err(|e| e.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn parses_and_refuses_as_strconv() {
        check("10", 10, Ok(10));
        check("-7", 0, Ok(-7));
        check("0x1f", 0, Ok(31));
        check("1_000", 0, Ok(1000));
        check("694d", 16, Ok(0x694d));
        check("9223372036854775807", 10, Ok(i64::MAX));
        check("-9223372036854775808", 10, Ok(i64::MIN));
        check("x", 0, Err(r#"strconv.ParseInt: parsing "x": invalid syntax"#));
        check("", 10, Err(r#"strconv.ParseInt: parsing "": invalid syntax"#));
        check("1_0", 10, Err(r#"strconv.ParseInt: parsing "1_0": invalid syntax"#));
        check("9223372036854775808", 10, Err(r#"strconv.ParseInt: parsing "9223372036854775808": value out of range"#));
        assert_eq!(
            parse_uint("-1", 16).map_err(|e| e.to_string()),
            Err(r#"strconv.ParseUint: parsing "-1": invalid syntax"#.to_owned())
        );
    }
}
