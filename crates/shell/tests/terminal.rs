//! The interactive shell: prompts, continuation, keys, completion, and what must not hang it.

use kubarium_shell::{Os, Progress, Session, Signal, State, Stream, Terminal, Vfs};

struct Desk {
    os: Os,
    terminal: Terminal,
    now: u64,
}

impl Desk {
    fn new() -> Self {
        Self::with_files(Vfs::new(16 << 20))
    }

    fn with_files(files: Vfs) -> Self {
        let os = Os::new(files, 1);
        os.files().write("/etc/hostname", "controlplane\n").unwrap();
        let terminal = Terminal::new(&os, Session::new("/root"));
        let mut desk = Self { os, terminal, now: 0 };
        desk.pass(0);
        desk
    }

    /// Lets this much virtual time pass, in microseconds.
    fn pass(&mut self, micros: u64) {
        let until = self.now + micros;
        loop {
            let mut rounds = 0;
            while self.os.run(self.now, 1000) == Progress::MoreToDo {
                rounds += 1;
                assert!(rounds < 10_000, "the machine never comes to rest at one instant");
            }
            match self.os.next_timer() {
                Some(next) if next <= until => self.now = next,
                _ => break,
            }
        }
        self.now = until;
        self.os.run(self.now, 1000);
    }

    fn text(&mut self, wanted: &[Stream]) -> String {
        let pieces = self.terminal.take_output().into_iter().filter(|(stream, _)| wanted.contains(stream));
        pieces.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }

    /// Types a line, waits a while and gives what the programs printed.
    fn type_line(&mut self, line: &str) -> String {
        self.terminal.submit(line);
        self.pass(500_000);
        self.text(&[Stream::Stdout, Stream::Stderr])
    }
}

/// Types lines one after the other; the last one's output and the state after it.
#[track_caller]
fn check(lines: &[&str], output: &str, state: State) {
    let mut desk = Desk::new();
    let mut last = String::new();
    for line in lines {
        last = desk.type_line(line);
    }
    assert_eq!((last.as_str(), desk.terminal.state()), (output, state), "{lines:?}");
}

#[test]
fn commands_run_and_the_prompt_comes_back() {
    check(&["echo hello"], "hello\n", State::Prompt);
    check(&["x=5", "echo $x"], "5\n", State::Prompt);
    check(&["false", "echo $?"], "1\n", State::Prompt);
    check(&["nosuch"], "bash: nosuch: command not found\n", State::Prompt);
    check(&["echo a )"], "bash: syntax error near unexpected token `)'\n", State::Prompt);
    check(&[""], "", State::Prompt);
    check(&["alias k='echo kube'", "k get pods"], "kube get pods\n", State::Prompt);
}

#[test]
fn unfinished_commands_ask_for_more() {
    check(&["echo 'a"], "", State::Continuation);
    check(&["echo 'a", "b'"], "a\nb\n", State::Prompt);
    check(&["for i in 1 2", "do", "echo $i", "done"], "1\n2\n", State::Prompt);
    check(&["cat <<EOF", "x"], "", State::Continuation);
    check(&["cat <<EOF", "x $((1+1))", "EOF"], "x 2\n", State::Prompt);
    check(&["echo a \\", "b"], "a b\n", State::Prompt);
    check(&["echo a |", "cat"], "a\n", State::Prompt);
    check(&["f() {", "echo in", "}", "f"], "in\n", State::Prompt);
}

#[test]
fn the_prompt_shows_host_and_directory() {
    let mut desk = Desk::new();
    assert_eq!(desk.terminal.prompt(), "root@controlplane:~# ");
    desk.type_line("cd /usr/bin");
    assert_eq!(desk.terminal.prompt(), "root@controlplane:/usr/bin# ");
    desk.type_line("echo '");
    assert_eq!(desk.terminal.prompt(), "> ");
}

#[test]
fn pasted_lines_run_one_after_the_other() {
    let mut desk = Desk::new();
    desk.terminal.submit("echo one\nread x\nanswer\necho got $x\n");
    desk.pass(1_000_000);
    assert_eq!(desk.text(&[Stream::Stdout]), "one\ngot answer\n");
}

#[test]
fn ctrl_c_ends_what_runs_and_nothing_else() {
    for command in [
        "sleep 100",
        "while true; do :; done",
        "yes > /dev/null",
        "while true; do sleep 1 | cat; done",
        "cat",
        "for ((;;)); do ((1)); done",
        "sleep 100; echo no",
        "cat /dev/zero > /dev/null",
        "tail -f /etc/hostname > /dev/null",
        "watch true > /dev/null",
        "read x",
        "(sleep 100; echo no)",
        "wait; sleep 50 & wait",
        "f() { sleep 9; f; }; f",
        "timeout 50 sleep 60",
        "x=$(sleep 40)",
        "bash -c 'sleep 70; echo no'",
    ] {
        let mut desk = Desk::new();
        desk.type_line(command);
        assert_eq!(desk.terminal.state(), State::Running, "{command}");
        desk.terminal.signal(Signal::Int);
        desk.pass(100_000);
        assert_eq!(desk.terminal.state(), State::Prompt, "{command}");
        desk.text(&[]);
        assert_eq!(desk.type_line("echo $? still here"), "130 still here\n", "{command}");
    }
}

