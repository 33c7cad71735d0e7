//! Programs that tell of their container, or do next to nothing.

use crate::Clock;
use crate::host::images::{self, Base};
use crate::host::run::{Did, Got, Run, Streams, Wish};
use calendar::Moment;
use sim::Micros;

pub(super) fn run(run: &mut Run, name: &str, arguments: &[String], streams: Streams) -> Did<i64> {
    let first = arguments.first().map(String::as_str);
    match name {
        "true" => {}
        "false" => return Ok(1),
        "echo" => echo(run, arguments, streams),
        "printf" => printf(run, arguments, streams),
        "pwd" => {
            let folder = format!("{}\n", run.folder);
            run.print(streams.out, folder);
        }
        "whoami" => run.print(streams.out, "root\n"),
        "id" => {
            let more = if images::find(&run.container.image).base == Base::Busybox { ",10(wheel)" } else { "" };
            let text = match first {
                Some("-u" | "-g") => "0\n".to_owned(),
                _ => format!("uid=0(root) gid=0(root) groups=0(root){more}\n"),
            };
            run.print(streams.out, text);
        }
        "uname" => {
            let host = run.container.hostname.clone();
            let text = match first {
                Some("-a") => format!("Linux {host} 6.12.0 #1 SMP x86_64 GNU/Linux\n"),
                Some("-r") => "6.12.0\n".into(),
                Some("-n") => format!("{host}\n"),
                Some("-m") => "x86_64\n".into(),
                _ => "Linux\n".into(),
            };
            run.print(streams.out, text);
        }
        "hostname" => {
            let (host, ip) = (&run.container.hostname, &run.container.ip);
            let text = if matches!(first, Some("-i" | "-I")) { format!("{ip}\n") } else { format!("{host}\n") };
            run.print(streams.out, text);
        }
        "env" | "printenv" => return env(run, arguments, streams),
        "date" => {
            let now = run.now()?;
            let Got::Text(Some(epoch)) = run.wish(Wish::Read("/proc/epoch".into()))? else { return Ok(1) };
            let seconds = Clock { epoch: epoch.parse().unwrap_or(0) }.seconds(now);
            let text = if first == Some("+%s") { format!("{seconds}\n") } else { format!("{}\n", date(seconds)) };
            run.print(streams.out, text);
        }
        "sleep" => {
            let Some(length) = first.and_then(length) else {
                run.print(streams.err, "sleep: missing operand\n");
                return Ok(1);
            };
            run.wish(Wish::Sleep(length))?;
        }
        "seq" => {
            let numbers: Vec<i64> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
            let (from, step, to) = match numbers[..] {
                [to] => (1, 1, to),
                [from, to] => (from, 1, to),
                [from, step, to] if step > 0 => (from, step, to),
                _ => return Ok(1),
            };
            let all: String = (from..=to)
                .step_by(step.unsigned_abs() as usize)
                .take(10_000)
                .map(|number| format!("{number}\n"))
                .collect();
            run.print(streams.out, all);
        }
        "test" | "[" => return test(run, arguments),
        "ps" => {
            let Got::Names(processes) = run.wish(Wish::Processes)? else { return Ok(1) };
            let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
            for (index, process) in processes.iter().enumerate() {
                let number = if index == 0 { 1 } else { 6 + index };
                text.push_str(&format!("{number:>5} root      0:00 {process}\n"));
            }
            run.print(streams.out, text);
        }
        "nginx" => {
            let tag = run.container.image.rsplit_once(':').map_or("1.29.4", |(_, tag)| tag);
            let version = if tag.starts_with(|c: char| c.is_ascii_digit()) {
                tag.split('-').next().unwrap_or(tag)
            } else {
                "1.29.4"
            };
            let text = match first {
                Some("-v") => format!("nginx version: nginx/{version}\n"),
                Some("-t") => "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n".into(),
                Some("-s") => String::new(),
                _ => {
                    run.print(streams.err, "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n");
                    return Ok(1);
                }
            };
            run.print(streams.err, text);
        }
        "iptables-save" => {
            let table = arguments.iter().position(|word| word == "-t").and_then(|at| arguments.get(at + 1)).cloned();
            let Got::Text(Some(rules)) = run.wish(Wish::Rules(table))? else { return Ok(1) };
            run.print(streams.out, rules);
        }
        "iptables" => return iptables(run, arguments, streams),
        // A server that is started a second time finds its port taken; a tool without a task tells how it is used.
        name => {
            run.print(streams.err, format!("{name}: this program does nothing here\n"));
            return Ok(1);
        }
    }
    Ok(0)
}

fn echo(run: &mut Run, arguments: &[String], streams: Streams) {
    let mut rest = arguments;
    let (mut newline, mut escapes) = ("\n", false);
    while let Some(flags) = rest.first().and_then(|word| word.strip_prefix('-')) {
        if flags.is_empty() || !flags.chars().all(|c| matches!(c, 'n' | 'e' | 'E')) {
            break;
        }
        if flags.contains('n') {
            newline = "";
        }
        escapes |= flags.contains('e');
        rest = &rest[1..];
    }
    let text = rest.join(" ");
    let text = if escapes { unescape(&text) } else { text };
    run.print(streams.out, format!("{text}{newline}"));
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

fn printf(run: &mut Run, arguments: &[String], streams: Streams) {
    let Some((format, values)) = arguments.split_first() else { return };
    let format = unescape(format);
    let mut values = values.iter();
    loop {
        let mut text = String::new();
        let mut parts = format.split('%');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.chars().next() {
                Some('s' | 'd') => {
                    text.push_str(values.next().map_or("", String::as_str));
                    text.push_str(&part[1..]);
                }
                _ => {
                    text.push('%');
                    text.push_str(part);
                }
            }
        }
        run.print(streams.out, text);
        if values.len() == 0 || !format.contains("%s") && !format.contains("%d") {
            return;
        }
    }
}

