//! The lines that were typed, for Up, Down and Ctrl-R.

/// No more lines than this are remembered.
const LIMIT: usize = 1_000;

#[derive(Clone, Debug, Default)]
pub struct History {
    lines: Vec<String>,
    /// The line that is shown, counted from the oldest; `None` for the one being typed.
    at: Option<usize>,
    /// What was being typed when the reader went into the past.
    draft: String,
}

impl History {
    pub fn of(lines: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        lines.into_iter().for_each(|line| history.push(line));
        history
    }

    /// Remembers a line; empty ones and repetitions are not worth it.
    pub fn push(&mut self, line: String) {
        self.at = None;
        self.draft.clear();
        if line.trim().is_empty() || self.lines.last() == Some(&line) {
            return;
        }
        if self.lines.len() == LIMIT {
            self.lines.remove(0);
        }
        self.lines.push(line);
    }

    /// Up: the line before; `typed` is what stands in the input now.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        let before = match self.at {
            None => {
                self.draft = typed.to_owned();
                self.lines.len()
            }
            Some(at) => at,
        };
        let at = before.checked_sub(1)?;
        self.at = Some(at);
        self.lines.get(at).cloned()
    }

    /// Down: the line after, and at last what was being typed.
    pub fn newer(&mut self) -> Option<String> {
        let at = self.at? + 1;
        if let Some(line) = self.lines.get(at) {
            self.at = Some(at);
            Some(line.clone())
        } else {
            self.at = None;
            Some(std::mem::take(&mut self.draft))
        }
    }

    /// Ctrl-R: the newest line with `query` in it, `skip` matches further back.
    pub fn find(&self, query: &str, skip: usize) -> Option<&str> {
        if query.is_empty() {
            return None;
        }
        self.lines.iter().rev().filter(|line| line.contains(query)).nth(skip).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        History::of(["one", "two", "two", "", "three"].map(str::to_owned))
    }

    #[test]
    fn up_and_down_walk_through_what_was_typed_and_back_to_the_draft() {
        let mut history = history();
        assert_eq!(history.older("dra").as_deref(), Some("three"));
        assert_eq!(history.older("").as_deref(), Some("two"));
        assert_eq!(history.older("").as_deref(), Some("one"));
        assert_eq!(history.older(""), None);
        assert_eq!(history.newer().as_deref(), Some("two"));
        assert_eq!(history.newer().as_deref(), Some("three"));
        assert_eq!(history.newer().as_deref(), Some("dra"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn search_goes_from_the_newest_back() {
        let history = history();
        assert_eq!(history.find("t", 0), Some("three"));
        assert_eq!(history.find("t", 1), Some("two"));
        assert_eq!(history.find("t", 2), None);
        assert_eq!(history.find("", 0), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let history = History::of((0..LIMIT + 5).map(|number| number.to_string()));
        assert_eq!(history.lines.len(), LIMIT);
        assert_eq!(history.lines[0], "5");
    }
}
