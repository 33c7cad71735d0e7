//! No input makes the parsers panic: random bytes, and real constructs cut and spliced at random.

use lesson::{html, parse_components, parse_glossary, parse_lab, parse_note, parse_tour};

const HEADER: &str = "---\ntitle: T\nsummary: S.\nsection: A\n---\n";

const PIECES: [&str; 34] = [
    "\n",
    "\n\n",
    "    ",
    "> ",
    "> [!NOTE]\n",
    "- ",
    "1. ",
    "- [x] ",
    "- [ ] ",
    "```",
    "```run\n",
    "```quiz\n",
    "---\n",
    "# ",
    "## ",
    "|a|b|\n|-|-|\n",
    "|1|2|\n",
    "*",
    "**",
    "`",
    "[a](term:x)",
    "[",
    "](note:a#b)",
    "<b>",
    "<!--",
    "<https://x>",
    "\\",
    "&amp;",
    "![a](b)",
    "é",
    "\u{0}",
    "title: x\n",
    "word ",
    "~~~\n",
];

/// A small generator (xorshift), so that a failing round can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % n
    }
}

/// Feeds a text to every parser, and what they accept to every writer.
fn read(text: &str) {
    let glossary = parse_glossary(text).unwrap_or_default();
    let context = html::Context { base: "/", glossary: &glossary };
    for file in [text.to_string(), format!("{HEADER}{text}")] {
        if let Ok(note) = parse_note("notes/01-t.md", &file) {
            let written = html::blocks(&context, &note.body);
            assert!(!written.contains("<b>") && !written.contains("<!--"), "raw HTML in {written}");
            lesson::plain_text(&note.body);
        }
        let _ = parse_lab("labs/01-t.md", &file);
        let _ = parse_tour(&file);
        let _ = parse_components(&file);
    }
}

#[test]
fn random_bytes_are_read_or_refused() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..400 {
        let bytes: Vec<u8> = (0..random.below(300)).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect();
        read(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn spliced_constructs_are_read_or_refused() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..1500 {
        let text: String = (0..random.below(40)).map(|_| PIECES[random.below(PIECES.len())]).collect();
        read(&text);
    }
}

#[test]
fn deep_nesting_and_long_files_are_refused() {
    for open in ["> ", "- ", "[", "*a _b ", "**"] {
        read(&open.repeat(20_000));
    }
    let long = format!("{HEADER}{}", "x".repeat(lesson::MAX_FILE_BYTES));
    assert!(parse_note("notes/01-t.md", &long).is_err());
}
