//! Backslash escapes, in the four dialects of `$'…'`, `echo -e`, `printf` formats and `printf %b`.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `$'…'`
    Ansi,
    /// `echo -e`: octal needs a leading zero, `\c` ends the output.
    Echo,
    /// A `printf` format.
    Format,
    /// The argument of `%b`.
    Argument,
}

pub struct Expanded {
    pub bytes: Vec<u8>,
    /// `\c` was met: nothing more may be printed.
    pub stop: bool,
}

/// Replaces the escapes in `text`.
pub fn expand(text: &[u8], style: Style) -> Expanded {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'\\' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let Some((kind, tail)) = tail.split_first() else {
            bytes.push(b'\\');
            break;
        };
        rest = tail;
        let simple = match kind {
            b'a' => 7,
            b'b' => 8,
            b'e' | b'E' => 27,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' => b'\\',
            b'\'' | b'"' | b'?' if style == Style::Ansi => *kind,
            b'"' if style == Style::Format => b'"',
            _ => 0,
        };
        if simple != 0 {
            bytes.push(simple);
            continue;
        }
        match kind {
            b'c' if matches!(style, Style::Echo | Style::Argument) => return Expanded { bytes, stop: true },
            b'c' if style == Style::Ansi && !rest.is_empty() => {
                bytes.push(rest[0] & 0x1f);
                rest = &rest[1..];
            }
            b'x' => match number(&mut rest, 2, 16) {
                Some(n) => bytes.push(n as u8),
                None => bytes.extend(b"\\x"),
            },
            b'u' | b'U' => {
                let digits = if *kind == b'u' { 4 } else { 8 };
                match number(&mut rest, digits, 16).and_then(char::from_u32) {
                    Some(c) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => bytes.extend([b'\\', *kind]),
                }
            }
            b'0' if matches!(style, Style::Echo | Style::Argument) => {
                bytes.push(number(&mut rest, 3, 8).unwrap_or(0) as u8);
            }
            b'0'..=b'7' if style != Style::Echo => {
                rest = &text[text.len() - rest.len() - 1..];
                bytes.push(number(&mut rest, 3, 8).unwrap_or(0) as u8);
            }
            _ => bytes.extend([b'\\', *kind]),
        }
    }
    Expanded { bytes, stop: false }
}

/// Up to `limit` digits of the given base off the front.
fn number(rest: &mut &[u8], limit: usize, base: u32) -> Option<u32> {
    let mut value = None;
    for _ in 0..limit {
        let Some(digit) = rest.first().and_then(|c| char::from(*c).to_digit(base)) else { break };
        value = Some(value.unwrap_or(0) * base + digit);
        *rest = &rest[1..];
    }
    value
}
