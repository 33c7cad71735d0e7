//! `strconv.Quote`, `strconv.Unquote` and the `%q` verbs built on them.

use std::fmt::Write;

/// `strconv.Quote`: a double-quoted Go string literal.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// `%q` of a byte slice: like [`quote`], with bytes that are not UTF-8 written as `\xNN`.
pub fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_char(&mut out, c));
        chunk.invalid().iter().for_each(|b| push_hex(&mut out, *b));
    }
    out.push('"');
    out
}

/// `%q` of a string slice: `["sh" "-c"]`.
pub fn quote_list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|i| quote(i)).collect::<Vec<_>>().join(" "))
}

/// `%#q`: in back quotes where Go allows it, double-quoted otherwise.
pub fn raw_quote(text: &str) -> String {
    let raw = text.chars().all(|c| c != '`' && c != '\u{feff}' && (c == '\t' || !c.is_control()));
    if raw { format!("`{text}`") } else { quote(text) }
}

fn push_char(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if is_print(c) => out.push(c),
        c if (c as u32) < 0x80 => push_hex(out, c as u8),
        c if (c as u32) < 0x10000 => write_or_ignore(out, format_args!("\\u{:04x}", c as u32)),
        c => write_or_ignore(out, format_args!("\\U{:08x}", c as u32)),
    }
}

fn push_hex(out: &mut String, byte: u8) {
    write_or_ignore(out, format_args!("\\x{byte:02x}"));
}

/// Writing to a `String` cannot fail.
fn write_or_ignore(out: &mut String, args: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(args);
}

/// `strconv.IsPrint`, without Go's full table of unassigned code points: letters, marks, numbers, punctuation, symbols
/// and the ASCII space are printable; other spaces, controls, format and private-use characters are not.
fn is_print(c: char) -> bool {
    let code = c as u32;
    match c {
        ' ' => true,
        c if c.is_control() || c.is_whitespace() => false,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' => false,
        '\u{e000}'..='\u{f8ff}' => false,
        _ => code < 0xe0000 && code & 0xfffe != 0xfffe,
    }
}

/// `strconv.Unquote` of a `"…"` or back-quoted literal, as bytes because `\xNN` need not be UTF-8.
pub fn unquote(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`').and_then(|l| l.strip_suffix('`')) {
        return Some(raw.replace('\r', "").into_bytes());
    }
    let body = literal.strip_prefix('"')?.strip_suffix('"').filter(|_| literal.len() >= 2)?;
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\n' => return None,
            '\\' => unescape(&mut rest, &mut out)?,
            c => push_utf8(&mut out, c),
        }
    }
    Some(out)
}

fn unescape(rest: &mut std::str::Chars<'_>, out: &mut Vec<u8>) -> Option<()> {
    match rest.next()? {
        'a' => out.push(7),
        'b' => out.push(8),
        'f' => out.push(12),
        'n' => out.push(b'\n'),
        'r' => out.push(b'\r'),
        't' => out.push(b'\t'),
        'v' => out.push(11),
        '\\' => out.push(b'\\'),
        '"' => out.push(b'"'),
        'x' => out.push(digits(rest, 2, 16)? as u8),
        'u' => push_utf8(out, char::from_u32(digits(rest, 4, 16)?)?),
        'U' => push_utf8(out, char::from_u32(digits(rest, 8, 16)?)?),
        d @ '0'..='7' => {
            let value = d.to_digit(8)? * 64 + digits(rest, 2, 8)?;
            out.push(u8::try_from(value).ok()?);
        }
        _ => return None,
    }
    Some(())
}

fn digits(rest: &mut std::str::Chars<'_>, count: u32, radix: u32) -> Option<u32> {
    (0..count).try_fold(0, |value, _| Some(value * radix + rest.next()?.to_digit(radix)?))
}

fn push_utf8(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(quote_bytes(bytes), expected);
    }

    #[test]
    fn quotes_as_go_does() {
        check(b"foo", r#""foo""#);
        check(b"a\"b\\c", r#""a\"b\\c""#);
        check(b"\x00\x07\n\t\x7f", r#""\x00\a\n\t\x7f""#);
        check("é 世".as_bytes(), r#""é 世""#);
        check(b"\xff\xfe", r#""\xff\xfe""#);
        check("\u{200b}\u{a0}".as_bytes(), r#""\u200b\u00a0""#);
    }

    #[test]
    fn unquote_reverses_quote_and_refuses_what_go_refuses() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unquote(&quote_bytes(&bytes)), Some(bytes));
        assert_eq!(unquote(r#""\101\u00e9""#), Some("Aé".as_bytes().to_vec()));
        assert_eq!(unquote("`a\\n`"), Some(b"a\\n".to_vec()));
        for bad in ["\"", "\"a", "a\"", r#""\q""#, r#""\x1""#, r#""\777""#, "\"a\"b\""] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
    }
}
