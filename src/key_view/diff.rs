//! What differs between two values, line by line.

/// Unchanged lines shown around a change.
const CONTEXT: usize = 2;
/// Pairs of lines that are compared at most; beyond it, everything between the first and the last difference counts as
/// changed.
const PAIRS_MAX: usize = 250_000;

/// A line and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
    /// So many unchanged lines.
    Skipped(usize),
}

/// The lines of both, with what is far from any change left out.
pub fn between<'a>(old: &'a [String], new: &'a [String]) -> Vec<Line<'a>> {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let back = old[front..].iter().rev().zip(new[front..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line<'a>> = old[..front].iter().map(|line| Line::Same(line)).collect();
    changes(&old[front..old.len() - back], &new[front..new.len() - back], &mut lines);
    lines.extend(old[old.len() - back..].iter().map(|line| Line::Same(line)));
    around_changes(lines)
}

/// The longest common subsequence decides what stayed.
fn changes<'a>(old: &'a [String], new: &'a [String], lines: &mut Vec<Line<'a>>) {
    let width = new.len() + 1;
    let (mut i, mut j) = (0, 0);
    if old.len() * new.len() <= PAIRS_MAX {
        // How many lines the rests of both have in common.
        let mut common = vec![0_u32; (old.len() + 1) * width];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i * width + j] = if old[i] == new[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
        while i < old.len() && j < new.len() {
            if old[i] == new[j] {
                lines.push(Line::Same(&old[i]));
                (i, j) = (i + 1, j + 1);
            } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
                lines.push(Line::Gone(&old[i]));
                i += 1;
            } else {
                lines.push(Line::New(&new[j]));
                j += 1;
            }
        }
    }
    lines.extend(old[i..].iter().map(|line| Line::Gone(line)));
    lines.extend(new[j..].iter().map(|line| Line::New(line)));
}

fn around_changes(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Same(_))).collect();
    let mut shown = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        let next = changed.partition_point(|change| *change < at);
        let near = |change: Option<&usize>| change.is_some_and(|change| change.abs_diff(at) <= CONTEXT);
        if near(changed.get(next)) || near(next.checked_sub(1).and_then(|before| changed.get(before))) {
            shown.push(line);
        } else if let Some(Line::Skipped(count)) = shown.last_mut() {
            *count += 1;
        } else {
            shown.push(Line::Skipped(1));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines are single letters; `-` and `+` mark what went and came, a number what was skipped.
    fn check(old: &str, new: &str, expected: &str) {
        let split = |text: &str| -> Vec<String> { text.chars().map(String::from).collect() };
        let (old, new) = (split(old), split(new));
        let found: String = between(&old, &new)
            .iter()
            .map(|line| match line {
                Line::Same(text) => (*text).to_owned(),
                Line::Gone(text) => format!("-{text}"),
                Line::New(text) => format!("+{text}"),
                Line::Skipped(count) => format!("({count})"),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_changed_stands_between_what_stayed() {
        check("abc", "axc", "a-b+xc");
        check("abc", "ac", "a-bc");
        check("", "ab", "+a+b");
        check("ab", "", "-a-b");
        check("abcd", "bcde", "-abcd+e");
    }

    #[test]
    fn what_is_far_from_a_change_is_left_out() {
        check("abcdefg", "abcxefg", "(1)bc-d+xef(1)");
        check("abc", "abc", "(3)");
        check("aXbcdefghYi", "aZbcdefghWi", "a-X+Zbc(3)gh-Y+Wi");
    }

    #[test]
    fn very_long_values_are_compared_by_their_ends_only() {
        let many = |mark: &str| -> Vec<String> { (0..600).map(|line| format!("{mark}{line}")).collect() };
        let (old, new) = (many("a"), many("b"));
        assert_eq!(between(&old, &new).len(), 1_200);
    }
}
