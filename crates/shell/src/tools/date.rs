//! `date`.

use calendar::{Moment, days};

use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment written by a format of `date` (in UTC).
pub fn format(seconds: i64, nanos: u32, format: &str) -> String {
    let Moment { year, month, day, hour, minute, second, weekday } = Moment::of(seconds);
    let of_year = days(year, month.into(), day.into()) - days(year, 1, 1) + 1;
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let month_name = MONTHS[usize::from(month) - 1];
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut kind = chars.next().unwrap_or('%');
        let pad = !matches!(kind, '-');
        let mut digits = 9;
        if matches!(kind, '-' | '_' | '^') {
            kind = chars.next().unwrap_or('%');
        } else if kind.is_ascii_digit() {
            digits = kind as usize - '0' as usize;
            kind = chars.next().unwrap_or('N');
        }
        let two = |n: i64| if pad { format!("{n:02}") } else { n.to_string() };
        let piece = match kind {
            'Y' => year.to_string(),
            'y' => two(year.rem_euclid(100)),
            'C' => two(year / 100),
            'm' => two(i64::from(month)),
            'd' => two(i64::from(day)),
            'e' => format!("{day:2}"),
            'H' => two(hour.into()),
            'I' => two(half.into()),
            'l' => format!("{half:2}"),
            'k' => format!("{hour:2}"),
            'M' => two(minute.into()),
            'S' => two(second.into()),
            'N' => format!("{nanos:09}").chars().take(digits).collect(),
            's' => seconds.to_string(),
            'j' => format!("{of_year:03}"),
            'a' => DAYS[usize::from(weekday)][..3].to_owned(),
            'A' => DAYS[usize::from(weekday)].to_owned(),
            'b' | 'h' => month_name[..3].to_owned(),
            'B' => month_name.to_owned(),
            'p' => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            'u' => if weekday == 0 { 7 } else { weekday }.to_string(),
            'w' => weekday.to_string(),
            'F' => format!("{year}-{month:02}-{day:02}"),
            'T' => format!("{hour:02}:{minute:02}:{second:02}"),
            'R' => format!("{hour:02}:{minute:02}"),
            'D' => format!("{month:02}/{day:02}/{:02}", year.rem_euclid(100)),
            'c' => {
                format!(
                    "{} {} {day:2} {hour:02}:{minute:02}:{second:02} {year}",
                    &DAYS[usize::from(weekday)][..3],
                    &month_name[..3]
                )
            }
            'z' => "+0000".to_owned(),
            'Z' => "UTC".to_owned(),
            'n' => "\n".to_owned(),
            't' => "\t".to_owned(),
            '%' => "%".to_owned(),
            other => format!("%{other}"),
        };
        out.push_str(&piece);
    }
    out
}

/// What `-d` takes: `@seconds`, `YYYY-MM-DD[THH:MM[:SS]]`, `now`, and offsets such as `+5 minutes` or `2 days ago`.
fn parse(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse::<f64>().ok().map(|s| s.floor() as i64);
    }
    let mut at = now;
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "now" | "today" => continue,
            "yesterday" => at -= 86_400,
            "tomorrow" => at += 86_400,
            "UTC" | "Z" => continue,
            _ if word.contains(':') && !word.contains('-') => {
                let clock = clock(word.trim_end_matches('Z'))?;
                at = at.div_euclid(86_400) * 86_400 + clock;
            }
            _ if word.contains('-') && !word.starts_with('-') => {
                let (date, time) = word.split_once('T').unwrap_or((word, "0:0"));
                let mut parts = date.split('-').map(str::parse::<i64>);
                let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
                if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
                    return None;
                }
                let time = time.trim_end_matches('Z').trim_end_matches("+00:00");
                at = days(year, month, day) * 86_400 + clock(time)?;
            }
            _ => {
                let (digits, unit) = match word.find(|c: char| c.is_ascii_alphabetic()) {
                    Some(split) => (&word[..split], word[split..].to_owned()),
                    None => (word, words.next()?.to_owned()),
                };
                let count: i64 = digits.parse().ok()?;
                let length = match unit.trim_end_matches('s') {
                    "sec" | "second" => 1,
                    "min" | "minute" => 60,
                    "hour" => 3600,
                    "day" => 86_400,
                    "week" => 604_800,
                    _ => return None,
                };
                let sign = if words.peek() == Some(&"ago") { -1 } else { 1 };
                if sign < 0 {
                    words.next();
                }
                at = at.checked_add(count.checked_mul(length * sign)?)?;
            }
        }
    }
    Some(at)
}

fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|p| p.split('.').next().unwrap_or(p).parse::<i64>());
    let (hour, minute) = (parts.next()?.ok()?, parts.next().map_or(Some(0), Result::ok)?);
    let second = parts.next().map_or(Some(0), Result::ok)?;
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second))
        .then_some(hour * 3600 + minute * 60 + second)
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let clock = process.wall_clock();
        let now = clock.div_euclid(1_000_000);
        let mut nanos = (clock.rem_euclid(1_000_000) * 1000) as u32;
        let mut at = now;
        let mut wanted = "%a %b %e %H:%M:%S %Z %Y".to_owned();
        let mut rest = process.args[1..].iter();
        while let Some(arg) = rest.next() {
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (arg.as_str(), None),
            };
            match name {
                "-u" | "--utc" | "--universal" => {}
                "-R" | "--rfc-email" => wanted = "%a, %d %b %Y %H:%M:%S %z".to_owned(),
                "-I" | "-Idate" | "--iso-8601" if inline.is_none() => wanted = "%Y-%m-%d".to_owned(),
                "-Iseconds" | "--iso-8601" => wanted = "%Y-%m-%dT%H:%M:%S+00:00".to_owned(),
                "-d" | "--date" => {
                    let text = inline.or_else(|| rest.next().cloned()).unwrap_or_default();
                    match parse(&text, now) {
                        Some(moment) => (at, nanos) = (moment, 0),
                        None => {
                            process.eprint(format!("date: invalid date '{text}'\n"));
                            return 1;
                        }
                    }
                }
                _ => match arg.strip_prefix('+') {
                    Some(format) => wanted = format.to_owned(),
                    None => {
                        process.eprint(format!("date: invalid date '{arg}'\n"));
                        return 1;
                    }
                },
            }
        }
        process.print(format!("{}\n", format(at, nanos, &wanted))).await;
        0
    })
}
