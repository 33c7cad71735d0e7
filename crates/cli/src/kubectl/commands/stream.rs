//! Talking with a program in a container: frames both ways, as the protocol `v5.channel.k8s.io` has them
//! (`k8s.io/client-go/tools/remotecommand`). The first byte of a frame names its channel.

use serde_json::Value;
use shell::{Either, race};

use crate::http::Exchange;
use crate::kubectl::builder::Info;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query, refusal};
use crate::kubectl::failure::Failure;

const INPUT: u8 = 0;
const OUTPUT: u8 = 1;
const ERRORS: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;
const BROKEN: &str =
    "error reading from error stream: next reader: websocket: close 1006 (abnormal closure): unexpected EOF";

/// What is wanted of a container.
pub struct Wanted<'a> {
    /// `exec` or `attach`
    pub what: &'a str,
    pub container: &'a str,
    pub command: &'a [String],
    pub stdin: bool,
    pub tty: bool,
}

/// Whether there is a terminal to give to the program; says so when it is wanted and there is none.
pub fn terminal(cli: &Cli, wanted: bool) -> bool {
    let is_one = cli.process.stdin_is_terminal();
    if wanted && !is_one {
        cli.eprintln("Unable to use a TTY - input is not a terminal or the right kind of file");
    }
    wanted && is_one
}

/// Opens the stream.
///
/// # Errors
/// When the server or the kubelet refuses.
pub async fn open(cli: &Cli, pod: &Info, wanted: &Wanted<'_>) -> Result<Exchange, Failure> {
    let truth = |set: bool| if set { "true" } else { "" };
    let mut pairs: Vec<(&str, &str)> = wanted.command.iter().map(|word| ("command", word.as_str())).collect();
    pairs.extend([
        ("container", wanted.container),
        ("stdin", truth(wanted.stdin)),
        ("stdout", "true"),
        ("stderr", truth(!wanted.tty)),
        ("tty", truth(wanted.tty)),
    ]);
    let path = format!("{}/{}?{}", pod.path(), wanted.what, query(&pairs));
    let mut answer = cli.client().await?.open("POST", &path, "*/*", Body::None).await?;
    if answer.head.status >= 400 {
        let body = answer.body().await;
        if serde_json::from_slice::<Value>(&body).is_ok() {
            return Err(refusal(answer.head.status, &body));
        }
        let why = String::from_utf8_lossy(&body).into_owned();
        return Err(Failure::plain(format!("unable to upgrade connection: {why}")));
    }
    Ok(answer)
}

/// Passes on what is typed and what comes until the program ends.
///
/// # Errors
/// What the program's end says, if it is not 0.
pub async fn talk(cli: &Cli, mut answer: Exchange, stdin: bool) -> Result<(), Failure> {
    let mut typing = stdin;
    loop {
        let came = match typing {
            true => race(answer.next(), cli.process.stdin.read_chunk()).await,
            false => Either::First(answer.next().await),
        };
        let frame = match came {
            Either::First(frame) => frame,
            Either::Second(typed) => {
                let typed = typed.unwrap_or_default();
                typing = !typed.is_empty();
                match typing {
                    // Whole lines are what a program waits for.
                    true => typed.split_inclusive(|byte| *byte == b'\n').for_each(|line| {
                        answer.send(&[&[INPUT], line].concat());
                    }),
                    false => answer.send(&[CLOSE, INPUT]),
                }
                continue;
            }
        };
        let frame = frame.unwrap_or_default();
        match frame.split_first() {
            Some((&OUTPUT, text)) => cli.process.print(text).await,
            Some((&ERRORS, text)) => cli.eprint(text),
            Some((&STATUS, text)) => return ending(cli, &serde_json::from_slice(text).unwrap_or_default()),
            _ => return Err(Failure::plain(BROKEN)),
        }
    }
}

/// What a program has said.
pub struct Said {
    pub out: Vec<u8>,
    pub errors: Vec<u8>,
    status: Value,
}

impl Said {
    pub fn succeeded(&self) -> bool {
        self.status["status"] == "Success"
    }

    /// Says how it ended, if not well.
    ///
    /// # Errors
    /// What the program's end says, if it is not 0.
    pub fn end(&self, cli: &Cli) -> Result<(), Failure> {
        ending(cli, &self.status)
    }
}

/// Gives a program this for input, and returns what it says once it has ended.
///
/// # Errors
/// When the connection breaks.
pub async fn collect(mut answer: Exchange, input: Option<&[u8]>) -> Result<Said, Failure> {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    if let Some(input) = input {
        answer.send(&[&[INPUT], input].concat());
        answer.send(&[CLOSE, INPUT]);
    }
    loop {
        let frame = answer.next().await.unwrap_or_default();
        match frame.split_first() {
            Some((&OUTPUT, text)) => out.extend_from_slice(text),
            Some((&ERRORS, text)) => errors.extend_from_slice(text),
            Some((&STATUS, text)) => {
                return Ok(Said { out, errors, status: serde_json::from_slice(text).unwrap_or_default() });
            }
            _ => return Err(Failure::plain(BROKEN)),
        }
    }
}

fn ending(cli: &Cli, status: &Value) -> Result<(), Failure> {
    if status["status"] == "Success" {
        return Ok(());
    }
    let code = status.pointer("/details/causes/0/message").and_then(Value::as_str).and_then(|code| code.parse().ok());
    match code {
        Some(code) if status["reason"] == "NonZeroExitCode" => {
            cli.eprintln(format_args!("command terminated with exit code {code}"));
            Err(Failure::Silent(code))
        }
        _ => Err(Failure::plain(status["message"].as_str().unwrap_or("unknown error"))),
    }
}
