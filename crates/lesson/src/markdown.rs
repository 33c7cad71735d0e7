//! Markdown into blocks.

use std::collections::BTreeSet;
use std::iter::Peekable;

use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag, TagEnd,
};

use protocol::Nodes;

use crate::block::{Align, Block, Callout, Inline, Reference, Target};
use crate::error::ParseError;
use crate::{fence, text};

/// How deep quotes, lists and styles may nest. Bounds the recursion here and in everything that walks the result.
const MAX_DEPTH: u32 = 12;

/// A parsed body: its blocks, every link with its line, and what an author should know but a reader need not.
pub(crate) struct Body {
    pub(crate) blocks: Vec<Block>,
    pub(crate) references: Vec<Reference>,
    pub(crate) warnings: Vec<ParseError>,
}

/// Parses Markdown whose first line is line `first_line` of the file.
pub(crate) fn parse(source: &str, first_line: u32) -> Result<Body, ParseError> {
    let mut ids = BTreeSet::new();
    let mut reader = Reader::new(source, first_line, &mut ids);
    let mut blocks = Vec::new();
    while reader.events.peek().is_some() {
        reader.blocks(&mut blocks)?;
        // Only an unmatched end could stop the reader here, and the parser does not emit one.
        reader.events.next();
    }
    Ok(Body { blocks, references: reader.references, warnings: reader.warnings })
}

struct Reader<'a, 'i> {
    events: Peekable<OffsetIter<'a>>,
    /// Byte offsets at which lines begin.
    line_starts: Vec<usize>,
    first_line: u32,
    ids: &'i mut BTreeSet<String>,
    references: Vec<Reference>,
    warnings: Vec<ParseError>,
    depth: u32,
    /// The line of the event read last.
    line: u32,
}

impl<'a, 'i> Reader<'a, 'i> {
    fn new(source: &'a str, first_line: u32, ids: &'i mut BTreeSet<String>) -> Self {
        let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
        Reader {
            events: Parser::new_ext(source, options).into_offset_iter().peekable(),
            line_starts: std::iter::once(0).chain(source.match_indices('\n').map(|(i, _)| i + 1)).collect(),
            first_line,
            ids,
            references: Vec::new(),
            warnings: Vec::new(),
            depth: 0,
            line: first_line,
        }
    }

