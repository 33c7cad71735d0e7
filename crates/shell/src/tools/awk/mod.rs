//! `awk`: patterns, fields, variables, arrays, functions, `printf`.

mod eval;
mod expr;
mod lexer;
mod parse;
mod run;
mod value;

use super::input::{LINE_LIMIT, WHOLE_LIMIT, breathe, open};
use super::options::{Accepts, read};
use crate::interp::redirect::{Open, open_writer};
use crate::io::Writer;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use run::{Leave, Machine};
use sorted::SortedMap;
use value::Value;

const ACCEPTS: Accepts = Accepts {
    flags: "",
    valued: "Fvf",
    long: &[("field-separator", 'F'), ("assign", 'v'), ("file", 'f')],
    mixed: false,
};

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(mut options) = read(&process, &ACCEPTS) else { return 2 };
        let text = match options.value('f') {
            Some(file) => {
                let Some(reader) = open(&process, file) else { return 2 };
                let data = reader.read_to_end(WHOLE_LIMIT).await.unwrap_or_default();
                String::from_utf8_lossy(&data).into_owned()
            }
            None if options.operands.is_empty() => {
                process.eprint("Usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
                return 2;
            }
            None => options.operands.remove(0),
        };
        let program = match parse::parse(&text) {
            Ok(program) => program,
            Err(message) => {
                process.eprint(format!("awk: {message}\n"));
                return 2;
            }
        };
        let reads = !program.rules.is_empty() || !program.end.is_empty();
        let (files, cwd) = (process.fs(), process.cwd.clone());
        let read_file = move |name: &str| {
            let data = files.read(&crate::vfs::path::resolve(&cwd, name)).ok()?;
            Some(String::from_utf8_lossy(&data).into_owned())
        };
        let mut machine = Machine::new(program, Box::new(read_file));
        machine.now = process.wall_clock() / 1_000_000;
        let environ = process.env.iter().map(|(name, value)| (name.clone(), Value::input(value)));
        machine.arrays.insert("ENVIRON".to_owned(), run::array_of(environ));
        if let Some(separator) = options.value('F') {
            let separator = if separator == "t" { "\t".to_owned() } else { lexer::unescape(separator) };
            machine.globals.insert("FS".to_owned(), Value::text(separator));
        }
        for assignment in options.values('v') {
            let Some((name, value)) = assignment.split_once('=') else {
                process.eprint(format!("awk: improper assignment: -v {assignment}\n"));
                return 2;
            };
            machine.globals.insert(name.to_owned(), Value::input(&lexer::unescape(value)));
        }
        let arguments = std::iter::once("awk".to_owned()).chain(options.operands.iter().cloned());
        let arguments = run::array_of(arguments.enumerate().map(|(i, word)| (i.to_string(), Value::input(&word))));
        machine.globals.insert("ARGC".to_owned(), Value::Number(arguments.len() as f64));
        machine.arrays.insert("ARGV".to_owned(), arguments);
        let mut host = Host { process, machine, targets: SortedMap::new(), done: false, failed: false };
        host.run(&options.operands, reads).await
    })
}

struct Host {
    process: Process,
    machine: Machine,
    targets: SortedMap<(String, &'static str), Writer>,
    /// `exit` was called.
    done: bool,
    failed: bool,
}

impl Host {
    async fn run(&mut self, operands: &[String], reads: bool) -> i32 {
        let begin: Vec<_> = self.machine.program.begin.clone();
        for block in &begin {
            if !self.done {
                let left = self.machine.block(block);
                self.settle(left).await;
            }
        }
        let only_begin = !reads;
        if !self.done && !only_begin {
            self.records(operands).await;
        }
        if !self.failed {
            let end: Vec<_> = self.machine.program.end.clone();
            self.done = false;
            for block in &end {
                if !self.done {
                    let left = self.machine.block(block);
                    self.settle(left).await;
                }
            }
        }
        self.pipes().await;
        if self.failed { 2 } else { self.machine.code }
    }

    /// Hands out what was printed and takes note of how a block was left.
    async fn settle(&mut self, left: Result<(), Leave>) {
        let out = std::mem::take(&mut self.machine.out);
        self.process.print(out).await;
        self.files().await;
        match left {
            Ok(()) | Err(Leave::Next | Leave::Break | Leave::Continue | Leave::Return(_)) => {}
            Err(Leave::Exit) => self.done = true,
            Err(Leave::Error(message)) => {
                self.process.eprint(format!("awk: {message}\n"));
                (self.done, self.failed) = (true, true);
            }
        }
        if self.machine.steps > 100_000 {
            self.machine.steps = 0;
            breathe(&self.process).await;
        }
    }

