//! The machine runs programs, in virtual time, and lets go of killed ones.

use kubarium_shell::{LocalBoxFuture, Os, Process, Program, Progress, Reader, Session, Signal, Terminal, Vfs};
use std::cell::Cell;
use std::rc::Rc;

struct Sleeper(Rc<Cell<u32>>);

struct Guard(Rc<Cell<u32>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

impl Program for Sleeper {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let guard = Guard(self.0.clone());
        Box::pin(async move {
            let _guard = guard;
            process.print("started\n").await;
            process.sleep(1_000_000_000).await;
            0
        })
    }
}

/// Pumps until nothing is left before `until` microseconds.
fn pump(os: &Os, until: u64) {
    let mut now = os.now();
    loop {
        while os.run(now, 1000) == Progress::MoreToDo {}
        match os.next_timer() {
            Some(next) if next <= until => now = next,
            _ => break,
        }
    }
    os.run(until, 1000);
}

#[test]
fn a_script_keeps_its_streams_apart() {
    let os = Os::new(Vfs::new(1 << 20), 1);
    let session = Session::new("/root").into_handle();
    let job = os.exec_script("echo one two", &session, Reader::null());
    assert_eq!(job.code(), None);
    pump(&os, 1_000_000);
    assert_eq!((job.code(), job.stdout()), (Some(0), b"one two\n".to_vec()));
}

#[test]
fn a_killed_program_is_dropped() {
    let os = Os::new(Vfs::new(1 << 20), 1);
    let dropped = Rc::new(Cell::new(0));
    os.install("sleeper", Rc::new(Sleeper(dropped.clone()))).unwrap();
    let job = os.exec_script("sleeper", &Session::new("/root").into_handle(), Reader::null());
    pump(&os, 1_000_000);
    assert_eq!((job.code(), job.stdout(), dropped.get()), (None, b"started\n".to_vec(), 0));
    job.signal(Signal::Int);
    pump(&os, 1_100_000);
    assert_eq!((job.code(), dropped.get(), os.is_busy()), (Some(130), 1, false));
}

#[test]
fn a_terminal_echoes_and_runs_lines() {
    let os = Os::new(Vfs::new(1 << 20), 1);
    let mut terminal = Terminal::new(&os, Session::new("/root"));
    terminal.submit("echo hello");
    pump(&os, 1_000_000);
    let text: Vec<u8> = terminal.take_output().into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert!(String::from_utf8_lossy(&text).ends_with("echo hello\nhello\n"));
}
