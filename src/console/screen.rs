//! What a program's bytes mean for the log: lines, and the few control characters that matter without a real terminal.

/// A change of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Text(String),
    NewLine,
    /// The line begins anew: progress displays.
    Return,
    /// `clear`, `watch`.
    Clear,
}

/// No line grows longer than this many characters: a browser lays a line out in one piece.
pub const LINE_LIMIT: usize = 8_000;

/// Takes text apart. Escape sequences that colour or move are left out: the log is text, not a screen.
pub fn ops(text: &str) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut run = String::new();
    let mut rest = text.chars().peekable();
    let flush = |run: &mut String, ops: &mut Vec<Op>| {
        if !run.is_empty() {
            ops.push(Op::Text(std::mem::take(run)));
        }
    };
    while let Some(next) = rest.next() {
        match next {
            '\n' => {
                flush(&mut run, &mut ops);
                ops.push(Op::NewLine);
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => {
                flush(&mut run, &mut ops);
                ops.push(Op::Return);
            }
            '\u{1b}' if rest.peek() == Some(&'[') => {
                rest.next();
                let mut arguments = String::new();
                // A sequence ends with a letter; one that does not end is bounded by its own text.
                while let Some(next) = rest.next_if(|next| !('@'..='~').contains(next)) {
                    arguments.push(next);
                }
                if rest.next() == Some('J') && matches!(arguments.as_str(), "2" | "3") {
                    flush(&mut run, &mut ops);
                    ops.push(Op::Clear);
                }
            }
            '\t' => run.push('\t'),
            // Other control characters are shown as what they are, so that binary output is seen to be binary.
            next if next.is_control() => run.push(picture_of(next)),
            next => run.push(next),
        }
    }
    flush(&mut run, &mut ops);
    ops
}

/// Unicode has a picture for each of the old control characters.
fn picture_of(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).filter(|_| control < ' ').unwrap_or('\u{fffd}')
}

/// At most `room` characters of a text, and how many were left out.
pub fn clipped(text: &str, room: usize) -> (&str, usize) {
    match text.char_indices().nth(room) {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Op]) {
        assert_eq!(ops(text), expected, "{text:?}");
    }

    fn said(text: &str) -> Op {
        Op::Text(text.to_owned())
    }

    #[test]
    fn lines_end_as_unix_and_as_dos_end_them() {
        check("OK\nagain", &[said("OK"), Op::NewLine, said("again")]);
        check("OK\r\n", &[said("OK"), Op::NewLine]);
        check("10%\r20%", &[said("10%"), Op::Return, said("20%")]);
    }

    #[test]
    fn colours_are_left_out_and_a_cleared_screen_is_cleared() {
        check("\u{1b}[31mred\u{1b}[0m", &[said("red")]);
        check("old\u{1b}[H\u{1b}[2Jnew", &[said("old"), Op::Clear, said("new")]);
        check("\u{1b}[31", &[]);
    }

    #[test]
    fn binary_output_is_seen_to_be_binary() {
        check("a\0b\u{7f}", &[said("a\u{2400}b\u{fffd}")]);
    }

    #[test]
    fn a_clipped_text_tells_what_is_missing() {
        assert_eq!(clipped("größer", 4), ("größ", 2));
        assert_eq!(clipped("ok", 4), ("ok", 0));
    }
}
