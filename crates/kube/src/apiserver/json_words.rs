//! What Go's JSON decoder says of text that is not JSON (`encoding/json`, scanner.go).

/// The sentence for a body that could not be read; `fallback` where Go's would be another one.
pub(super) fn syntax_error(body: &[u8], fallback: &str) -> String {
    let text = String::from_utf8_lossy(body);
    match scan(&mut text.chars().peekable()) {
        Err(Some((character, place))) => format!("invalid character {} {place}", quote(character)),
        Err(None) => "unexpected end of JSON input".into(),
        Ok(()) => fallback.to_owned(),
    }
}

fn quote(character: char) -> String {
    match character {
        '\'' => "'\\''".into(),
        '"' => "'\"'".into(),
        '\n' => "'\\n'".into(),
        other => format!("'{other}'"),
    }
}

type Found = Result<(), Option<(char, &'static str)>>;
type Text<'a, 'b> = &'a mut std::iter::Peekable<std::str::Chars<'b>>;

/// Finds the first character that cannot stand where it does.
fn scan(text: Text) -> Found {
    value(text)?;
    match next(text) {
        None => Ok(()),
        Some(character) => Err(Some((character, "after top-level value"))),
    }
}

fn next(text: Text) -> Option<char> {
    while text.next_if(|character| matches!(character, ' ' | '\t' | '\r' | '\n')).is_some() {}
    text.next()
}

fn value(text: Text) -> Found {
    const BEGINNING: &str = "looking for beginning of value";
    match next(text).ok_or(None)? {
        '{' => object(text),
        '[' => array(text),
        '"' => string(text),
        't' => literal(text, "rue", "in literal true (expecting 'r')"),
        'f' => literal(text, "alse", "in literal false (expecting 'a')"),
        'n' => literal(text, "ull", "in literal null (expecting 'u')"),
        first if first == '-' || first.is_ascii_digit() => {
            while text.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')).is_some() {}
            Ok(())
        }
        other => Err(Some((other, BEGINNING))),
    }
}

fn literal(text: Text, rest: &str, place: &'static str) -> Found {
    rest.chars().try_for_each(|wanted| match text.next() {
        Some(found) if found == wanted => Ok(()),
        Some(found) => Err(Some((found, place))),
        None => Err(None),
    })
}

fn string(text: Text) -> Found {
    loop {
        match text.next().ok_or(None)? {
            '"' => return Ok(()),
            '\\' => {
                text.next().ok_or(None)?;
            }
            control if control < ' ' => return Err(Some((control, "in string literal"))),
            _ => {}
        }
    }
}

fn object(text: Text) -> Found {
    let mut first = true;
    loop {
        match next(text).ok_or(None)? {
            '}' if first => return Ok(()),
            '"' => string(text)?,
            other => return Err(Some((other, "looking for beginning of object key string"))),
        }
        match next(text).ok_or(None)? {
            ':' => value(text)?,
            other => return Err(Some((other, "after object key"))),
        }
        match next(text).ok_or(None)? {
            ',' => first = false,
            '}' => return Ok(()),
            other => return Err(Some((other, "after object key:value pair"))),
        }
    }
}

fn array(text: Text) -> Found {
    let mut ahead = text.clone();
    if next(&mut ahead) == Some(']') {
        *text = ahead;
        return Ok(());
    }
    loop {
        value(text)?;
        match next(text).ok_or(None)? {
            ',' => {}
            ']' => return Ok(()),
            other => return Err(Some((other, "after array element"))),
        }
    }
}

#[cfg(test)]
mod tests {
    fn check(body: &str, expected: &str) {
        assert_eq!(super::syntax_error(body.as_bytes(), "fine"), expected, "{body}");
    }

    #[test]
    fn the_first_character_that_cannot_stand_there_is_named() {
        check("{bad", "invalid character 'b' looking for beginning of object key string");
        check("{\"a\" 1}", "invalid character '1' after object key");
        check("{\"a\": 1", "unexpected end of JSON input");
        check("[1 2]", "invalid character '2' after array element");
        check("{} x", "invalid character 'x' after top-level value");
        check("x", "invalid character 'x' looking for beginning of value");
        check("{\"a\": [], \"b\": null}", "fine");
    }
}
