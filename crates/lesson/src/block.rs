//! What a page is made of. None of these values holds markup: every string is text, to be shown as text.

use protocol::Nodes;
use serde::{Deserialize, Serialize};

/// One block of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// `id` is unique on the page and stable as long as the words of the heading are.
    Heading {
        level: u8,
        id: String,
        text: Vec<Inline>,
    },
    Paragraph(Vec<Inline>),
    /// `start` is the first number of an ordered list, `None` for bullets.
    List {
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Table {
        align: Vec<Align>,
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Code that is only read. `language` is the first word after the fence, empty where there is none.
    Code {
        language: String,
        text: String,
    },
    /// Code with a "Run in console" button.
    Run(Run),
    Quiz(Quiz),
    Callout {
        kind: Callout,
        body: Vec<Block>,
    },
    Quote(Vec<Block>),
    Rule,
}

/// A span inside a paragraph, heading or table cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inline {
    Text(String),
    Code(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Link { target: Target, text: Vec<Inline> },
    LineBreak,
}

/// Where a link leads. The scheme in the Markdown file decides: `term:`, `component:`, `note:`, `lab:`, `#` or `https:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// A word of the glossary, by its id.
    Term(String),
    /// A component of the diagram, by its id: coloured, and focuses the diagram.
    Component(String),
    /// Another note by its slug, and a heading in it.
    Note { slug: String, heading: Option<String> },
    /// A lab by its slug.
    Lab(String),
    /// A heading of this page.
    Heading(String),
    /// Always `https://`.
    External(String),
}

/// A link of a page together with its line in the file, so that a check can say where a broken one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub line: u32,
    pub target: Target,
}

/// A column's alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Align {
    Unset,
    Left,
    Center,
    Right,
}

/// The five kinds of callout that GitHub's Markdown has: `> [!NOTE]` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callout {
    Note,
    Tip,
    Important,
    Warning,
    Caution,
}

impl Callout {
    /// The word shown above the callout.
    pub fn label(self) -> &'static str {
        match self {
            Callout::Note => "Note",
            Callout::Tip => "Tip",
            Callout::Important => "Important",
            Callout::Warning => "Warning",
            Callout::Caution => "Caution",
        }
    }
}

/// Commands to try, and what they print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The line in the file on which the script begins.
    pub line: u32,
    /// What is typed into the console, line by line; a heredoc or loop may span lines. No newline at the end.
    pub script: String,
    /// What it prints, as on a fresh cluster, for the reader to compare. `…` stands for what differs.
    pub expect: Option<String>,
    /// It is for a Kubernetes cluster of such nodes; otherwise for three members of etcd.
    pub kubernetes: Option<Nodes>,
}

/// A question with choices. Several choices may be right; then all of them have to be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    pub question: Vec<Inline>,
    pub choices: Vec<Choice>,
    /// Why, shown after an answer.
    pub explanation: Vec<Inline>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub text: Vec<Inline>,
    pub right: bool,
}

impl Run {
    /// Whether an output is what the block promises; a block that promises nothing fits anything. `…` alone on a line
    /// stands for any number of lines, inside a line for any characters. Spaces at the end of a line do not count.
    pub fn fits(&self, output: &str) -> bool {
        let Some(expect) = &self.expect else { return true };
        let pattern: Vec<&str> = expect.trim_end().lines().map(str::trim_end).collect();
        let lines: Vec<&str> = output.trim_end().lines().map(str::trim_end).collect();
        wildcard(
            &pattern,
            &lines,
            |p| *p == "…",
            |p, line| {
                let (p, line): (Vec<char>, Vec<char>) = (p.chars().collect(), line.chars().collect());
                wildcard(&p, &line, |c| *c == '…', |a, b| a == b)
            },
        )
    }
}

/// Matches a pattern in which some elements stand for any number of elements. Going back to the last such element is
/// enough, so the time is bounded by the product of the lengths.
fn wildcard<T>(pattern: &[T], text: &[T], any: impl Fn(&T) -> bool, same: impl Fn(&T, &T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p).is_some_and(&any) {
            retry = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|x| same(x, &text[t])) {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(any)
}

impl Quiz {
    /// Whether exactly the right choices were made; `chosen` holds their positions.
    pub fn is_right(&self, chosen: &[u32]) -> bool {
        (0u32..).zip(&self.choices).all(|(i, c)| c.right == chosen.contains(&i))
    }
}
