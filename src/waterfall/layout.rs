//! Where the bars of a waterfall stand.

use protocol::Waterfall;
use std::collections::BTreeMap;

/// Deeper than this the indentation stops growing.
const DEEPEST: u32 = 12;
/// A bar narrower than this, in thousandths of the whole, could not be seen.
const NARROWEST: u64 = 4;
const WHOLE: u64 = 1_000;

/// A span as a row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub depth: u32,
    /// Microseconds since the command was given.
    pub start: u64,
    pub took: u64,
    /// The bar, in thousandths of the whole.
    pub left: u64,
    pub width: u64,
}

/// A row for each span, in the same order.
pub fn rows(waterfall: &Waterfall) -> Vec<Row> {
    let spans = &waterfall.spans;
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let whole = last.saturating_sub(first).max(1);
    let mut depths: BTreeMap<u64, u32> = BTreeMap::new();
    spans
        .iter()
        .map(|span| {
            let depth = span.parent.and_then(|parent| depths.get(&parent)).map_or(0, |depth| (depth + 1).min(DEEPEST));
            depths.insert(span.id, depth);
            let start = span.start - first;
            let took = span.end.saturating_sub(span.start);
            let width = (took.saturating_mul(WHOLE) / whole).clamp(NARROWEST, WHOLE);
            let left = (start.saturating_mul(WHOLE) / whole).min(WHOLE - width);
            Row { depth, start, took, left, width }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::WaterfallSpan;

    fn span(id: u64, parent: Option<u64>, start: u64, end: u64) -> WaterfallSpan {
        WaterfallSpan { id, parent, component: "etcd-0".into(), to: None, kind: None, label: String::new(), start, end }
    }

    fn waterfall(spans: Vec<WaterfallSpan>) -> Waterfall {
        Waterfall { command: 1, text: String::new(), spans, omitted: 0 }
    }

    #[test]
    fn bars_stand_in_proportion_to_their_times() {
        let rows = rows(&waterfall(vec![span(1, None, 1_000, 2_000), span(2, Some(1), 1_250, 1_750)]));
        assert_eq!(rows[0], Row { depth: 0, start: 0, took: 1_000, left: 0, width: 1_000 });
        assert_eq!(rows[1], Row { depth: 1, start: 250, took: 500, left: 250, width: 500 });
    }

    #[test]
    fn what_took_no_time_is_still_seen_and_inside_the_picture() {
        let rows = rows(&waterfall(vec![span(1, None, 0, 100), span(2, Some(1), 100, 100)]));
        assert_eq!(rows[1].width, NARROWEST);
        assert!(rows[1].left + rows[1].width <= WHOLE);
    }

    #[test]
    fn a_span_whose_parent_was_left_out_stands_at_the_margin() {
        let rows = rows(&waterfall(vec![span(7, Some(3), 0, 1)]));
        assert_eq!(rows[0].depth, 0);
        assert!(super::rows(&waterfall(Vec::new())).is_empty());
    }
}
