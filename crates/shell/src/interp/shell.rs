//! The interpreter.

use super::session::SessionHandle;
use crate::os::process::Process;

pub struct Shell {
    pub process: Process,
    pub session: SessionHandle,
}

impl Shell {
    pub fn new(process: Process, session: SessionHandle) -> Self {
        Self { process, session }
    }

    /// Runs a whole script and gives its exit code.
    pub async fn run_script(&self, script: &str) -> i32 {
        // The grammar comes next; until then a line is a simple command of plain words.
        let mut code = 0;
        for line in script.lines() {
            let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            if argv.is_empty() {
                continue;
            }
            let p = &self.process;
            let env = self.session.borrow().env();
            let name = argv[0].clone();
            code = match p.spawn(argv, env, p.stdin.clone(), p.stdout.clone(), p.stderr.clone()) {
                Ok(child) => child.wait().await.code,
                Err(error) => {
                    p.eprint(format!("bash: line 1: {name}: {error}\n")).await;
                    error.code()
                }
            };
        }
        self.session.borrow_mut().status = code;
        code
    }
}
