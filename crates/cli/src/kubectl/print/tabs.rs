//! Go's `text/tabwriter` with blanks: cells end in tabs, columns reach over neighbouring lines
//! (`tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)`).

const PADDING: usize = 2;

/// Aligns the cells of `text`.
pub fn align(text: &str) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut out = String::with_capacity(text.len() * 2);
    block(&lines, 0, lines.len(), &mut Vec::new(), &mut out);
    // Every line was given a break; the last piece of the split had none.
    out.pop();
    out
}

fn block(lines: &[Vec<&str>], from: usize, to: usize, widths: &mut Vec<usize>, out: &mut String) {
    let column = widths.len();
    let has_cell = |line: &[&str]| column + 1 < line.len();
    let mut unwritten = from;
    let mut at = from;
    while at < to {
        if !has_cell(&lines[at]) {
            at += 1;
            continue;
        }
        write(&lines[unwritten..at], widths, out);
        let end = (at..to).find(|i| !has_cell(&lines[*i])).unwrap_or(to);
        let widest = lines[at..end].iter().map(|line| line[column].chars().count() + PADDING).max();
        widths.push(widest.unwrap_or(0));
        block(lines, at, end, widths, out);
        widths.pop();
        unwritten = end;
        at = end;
    }
    write(&lines[unwritten..to], widths, out);
}

fn write(lines: &[Vec<&str>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(column).filter(|_| column + 1 < line.len()) {
                out.extend(std::iter::repeat_n(' ', width - cell.chars().count()));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn a_column_reaches_as_far_as_lines_have_its_cell() {
        assert_eq!(align("Name:\tx\nLonger:\ty\nplain\na:\tb\n"), "Name:    x\nLonger:  y\nplain\na:  b\n");
        assert_eq!(align("a\t\tb\nccc\t\td\n"), "a      b\nccc    d\n");
    }
}
