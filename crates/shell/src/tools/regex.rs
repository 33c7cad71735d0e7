//! POSIX regular expressions on top of `regex-lite`, whose syntax is Perl's.

use regex_lite::{Regex as Engine, RegexBuilder};

/// A compiled expression.
pub struct Regex(Engine);

impl Regex {
    /// A basic expression, as `grep` and `sed` take it: `\(`, `\{`, `\|` are the operators.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn basic(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        Self::compile(&translate(pattern, true)?, ignore_case)
    }

    /// An extended expression, as `grep -E`, `awk` and `=~` take it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn extended(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        Self::compile(&translate(pattern, false)?, ignore_case)
    }

    /// Perl's syntax as it is (`grep -P`, jq).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .size_limit(1 << 20)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The first match at or after a byte offset.
    pub fn find_at(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        self.0.find_at(text, start).map(|found| (found.start(), found.end()))
    }

    /// The groups of the first match at or after a byte offset, as byte ranges; group 0 is the whole.
    pub fn captures_at(&self, text: &str, start: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let found = self.0.captures_at(text, start)?;
        Some(found.iter().map(|group| group.map(|g| (g.start(), g.end()))).collect())
    }

    /// The groups' texts of the first match.
    pub fn captures(&self, text: &str) -> Option<Vec<Option<String>>> {
        let groups = self.captures_at(text, 0)?;
        Some(groups.into_iter().map(|group| group.map(|(start, end)| text[start..end].to_owned())).collect())
    }

    /// The names of the groups, group 0 first.
    pub fn group_names(&self) -> Vec<Option<String>> {
        self.0.capture_names().map(|name| name.map(str::to_owned)).collect()
    }
}

/// A text as an expression that matches just it.
pub fn escape(text: &str) -> String {
    regex_lite::escape(text)
}

fn translate(pattern: &str, basic: bool) -> Result<String, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    // Where an expression or a group begins, `*` is a star in a basic expression.
    let mut fresh = true;
    while let Some(c) = chars.get(at).copied() {
        at += 1;
        let was_fresh = std::mem::replace(&mut fresh, false);
        match c {
            '\\' => {
                let Some(next) = chars.get(at).copied() else { return Err("Trailing backslash".to_owned()) };
                at += 1;
                match next {
                    '(' | '|' if basic => {
                        out.push(next);
                        fresh = true;
                    }
                    ')' | '{' | '}' | '+' | '?' if basic => out.push(next),
                    '<' | '>' | 'b' => out.push_str("\\b"),
                    'w' | 'W' | 's' | 'S' | 'd' | 'D' | 'B' | 'n' | 't' => out.extend(['\\', next]),
                    '`' => out.push_str("\\A"),
                    '\'' => out.push_str("\\z"),
                    '1'..='9' => return Err("back-references are not supported here".to_owned()),
                    next if next.is_ascii_punctuation() => out.extend(['\\', next]),
                    next => out.push(next),
                }
            }
            '[' => at = bracket(&chars, at, &mut out)?,
            '(' | ')' | '|' | '+' | '?' | '{' | '}' if basic => out.extend(['\\', c]),
            '*' if was_fresh => out.push_str("\\*"),
            '^' if basic && !was_fresh => out.push_str("\\^"),
            '^' => {
                out.push('^');
                fresh = true;
            }
            '$' if basic
                && at < chars.len()
                && !chars[at..].starts_with(&['\\', ')'])
                && !chars[at..].starts_with(&['\\', '|']) =>
            {
                out.push_str("\\$");
            }
            '{' if !is_interval(&chars[at..]) => out.push_str("\\{"),
            '}' if !basic && !out_has_open_interval(&out) => out.push_str("\\}"),
            '(' | '|' => {
                out.push(c);
                fresh = true;
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn is_interval(rest: &[char]) -> bool {
    let end = rest.iter().position(|c| *c == '}').unwrap_or(0);
    end > 0 && rest[..end].iter().all(|c| c.is_ascii_digit() || *c == ',') && rest[0].is_ascii_digit()
}

fn out_has_open_interval(out: &str) -> bool {
    let open = out.rfind('{').filter(|at| !out[..*at].ends_with('\\'));
    open.is_some_and(|at| !out[at..].contains('}'))
}

/// A bracket expression whose `[` has been read; inside, a backslash is an ordinary character.
fn bracket(chars: &[char], mut at: usize, out: &mut String) -> Result<usize, String> {
    out.push('[');
    if chars.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let Some(c) = chars.get(at).copied() else {
            return Err("Unmatched [, [^, [:, [., or [=".to_owned());
        };
        at += 1;
        match c {
            ']' if at - 1 > first => {
                out.push(']');
                return Ok(at);
            }
            '[' if chars.get(at) == Some(&':') => {
                let end = chars[at..].windows(2).position(|pair| pair == [':', ']']);
                let Some(end) = end else { return Err("Unmatched [, [^, [:, [., or [=".to_owned()) };
                let class: String = chars[at + 1..at + end].iter().collect();
                const CLASSES: &[&str] = &[
                    "alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "xdigit", "cntrl", "print",
                    "graph",
                ];
                if !CLASSES.contains(&class.as_str()) {
                    return Err("Invalid character class name".to_owned());
                }
                out.push_str(&format!("[:{class}:]"));
                at += end + 2;
            }
            // Escapes that tools commonly use inside brackets although POSIX does not know them.
            '\\' if matches!(chars.get(at), Some('n' | 't' | 'd' | 'w' | 's')) => {
                out.extend(['\\', chars[at]]);
                at += 1;
            }
            '\\' if matches!(chars.get(at), Some(']' | '/' | '.' | '-' | '"')) && chars[at..].contains(&']') => {
                // `[\]…` is a backslash alone in POSIX; `[\/]` and its like only mean the character.
                if chars[at] == ']' {
                    out.push_str("\\\\");
                } else {
                    out.extend(['\\', '\\', '\\', chars[at]]);
                    at += 1;
                }
            }
            '\\' | '[' | ']' | '&' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[track_caller]
    fn check(pattern: &str, basic: bool, text: &str, expected: Option<&str>) {
        let regex = if basic { Regex::basic(pattern, false) } else { Regex::extended(pattern, false) };
        let found = regex.unwrap().find_at(text, 0).map(|(start, end)| &text[start..end]);
        assert_eq!(found, expected, "{pattern} on {text}");
    }

    #[test]
    fn basic_and_extended_expressions_differ_in_their_operators() {
        check("a+", true, "aa+", Some("a+"));
        check("a\\+", true, "aa+", Some("aa"));
        check("a+", false, "aa+", Some("aa"));
        check("\\(ab\\)*c", true, "ababc", Some("ababc"));
        check("x\\{2\\}", true, "xxx", Some("xx"));
        check("x{2}", true, "xx x{2}", Some("x{2}"));
        check("*a", true, "b*a", Some("*a"));
        check("a^b$c", true, "a^b$c", Some("a^b$c"));
        check("{a}", false, "{a}", Some("{a}"));
        check("[]a]*", true, "]a]b", Some("]a]"));
        check("[[:digit:]]+", false, "ab12", Some("12"));
        check("\\<is\\>", true, "this is", Some("is"));
    }
}
