//! The log of the program: zap's JSON lines on standard error, those of the member among them.

use calendar::rfc3339;
use etcd::server::{Fields, LogView};
use shell::Process;

use crate::print::json_quote;

/// Where the lines go, and from which level on.
pub struct Report<'a> {
    process: &'a Process,
    threshold: usize,
    to_stdout: bool,
}

const LEVELS: [&str; 6] = ["debug", "info", "warn", "error", "panic", "fatal"];

impl<'a> Report<'a> {
    pub fn new(process: &'a Process, level: &str, outputs: &str) -> Report<'a> {
        let threshold = LEVELS.iter().position(|known| *known == level).unwrap_or(1);
        Report { process, threshold, to_stdout: outputs == "stdout" }
    }

    pub async fn info(&self, caller: &str, text: &str, fields: Fields) {
        self.line("info", caller, text, fields).await;
    }

    pub async fn warn(&self, caller: &str, text: &str, fields: Fields) {
        self.line("warn", caller, text, fields).await;
    }

    /// The last line before the program ends with exit code 1.
    pub async fn fatal(&self, caller: &str, text: &str, error: &str) {
        let stack = "go.etcd.io/etcd/server/v3/etcdmain.startEtcdOrProxyV2\n\tgo.etcd.io/etcd/server/v3/etcdmain/etcd.go:204\ngo.etcd.io/etcd/server/v3/etcdmain.Main\n\tgo.etcd.io/etcd/server/v3/etcdmain/main.go:40\nmain.main\n\tgo.etcd.io/etcd/server/v3/main.go:31\nruntime.main\n\truntime/proc.go:285";
        let fields = Fields::default().text("error", error).text("stacktrace", stack);
        self.line("fatal", caller, text, fields).await;
    }

    pub async fn line(&self, level: &str, caller: &str, text: &str, fields: Fields) {
        self.write(self.process.wall_clock(), level, caller, text, &fields.finish()).await;
    }

    /// A line that the member wrote.
    pub async fn member(&self, line: &LogView) {
        let began = self.process.wall_clock().saturating_sub_unsigned(self.process.now());
        self.write(began.saturating_add_unsigned(line.at), &line.level, &line.caller, &line.text, &line.fields).await;
    }

    async fn write(&self, at: i64, level: &str, caller: &str, text: &str, fields: &str) {
        if LEVELS.iter().position(|known| *known == level).is_some_and(|level| level < self.threshold) {
            return;
        }
        let logger = if caller.starts_with("etcdserver/zap_raft.go") { "\"logger\":\"raft\"," } else { "" };
        let (at, text) = (rfc3339::shortest(at), json_quote(text));
        let line = format!(
            "{{\"level\":\"{level}\",\"ts\":\"{at}\",{logger}\"caller\":\"{caller}\",\"msg\":{text}{fields}}}\n"
        );
        if self.to_stdout {
            self.process.print(line).await;
        } else {
            self.process.eprint(line);
        }
    }
}
