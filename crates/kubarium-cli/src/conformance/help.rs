//! Help texts, compared by what they offer: headings, usage lines, commands and flags with their types and defaults, in
//! order. The sentences are our own.

/// What a line of a help text offers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Offer<'a> {
    Heading(&'a str),
    Usage(&'a str),
    Command(&'a str),
    Flag(&'a str),
}

/// Whether a text is the help of a command, or holds one.
pub fn is_help(text: &str) -> bool {
    text.lines().any(|line| matches!(line, "NAME:" | "USAGE:" | "Usage:" | "OPTIONS:"))
}

/// Compares a recorded help text with ours.
///
/// # Errors
/// Says what one of them offers and the other does not, or that the order differs.
pub fn compare(recorded: &str, ours: &str) -> Result<(), String> {
    let (want, have) = (offers(recorded), offers(ours));
    if want == have {
        return Ok(());
    }
    let only_in = |these: &[Offer<'_>], others: &[Offer<'_>]| -> Vec<String> {
        these.iter().filter(|offer| !others.contains(offer)).map(|offer| format!("{offer:?}")).collect()
    };
    let (missing, extra) = (only_in(&want, &have), only_in(&have, &want));
    Err(match (&missing[..], &extra[..]) {
        ([], []) => "the order differs".to_owned(),
        _ => format!("missing: {}; extra: {}", missing.join(", "), extra.join(", ")),
    })
}

fn offers(text: &str) -> Vec<Offer<'_>> {
    let mut offers = Vec::new();
    let mut section = "";
    // Without headings a text is what `grep` or `head` left of one.
    let whole = is_help(text);
    for line in text.lines() {
        if is_heading(line) {
            section = line;
            offers.push(Offer::Heading(line));
            continue;
        }
        let (body, indented) = (line.trim(), line.starts_with([' ', '\t']));
        if body.is_empty() || (whole && !indented) {
            continue;
        }
        let first = first_column(body);
        if first.starts_with("--") || (first.starts_with('-') && first.contains(", --")) {
            offers.push(Offer::Flag(first));
        } else if section.to_uppercase().ends_with("COMMANDS:") || !whole {
            offers.push(Offer::Command(first));
        } else if matches!(section, "USAGE:" | "Usage:" | "VERSION:" | "API VERSION:") {
            offers.push(Offer::Usage(body));
        }
    }
    offers
}

/// A line of words that ends in a colon.
fn is_heading(line: &str) -> bool {
    line.strip_suffix(':').is_some_and(|words| {
        words.starts_with(|c: char| c.is_ascii_uppercase())
            && words.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
    })
}

/// What stands before the tabs or blanks that lead to the next column.
fn first_column(line: &str) -> &str {
    let end = [line.find('\t'), line.find("  ")].into_iter().flatten().min();
    line[..end.unwrap_or(line.len())].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "NAME:\n\tget - Gets it\n\nUSAGE:\n\tetcdctl get [flags]\n\nOPTIONS:\n      --limit=0\t\tMost\n  -w, --write-out=\"simple\"\tformat\n";

    #[track_caller]
    fn check(ours: &str, expected: Result<(), &str>) {
        assert_eq!(compare(RECORDED, ours), expected.map_err(str::to_owned));
    }

    #[test]
    fn words_may_differ_and_what_is_offered_may_not() {
        check(&RECORDED.replace("Gets it", "Reads it").replace("Most", "no more than"), Ok(()));
        check(
            &RECORDED.replace("--limit=0", "--limit=1"),
            Err("missing: Flag(\"--limit=0\"); extra: Flag(\"--limit=1\")"),
        );
        check(
            &RECORDED.replace("get [flags]", "get"),
            Err("missing: Usage(\"etcdctl get [flags]\"); extra: Usage(\"etcdctl get\")"),
        );
        check(
            "",
            Err(
                "missing: Heading(\"NAME:\"), Heading(\"USAGE:\"), Usage(\"etcdctl get [flags]\"), Heading(\"OPTIONS:\"), Flag(\"--limit=0\"), Flag(\"-w, --write-out=\\\"simple\\\"\"); extra: ",
            ),
        );
    }

    #[test]
    fn order_matters() {
        let swapped = "NAME:\n\tx\nUSAGE:\n\tetcdctl get [flags]\nOPTIONS:\n  -w, --write-out=\"simple\"\tf\n      --limit=0\tm\n";
        check(swapped, Err("the order differs"));
    }

    #[test]
    fn what_a_filter_left_is_compared_by_its_first_column() {
        assert_eq!(compare("\tlease grant\t\tCreates leases\n", "\tlease grant\tMakes one\n"), Ok(()));
        assert!(compare("\tlease grant\t\tCreates leases\n", "\tlease list\tLists\n").is_err());
    }
}
