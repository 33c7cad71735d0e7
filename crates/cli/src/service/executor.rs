//! What runs a service: starts its program, writes the journal, and starts it again where the unit says so.

use calendar::Moment;
use shell::{Either, Process, Reader, pipe, race};

use super::unit::{State, Unit, journal};

pub const PATH: &str = "/lib/systemd/systemd-executor";

/// How long systemd waits before it starts a service again, in microseconds, and after how many tries it gives up.
const RESTART_PAUSE: u64 = 100_000;
const RESTARTS_MAX: u32 = 5;
/// A journal is cut to its latter half at this size, in bytes.
const JOURNAL_MAX: usize = 1 << 20;
const LINE_MAX: usize = 64 << 10;

/// `Jan 01 00:00:12` of a moment.
pub fn short_time(micros: i64) -> String {
    let moment = Moment::of(micros.div_euclid(1_000_000));
    format!("{} {:02} {}", moment.month_name(), moment.day, moment.time())
}

/// Adds a line to a unit's journal.
pub fn write(process: &Process, unit: &str, who: &str, line: &str) {
    let files = process.fs();
    let path = journal(unit);
    let _ = files.mkdir_all("/var/log/journal");
    let line = format!("{} kubarium {who}: {line}\n", short_time(process.wall_clock()));
    let size = files.metadata(&path).map_or(0, |meta| usize::try_from(meta.size).unwrap_or(usize::MAX));
    if size > JOURNAL_MAX
        && let Ok(content) = files.read(&path)
    {
        let half = content[content.len() / 2..].to_vec();
        let _ = files.write(&path, half);
    }
    // A full disk loses lines of the journal.
    let _ = files.append(&path, line.as_bytes());
}

/// Runs the unit named by the argument until it is over for good.
pub async fn run(process: Process) -> i32 {
    let name = process.args.get(1).cloned().unwrap_or_default();
    let mut tries = 0;
    loop {
        let Some(unit) = Unit::load(&process, &name) else { return 1 };
        let code = once(&process, &unit).await;
        let state = State::read(&process, &name);
        let failed = code != 0 && !state.stopping;
        let again = match unit.restart.as_str() {
            "always" => !state.stopping,
            "on-failure" | "on-abnormal" => failed,
            _ => false,
        };
        let active = if failed { "failed" } else { "inactive" };
        State { active: active.into(), code, since: process.now(), ..State::default() }.write(&process, &name);
        let words = if failed {
            format!("{name}: Failed with result 'exit-code'.")
        } else {
            format!("{name}: Deactivated successfully.")
        };
        write(&process, &name, "systemd[1]", &words);
        tries += 1;
        if !again || tries >= RESTARTS_MAX {
            return code;
        }
        process.sleep(RESTART_PAUSE).await;
        write(&process, &name, "systemd[1]", &format!("{name}: Scheduled restart job, restart counter is at {tries}."));
    }
}

async fn once(process: &Process, unit: &Unit) -> i32 {
    let mut env = process.env.clone();
    env.extend(unit.environment.iter().cloned());
    let (reader, writer) = pipe();
    write(process, &unit.name, "systemd[1]", &format!("Starting {}...", unit.description));
    let child = match process.spawn_daemon(unit.command.clone(), env, writer.clone(), writer) {
        Ok(child) => child,
        Err(error) => {
            let program = unit.command.first().map_or("", String::as_str);
            write(
                process,
                &unit.name,
                "systemd[1]",
                &format!("{}: Failed to locate executable {program}: {error}", unit.name),
            );
            return 203;
        }
    };
    let program = unit.command.first().map_or("", |path| shell::path::file_name(path)).to_owned();
    let who = format!("{program}[{}]", child.pid());
    let active = if unit.notify { "activating" } else { "active" };
    let mut state = State { active: active.into(), pid: child.pid(), since: process.now(), ..State::default() };
    state.write(process, &unit.name);
    if !unit.notify {
        write(process, &unit.name, "systemd[1]", &format!("Started {}.", unit.description));
    }
    let status = loop {
        match race(next_line(&reader), child.wait()).await {
            Either::First(Some(line)) => {
                write(process, &unit.name, &who, &line);
                if state.active == "activating" && line.contains("successfully notified init daemon") {
                    state.active = "active".into();
                    state.write(process, &unit.name);
                    write(process, &unit.name, "systemd[1]", &format!("Started {}.", unit.description));
                }
            }
            Either::First(None) => break child.wait().await,
            Either::Second(status) => break status,
        }
    };
    while let Some(line) = next_line(&reader).await {
        write(process, &unit.name, &who, &line);
    }
    write(
        process,
        &unit.name,
        "systemd[1]",
        &format!("{}: Main process exited, code=exited, status={}", unit.name, status.code),
    );
    // Ending by SIGTERM is how a service is meant to end.
    if status.code == 143 { 0 } else { status.code }
}

async fn next_line(reader: &Reader) -> Option<String> {
    let line = reader.read_line(LINE_MAX).await.ok().flatten()?;
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
