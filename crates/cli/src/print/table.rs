//! The ASCII tables of github.com/olekukonko/tablewriter: header centred in capitals, cells to the right, cells of more
//! than thirty columns wrapped between words.

/// Beyond this width a cell is wrapped, if it has words to wrap at.
const WRAP_WIDTH: usize = 30;

/// What a line too long costs, when lines are chosen.
const TOO_LONG_PENALTY: i64 = 100_000;

/// A table with its header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The rows as comma-separated lines, the simple format of tables.
    pub fn lines(&self) -> String {
        self.rows.iter().map(|row| row.join(", ") + "\n").collect()
    }

    /// The whole table, ending in a line break.
    pub fn render(&self) -> String {
        let rows: Vec<Vec<Vec<String>>> = self.rows.iter().map(|r| r.iter().map(|c| wrap(c)).collect()).collect();
        let mut widths: Vec<usize> = self.header.iter().map(|h| h.len()).collect();
        for (row, wrapped) in self.rows.iter().zip(&rows) {
            for ((column, lines), cell) in widths.iter_mut().zip(wrapped).zip(row) {
                let widest = lines.iter().map(|l| width(l)).max().unwrap_or(0);
                // A cell that was wrapped takes the whole width it might have had.
                *column = widest.max(width(cell).min(WRAP_WIDTH)).max(*column);
            }
        }
        let rule: String = widths.iter().map(|w| format!("+{}", "-".repeat(w + 2))).collect::<String>() + "+\n";
        let mut out = rule.clone();
        let header = self.header.iter().zip(&widths).map(|(h, w)| format!("| {} ", centre(&h.to_uppercase(), *w)));
        out.extend(header);
        out.push_str("|\n");
        out.push_str(&rule);
        for row in &rows {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            for i in 0..height {
                for (cell, w) in row.iter().zip(&widths) {
                    let text = cell.get(i).map_or("", String::as_str);
                    out.push_str(&format!("| {}{text} ", " ".repeat(w - width(text))));
                }
                out.push_str("|\n");
            }
        }
        out.push_str(&rule);
        out
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn centre(text: &str, width: usize) -> String {
    let gap = width - text.len();
    format!("{}{text}{}", " ".repeat(gap / 2), " ".repeat(gap - gap / 2))
}

/// Lines of a cell: short ones as they are, long ones broken where the right edge becomes least ragged (the sum of the
/// squares of what is left on each line but the last).
fn wrap(cell: &str) -> Vec<String> {
    // A blank at the end counts as a word of its own and stays.
    let words: Vec<&str> = cell.split(' ').collect();
    let longest = words.iter().map(|w| width(w)).max().unwrap_or(0);
    let limit = width(cell).min(WRAP_WIDTH).max(longest);
    let count = words.len();
    let length = |from: usize, to: usize| words[from..to].iter().map(|w| width(w)).sum::<usize>() + (to - from - 1);
    let mut cost = vec![i64::from(i32::MAX); count + 1];
    let mut next = vec![count; count];
    for i in (0..count).rev() {
        if length(i, count) <= limit {
            (cost[i], next[i]) = (0, count);
            continue;
        }
        for j in i + 1..count {
            let used = length(i, j);
            let left = limit as i64 - used as i64;
            let penalty = if used > limit { TOO_LONG_PENALTY } else { 0 };
            let total = left * left + cost[j] + penalty;
            if total < cost[i] {
                (cost[i], next[i]) = (total, j);
            }
        }
    }
    let mut lines = Vec::new();
    let mut i = 0;
    while i < count {
        lines.push(words[i..next[i]].join(" "));
        i = next[i];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_looks_like_tablewriters() {
        let table =
            Table { header: vec!["endpoint", "is leader"], rows: vec![vec!["127.0.0.1:2379".into(), "true".into()]] };
        let expected = "\
+----------------+-----------+
|    ENDPOINT    | IS LEADER |
+----------------+-----------+
| 127.0.0.1:2379 |      true |
+----------------+-----------+
";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn long_cells_wrap_between_words_and_long_words_do_not() {
        assert_eq!(wrap("etcdserver: no leader"), ["etcdserver: no leader"]);
        assert_eq!(wrap("http://127.0.0.1:2379,http://127.0.0.1:4001").len(), 1);
        let alarm = "memberID:13195394291058371180 alarm:NOSPACE ";
        assert_eq!(wrap(alarm), ["memberID:13195394291058371180", "alarm:NOSPACE "]);
        let table = Table { header: vec!["errors"], rows: vec![vec![alarm.to_owned()]] };
        let lines = table.render();
        assert!(lines.contains("|  memberID:13195394291058371180 |\n|                 alarm:NOSPACE  |\n"), "{lines}");
    }

    #[test]
    fn a_table_without_rows_has_its_frame() {
        let table = Table { header: vec!["a"], rows: vec![] };
        assert_eq!(table.render(), "+---+\n| A |\n+---+\n+---+\n");
    }
}
