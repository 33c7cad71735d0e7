//! `systemctl`: starting, stopping and looking at services.

use calendar::rfc3339;
use shell::{Process, Signal};

use super::executor::{self, PATH};
use super::journalctl;
use super::node::Node;
use super::unit::{State, Unit, full_name, journal};

/// How often a change is looked for, and for how long, in microseconds (systemd: `DefaultTimeoutStopSec`).
const POLL: u64 = 50_000;
const PATIENCE: u64 = 90_000_000;
/// Journal lines that `status` shows.
const TAIL: usize = 10;

/// Exit codes (LSB, as systemd uses them).
const NOT_RUNNING: i32 = 3;
const NO_SUCH_UNIT: i32 = 4;
const NOT_LOADED: i32 = 5;

pub async fn run(process: Process, node: Node) -> i32 {
    let words: Vec<&String> = process.args[1..].iter().filter(|word| !word.starts_with("--")).collect();
    let now = process.args.iter().any(|word| word == "--now");
    let Some((command, names)) = words.split_first() else {
        process.eprint(
            "systemctl: name a command: start, stop, restart, status, enable, disable, is-active, daemon-reload\n",
        );
        return 1;
    };
    if matches!(command.as_str(), "daemon-reload" | "daemon-reexec") {
        return 0;
    }
    if names.is_empty() {
        process.eprint("Too few arguments.\n");
        return 1;
    }
    let mut code = 0;
    for name in names {
        let name = full_name(name);
        let Some(unit) = Unit::load(&process, &name) else {
            code = missing(&process, command, &name).await;
            continue;
        };
        let result = match command.as_str() {
            verb @ ("start" | "stop" | "restart") if node.has(&name) => {
                node.ask(&["systemctl", verb, &name]).await;
                // It comes back when that is done.
                process.sleep(POLL).await;
                0
            }
            "start" => start(&process, &unit).await,
            "stop" => stop(&process, &unit).await,
            "restart" => {
                stop(&process, &unit).await;
                start(&process, &unit).await
            }
            "status" => status(&process, &unit, &node).await,
            "enable" => {
                enable(&process, &unit).await;
                if now { start(&process, &unit).await } else { 0 }
            }
            "disable" => {
                let link = wanted(&unit);
                if process.fs().remove_file(&link).is_ok() {
                    process.eprint(format!("Removed \"{link}\".\n"));
                }
                if now { stop(&process, &unit).await } else { 0 }
            }
            "is-active" => {
                let state = state_of(&process, &unit, &node).await;
                process.print(format!("{}\n", state.active)).await;
                if state.active == "active" { 0 } else { NOT_RUNNING }
            }
            "is-enabled" => {
                let enabled = process.fs().exists(&wanted(&unit));
                process.print(if enabled { "enabled\n" } else { "disabled\n" }).await;
                i32::from(!enabled)
            }
            other => {
                process.eprint(format!("Unknown command verb {other}.\n"));
                return 1;
            }
        };
        code = code.max(result);
    }
    code
}

async fn missing(process: &Process, command: &str, name: &str) -> i32 {
    if command == "status" || command.starts_with("is-") {
        process.eprint(format!("Unit {name} could not be found.\n"));
        return NO_SUCH_UNIT;
    }
    if matches!(command, "enable" | "disable") {
        process.eprint(format!("Failed to {command} unit: Unit file {name} does not exist.\n"));
        return 1;
    }
    process.eprint(format!("Failed to {command} {name}: Unit {name} not found.\n"));
    NOT_LOADED
}

fn wanted(unit: &Unit) -> String {
    format!("/etc/systemd/system/multi-user.target.wants/{}", unit.name)
}

async fn enable(process: &Process, unit: &Unit) {
    let link = wanted(unit);
    if process.fs().exists(&link) {
        return;
    }
    let files = process.fs();
    if files.mkdir_all(shell::path::parent(&link)).and_then(|()| files.write(&link, unit.path.clone())).is_ok() {
        process.eprint(format!("Created symlink {link} → {}.\n", unit.path));
    }
}

