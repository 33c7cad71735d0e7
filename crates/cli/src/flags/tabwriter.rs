//! Go's `text/tabwriter`: cells end in tabs, and columns reach over neighbouring lines.

/// What cells are filled up with.
#[derive(Clone, Copy)]
pub enum Fill {
    /// Tabs of width eight, as etcdctl's help has them (`tabwriter.NewWriter(out, 0, 8, 1, '\t', 0)`).
    Tabs,
    /// Two blanks at least, as `kubectl describe` has them (`tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)`).
    Blanks,
}

const TAB_WIDTH: usize = 8;

impl Fill {
    /// Between the widest cell of a column and the next.
    fn padding(self) -> usize {
        match self {
            Self::Tabs => 1,
            Self::Blanks => 2,
        }
    }
}

/// Aligns the tab-terminated cells of `text`. A column reaches over neighbouring lines that have a cell in it.
pub fn align(text: &str, fill: Fill) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|l| l.split('\t').collect()).collect();
    let mut out = String::with_capacity(text.len() * 2);
    format_block(&lines, 0, lines.len(), fill, &mut Vec::new(), &mut out);
    // Every line was given a newline; the last piece of the split had none.
    out.pop();
    out
}

fn format_block(lines: &[Vec<&str>], from: usize, to: usize, fill: Fill, widths: &mut Vec<usize>, out: &mut String) {
    let column = widths.len();
    let has_cell = |line: &[&str]| column + 1 < line.len();
    let mut unwritten = from;
    let mut at = from;
    while at < to {
        if !has_cell(&lines[at]) {
            at += 1;
            continue;
        }
        write_lines(&lines[unwritten..at], fill, widths, out);
        let end = (at..to).find(|i| !has_cell(&lines[*i])).unwrap_or(to);
        let widest = lines[at..end].iter().map(|l| l[column].chars().count() + fill.padding()).max().unwrap_or(0);
        widths.push(widest);
        format_block(lines, at, end, fill, widths, out);
        widths.pop();
        unwritten = end;
        at = end;
    }
    write_lines(&lines[unwritten..to], fill, widths, out);
}

fn write_lines(lines: &[Vec<&str>], fill: Fill, widths: &[usize], out: &mut String) {
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(column).filter(|_| column + 1 < line.len()) {
                let used = cell.chars().count();
                let (with, times) = match fill {
                    Fill::Tabs => ('\t', (width.next_multiple_of(TAB_WIDTH) - used).div_ceil(TAB_WIDTH)),
                    Fill::Blanks => (' ', width - used),
                };
                out.extend(std::iter::repeat_n(with, times));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::{Fill, align};

    #[test]
    fn columns_are_padded_with_tabs_to_the_widest_cell_of_their_block() {
        let text = "NAME:\n\tone\n\n\ta\tfirst\n\tlonger-name\tsecond\n";
        assert_eq!(align(text, Fill::Tabs), "NAME:\n\tone\n\n\ta\t\tfirst\n\tlonger-name\tsecond\n");
    }

    #[test]
    fn a_line_without_the_cell_ends_the_column() {
        assert_eq!(align("a\tb\nplain\naaaaaaaaaa\tb\n", Fill::Tabs), "a\tb\nplain\naaaaaaaaaa\tb\n");
    }

    #[test]
    fn blanks_fill_up_to_two_more_than_the_widest_cell() {
        let check = |text: &str, expected: &str| assert_eq!(align(text, Fill::Blanks), expected);
        check("Name:\tx\nLonger:\ty\nplain\na:\tb\n", "Name:    x\nLonger:  y\nplain\na:  b\n");
        check("a\t\tb\nccc\t\td\n", "a      b\nccc    d\n");
    }
}