    async fn files(&mut self) {
        let names: Vec<_> = self.machine.redirected.keys().filter(|(_, operator)| *operator != "|").cloned().collect();
        for key in names {
            let bytes = self.machine.redirected.remove(&key).unwrap_or_default();
            if !self.targets.contains_key(&key) {
                let how = if key.1 == ">" { Open::Truncate } else { Open::Append };
                match open_writer(&self.process, &key.0, how) {
                    Ok(writer) => self.targets.insert(key.clone(), writer),
                    Err(error) => {
                        self.process.eprint(format!("awk: cannot open {} for output ({error})\n", key.0));
                        (self.done, self.failed) = (true, true);
                        continue;
                    }
                };
            }
            if let Some(writer) = self.targets.get(&key) {
                let _ = writer.write_all(&bytes).await;
            }
        }
    }

    /// Runs the commands that output was piped to, at the end as awk does when it closes them.
    async fn pipes(&mut self) {
        let piped = std::mem::take(&mut self.machine.redirected);
        for ((command, _), bytes) in piped {
            let argv = vec!["sh".to_owned(), "-c".to_owned(), command];
            let process = &self.process;
            let stdin = crate::io::Reader::bytes(bytes);
            let child = process.spawn(argv, process.env.clone(), stdin, process.stdout.clone(), process.stderr.clone());
            if let Ok(child) = child {
                child.wait().await;
            }
        }
    }

    async fn records(&mut self, operands: &[String]) {
        let mut read_any = false;
        for operand in operands {
            if let Some((name, value)) = operand.split_once('=').filter(|(name, _)| crate::grammar::is_name(name)) {
                self.machine.globals.insert(name.to_owned(), Value::input(&lexer::unescape(value)));
                continue;
            }
            read_any = true;
            self.file(operand).await;
            if self.done {
                return;
            }
        }
        if !read_any {
            self.file("-").await;
        }
    }

    async fn file(&mut self, operand: &str) {
        let reader = match operand {
            "-" => self.process.stdin.clone(),
            _ => match crate::interp::redirect::open_reader(&self.process, operand) {
                Ok(reader) => reader,
                Err(error) => {
                    self.process.eprint(format!("awk: cannot open {operand} ({error})\n"));
                    (self.done, self.failed) = (true, true);
                    return;
                }
            },
        };
        self.machine.globals.insert("FNR".to_owned(), Value::Number(0.0));
        let shown = if operand == "-" { "" } else { operand };
        self.machine.globals.insert("FILENAME".to_owned(), Value::text(shown));
        let separator = self.machine.text_of("RS");
        // `getline` wants records that are there already; without it lines are taken as they come.
        if separator == "\n" && !self.uses_getline() {
            while let Ok(Some(line)) = reader.read_line(LINE_LIMIT).await {
                let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
                if !self.record(&text).await {
                    return;
                }
            }
            return;
        }
        let data = reader.read_to_end(WHOLE_LIMIT).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&data).into_owned();
        let records: Vec<String> = match separator.as_str() {
            "" => text.split("\n\n").map(|r| r.trim_matches('\n').to_owned()).filter(|r| !r.is_empty()).collect(),
            "\n" => text.lines().map(str::to_owned).collect(),
            separator => {
                let mut parts: Vec<String> = text.split(separator).map(str::to_owned).collect();
                if parts.last().is_some_and(|last| last.trim_end_matches('\n').is_empty()) {
                    parts.pop();
                }
                parts
            }
        };
        self.machine.waiting = records.into();
        while let Some(text) = self.machine.waiting.pop_front() {
            if !self.record(&text).await {
                return;
            }
        }
    }

    fn uses_getline(&self) -> bool {
        self.process.args.iter().any(|arg| arg.contains("getline"))
    }

    /// Runs the rules on a record; false when the program is over.
    async fn record(&mut self, text: &str) -> bool {
        self.machine.count_record();
        self.machine.set_record(text);
        self.machine.steps += 1;
        let left = self.machine.rules();
        self.settle(left).await;
        !self.done
    }
}