async fn start(process: &Process, unit: &Unit) -> i32 {
    if State::read(process, &unit.name).is_up() {
        return 0;
    }
    if unit.command.is_empty() {
        let name = &unit.name;
        process.eprint(format!("Failed to start {name}: Unit {name} has a bad unit file setting.\nSee system logs and 'systemctl status {name}' for details.\n"));
        return 1;
    }
    State { active: "activating".into(), since: process.now(), ..State::default() }.write(process, &unit.name);
    let argv = vec![PATH.to_owned(), unit.name.clone()];
    // A service does not inherit what its starter has exported.
    let env = [("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned())].into();
    if process.spawn_daemon(argv, env, shell::Writer::null(), shell::Writer::null()).is_err() {
        return 1;
    }
    let began = process.now();
    while State::read(process, &unit.name).active == "activating" && process.now() - began < PATIENCE {
        process.sleep(POLL).await;
    }
    if State::read(process, &unit.name).active == "active" {
        return 0;
    }
    let name = &unit.name;
    process.eprint(format!("Job for {name} failed because the control process exited with error code.\nSee \"systemctl status {name}\" and \"journalctl -xeu {name}\" for details.\n"));
    1
}

async fn stop(process: &Process, unit: &Unit) -> i32 {
    let state = State::read(process, &unit.name);
    if !state.is_up() {
        return 0;
    }
    State { stopping: true, ..state.clone() }.write(process, &unit.name);
    executor::write(process, &unit.name, "systemd[1]", &format!("Stopping {}...", unit.description));
    process.kill(state.pid, Signal::Term);
    let began = process.now();
    while State::read(process, &unit.name).is_up() {
        if process.now() - began > PATIENCE {
            process.kill(state.pid, Signal::Kill);
        }
        process.sleep(POLL).await;
    }
    executor::write(process, &unit.name, "systemd[1]", &format!("Stopped {}.", unit.description));
    0
}

async fn state_of(process: &Process, unit: &Unit, node: &Node) -> State {
    if node.has(&unit.name) { node.state(&unit.name).await } else { State::read(process, &unit.name) }
}

async fn status(process: &Process, unit: &Unit, node: &Node) -> i32 {
    let state = state_of(process, unit, node).await;
    let enabled = if process.fs().exists(&wanted(unit)) { "enabled" } else { "disabled" };
    let dot = if state.active == "active" {
        "●"
    } else if state.active == "failed" {
        "×"
    } else {
        "○"
    };
    let ago = process.now().saturating_sub(state.since) / 1_000_000;
    let since = process.wall_clock().saturating_sub_unsigned(process.now()).saturating_add_unsigned(state.since);
    let since = rfc3339::seconds(since.div_euclid(1_000_000)).replace('T', " ").replace('Z', " UTC");
    let active = match state.active.as_str() {
        "active" => format!("active (running) since {since}; {ago}s ago"),
        // systemd waits before it starts it again.
        "activating" if node.has(&unit.name) => {
            format!("activating (auto-restart) (Result: signal) since {since}; {ago}s ago")
        }
        "activating" => format!("activating (start) since {since}; {ago}s ago"),
        "failed" => format!("failed (Result: exit-code) since {since}; {ago}s ago"),
        _ if state.since == 0 => "inactive (dead)".to_owned(),
        _ => format!("inactive (dead) since {since}; {ago}s ago"),
    };
    let described = if unit.description == unit.name { String::new() } else { format!(" - {}", unit.description) };
    let mut text = format!(
        "{dot} {}{described}\n     Loaded: loaded ({}; {enabled}; preset: enabled)\n     Active: {active}\n",
        unit.name, unit.path
    );
    if state.pid > 0 {
        let program = unit.command.first().map_or("", |path| shell::path::file_name(path));
        text.push_str(&format!("   Main PID: {} ({program})\n", state.pid));
    } else if state.active == "failed" {
        text.push_str(&format!("    Process: (code=exited, status={})\n", state.code));
    }
    let lines = match node.has(&unit.name) {
        true => journalctl::of_node(node, &unit.name).await,
        false => String::from_utf8_lossy(&process.fs().read(&journal(&unit.name)).unwrap_or_default()).into_owned(),
    };
    let lines: Vec<&str> = lines.lines().collect();
    text.push('\n');
    for line in &lines[lines.len().saturating_sub(TAIL)..] {
        text.push_str(line);
        text.push('\n');
    }
    process.print(text).await;
    if state.active == "active" { 0 } else { NOT_RUNNING }
}
