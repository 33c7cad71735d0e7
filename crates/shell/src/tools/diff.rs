//! `diff`: normal and unified.

use super::input::{lines, open};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "uqbwirNa",
    valued: "U",
    long: &[("unified", 'u'), ("brief", 'q'), ("ignore-case", 'i'), ("color", 'a')],
    mixed: true,
};

/// How many lines of both files together are compared line by line.
const MAX_LINES: usize = 6000;

/// A run of lines of the left file replaced by a run of the right one.
struct Change {
    left: (usize, usize),
    right: (usize, usize),
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 2 };
        let [left_name, right_name] = options.operands.as_slice() else {
            let last = options.operands.last().map_or("diff", String::as_str);
            process.eprint(format!(
                "diff: missing operand after '{last}'\ndiff: Try 'diff --help' for more information.\n"
            ));
            return 2;
        };
        let mut texts = Vec::new();
        for operand in [left_name, right_name] {
            let Some(reader) = open(&process, operand) else { return 2 };
            texts.push(reader.read_to_end(super::input::WHOLE_LIMIT).await.unwrap_or_default());
        }
        if texts[0] == texts[1] {
            return 0;
        }
        if options.has('q') {
            process.print(format!("Files {left_name} and {right_name} differ\n")).await;
            return 1;
        }
        let normal = |line: &&[u8]| {
            let mut text = String::from_utf8_lossy(line).into_owned();
            if options.has('w') {
                text.retain(|c| !c.is_whitespace());
            } else if options.has('b') {
                text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            if options.has('i') { text.to_lowercase() } else { text }
        };
        let (left, right) = (lines(&texts[0]), lines(&texts[1]));
        if left.len() + right.len() > MAX_LINES {
            process.print(format!("Files {left_name} and {right_name} differ\n")).await;
            return 1;
        }
        let changes =
            changes(&left.iter().map(normal).collect::<Vec<_>>(), &right.iter().map(normal).collect::<Vec<_>>());
        let context = options.value('U').and_then(|n| n.parse().ok()).unwrap_or(3);
        let out = if options.has('u') || options.value('U').is_some() {
            let stamp = super::date::format(process.wall_clock() / 1_000_000, 0, "%Y-%m-%d %H:%M:%S.%N %z");
            let head = format!("--- {left_name}\t{stamp}\n+++ {right_name}\t{stamp}\n");
            head + &unified(&changes, &left, &right, context)
        } else {
            plain(&changes, &left, &right)
        };
        process.print(out).await;
        i32::from(!changes.is_empty())
    })
}

/// The differences by the longest common subsequence.
fn changes(left: &[String], right: &[String]) -> Vec<Change> {
    let (n, m) = (left.len(), right.len());
    let mut table = vec![vec![0u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            table[i][j] =
                if left[i] == right[j] { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        if i < n && j < m && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (from_i, from_j) = (i, j);
        while (i < n || j < m) && !(i < n && j < m && left[i] == right[j]) {
            if j >= m || i < n && table[i + 1][j] >= table[i][j + 1] { i += 1 } else { j += 1 }
        }
        changes.push(Change { left: (from_i, i), right: (from_j, j) });
    }
    changes
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

fn plain(changes: &[Change], left: &[&[u8]], right: &[&[u8]]) -> String {
    let mut out = String::new();
    let range = |(from, to): (usize, usize)| match to - from {
        0 => from.to_string(),
        1 => to.to_string(),
        _ => format!("{},{to}", from + 1),
    };
    for change in changes {
        let (gone, come) = (change.left.1 - change.left.0, change.right.1 - change.right.0);
        let kind = if gone == 0 {
            'a'
        } else if come == 0 {
            'd'
        } else {
            'c'
        };
        out.push_str(&format!("{}{kind}{}\n", range(change.left), range(change.right)));
        for line in &left[change.left.0..change.left.1] {
            out.push_str(&format!("< {}\n", text(line)));
        }
        if kind == 'c' {
            out.push_str("---\n");
        }
        for line in &right[change.right.0..change.right.1] {
            out.push_str(&format!("> {}\n", text(line)));
        }
    }
    out
}

fn unified(changes: &[Change], left: &[&[u8]], right: &[&[u8]], context: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < changes.len() {
        // Changes whose contexts touch share a hunk.
        let mut last = at;
        while last + 1 < changes.len() && changes[last + 1].left.0 - changes[last].left.1 <= 2 * context {
            last += 1;
        }
        let hunk = &changes[at..=last];
        let start = hunk[0].left.0.saturating_sub(context);
        let end = (hunk[hunk.len() - 1].left.1 + context).min(left.len());
        let right_start = hunk[0].right.0 - (hunk[0].left.0 - start);
        let right_end = hunk[hunk.len() - 1].right.1 + (end - hunk[hunk.len() - 1].left.1);
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => to.to_string(),
            length => format!("{},{length}", from + 1),
        };
        out.push_str(&format!("@@ -{} +{} @@\n", range(start, end), range(right_start, right_end)));
        let mut copied = start;
        for change in hunk {
            for line in &left[copied..change.left.0] {
                out.push_str(&format!(" {}\n", text(line)));
            }
            for line in &left[change.left.0..change.left.1] {
                out.push_str(&format!("-{}\n", text(line)));
            }
            for line in &right[change.right.0..change.right.1] {
                out.push_str(&format!("+{}\n", text(line)));
            }
            copied = change.left.1;
        }
        for line in &left[copied..end] {
            out.push_str(&format!(" {}\n", text(line)));
        }
        at = last + 1;
    }
    out
}
