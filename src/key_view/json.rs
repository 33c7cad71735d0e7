//! JSON laid out in lines, so that two values can be compared line by line. The text itself stays as it is: numbers are
//! not read, so none changes.

/// A value in lines: JSON by its nesting, anything else as it stands.
pub fn lines(value: &str) -> Vec<String> {
    laid_out(value.trim()).unwrap_or_else(|| value.lines().map(str::to_owned).collect())
}

/// The text of a JSON object or list in lines; `None` when it is neither, or does not close what it opens.
fn laid_out(text: &str) -> Option<Vec<String>> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut open = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                line.push(c);
                loop {
                    let inner = rest.next()?;
                    line.push(inner);
                    match inner {
                        '\\' => line.push(rest.next()?),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                line.push(c);
                let close = if c == '{' { '}' } else { ']' };
                while rest.next_if(|next| next.is_whitespace()).is_some() {}
                if rest.next_if(|next| *next == close).is_some() {
                    line.push(close);
                } else {
                    open.push(close);
                    turn(&mut lines, &mut line, open.len());
                }
            }
            '}' | ']' => {
                if open.pop() != Some(c) {
                    return None;
                }
                turn(&mut lines, &mut line, open.len());
                line.push(c);
            }
            ',' => {
                line.push(c);
                turn(&mut lines, &mut line, open.len());
            }
            ':' => line.push_str(": "),
            c if c.is_whitespace() => {}
            c => line.push(c),
        }
        if open.is_empty() && rest.peek().is_some() {
            return None;
        }
    }
    lines.push(line);
    open.is_empty().then_some(lines)
}

/// Begins a line at a depth.
fn turn(lines: &mut Vec<String>, line: &mut String, depth: usize) {
    lines.push(std::mem::replace(line, "  ".repeat(depth)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[&str]) {
        assert_eq!(lines(value), expected, "{value}");
    }

    #[test]
    fn json_is_laid_out_by_its_nesting() {
        check(
            r#"{"kind":"Pod","spec":{"containers":[{"name":"web"}],"empty":{}}}"#,
            &[
                "{",
                r#"  "kind": "Pod","#,
                r#"  "spec": {"#,
                r#"    "containers": ["#,
                "      {",
                r#"        "name": "web""#,
                "      }",
                "    ],",
                r#"    "empty": {}"#,
                "  }",
                "}",
            ],
        );
        check("{ }", &["{}"]);
        check("[1.0, 12345678901234567890]", &["[", "  1.0,", "  12345678901234567890", "]"]);
    }

    #[test]
    fn strings_are_left_alone() {
        check(r#"{"a":"x, {y}: \"z\\"}"#, &["{", r#"  "a": "x, {y}: \"z\\""#, "}"]);
    }

    #[test]
    fn what_is_no_json_stays_as_it_is() {
        check("one\ntwo", &["one", "two"]);
        check("{broken", &["{broken"]);
        check("{\"a\":1}}", &["{\"a\":1}}"]);
        check("{\"a\":1} and more", &["{\"a\":1} and more"]);
        check("[1}", &["[1}"]);
        check("{\"cut", &["{\"cut"]);
        check("", &[]);
    }
}
