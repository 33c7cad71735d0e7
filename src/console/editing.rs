//! Editing of the input line as `readline` does it. A browser counts in UTF-16, the lab in bytes.

/// A line and the cursor in it, as a byte offset at a character's boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub cursor: usize,
}

impl Line {
    /// From what the browser tells.
    pub fn from_browser(text: String, cursor: u32) -> Self {
        let mut units = 0;
        let at = text.char_indices().find(|(_, next)| {
            let here = units >= cursor;
            units += if *next > '\u{ffff}' { 2 } else { 1 };
            here
        });
        let cursor = at.map_or(text.len(), |(at, _)| at);
        Self { text, cursor }
    }

    /// The cursor as the browser counts.
    pub fn browser_cursor(&self) -> u32 {
        u32::try_from(self.text[..self.cursor].encode_utf16().count()).unwrap_or(u32::MAX)
    }

    /// Ctrl-W: the word before the cursor, with the spaces after it.
    pub fn without_word_before(&self) -> Self {
        let head = self.text[..self.cursor].trim_end();
        let start = head
            .rfind(char::is_whitespace)
            .map_or(0, |space| space + head[space..].chars().next().map_or(0, char::len_utf8));
        Self { text: format!("{}{}", &self.text[..start], &self.text[self.cursor..]), cursor: start }
    }

    /// Ctrl-U: everything before the cursor.
    pub fn without_head(&self) -> Self {
        Self { text: self.text[self.cursor..].to_owned(), cursor: 0 }
    }

    /// Puts `text` in the place of what stands from `start` to the cursor.
    pub fn replaced(&self, start: usize, text: &str) -> Self {
        let start = if self.text.is_char_boundary(start) { start.min(self.cursor) } else { self.cursor };
        let head = format!("{}{text}", &self.text[..start]);
        let cursor = head.len();
        Self { text: format!("{head}{}", &self.text[self.cursor..]), cursor }
    }
}

/// What all candidates begin with.
pub fn common_prefix<'a>(mut candidates: impl Iterator<Item = &'a str>) -> &'a str {
    let Some(first) = candidates.next() else { return "" };
    candidates.fold(first, |prefix, next| {
        let same = prefix.char_indices().zip(next.chars()).find(|((_, ours), theirs)| ours != theirs);
        match same {
            Some(((at, _), _)) => &prefix[..at],
            None => &prefix[..prefix.len().min(next.len())],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` marks the cursor.
    fn line(marked: &str) -> Line {
        let cursor = marked.find('|').expect("the cursor is marked");
        Line { text: marked.replace('|', ""), cursor }
    }

    #[test]
    fn a_word_is_taken_with_the_spaces_after_it() {
        assert_eq!(line("etcdctl put  |x").without_word_before(), line("etcdctl |x"));
        assert_eq!(line("größe|").without_word_before(), line("|"));
        assert_eq!(line("|x").without_word_before(), line("|x"));
    }

    #[test]
    fn the_head_is_taken_and_the_tail_stays() {
        assert_eq!(line("etcdctl |get x").without_head(), line("|get x"));
    }

    #[test]
    fn a_candidate_replaces_the_word_it_completes() {
        assert_eq!(line("etcdctl pu| x").replaced(8, "put "), line("etcdctl put | x"));
        assert_eq!(line("ab|").replaced(99, "c"), line("abc|"), "a start behind the cursor replaces nothing");
    }

    #[test]
    fn browser_and_lab_count_differently() {
        let line = Line::from_browser("a😀b".into(), 3);
        assert_eq!(line.cursor, 5);
        assert_eq!(line.browser_cursor(), 3);
        assert_eq!(Line::from_browser("ab".into(), 9).cursor, 2);
    }

    fn check_prefix(candidates: &[&str], expected: &str) {
        assert_eq!(common_prefix(candidates.iter().copied()), expected);
    }

    #[test]
    fn tab_goes_as_far_as_all_agree() {
        check_prefix(&["endpoint", "elect"], "e");
        check_prefix(&["put", "put-more"], "put");
        check_prefix(&["müsli", "mütze"], "mü");
        check_prefix(&[], "");
    }
}