    fn next(&mut self) -> Option<Event<'a>> {
        let (event, range) = self.events.next()?;
        let line = self.line_starts.partition_point(|start| *start <= range.start).saturating_sub(1);
        self.line = self.first_line.saturating_add(u32::try_from(line).unwrap_or(u32::MAX));
        Some(event)
    }

    fn error<T>(&self, what: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(self.line, what))
    }

    fn deeper(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error(format!("nested more than {MAX_DEPTH} deep"));
        }
        Ok(())
    }

    /// Reads blocks up to the end of the enclosing one, which is left for the caller.
    fn blocks(&mut self, out: &mut Vec<Block>) -> Result<(), ParseError> {
        loop {
            match self.events.peek() {
                None | Some((Event::End(_), _)) => return Ok(()),
                // Items of a tight list hold their words without a paragraph around them.
                Some((event, _)) if is_inline(event) => {
                    let spans = self.inlines()?;
                    if !spans.is_empty() {
                        out.push(Block::Paragraph(spans));
                    }
                }
                Some(_) => self.block(out)?,
            }
        }
    }

    fn nested(&mut self) -> Result<Vec<Block>, ParseError> {
        self.deeper()?;
        let mut body = Vec::new();
        self.blocks(&mut body)?;
        self.next();
        self.depth -= 1;
        Ok(body)
    }

    fn block(&mut self, out: &mut Vec<Block>) -> Result<(), ParseError> {
        match self.next() {
            Some(Event::Start(Tag::Paragraph)) => {
                let spans = self.spans_to_end()?;
                out.push(Block::Paragraph(spans));
            }
            Some(Event::Start(Tag::Heading { level, .. })) => {
                let spans = self.spans_to_end()?;
                let id = self.unique_id(&text::inline_text(&spans));
                out.push(Block::Heading { level: level_number(level), id, text: spans });
            }
            Some(Event::Start(Tag::BlockQuote(kind))) => {
                let body = self.nested()?;
                out.push(match kind {
                    None => Block::Quote(body),
                    Some(kind) => Block::Callout { kind: callout(kind), body },
                });
            }
            Some(Event::Start(Tag::CodeBlock(kind))) => out.push(self.code(&kind)?),
            Some(Event::Start(Tag::List(start))) => {
                let mut items = Vec::new();
                while let Some((Event::Start(Tag::Item), _)) = self.events.peek() {
                    self.next();
                    items.push(self.nested()?);
                }
                self.next();
                out.push(Block::List { start, items });
            }
            Some(Event::Start(Tag::Table(align))) => {
                let table = self.table(align.into_iter().map(alignment).collect())?;
                out.push(table);
            }
            Some(Event::Start(Tag::HtmlBlock)) => {
                let mut html = String::new();
                self.raw_html();
                while let Some(Event::Html(t) | Event::Text(t)) = self.next() {
                    html.push_str(&t);
                }
                out.push(Block::Paragraph(vec![Inline::Text(html.trim_end().to_string())]));
            }
            Some(Event::Rule) => out.push(Block::Rule),
            // No other construct is switched on; if one were, its words would still be read as plain blocks.
            Some(Event::Start(_)) => out.extend(self.nested()?),
            _ => {}
        }
        Ok(())
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>) -> Result<Block, ParseError> {
        let line = self.line;
        let mut code = String::new();
        while let Some(Event::Text(t)) = self.next() {
            code.push_str(&t);
        }
        let (info, line) = match kind {
            CodeBlockKind::Fenced(info) => (info.as_ref(), line + 1),
            CodeBlockKind::Indented => ("", line),
        };
        match info.trim() {
            "run" => Ok(Block::Run(fence::run(&code, line, None)?)),
            "run kubernetes" => Ok(Block::Run(fence::run(&code, line, Some(Nodes::FEW))?)),
            "run ha" => Ok(Block::Run(fence::run(&code, line, Some(Nodes::HIGHLY_AVAILABLE))?)),
            "quiz" => {
                let quiz = fence::quiz(&code, line, |words, line| self.fragment(words, line))?;
                Ok(Block::Quiz(quiz))
            }
            info => {
                let language = info.split_whitespace().next().unwrap_or("").to_string();
                Ok(Block::Code { language, text: code.trim_end_matches('\n').to_string() })
            }
        }
    }

    /// Parses a piece of Markdown from inside a fence, which has to be one paragraph.
    fn fragment(&mut self, words: &str, line: u32) -> Result<Vec<Inline>, ParseError> {
        let mut ids = BTreeSet::new();
        let mut inner = Reader::new(words, line, &mut ids);
        let mut blocks = Vec::new();
        inner.blocks(&mut blocks)?;
        self.references.append(&mut inner.references);
        self.warnings.append(&mut inner.warnings);
        match <[Block; 1]>::try_from(blocks) {
            Ok([Block::Paragraph(spans)]) => Ok(spans),
            _ => Err(ParseError::new(line, "only words, code spans and links can stand here")),
        }
    }

    fn table(&mut self, align: Vec<Align>) -> Result<Block, ParseError> {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        loop {
            match self.next() {
                Some(Event::Start(Tag::TableHead)) => head = self.cells()?,
                Some(Event::Start(Tag::TableRow)) => rows.push(self.cells()?),
                _ => return Ok(Block::Table { align, head, rows }),
            }
        }
    }

    fn cells(&mut self) -> Result<Vec<Vec<Inline>>, ParseError> {
        let mut cells = Vec::new();
        while let Some(Event::Start(Tag::TableCell)) = self.next() {
            cells.push(self.spans_to_end()?);
        }
        Ok(cells)
    }

    /// Reads spans and the end of what encloses them.
    fn spans_to_end(&mut self) -> Result<Vec<Inline>, ParseError> {
        self.deeper()?;
        let spans = self.inlines()?;
        self.next();
        self.depth -= 1;
        Ok(spans)
    }

    fn inlines(&mut self) -> Result<Vec<Inline>, ParseError> {
        let mut out = Vec::new();
        while self.events.peek().is_some_and(|(event, _)| is_inline(event)) {
            match self.next() {
                Some(Event::Text(t)) => push_text(&mut out, &t),
                Some(Event::Code(t)) => out.push(Inline::Code(t.to_string())),
                Some(Event::SoftBreak) => push_text(&mut out, " "),
                Some(Event::HardBreak) => out.push(Inline::LineBreak),
                Some(Event::InlineHtml(t)) => {
                    self.raw_html();
                    push_text(&mut out, &t);
                }
                Some(Event::Start(Tag::Emphasis)) => out.push(Inline::Emphasis(self.spans_to_end()?)),
                Some(Event::Start(Tag::Strong)) => out.push(Inline::Strong(self.spans_to_end()?)),
                Some(Event::Start(Tag::Link { dest_url, .. })) => {
                    let line = self.line;
                    let target = target(&dest_url).map_err(|what| ParseError::new(line, what))?;
                    self.references.push(Reference { line, target: target.clone() });
                    let text = self.spans_to_end()?;
                    out.push(Inline::Link { target, text });
                }
                Some(Event::Start(Tag::Image { .. })) => {
                    return self.error("images are not part of the format: the diagram is the picture");
                }
                Some(Event::Start(_)) => out.extend(self.spans_to_end()?),
                _ => {}
            }
        }
        Ok(out)
    }

    fn raw_html(&mut self) {
        let what = "raw HTML is not passed on, it is shown as text";
        self.warnings.push(ParseError::new(self.line, what));
    }

    fn unique_id(&mut self, words: &str) -> String {
        let base = match text::slugify(words) {
            slug if slug.is_empty() => "section".to_string(),
            slug => slug,
        };
        let mut id = base.clone();
        let mut n = 1u32;
        while !self.ids.insert(id.clone()) {
            n += 1;
            id = format!("{base}-{n}");
        }
        id
    }
}

