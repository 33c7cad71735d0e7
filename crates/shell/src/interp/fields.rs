//! The words a command gets: what expansion produced, split at blanks where splitting applies.

use super::pattern;

/// Collects the fields that one word expands to.
pub struct Fields {
    done: Vec<Field>,
    current: Field,
    /// Whether the current field exists even if it stays empty (`""`).
    open: bool,
    separators: String,
}

/// A field: its text as a pattern in which everything quoted is escaped.
#[derive(Default, Clone)]
pub struct Field {
    pattern: String,
    /// Whether anything in it may match files.
    globs: bool,
}

impl Field {
    pub fn text(&self) -> String {
        pattern::unescape(&self.pattern)
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    pub fn globs(&self) -> bool {
        self.globs && pattern::is_pattern(&self.pattern)
    }
}

impl Fields {
    pub fn new(separators: &str) -> Self {
        Self { done: Vec::new(), current: Field::default(), open: false, separators: separators.to_owned() }
    }

    /// Text that stands for itself; also empty text makes a field.
    pub fn quoted(&mut self, text: &str) {
        pattern::escape(text, &mut self.current.pattern);
        self.open = true;
    }

    /// Unquoted text as written: it may match files but is not split.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            // Only what quoting put there is escaped; a backslash cannot be bare in written text.
            if c == '\\' {
                self.current.pattern.push('\\');
            }
            self.current.pattern.push(c);
        }
        self.current.globs = true;
        self.open = true;
    }

    /// The value of an unquoted expansion: split, and it may match files.
    pub fn split(&mut self, text: &str) {
        let separators = self.separators.clone();
        let blank = |c: char| c.is_whitespace() && separators.contains(c);
        let mut rest = text;
        while !rest.is_empty() {
            let trimmed = rest.trim_start_matches(blank);
            if trimmed.len() < rest.len() {
                self.end();
            }
            rest = trimmed;
            let end = rest.find(|c| separators.contains(c)).unwrap_or(rest.len());
            if end > 0 {
                for c in rest[..end].chars() {
                    if c == '\\' {
                        self.current.pattern.push('\\');
                    }
                    self.current.pattern.push(c);
                }
                self.current.globs = true;
                self.open = true;
            }
            rest = &rest[end..];
            let after_blanks = rest.trim_start_matches(blank);
            if let Some(c) = after_blanks.chars().next()
                && separators.contains(c)
                && !blank(c)
            {
                // A separator that is no blank delimits a field even when nothing stands before it.
                self.open = true;
                self.end();
                rest = &after_blanks[c.len_utf8()..];
            }
        }
    }

    /// Ends the current field, if there is one.
    pub fn end(&mut self) {
        if self.open {
            self.done.push(std::mem::take(&mut self.current));
            self.open = false;
        }
    }

    pub fn finish(mut self) -> Vec<Field> {
        self.end();
        self.done
    }
}