fn env(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    if let Some(name) = arguments.first() {
        let Some(value) = run.variables.get(name) else { return Ok(1) };
        let text = format!("{value}\n");
        run.print(streams.out, text);
        return Ok(0);
    }
    let mut text = String::new();
    let own = ["PATH", "HOSTNAME"].map(str::to_owned);
    let known: Vec<&String> =
        run.container.env.iter().map(|(name, _)| name).filter(|name| !own.contains(name)).collect();
    let more = run.variables.keys().filter(|name| !own.contains(name) && *name != "HOME" && !known.contains(name));
    let names = own.iter().chain(known.iter().copied()).chain(more);
    for name in names.chain([&"HOME".to_owned()]) {
        text.push_str(&format!("{name}={}\n", run.variables.get(name).map_or("", String::as_str)));
    }
    run.print(streams.out, text);
    Ok(0)
}

fn test(run: &mut Run, arguments: &[String]) -> Did<i64> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "]").collect();
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let holds = match words[..] {
        ["!", ref rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            test(run, &rest)? != 0
        }
        ["-z", text] => text.is_empty(),
        ["-n", text] | [text] => !text.is_empty(),
        ["-e" | "-f" | "-r" | "-s", path] => run.read(path)?.is_some(),
        ["-d", path] => is_folder(run, path)?,
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a) == number(b),
        [a, "-ne", b] => number(a) != number(b),
        [a, "-lt", b] => number(a) < number(b),
        [a, "-le", b] => number(a) <= number(b),
        [a, "-gt", b] => number(a) > number(b),
        [a, "-ge", b] => number(a) >= number(b),
        _ => false,
    };
    Ok(i64::from(!holds))
}

/// Whether a folder is there: something is in it, or the one above it has it.
fn is_folder(run: &mut Run, path: &str) -> Did<bool> {
    let path = run.absolute(path);
    let Some((above, name)) = path.rsplit_once('/').filter(|(_, name)| !name.is_empty()) else { return Ok(true) };
    let above = if above.is_empty() { "/" } else { above };
    Ok(run.names(above)?.contains(&format!("{name}/")) || !run.names(&path)?.is_empty())
}

/// `1`, `0.5`, `2m`
fn length(text: &str) -> Option<Micros> {
    if text == "infinity" {
        return Some(Micros::secs(1 << 30));
    }
    let (number, factor) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1),
        'm' => (&text[..text.len() - 1], 60),
        'h' => (&text[..text.len() - 1], 3_600),
        'd' => (&text[..text.len() - 1], 86_400),
        _ => (text, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(Micros((whole.min(1 << 30) * 1_000_000 + fraction) * factor))
}

/// `Thu Jan  1 00:00:05 UTC 2026`
fn date(seconds: i64) -> String {
    let moment = Moment::of(seconds);
    let (weekday, month, time) = (moment.weekday_name(), moment.month_name(), moment.time());
    format!("{weekday} {month} {:>2} {time} UTC {}", moment.day, moment.year)
}

/// `iptables -t nat -S CHAIN` and `-L CHAIN`, as rules.
fn iptables(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let after = |flags: &[&str]| {
        let at = arguments.iter().position(|word| flags.contains(&word.as_str()))?;
        Some(arguments.get(at + 1).cloned().unwrap_or_default())
    };
    let table = after(&["-t", "--table"]).unwrap_or_else(|| "filter".into());
    let Some(chain) = after(&["-S", "--list-rules", "-L", "-nL", "--list"]) else {
        run.print(
            streams.err,
            "iptables: no command specified\nTry `iptables -h' or 'iptables --help' for more information.\n",
        );
        return Ok(2);
    };
    let chain = if chain.starts_with('-') { String::new() } else { chain };
    let Got::Text(Some(rules)) = run.wish(Wish::Rules(Some(table)))? else { return Ok(1) };
    let mut text = String::new();
    let mut known = chain.is_empty();
    for line in rules.lines() {
        if let Some(name) = line.strip_prefix(':').and_then(|line| line.split(' ').next()) {
            let policy = if line.contains(" ACCEPT ") { format!("-P {name} ACCEPT\n") } else { format!("-N {name}\n") };
            if chain.is_empty() || chain == name {
                known = true;
                text.push_str(&policy);
            }
        } else if line.starts_with("-A ") && (chain.is_empty() || line.split(' ').nth(1) == Some(chain.as_str())) {
            text.push_str(line);
            text.push('\n');
        }
    }
    if !known {
        run.print(streams.err, "iptables: No chain/target/match by that name.\n");
        return Ok(1);
    }
    run.print(streams.out, text);
    Ok(0)
}
