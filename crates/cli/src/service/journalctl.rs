//! `journalctl -u UNIT`: what a service wrote.

use shell::Process;

use super::unit::{full_name, journal};

pub async fn run(process: Process) -> i32 {
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
    let Ok(content) = process.fs().read(&journal(&full_name(&unit))) else {
        process.print("-- No entries --\n").await;
        return 0;
    };
    let text = String::from_utf8_lossy(&content).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let shown: String = lines[lines.len().saturating_sub(tail)..].iter().map(|line| format!("{line}\n")).collect();
    process.print(shown).await;
    0
}
