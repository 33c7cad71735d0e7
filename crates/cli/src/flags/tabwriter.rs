//! Go's `text/tabwriter` as etcdctl's help uses it: cells end in tabs and are padded with tabs of width eight.

const TAB_WIDTH: usize = 8;
const PADDING: usize = 1;

/// Aligns the tab-terminated cells of `text`. A column reaches over neighbouring lines that have a cell in it.
pub fn align(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|l| l.split('\t').collect()).collect();
    let mut out = String::with_capacity(text.len() * 2);
    format_block(&lines, 0, lines.len(), &mut Vec::new(), &mut out);
    // Every line was given a newline; the last piece of the split had none.
    out.pop();
    out
}

fn format_block(lines: &[Vec<&str>], from: usize, to: usize, widths: &mut Vec<usize>, out: &mut String) {
    let column = widths.len();
    let has_cell = |line: &[&str]| column + 1 < line.len();
    let mut unwritten = from;
    let mut at = from;
    while at < to {
        if !has_cell(&lines[at]) {
            at += 1;
            continue;
        }
        write_lines(&lines[unwritten..at], widths, out);
        let end = (at..to).find(|i| !has_cell(&lines[*i])).unwrap_or(to);
        let widest = lines[at..end].iter().map(|l| l[column].chars().count() + PADDING).max().unwrap_or(0);
        widths.push(widest);
        format_block(lines, at, end, widths, out);
        widths.pop();
        unwritten = end;
        at = end;
    }
    write_lines(&lines[unwritten..to], widths, out);
}

fn write_lines(lines: &[Vec<&str>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(column).filter(|_| column + 1 < line.len()) {
                let padding = width.next_multiple_of(TAB_WIDTH) - cell.chars().count();
                out.extend(std::iter::repeat_n('\t', padding.div_ceil(TAB_WIDTH)));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn columns_are_padded_with_tabs_to_the_widest_cell_of_their_block() {
        let text = "NAME:\n\tone\n\n\ta\tfirst\n\tlonger-name\tsecond\n";
        assert_eq!(align(text), "NAME:\n\tone\n\n\ta\t\tfirst\n\tlonger-name\tsecond\n");
    }

    #[test]
    fn a_line_without_the_cell_ends_the_column() {
        assert_eq!(align("a\tb\nplain\naaaaaaaaaa\tb\n"), "a\tb\nplain\naaaaaaaaaa\tb\n");
    }
}
