//! `etcdctl watch -i`: lines on standard input start watchers, all on one stream.

use shell::{Either, race};

use crate::client::WatchStream;
use crate::program::{Exit, Invocation, code};

use super::argify::argify;
use super::global::connect;
use super::watch::{create_request, show_watched};
use super::watch_args::{EnvKeys, parse_watch_line};

const MAX_LINE: usize = 1 << 20;

pub async fn run(mut invocation: Invocation, env: EnvKeys) -> Result<(), Exit> {
    let connected = connect(&mut invocation).await?;
    let mut stream = WatchStream::new(&connected.client).require_leader();
    let mut commands: Vec<Vec<String>> = Vec::new();
    let stdin = invocation.process.stdin.clone();
    let mut line = Box::pin(stdin.read_line(MAX_LINE));
    loop {
        let read = match race(line.as_mut(), stream.next()).await {
            Either::First(read) => read,
            Either::Second((watcher, watched)) => {
                let exec = commands.get(watcher).map_or(&[][..], Vec::as_slice);
                show_watched(&invocation, connected.format, exec, watched).await?;
                continue;
            }
        };
        line.set(stdin.read_line(MAX_LINE));
        let bytes = read.ok().flatten().unwrap_or_default();
        let Some(text) = bytes.strip_suffix(b"\n").map(String::from_utf8_lossy) else {
            return Err(Exit::new(code::INVALID_INPUT, "error reading watch request line: EOF"));
        };
        if let Some(exec) = take_line(&invocation, &mut stream, &text, &env)? {
            commands.push(exec);
        }
    }
}

/// Acts on a line; the command to run for events when it started a watcher.
fn take_line(
    invocation: &Invocation,
    stream: &mut WatchStream,
    line: &str,
    env: &EnvKeys,
) -> Result<Option<Vec<String>>, Exit> {
    let words = argify(line)?;
    let complaint = match words.split_first() {
        None => format!("Invalid command: {line} (watch and progress supported)"),
        Some((first, [])) if first == "watch" && env.is_empty() => {
            format!("Invalid command {line} (command type or key is not provided)")
        }
        Some((first, rest)) if first == "watch" => {
            let (args, options) = parse_watch_line(rest, env)?;
            match create_request(&args.keys, options) {
                Ok(request) => {
                    stream.add(request);
                    return Ok(Some(args.exec));
                }
                Err(reason) => format!("Invalid command {line} ({reason})"),
            }
        }
        Some((first, _)) if first == "progress" => {
            stream.request_progress();
            return Ok(None);
        }
        Some(_) => format!("Invalid command {line} (only support watch)"),
    };
    invocation.eprintln(complaint);
    Ok(None)
}
