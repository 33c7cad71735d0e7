//! Pieces and transformations of texts.

/// `${text:offset:length}`; `None` when the length counts back beyond the offset.
pub fn text(text: &str, offset: i64, length: Option<i64>) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let count = chars.len() as i64;
    let start = if offset < 0 { count + offset } else { offset };
    if start < 0 || start > count {
        return Some(String::new());
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => count + length,
        Some(length) => start.saturating_add(length).min(count),
    };
    if end < start {
        return None;
    }
    Some(chars[start as usize..end as usize].iter().collect())
}

/// Upper or lower case, of all or only the first character.
pub fn change_case(text: &str, upper: bool, all: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        match (upper, all || i == 0) {
            (true, true) => out.extend(c.to_uppercase()),
            (false, true) => out.extend(c.to_lowercase()),
            _ => out.push(c),
        }
    }
    out
}

/// A text quoted so that the shell reads it back as it is.
pub fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The shortest quoting that protects a text: none, backslashes, or `$'…'` (as `printf %q` and `set -x` do).
pub fn protect(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if text.chars().any(|c| c.is_control()) {
        let mut out = String::from("$'");
        for c in text.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\x1b' => out.push_str("\\E"),
                '\'' | '\\' => out.extend(['\\', c]),
                c if c.is_control() => out.push_str(&format!("\\{:03o}", c as u32)),
                c => out.push(c),
            }
        }
        out.push('\'');
        return out;
    }
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        let plain = c.is_alphanumeric() || "_-./:=@%+,".contains(c) || (c == '~' || c == '#') && i > 0;
        if !plain || (c == ',' && text.len() > 1 && text.contains('{')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