#[test]
fn ctrl_c_at_the_prompt_forgets_the_unfinished_command() {
    let mut desk = Desk::new();
    desk.type_line("echo 'abc");
    desk.terminal.signal(Signal::Int);
    desk.pass(1000);
    assert_eq!(desk.terminal.state(), State::Prompt);
    desk.text(&[]);
    assert_eq!(desk.type_line("echo ok"), "ok\n");
}

#[test]
fn ctrl_c_before_anything_was_typed_is_the_status_of_the_first_command() {
    let mut desk = Desk::new();
    assert!(desk.terminal.wants_input());
    desk.terminal.signal(Signal::Int);
    desk.pass(0);
    assert_eq!((desk.terminal.state(), desk.terminal.prompt()), (State::Prompt, "root@controlplane:~# ".to_owned()));
    desk.text(&[Stream::Echo]);
    assert_eq!(desk.type_line("echo $?"), "130\n");
}

#[test]
fn ctrl_d_ends_input_and_then_the_shell() {
    let mut desk = Desk::new();
    desk.terminal.submit("cat");
    desk.terminal.submit("typed");
    desk.pass(100_000);
    desk.terminal.eof();
    desk.pass(100_000);
    assert_eq!(desk.text(&[Stream::Stdout]), "typed\n");
    assert_eq!(desk.terminal.state(), State::Prompt);
    desk.terminal.eof();
    desk.pass(1000);
    assert_eq!(desk.terminal.state(), State::Closed);
}

#[test]
fn background_jobs_are_reported() {
    let mut desk = Desk::new();
    let started = desk.type_line("sleep 5 &");
    assert!(started.starts_with("[1] "), "{started}");
    assert!(desk.type_line("jobs").contains("Running"));
    desk.terminal.signal(Signal::Int);
    desk.pass(1000);
    assert!(desk.type_line("jobs").contains("Running"), "Ctrl-C leaves the background alone");
    desk.pass(6_000_000);
    assert!(desk.type_line("").contains("Done"));
    desk.type_line("sleep 60 &");
    assert!(desk.type_line("kill %1; wait; echo gone").ends_with("gone\n"));
}

#[test]
fn an_endless_loop_in_the_background_leaves_the_prompt() {
    let mut desk = Desk::new();
    desk.type_line("yes > /dev/null &");
    desk.type_line("while true; do :; done &");
    assert_eq!(desk.type_line("echo here"), "here\n");
}

#[test]
fn bombs_are_refused() {
    let mut desk = Desk::new();
    let said = desk.type_line("f() { f; }; f");
    assert!(said.contains("nesting level exceeded"), "{said}");
    desk.type_line(":(){ :|:& };:");
    desk.pass(5_000_000);
    assert_eq!(desk.terminal.state(), State::Prompt);
    assert!(desk.type_line("eval 'eval echo deep'").starts_with("deep\n"));
    let open = format!("{}echo{}", "$(".repeat(500), ")".repeat(500));
    assert!(desk.type_line(&format!("echo {open}")).contains("nested too deeply"));
}

#[test]
fn a_full_disk_says_so() {
    let mut desk = Desk::with_files(Vfs::new(1 << 20));
    let said = desk.type_line("head -c 2000000 /dev/zero > big; echo $?");
    assert!(said.contains("No space left on device"), "{said}");
    let said = desk.type_line("rm big; echo small > f && cat f");
    assert_eq!(said, "small\n");
}

#[test]
fn a_megabyte_in_one_line_neither_hangs_nor_breaks() {
    let mut desk = Desk::new();
    let word = "x".repeat(1 << 20);
    assert_eq!(desk.type_line(&format!("echo {word} | wc -c")), "1048577\n");
    let said = desk.type_line(&"(".repeat(1 << 20));
    assert!(said.len() < 10_000, "{}", said.len());
    desk.type_line(&"a;".repeat(1 << 18).replacen("a;", "true;", 1));
    desk.terminal.signal(Signal::Int);
    desk.pass(1000);
    desk.text(&[]);
    assert_eq!(desk.type_line("echo alive"), "alive\n");
}

#[test]
fn output_beyond_the_limit_drops_the_oldest_with_a_note() {
    let mut desk = Desk::new();
    desk.terminal.submit("seq 1 400000");
    desk.pass(60_000_000);
    let text = desk.text(&[Stream::Stdout, Stream::Stderr]);
    assert!(text.len() < 1_200_000, "{}", text.len());
    assert!(text.starts_with('[') && text.contains("older output dropped"), "{}", &text[..60]);
    assert!(text.ends_with("400000\n"));
}

