//! Shell patterns: `*`, `?`, `[…]`, with a backslash before what stands for itself.

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Char(char),
    Any,
    Star,
    Set { negated: bool, items: Vec<(char, char)>, classes: Vec<String> },
}

/// A pattern ready for matching.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<Piece>);

/// Puts a backslash before every character that means something in a pattern.
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '!' | '^' | '-') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Undoes [`escape`].
pub fn unescape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// Whether a pattern has any unescaped special character.
pub fn is_pattern(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            at += 1;
            match c {
                '*' if pieces.last() == Some(&Piece::Star) => {}
                '*' => pieces.push(Piece::Star),
                '?' => pieces.push(Piece::Any),
                '\\' => {
                    pieces.push(Piece::Char(chars.get(at).copied().unwrap_or('\\')));
                    at += 1;
                }
                '[' => match set(&chars, at) {
                    Some((piece, next)) => {
                        pieces.push(piece);
                        at = next;
                    }
                    None => pieces.push(Piece::Char('[')),
                },
                c => pieces.push(Piece::Char(*c)),
            }
        }
        Self(pieces)
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    /// As [`Pattern::matches`]. Only the last star needs to be remembered, so no input takes more than pattern times
    /// text steps.
    pub fn matches_chars(&self, text: &[char]) -> bool {
        let pieces = &self.0;
        let (mut p, mut t) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while t < text.len() {
            match pieces.get(p) {
                Some(Piece::Star) => {
                    star = Some((p + 1, t));
                    p += 1;
                }
                Some(piece) if piece.takes(text[t]) => {
                    p += 1;
                    t += 1;
                }
                _ => {
                    let Some((after, from)) = star else { return false };
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
            }
        }
        pieces[p..].iter().all(|piece| *piece == Piece::Star)
    }

    /// Where a match may end when it begins at the start of `text`; the longest or the shortest.
    pub fn prefix(&self, text: &[char], longest: bool) -> Option<usize> {
        let fits = |end: &usize| self.matches_chars(&text[..*end]);
        if longest { (0..=text.len()).rev().find(fits) } else { (0..=text.len()).find(fits) }
    }

    /// Where a match that reaches the end of `text` may begin; the longest or the shortest.
    pub fn suffix(&self, text: &[char], longest: bool) -> Option<usize> {
        let fits = |start: &usize| self.matches_chars(&text[*start..]);
        if longest { (0..=text.len()).find(fits) } else { (0..=text.len()).rev().find(fits) }
    }

    /// The length of every match when it is fixed, which it is without a star.
    pub fn fixed_length(&self) -> Option<usize> {
        (!self.0.contains(&Piece::Star)).then_some(self.0.len())
    }
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Piece::Char(own) => *own == c,
            Piece::Any => true,
            Piece::Star => false,
            Piece::Set { negated, items, classes } => {
                let inside = items.iter().any(|(low, high)| (*low..=*high).contains(&c))
                    || classes.iter().any(|class| in_class(class, c));
                inside != *negated
            }
        }
    }
}

/// Whether a character belongs to a POSIX class such as `alpha`.
pub fn in_class(class: &str, c: char) -> bool {
    match class {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        _ => false,
    }
}

/// A bracket expression whose `[` stands before `at`: the piece and where it ends.
fn set(chars: &[char], mut at: usize) -> Option<(Piece, usize)> {
    let negated = matches!(chars.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let first = at;
    let (mut items, mut classes) = (Vec::new(), Vec::new());
    loop {
        let c = *chars.get(at)?;
        if c == ']' && at > first {
            return Some((Piece::Set { negated, items, classes }, at + 1));
        }
        if c == '[' && chars.get(at + 1) == Some(&':') {
            let rest = &chars[at + 2..];
            let end = rest.windows(2).position(|pair| pair == [':', ']'])?;
            classes.push(rest[..end].iter().collect());
            at += end + 4;
            continue;
        }
        let (low, next) = member(chars, at)?;
        at = next;
        if chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|c| *c != ']') {
            let (high, next) = member(chars, at + 1)?;
            at = next;
            items.push((low, high));
        } else {
            items.push((low, low));
        }
    }
}

fn member(chars: &[char], at: usize) -> Option<(char, usize)> {
    match chars.get(at)? {
        '\\' => Some((*chars.get(at + 1)?, at + 2)),
        c => Some((*c, at + 1)),
    }
}
