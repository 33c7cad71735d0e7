//! Tables with columns of equal width (`github.com/liggitt/tabwriter` as `k8s.io/cli-runtime/pkg/printers` uses it).

/// Columns are at least so wide, and end in so many blanks.
const MIN_WIDTH: usize = 6;
const PADDING: usize = 3;

/// Writes rows; widths that were needed once are kept for the rows to come.
#[derive(Default)]
pub struct TableWriter {
    widths: Vec<usize>,
}

impl TableWriter {
    /// These rows, aligned, one a line. The last cell of a row is not padded.
    pub fn rows(&mut self, rows: &[Vec<String>]) -> String {
        for row in rows {
            for (i, cell) in row.iter().enumerate().take(row.len().saturating_sub(1)) {
                if self.widths.len() <= i {
                    self.widths.push(MIN_WIDTH);
                }
                self.widths[i] = self.widths[i].max(cell.chars().count() + PADDING);
            }
        }
        let mut out = String::new();
        for row in rows {
            for (i, cell) in row.iter().enumerate() {
                out.push_str(cell);
                if i + 1 < row.len() {
                    let padding = self.widths[i].saturating_sub(cell.chars().count());
                    out.extend(std::iter::repeat_n(' ', padding));
                }
            }
            out.push('\n');
        }
        out
    }
}

/// Rows that stand by themselves.
pub fn table(rows: &[Vec<String>]) -> String {
    TableWriter::default().rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_keep_their_width() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let mut writer = TableWriter::default();
        let first = writer.rows(&[row(["NAME", "STATUS", "AGE"]), row(["a", "Running", "1s"])]);
        assert_eq!(first, "NAME   STATUS    AGE\na      Running   1s\n");
        assert_eq!(writer.rows(&[row(["b", "", ""])]), "b                \n");
    }
}
