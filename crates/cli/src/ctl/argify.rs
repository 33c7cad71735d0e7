//! Splitting a line of `txn` or `watch -i` into words (etcd: etcdctl/ctlv3/command/util.go, `argify`): double-quoted with
//! Go's escapes, single-quoted as they are, or bare up to the next blank.

use crate::go;
use crate::program::{Exit, code};

/// The words of a line, in the order of the original's regular expression
/// `"(?:[^"\\]|\\.)*"|'[^']*'|[^'"\s]\S*[^'"\s]?`: what matches nowhere is skipped.
pub fn argify(line: &str) -> Result<Vec<String>, Exit> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '"' => double_quoted(rest),
            '\'' => rest[1..].find('\'').map(|end| end + 2),
            c if c.is_ascii_whitespace() => None,
            _ => Some(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len())),
        };
        let Some(length) = taken else {
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (word, tail) = rest.split_at(length);
        words.push(match first {
            '"' => unquoted(word)?,
            '\'' => word[1..length - 1].to_owned(),
            _ => word.to_owned(),
        });
        rest = tail;
    }
    Ok(words)
}

/// Length of the double-quoted literal that `text` begins with.
fn double_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unquoted(literal: &str) -> Result<String, Exit> {
    let bytes = go::unquote(literal).ok_or_else(|| Exit::new(code::INVALID_INPUT, "invalid syntax"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::argify;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        assert_eq!(argify(line).as_deref(), Ok(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]));
    }

    #[test]
    fn words_are_bare_or_quoted() {
        check("put a 1", &["put", "a", "1"]);
        check(r#"put "two words" "tab\t""#, &["put", "two words", "tab\t"]);
        check("put 'a \"b' x'y", &["put", "a \"b", "x'y"]);
        check("  get   --prefix  ", &["get", "--prefix"]);
        check(r#"put a """#, &["put", "a", ""]);
        check("", &[]);
    }

    #[test]
    fn an_open_quote_is_skipped() {
        check("put \"open", &["put", "open"]);
        assert!(argify(r#"put "\q""#).is_err());
    }
}
