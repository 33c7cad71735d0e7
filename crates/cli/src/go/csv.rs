//! One record of `encoding/csv`, the syntax of pflag's string slices (`--endpoints`).

/// Splits a record on commas; a field in double quotes may hold commas, a doubled quote stands for one.
pub fn read_record(text: &str) -> Result<Vec<String>, String> {
    let line = text.split('\n').find(|l| !l.is_empty()).unwrap_or("");
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, tail) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted, line)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                if let Some(at) = rest[..end].find('"') {
                    return Err(parse_error(line, rest, at, "bare \" in non-quoted-field"));
                }
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match tail.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

fn quoted_field<'a>(mut rest: &'a str, line: &str) -> Result<(String, &'a str), String> {
    let mut field = String::new();
    loop {
        let Some(end) = rest.find('"') else {
            return Err(parse_error(line, rest, rest.len(), "extraneous or missing \" in quoted-field"));
        };
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        if let Some(next) = rest.strip_prefix('"') {
            field.push('"');
            rest = next;
        } else if rest.is_empty() || rest.starts_with(',') {
            return Ok((field, rest));
        } else {
            return Err(parse_error(line, rest, 0, "extraneous or missing \" in quoted-field"));
        }
    }
}

fn parse_error(line: &str, rest: &str, at: usize, reason: &str) -> String {
    format!("parse error on line 1, column {}: {reason}", line.len() - rest.len() + at + 1)
}

#[cfg(test)]
mod tests {
    use super::read_record;

    #[test]
    fn splits_endpoint_lists() {
        for (text, expected) in
            [("a,b", &["a", "b"][..]), ("a,", &["a", ""]), ("\"a,b\",c", &["a,b", "c"]), ("\"a\"\"b\"", &["a\"b"])]
        {
            assert_eq!(
                read_record(text).as_deref(),
                Ok(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
        assert!(read_record("a\"b").is_err());
        assert!(read_record("\"a").is_err());
    }
}
