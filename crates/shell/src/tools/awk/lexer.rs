//! Tokens of awk's language.

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Op(&'static str),
    Name(String),
    /// A name directly before `(`: a call of an own function.
    Call(String),
    Number(f64),
    Text(String),
    Regex(String),
    Newline,
    End,
}

const OPERATORS: &[&str] = &[
    "**=", "&&", "||", "==", "<=", ">=", "!=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", ">>", "**", "{", "}",
    "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
];

pub fn lex(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        match c {
            ' ' | '\t' | '\r' => at += 1,
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            '#' => {
                while chars.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            '\n' => {
                tokens.push(Token::Newline);
                at += 1;
            }
            '"' => {
                let (text, next) = quoted(&chars, at + 1, '"')?;
                tokens.push(Token::Text(unescape(&text)));
                at = next;
            }
            '/' if !ends_operand(tokens.last()) => {
                let (text, next) = quoted(&chars, at + 1, '/')?;
                tokens.push(Token::Regex(text.replace("\\/", "/")));
                at = next;
            }
            c if c.is_ascii_digit() || c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit) => {
                let (number, next) = number(&chars, at);
                tokens.push(Token::Number(number));
                at = next;
            }
            c if c == '_' || c.is_ascii_alphabetic() => {
                let name: String = chars[at..].iter().take_while(|c| **c == '_' || c.is_ascii_alphanumeric()).collect();
                at += name.len();
                tokens.push(if chars.get(at) == Some(&'(') { Token::Call(name) } else { Token::Name(name) });
            }
            _ => {
                let matches = |op: &&&str| op.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
                let Some(operator) = OPERATORS.iter().find(matches) else {
                    return Err(format!("syntax error at or near {c}"));
                };
                at += operator.len();
                tokens.push(Token::Op(match *operator {
                    "**" => "^",
                    "**=" => "^=",
                    other => other,
                }));
            }
        }
    }
    tokens.push(Token::End);
    Ok(tokens)
}

/// Whether a slash after this token divides.
fn ends_operand(token: Option<&Token>) -> bool {
    match token {
        Some(Token::Name(name)) => !matches!(name.as_str(), "print" | "printf" | "return" | "in" | "case"),
        Some(Token::Number(_) | Token::Text(_) | Token::Regex(_)) => true,
        Some(Token::Op(op)) => matches!(*op, ")" | "]" | "$" | "++" | "--"),
        _ => false,
    }
}

fn quoted(chars: &[char], mut at: usize, end: char) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut bracket = false;
    loop {
        match chars.get(at) {
            None | Some('\n') => {
                let what = if end == '/' { "regular expression" } else { "string" };
                return Err(format!("{what} not terminated"));
            }
            Some('\\') => {
                text.push('\\');
                text.extend(chars.get(at + 1));
                at += 1;
            }
            Some(c) if *c == end && !bracket => return Ok((text, at + 1)),
            Some(c) => {
                if end == '/' {
                    bracket = *c == '[' || bracket && *c != ']';
                }
                text.push(*c);
            }
        }
        at += 1;
    }
}

pub fn unescape(text: &str) -> String {
    let expanded = crate::tools::escape::expand(text.as_bytes(), crate::tools::escape::Style::Format);
    let text = String::from_utf8_lossy(&expanded.bytes).into_owned();
    text.replace("\\/", "/")
}

fn number(chars: &[char], at: usize) -> (f64, usize) {
    let mut end = at;
    while let Some(c) = chars.get(end) {
        let exponent = matches!(c, 'e' | 'E')
            && (chars.get(end + 1).is_some_and(char::is_ascii_digit)
                || matches!(chars.get(end + 1), Some('+' | '-'))
                    && chars.get(end + 2).is_some_and(char::is_ascii_digit));
        if exponent {
            end += 2;
        } else if c.is_ascii_digit() || *c == '.' {
            end += 1;
        } else {
            break;
        }
    }
    let text: String = chars[at..end].iter().collect();
    (text.parse().unwrap_or(0.0), end)
}