/// Reads the address of a link. Only addresses we can resolve, or fetch safely, are links.
fn target(url: &str) -> Result<Target, String> {
    let name = |rest: &str, what: &str| match rest.trim() {
        "" => Err(format!("the link `{url}` names no {what}")),
        rest => Ok(rest.to_string()),
    };
    if let Some(rest) = url.strip_prefix("term:") {
        name(rest, "term").map(Target::Term)
    } else if let Some(rest) = url.strip_prefix("component:") {
        name(rest, "component").map(Target::Component)
    } else if let Some(rest) = url.strip_prefix("note:") {
        let (slug, heading) = match rest.split_once('#') {
            Some((slug, heading)) => (slug, Some(name(heading, "heading")?)),
            None => (rest, None),
        };
        Ok(Target::Note { slug: name(slug, "note")?, heading })
    } else if let Some(rest) = url.strip_prefix("lab:") {
        name(rest, "lab").map(Target::Lab)
    } else if let Some(rest) = url.strip_prefix('#') {
        name(rest, "heading").map(Target::Heading)
    } else if url.starts_with("https://") {
        Ok(Target::External(url.to_string()))
    } else {
        Err(format!("the link `{url}` leads nowhere: use term:, component:, note:, lab:, #heading or https://"))
    }
}

fn push_text(out: &mut Vec<Inline>, text: &str) {
    match out.last_mut() {
        Some(Inline::Text(last)) => last.push_str(text),
        _ => out.push(Inline::Text(text.to_string())),
    }
}

fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Text(_) | Event::Code(_) | Event::InlineHtml(_) | Event::SoftBreak | Event::HardBreak => true,
        Event::Start(tag) => {
            matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
        }
        Event::End(TagEnd::Paragraph) => false,
        _ => false,
    }
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn callout(kind: BlockQuoteKind) -> Callout {
    match kind {
        BlockQuoteKind::Note => Callout::Note,
        BlockQuoteKind::Tip => Callout::Tip,
        BlockQuoteKind::Important => Callout::Important,
        BlockQuoteKind::Warning => Callout::Warning,
        BlockQuoteKind::Caution => Callout::Caution,
    }
}

fn alignment(align: Alignment) -> Align {
    match align {
        Alignment::None => Align::Unset,
        Alignment::Left => Align::Left,
        Alignment::Center => Align::Center,
        Alignment::Right => Align::Right,
    }
}
