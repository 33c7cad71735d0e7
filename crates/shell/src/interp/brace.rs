//! Brace expansion: `{a,b}` and `{1..5}`, before every other expansion.

use crate::grammar::ast::{Part, Word};

/// How many words one word may become.
const MAX_WORDS: usize = 100_000;

/// A word as a row of characters and of parts that braces do not look into.
#[derive(Clone)]
enum Atom {
    Char(char),
    Part(Part),
}

/// Expands the braces of a word; most words have none and come back as they are.
pub fn expand(word: &Word) -> Vec<Word> {
    let has_brace = word.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('{')));
    if !has_brace {
        return vec![word.clone()];
    }
    let mut atoms = Vec::new();
    for part in &word.parts {
        match part {
            Part::Text(text) => atoms.extend(text.chars().map(Atom::Char)),
            other => atoms.push(Atom::Part(other.clone())),
        }
    }
    let mut out = Vec::new();
    if !expand_atoms(&atoms, &mut out, 0) {
        return vec![word.clone()];
    }
    out.iter().map(|atoms| to_word(atoms)).collect()
}

fn to_word(atoms: &[Atom]) -> Word {
    let mut parts: Vec<Part> = Vec::new();
    for atom in atoms {
        match (atom, parts.last_mut()) {
            (Atom::Char(c), Some(Part::Text(text))) => text.push(*c),
            (Atom::Char(c), _) => parts.push(Part::Text(c.to_string())),
            (Atom::Part(part), _) => parts.push(part.clone()),
        }
    }
    Word { parts }
}

/// False when it would become too much.
fn expand_atoms(atoms: &[Atom], out: &mut Vec<Vec<Atom>>, depth: u32) -> bool {
    if depth > 20 {
        out.push(atoms.to_vec());
        return true;
    }
    let mut from = 0;
    while let Some(open) = atoms[from..].iter().position(|a| matches!(a, Atom::Char('{'))).map(|n| n + from) {
        let Some((close, commas)) = matching(atoms, open) else {
            from = open + 1;
            continue;
        };
        let alternatives = if commas.is_empty() {
            match range(&atoms[open + 1..close]) {
                Some(items) => items,
                None => {
                    from = open + 1;
                    continue;
                }
            }
        } else {
            split(atoms, open, close, &commas)
        };
        let mut tails = Vec::new();
        if !expand_atoms(&atoms[close + 1..], &mut tails, depth + 1) {
            return false;
        }
        for alternative in alternatives {
            let mut heads = Vec::new();
            if !expand_atoms(&alternative, &mut heads, depth + 1) || out.len() + heads.len() * tails.len() > MAX_WORDS {
                return false;
            }
            for head in &heads {
                for tail in &tails {
                    out.push([&atoms[..open], head, tail].concat());
                }
            }
        }
        return true;
    }
    out.push(atoms.to_vec());
    true
}

/// The closing brace that belongs to the one at `open`, and the commas directly inside.
fn matching(atoms: &[Atom], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (i, atom) in atoms.iter().enumerate().skip(open) {
        match atom {
            Atom::Char('{') => depth += 1,
            Atom::Char('}') => {
                depth -= 1;
                if depth == 0 {
                    return Some((i, commas));
                }
            }
            Atom::Char(',') if depth == 1 => commas.push(i),
            _ => {}
        }
    }
    None
}

fn split(atoms: &[Atom], open: usize, close: usize, commas: &[usize]) -> Vec<Vec<Atom>> {
    let mut pieces = Vec::new();
    let mut start = open + 1;
    for end in commas.iter().copied().chain([close]) {
        pieces.push(atoms[start..end].to_vec());
        start = end + 1;
    }
    pieces
}

/// `1..5`, `a..e`, `01..10`, `1..9..2`.
fn range(atoms: &[Atom]) -> Option<Vec<Vec<Atom>>> {
    let mut text = String::new();
    for atom in atoms {
        match atom {
            Atom::Char(c) => text.push(*c),
            Atom::Part(_) => return None,
        }
    }
    let mut pieces = text.split("..");
    let (first, last, step) = (pieces.next()?, pieces.next()?, pieces.next());
    if pieces.next().is_some() {
        return None;
    }
    let step = match step {
        Some(step) => step.parse::<i64>().ok()?.unsigned_abs().max(1),
        None => 1,
    };
    let words = if let (Ok(from), Ok(to)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = |s: &str| s.trim_start_matches('-').starts_with('0') && s.trim_start_matches('-').len() > 1;
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        walk(from, to, step)?.into_iter().map(|n| format!("{n:0width$}")).collect::<Vec<_>>()
    } else {
        let mut ends = [first, last].into_iter().map(|s| {
            let mut chars = s.chars();
            chars.next().filter(|c| c.is_ascii_alphabetic() && chars.next().is_none())
        });
        let (from, to) = (ends.next()??, ends.next()??);
        let letters = walk(i64::from(from as u32), i64::from(to as u32), step)?;
        letters.into_iter().filter_map(|n| char::from_u32(n as u32)).map(String::from).collect()
    };
    Some(words.into_iter().map(|word| word.chars().map(Atom::Char).collect()).collect())
}

fn walk(from: i64, to: i64, step: u64) -> Option<Vec<i64>> {
    let count = from.abs_diff(to) / step;
    if count as usize > MAX_WORDS {
        return None;
    }
    let step = step as i64;
    Some((0..=count as i64).map(|i| if from <= to { from + i * step } else { from - i * step }).collect())
}
