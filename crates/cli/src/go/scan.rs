//! The one `fmt.Sscanf` that matters: `%q) %s %q`, the shape of a comparison in `etcdctl txn`.

use super::unquote;

/// What a scan of `"key") op "value"` found before it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    pub key: Vec<u8>,
    pub op: String,
    pub value: Vec<u8>,
    /// How many of the three were read; 3 means the whole matched.
    pub count: u8,
}

/// Scans the text after the opening parenthesis of a comparison, with Sscanf's rules for spaces: a space in the format
/// asks for at least one in the input.
pub fn scan_compare(text: &str) -> Scanned {
    let mut found = Scanned::default();
    let _ = scan(text, &mut found);
    found
}

fn scan(text: &str, found: &mut Scanned) -> Option<()> {
    let (key, rest) = quoted(text.trim_start_matches(is_space))?;
    found.key = key;
    found.count = 1;
    let rest = some_space(rest.strip_prefix(')')?)?;
    let end = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
    if end == 0 {
        return None;
    }
    found.op = rest[..end].to_owned();
    found.count = 2;
    let (value, _) = quoted(some_space(&rest[end..])?)?;
    found.value = value;
    found.count = 3;
    Some(())
}

fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\n'
}

fn some_space(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(is_space);
    (rest.len() < text.len() || rest.is_empty()).then_some(rest)
}

/// A quoted literal at the start of `text` and what follows it.
fn quoted(text: &str) -> Option<(Vec<u8>, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '`'))?;
    let mut escaped = false;
    let close = text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = quote == '"' && c == '\\' && !escaped;
        closes.then_some(at)
    })?;
    Some((unquote(&text[..=close])?, &text[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, count: u8, key: &str, op: &str, value: &str) {
        let expected = Scanned { key: key.into(), op: op.into(), value: value.into(), count };
        assert_eq!(scan_compare(text), expected, "{text}");
    }

    #[test]
    fn scans_like_sscanf() {
        check(r#""a") = "1""#, 3, "a", "=", "1");
        check(r#" "a)" )"#, 1, "a)", "", "");
        check(r#""k\"") > "x y" trailing"#, 3, "k\"", ">", "x y");
        check(r#"a) = "1""#, 0, "", "", "");
        check(r#""a")= "1""#, 1, "a", "", "");
        check(r#""a") ="1""#, 2, "a", "=\"1\"", "");
        check(r#""a") = 1"#, 2, "a", "=", "");
    }
}