#[test]
fn history_keeps_commands() {
    let mut desk = Desk::new();
    desk.type_line("echo a");
    desk.type_line("echo b");
    assert_eq!(desk.type_line("history"), "    1  echo a\n    2  echo b\n    3  history\n");
    assert_eq!(desk.terminal.history(), ["echo a", "echo b", "history"]);
}

#[test]
fn finished_commands_are_recorded() {
    let mut desk = Desk::new();
    desk.type_line("false");
    let finished = desk.terminal.take_finished();
    assert_eq!(finished.len(), 1);
    assert_eq!((finished[0].text.as_str(), finished[0].code), ("false\n", 1));
    assert!(finished[0].ended > finished[0].started);
    assert_eq!(finished[0].command, desk.terminal.command_id());
}

#[track_caller]
fn completes(line: &str, start: usize, expected: &[&str]) {
    let mut desk = Desk::new();
    desk.type_line("mkdir -p work/deep; touch work/notes.txt 'work/a b'; export REGION=eu");
    let (at, found) = desk.terminal.complete(line, line.len()).expect("the code is here");
    let texts: Vec<&str> = found.iter().map(|c| c.text.as_str()).collect();
    assert_eq!((at, texts.as_slice()), (start, expected), "{line}");
}

#[test]
fn tab_completes_commands_files_and_variables() {
    completes("hist", 0, &["history"]);
    completes("cat wo", 4, &["work/"]);
    completes("cat work/", 4, &["work/a\\ b", "work/deep/", "work/notes.txt"]);
    completes("cat work/no", 4, &["work/notes.txt"]);
    completes("echo $REG", 6, &["REGION"]);
    completes("echo x | sha", 9, &["sha256sum"]);
    completes("echo hi > work/n", 10, &["work/notes.txt"]);
    completes("while tru", 6, &["true", "truncate"]);
}

#[test]
fn a_fork_has_the_files_and_the_session_but_nothing_running() {
    let mut desk = Desk::new();
    desk.type_line("x=5; echo data > f; sleep 100 &");
    let fork = desk.os.fork_idle();
    assert!(!fork.is_busy());
    let session = desk.terminal.session().into_handle();
    let job = fork.exec_script("echo $x; cat f; echo changed > f", &session, kubarium_shell::Reader::null());
    let mut now = fork.now();
    while job.code().is_none() {
        fork.run(now, 1000);
        now = fork.next_timer().unwrap_or(now);
    }
    assert_eq!(job.stdout(), b"5\ndata\n");
    assert_eq!(desk.type_line("cat f"), "data\n");
}

/// What stands in the file `left` some time after a terminal in which `lines` were typed was closed.
#[track_caller]
fn check_left(lines: &[&str], expected: &str) {
    let mut desk = Desk::new();
    for line in lines {
        desk.type_line(line);
    }
    desk.terminal = Terminal::new(&desk.os, Session::new("/root"));
    desk.pass(10_000_000);
    desk.text(&[Stream::Stdout, Stream::Stderr]);
    assert_eq!(desk.type_line("cat left nohup.out 2>/dev/null"), expected, "{lines:?}");
}

#[test]
fn a_terminal_that_is_closed_ends_what_runs_in_it_but_not_what_was_cut_loose() {
    check_left(&["sleep 3; echo a > left"], "");
    check_left(&["(sleep 3; echo a > left) &"], "");
    check_left(&["nohup bash -c 'sleep 3; echo a > left; echo out; echo err >&2' &"], "a\nout\nerr\n");
    check_left(&["(sleep 3; echo a >> left) &", "disown", "(sleep 3; echo b >> left) &"], "a\n");
}

#[test]
fn a_program_in_the_background_is_found_by_its_name() {
    check(
        &["sleep 1000 &", "pgrep sleep | wc -l; pkill sleep"],
        "1\n[1]+  Terminated              sleep 1000\n",
        State::Prompt,
    );
    check(&["sleep 1000 &", "ps | grep -c sleep"], "1\n", State::Prompt);
}

#[test]
fn nohup_says_where_the_output_goes() {
    check(&["nohup true"], "nohup: ignoring input and appending output to 'nohup.out'\n", State::Prompt);
    check(&["nohup echo a > f; cat f"], "nohup: ignoring input and redirecting stderr to stdout\na\n", State::Prompt);
    check(&["echo b | nohup cat > f 2>&1; cat f"], "b\n", State::Prompt);
    check(
        &["nohup nothing"],
        "nohup: ignoring input and appending output to 'nohup.out'\nnohup: failed to run command 'nothing': No such file or directory\n",
        State::Prompt,
    );
}
