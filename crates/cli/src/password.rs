//! Asking for a password (upstream: github.com/bgentry/speakeasy).

use shell::Process;

use crate::program::{Exit, Invocation};

/// No password is longer.
const LIMIT: usize = 4096;

/// Asks with `prompt` and reads a line. Without a terminal the original's attempt to hide what is typed fails loudly,
/// and it reads on.
pub async fn ask(process: &Process, prompt: &str) -> String {
    process.print(prompt).await;
    if !process.stdin_is_terminal() {
        let complaint = "stty: 'standard input': Inappropriate ioctl for device\n";
        process.eprint(complaint.repeat(2));
    }
    let line = process.stdin.read_line(LIMIT).await.ok().flatten().unwrap_or_default();
    process.print("\n").await;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

/// Asks twice for the new password of a user.
pub async fn ask_new(invocation: &Invocation, user: &str) -> Result<String, Exit> {
    let first = ask(&invocation.process, &format!("Password of {user}: ")).await;
    if first.is_empty() {
        return Err(Exit::bad_args("empty password"));
    }
    let second = ask(&invocation.process, &format!("Type password of {user} again for confirmation: ")).await;
    if first != second {
        return Err(Exit::bad_args("given passwords are different"));
    }
    Ok(first)
}

/// The first word of standard input's first line, for `--interactive=false` (Go: `fmt.Scanf("%s")`).
pub async fn read_word(invocation: &Invocation) -> String {
    let line = invocation.process.stdin.read_line(LIMIT).await.ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&line).split_whitespace().next().unwrap_or("").to_owned()
}
