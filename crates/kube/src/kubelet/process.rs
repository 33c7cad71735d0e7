//! What runs in a container, imitated: a shell with `echo`, `sleep`, `exit`, `true`, `false`; those commands by
//! themselves; anything else runs for ever.

use sim::Micros;

/// What a process prints and when it ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Script {
    /// What it prints, each after a while.
    lines: Vec<(Micros, String)>,
    /// From which line on, and how long one round takes, when it goes round for ever.
    repeats: Option<(usize, Micros)>,
    /// When it ends by itself and with which code.
    pub(super) end: Option<(Micros, i64)>,
    /// As process 1 a shell does not mind SIGTERM.
    pub(super) ignores_term: bool,
}

/// What even the shortest process takes.
const SHORTEST: Micros = Micros::millis(50);
/// A loop that does not wait prints at most so many lines.
const ROUNDS: usize = 1_000;

/// What a container of this image does with this command.
pub(super) fn script(image: &str, argv: &[&str]) -> Script {
    let image = image.rsplit('/').next().unwrap_or(image);
    let is_busybox = ["busybox", "alpine"].contains(&image.split([':', '@']).next().unwrap_or(image));
    let program = argv.first().map(|path| path.rsplit('/').next().unwrap_or(path));
    let mut run = Run::default();
    let mut ignores_term = false;
    match (program, argv.get(1)) {
        (None, _) if is_busybox => run.end = Some(0),
        (None, _) => {}
        (Some("sh" | "bash" | "ash"), Some(&"-c")) => {
            ignores_term = true;
            run.shell(argv.get(2).copied().unwrap_or_default());
            run.end.get_or_insert(run.code);
            run.end = run.end.filter(|_| !run.is_endless);
        }
        (Some("sh" | "bash" | "ash"), None) => run.end = Some(0),
        (Some("sleep"), _) => {
            ignores_term = true;
            run.command(argv);
            run.end = Some(run.code).filter(|_| !run.is_endless);
        }
        (Some("echo" | "true" | "false" | "exit" | "date" | "hostname" | "env" | "ls" | "cat"), _) => {
            run.command(argv);
            run.end.get_or_insert(run.code);
        }
        _ => run.is_endless = true,
    }
    let end = run.end.map(|code| (Micros(run.at.0.max(SHORTEST.0)), code));
    Script { lines: run.lines, repeats: run.repeats, end, ignores_term }
}

impl Script {
    /// Of a process that somebody else runs: as process 1 it does not mind SIGTERM.
    pub(super) fn unknown() -> Self {
        Self { ignores_term: true, ..Self::default() }
    }

    /// When the next line comes after a while.
    pub(super) fn next_line(&self, after: Micros) -> Option<Micros> {
        let round = self.repeats.map_or(Micros::ZERO, |(_, length)| length);
        let until = Micros(after.0 + round.0);
        let once = self.lines.iter().map(|(at, _)| *at).filter(|at| *at > after).min();
        once.or_else(|| self.printed(until).into_iter().map(|(at, _)| at).filter(|at| *at > after).min())
    }

    /// What has been printed after a while.
    pub(super) fn printed(&self, after: Micros) -> Vec<(Micros, String)> {
        let mut printed: Vec<_> = self.lines.iter().filter(|(at, _)| *at <= after).cloned().collect();
        if let Some((from, length)) = self.repeats.filter(|(_, length)| length.0 > 0) {
            let body = self.lines.get(from..).unwrap_or_default();
            let rounds = (after.0 / length.0) as usize;
            // Only the last ones: a log is bounded.
            for round in rounds.saturating_sub(ROUNDS).max(1)..=rounds {
                let later = length.times(round as u64);
                printed
                    .extend(body.iter().map(|(at, line)| (*at + later, line.clone())).filter(|(at, _)| *at <= after));
            }
        }
        printed
    }
}

#[derive(Default)]
struct Run {
    at: Micros,
    lines: Vec<(Micros, String)>,
    repeats: Option<(usize, Micros)>,
    /// The last command's code.
    code: i64,
    end: Option<i64>,
    is_endless: bool,
}

impl Run {
    fn shell(&mut self, text: &str) {
        let text = text.replace('\n', ";");
        let mut rest = text.trim();
        while !rest.is_empty() && self.end.is_none() && !self.is_endless {
            if let Some(body) = rest.strip_prefix("while true").or(rest.strip_prefix("while :")) {
                let body = body.trim_start_matches([';', ' ']).trim_start_matches("do");
                let body = body.rsplit_once("done").map_or(body, |(body, _)| body);
                return self.round(body);
            }
            let (command, joint, after) = split(rest);
            let words = words(command);
            self.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
            rest = after;
            let skips = |code: i64| (joint == Joint::And && code != 0) || (joint == Joint::Or && code == 0);
            if skips(self.code) {
                rest = split(rest).2;
            }
        }
    }

