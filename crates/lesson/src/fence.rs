//! The two fenced blocks of our own: `run` and `quiz`.

use crate::block::{Choice, Inline, Quiz, Run};
use crate::error::ParseError;
use protocol::Nodes;

/// Parses the text of a `run` fence whose first line is line `line` of the file: commands, and after a line `---` what
/// they print.
pub(crate) fn run(text: &str, line: u32, kubernetes: Option<Nodes>) -> Result<Run, ParseError> {
    let mut script = String::new();
    let mut expect: Option<String> = None;
    for l in text.lines() {
        match &mut expect {
            None if l.trim_end() == "---" => expect = Some(String::new()),
            None => push_line(&mut script, l),
            Some(out) => push_line(out, l),
        }
    }
    let script = script.trim_end().to_string();
    if script.trim().is_empty() {
        return Err(ParseError::new(line, "a `run` block needs at least one command"));
    }
    let expect = expect.map(|e| e.trim_end().to_string());
    if expect.as_deref() == Some("") {
        return Err(ParseError::new(line, "nothing follows `---`: leave the line out, or say what is printed"));
    }
    Ok(Run { line, script, expect, kubernetes })
}

/// Parses the text of a `quiz` fence: the question, choices as `- [ ]` and `- [x]`, then the explanation. `inlines`
/// parses a piece of Markdown that starts on the given line.
pub(crate) fn quiz(
    text: &str,
    line: u32,
    mut inlines: impl FnMut(&str, u32) -> Result<Vec<Inline>, ParseError>,
) -> Result<Quiz, ParseError> {
    let mut question = (line, String::new());
    let mut choices: Vec<(u32, bool, String)> = Vec::new();
    let mut explanation = (line, String::new());
    for (no, l) in (line..).zip(text.lines()) {
        let l = l.trim();
        if l.is_empty() {
            continue;
        }
        let marked = [("- [x]", true), ("- [X]", true), ("- [ ]", false)];
        let choice = marked.iter().find_map(|(mark, right)| Some((*right, l.strip_prefix(mark)?.trim())));
        match choice {
            Some(_) if !explanation.1.is_empty() => {
                return Err(ParseError::new(no, "a choice after the explanation: put the choices together"));
            }
            Some((_, "")) => return Err(ParseError::new(no, "an empty choice")),
            Some((right, words)) => choices.push((no, right, words.to_string())),
            None => {
                let part = if choices.is_empty() { &mut question } else { &mut explanation };
                if part.1.is_empty() {
                    part.0 = no;
                }
                push_line(&mut part.1, l);
            }
        }
    }
    if question.1.is_empty() {
        return Err(ParseError::new(line, "a quiz needs a question before its choices"));
    }
    if choices.len() < 2 {
        return Err(ParseError::new(line, "a quiz needs at least two choices (`- [ ]` and `- [x]`)"));
    }
    if !choices.iter().any(|(_, right, _)| *right) {
        return Err(ParseError::new(line, "no choice is right: mark one with `- [x]`"));
    }
    if explanation.1.is_empty() {
        return Err(ParseError::new(line, "a quiz needs an explanation after its choices"));
    }
    let mut out = Vec::new();
    let question = inlines(&question.1, question.0)?;
    for (no, right, words) in choices {
        out.push(Choice { text: inlines(&words, no)?, right });
    }
    Ok(Quiz { question, choices: out, explanation: inlines(&explanation.1, explanation.0)? })
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}
