//! Columns as kubeadm's tables have them (Go: `tabwriter.NewWriter(out, 10, 4, 3, ' ', 0)`).

/// Columns are at least so wide, and end in so many blanks.
const MIN_WIDTH: usize = 10;
const PADDING: usize = 3;

/// These rows, aligned, one a line. The last cell of a row is not padded.
pub fn table(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate().take(row.len().saturating_sub(1)) {
            if widths.len() <= at {
                widths.push(MIN_WIDTH);
            }
            widths[at] = widths[at].max(cell.chars().count() + PADDING);
        }
    }
    let mut out = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = if at + 1 < row.len() { widths[at] } else { 0 };
            out.push_str(&format!("{cell:width$}"));
        }
        out.push('\n');
    }
    out
}

/// `duration.ShortHumanDuration` of seconds.
pub fn short(seconds: i64) -> String {
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..60 => format!("{}s", seconds.max(0)),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_at_least_ten_wide_and_the_last_is_not_padded() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["TOKEN", "TTL", "EXPIRES"]), row(["abcdef.0123456789abcdef", "23h", "never"])]);
        assert_eq!(text, "TOKEN                     TTL       EXPIRES\nabcdef.0123456789abcdef   23h       never\n");
    }

    #[test]
    fn a_duration_has_one_unit() {
        let shown: Vec<String> = [-5, 0, 59, 86_399, 31_535_999, 315_360_000].map(short).to_vec();
        assert_eq!(shown, ["<invalid>", "0s", "59s", "23h", "364d", "10y"]);
    }
}
