//! `journalctl -u UNIT`: what a service wrote.

use shell::Process;

use super::node::Node;
use super::unit::{full_name, journal};

/// The journal of one of the node's own units: its lines have the header of klog, which gives the time.
pub async fn of_node(node: &Node, unit: &str) -> String {
    let pid = node.state(unit).await.pid;
    let program = unit.trim_end_matches(".service");
    let text = node.ask(&["journal", unit]).await.unwrap_or_default();
    let line = |line: &str| {
        // I0101 00:00:05.123456
        let part = |from: usize, to: usize| line.get(from..to).unwrap_or_default();
        let month = calendar::month_name(part(1, 3).parse().unwrap_or(1));
        format!("{month} {} {} controlplane {program}[{pid}]: {line}\n", part(3, 5), part(6, 14))
    };
    text.lines().map(line).collect()
}

pub async fn run(process: Process, node: Node) -> i32 {
    let mut words = process.args[1..].iter();
    let (mut unit, mut tail) = (None, usize::MAX);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-n" | "--lines" => tail = words.next().and_then(|count| count.parse().ok()).unwrap_or(10),
            word if word.starts_with("--lines=") => tail = word[8..].parse().unwrap_or(10),
            word if word.starts_with("--unit=") => unit = Some(word[7..].to_owned()),
            "--unit" => unit = words.next().cloned(),
            // Letters may be run together: `-xeu etcd`.
            word if word.starts_with('-') && !word.starts_with("--") && word.ends_with('u') => {
                unit = words.next().cloned()
            }
            _ => {}
        }
    }
    let Some(unit) = unit else {
        process.eprint("journalctl: name a unit with -u; this machine keeps a journal for each\n");
        return 1;
    };
    let unit = full_name(&unit);
    let text = match node.has(&unit) {
        true => of_node(&node, &unit).await,
        false => String::from_utf8_lossy(&process.fs().read(&journal(&unit)).unwrap_or_default()).into_owned(),
    };
    if text.is_empty() {
        process.print("-- No entries --\n").await;
        return 0;
    }
    let lines: Vec<&str> = text.lines().collect();
    let shown: String = lines[lines.len().saturating_sub(tail)..].iter().map(|line| format!("{line}\n")).collect();
    process.print(shown).await;
    0
}