    fn round(&mut self, body: &str) {
        let (first, began) = (self.lines.len(), self.at);
        self.shell(body);
        let length = Micros(self.at.0 - began.0);
        if self.end.is_none() && length.0 > 0 {
            self.repeats = Some((first, length));
        }
        self.is_endless = self.end.is_none();
    }

    fn command(&mut self, argv: &[&str]) {
        self.code = 0;
        match (argv.first().copied().unwrap_or_default(), argv.get(1).copied()) {
            ("", _) => {}
            ("echo", _) => self.lines.push((self.at, argv[1..].join(" "))),
            ("sleep", Some("infinity")) => self.is_endless = true,
            ("sleep", time) => self.at += length(time.unwrap_or("0")),
            ("exit", code) => self.end = Some(code.and_then(|code| code.parse().ok()).unwrap_or(0)),
            ("false", _) => self.code = 1,
            ("cat" | "ls", Some(path)) if path.starts_with("/tmp/") => {
                let (name, verb) = (argv[0], if argv[0] == "cat" { "can't open '" } else { "" });
                let end = if argv[0] == "cat" { "'" } else { "" };
                self.lines.push((self.at, format!("{name}: {verb}{path}{end}: No such file or directory")));
                self.code = 1;
            }
            ("nginx" | "tail" | "top" | "httpd" | "nc" | "wait" | "read", _) => self.is_endless = true,
            _ => {}
        }
    }
}

/// `1`, `0.5`, `2m`, `1h`
fn length(text: &str) -> Micros {
    let (number, factor) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) if text.ends_with('m') => (number, 60),
        Some(number) if text.ends_with('h') => (number, 3_600),
        Some(number) if text.ends_with('d') => (number, 86_400),
        Some(number) => (number, 1),
        None => (text, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: String = fraction.chars().take(6).collect();
    let micros = format!("{digits:0<6}").parse().unwrap_or(0);
    Micros((whole.parse::<u64>().unwrap_or(0).min(1 << 32) * 1_000_000 + micros) * factor)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Then,
    And,
    Or,
}

/// The first command of a line, how the next hangs on it, and the rest.
fn split(text: &str) -> (&str, Joint, &str) {
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, ';') => return (&text[..index], Joint::Then, text[index + 1..].trim_start()),
            (None, '&') if text[index..].starts_with("&&") => {
                return (&text[..index], Joint::And, text[index + 2..].trim_start());
            }
            (None, '|') if text[index..].starts_with("||") => {
                return (&text[..index], Joint::Or, text[index + 2..].trim_start());
            }
            _ => {}
        }
    }
    (text, Joint::Then, "")
}

fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    for c in command.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => (quote, is_open) = (Some(c), true),
            (None, ' ' | '\t') => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            _ => word.push(c),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(image: &str, argv: &[&str], lines: &[&str], end: Option<(u64, i64)>) {
        let script = script(image, argv);
        let printed: Vec<String> = script.printed(Micros::secs(3)).into_iter().map(|(_, line)| line).collect();
        assert_eq!(printed, lines, "{argv:?}");
        assert_eq!(script.end.map(|(at, code)| (at.as_millis(), code)), end, "{argv:?}");
    }

    #[test]
    fn a_shell_does_one_command_after_the_other() {
        check("busybox", &["sh", "-c", "echo dying; exit 1"], &["dying"], Some((50, 1)));
        check("busybox", &["sh", "-c", "sleep 2; echo 3.14"], &["3.14"], Some((2_000, 0)));
        check("busybox", &["/bin/sh", "-c", "false && echo no || echo 'a  b'"], &["a  b"], Some((50, 0)));
        check("busybox", &["sh", "-c", "while true; do echo tick; sleep 1; done"], &["tick"; 4], None);
        check("nginx", &["sh", "-c", "echo hi && sleep infinity"], &["hi"], None);
        check("busybox", &["sh", "-c", "exit 3"], &[], Some((50, 3)));
    }

    #[test]
    fn a_command_by_itself_ends_and_a_server_does_not() {
        check("busybox", &[], &[], Some((50, 0)));
        check("nginx:1.29", &[], &[], None);
        check("busybox", &["echo", "hello", "you"], &["hello you"], Some((50, 0)));
        check("busybox", &["sleep", "1.5"], &[], Some((1_500, 0)));
        check("busybox", &["false"], &[], Some((50, 1)));
        check("registry.k8s.io/coredns", &["-conf", "x"], &[], None);
    }
}
