//! `crictl`: what the container runtime of this node holds (`sigs.k8s.io/cri-tools`).

use shell::Process;

use super::node::Node;

/// Digits of an id that are shown.
const SHORT: usize = 13;

pub async fn run(process: Process, node: Node) -> i32 {
    let words: Vec<&str> = process.args[1..].iter().map(String::as_str).collect();
    let flags: Vec<&str> = words.iter().copied().filter(|word| word.starts_with('-')).collect();
    let mut plain = words.iter().copied().filter(|word| !word.starts_with('-'));
    let command = plain.next().unwrap_or_default();
    let all = flags.iter().any(|flag| ["-a", "--all"].contains(flag));
    let quiet = flags.iter().any(|flag| ["-q", "--quiet"].contains(flag));
    let question = match command {
        "ps" => "containers",
        "pods" => "sandboxes",
        "images" | "image" | "img" => "images",
        "logs" => "logs",
        "" => {
            process.eprint("crictl: name a command: ps, pods, images, logs\n");
            return 1;
        }
        other => {
            process.eprint(format!("No help topic for '{other}'\n"));
            return 3;
        }
    };
    let id = plain.next().unwrap_or_default();
    if question == "logs" && id.is_empty() {
        process.eprint("FATA[0000] ID cannot be empty\n");
        return 1;
    }
    let Some(answer) = node.ask(&["cri", question, id]).await else {
        let socket = "/run/containerd/containerd.sock";
        process.eprint(format!(
            "FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint \"unix://{socket}\": rpc \
             error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix {socket}: \
             connect: connection refused\"\n"
        ));
        return 1;
    };
    if question == "logs" {
        return match answer.strip_prefix("!") {
            Some(why) => {
                process.eprint(format!("{why}\n"));
                1
            }
            None => {
                process.print(answer).await;
                0
            }
        };
    }
    let rows: Vec<Vec<&str>> = answer.lines().map(|line| line.split('\t').collect()).collect();
    let shown = rows.into_iter().filter(|row| question != "containers" || all || row.get(3) == Some(&"Running"));
    let now = process.now();
    let mut table: Vec<Vec<String>> = Vec::new();
    for row in shown {
        let cell = |index: usize| row.get(index).copied().unwrap_or_default();
        let short = |index: usize| cell(index).get(..SHORT).unwrap_or(cell(index)).to_owned();
        let age = |index: usize| ago(now.saturating_sub(cell(index).parse().unwrap_or(0)));
        let own = |indices: &[usize]| indices.iter().map(|index| cell(*index).to_owned()).collect::<Vec<_>>();
        table.push(match question {
            _ if quiet => vec![cell(0).to_owned()],
            "containers" => [short(0), cell(1).to_owned(), age(2)]
                .into_iter()
                .chain(own(&[3, 4, 5]))
                .chain([short(6)])
                .chain(own(&[7, 8]))
                .collect(),
            "sandboxes" => {
                [short(0), age(1)].into_iter().chain(own(&[2, 3, 4, 5])).chain(["(default)".into()]).collect()
            }
            _ => own(&[0, 1]).into_iter().chain([short(2)]).chain(own(&[3])).collect(),
        });
    }
    let head: &[&str] = match question {
        _ if quiet => &[],
        "containers" => &["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"],
        "sandboxes" => &["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"],
        _ => &["IMAGE", "TAG", "IMAGE ID", "SIZE"],
    };
    if !head.is_empty() {
        table.insert(0, head.iter().map(|word| (*word).to_owned()).collect());
    }
    process.print(aligned(&table)).await;
    0
}

/// Columns of 20 letters at least, three blanks apart (`tabwriter.NewWriter(w, 20, 1, 3, ' ', 0)`).
fn aligned(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let widest = table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        (widest.unwrap_or(0) + 3).max(20)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cell = |(column, cell): (usize, &String)| match column + 1 < row.len() {
            true => format!("{cell:<0$}", widths[column]),
            false => format!("{cell}\n"),
        };
        row.iter().enumerate().map(cell).collect::<String>()
    };
    table.iter().map(line).collect()
}

/// How long ago something was, in words (`docker/go-units`, `HumanDuration`).
fn ago(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    let span = match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3_600 => format!("{} minutes", seconds / 60),
        3_600..7_200 => "About an hour".to_owned(),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{span} ago")
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn ages_are_told_in_words() {
        let found = [400_000, 1_000_000, 59_000_000, 61_000_000, 300_000_000, 7_300_000_000].map(ago);
        let expected = [
            "Less than a second ago",
            "1 second ago",
            "59 seconds ago",
            "About a minute ago",
            "5 minutes ago",
            "2 hours ago",
        ];
        assert_eq!(found, expected);
    }
}
