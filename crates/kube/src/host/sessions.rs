//! Programs that run in containers: what was asked for by `exec`, and processes that the host has to run because they
//! wait for others.

use super::msg::{Ask, Channel, Container, Exec, HostMsg, Packet, Told};
use super::run::{Came, Got, Mark, Wish, base_name, has_program, run};
use super::traffic::Origin;
use super::{Host, images};
use crate::Msg;
use crate::client::Out;
use sim::{NodeId, Time};
use std::collections::VecDeque;
use std::sync::Arc;

/// Who a program runs for.
#[derive(Clone, Debug, PartialEq)]
enum Whose {
    /// Who asked, and the number it was asked under.
    Exec(NodeId, u64),
    /// It is its container's first process.
    Process,
}

/// A program that runs.
#[derive(Clone, Debug)]
pub(super) struct Session {
    whose: Whose,
    container: String,
    argv: Vec<String>,
    tty: bool,
    /// What its wishes have brought, and how much of its output was passed on, since its last mark.
    memo: Vec<Got>,
    printed: usize,
    mark: Option<Mark>,
    /// It waits for a line.
    wants_line: bool,
    pub(super) until: Option<Time>,
    /// A file that it follows, and how many bytes of it it has seen.
    follows: Option<(String, usize)>,
    /// Lines that wait for it, and whether more can come.
    input: VecDeque<String>,
    is_open: bool,
    /// A line of output that is not complete.
    partial: String,
    /// Those who are attached to it.
    attached: Vec<(NodeId, u64)>,
}

impl Host {
    /// Runs a program in a container, or attaches to its process.
    pub(super) fn exec(&mut self, from: NodeId, id: u64, exec: &Exec, out: &mut Out) {
        let refuse = |why: String, out: &mut Out| {
            out.send(from, Msg::from(HostMsg::Exited { id, ending: Err(why) }));
        };
        let one = self.containers.get(&exec.target).filter(|one| one.runs(self.now));
        let Some((spec, process)) = one.map(|one| (Arc::clone(&one.spec), one.session)) else {
            let why = format!("container not running ({})", exec.target);
            return refuse(why, out);
        };
        if let Some(port) = exec.port {
            let request = exec.command.first().map_or("", String::as_str);
            return self.forward(from, id, (&spec, port), request, out);
        }
        let Some(program) = exec.command.first() else {
            // Attached to a process that nobody here runs: there is nothing to see until it ends.
            if let Some(session) = process.and_then(|number| self.sessions.get_mut(&number)) {
                session.attached.push((from, id));
            } else if let Some(one) = self.containers.get_mut(&exec.target) {
                one.attached.push((from, id));
            }
            return;
        };
        if !has_program(&spec, program) {
            let why = match program.contains('/') {
                true => format!("stat {program}: no such file or directory"),
                false => "executable file not found in $PATH".to_owned(),
            };
            let number: String = (0..4).map(|_| format!("{:016x}", out.random())).collect();
            let oci = "OCI runtime exec failed: exec failed: unable to start container process";
            let why = format!(
                "error executing command in container: failed to exec in container: failed to start exec \"{number}\": {oci}: exec: \"{program}\": {why}: unknown"
            );
            return refuse(why, out);
        }
        let number = self.begin(Whose::Exec(from, id), &spec, exec.command.clone(), exec.tty, exec.stdin);
        self.go_on(number, out);
    }

    fn begin(&mut self, whose: Whose, spec: &Container, argv: Vec<String>, tty: bool, stdin: bool) -> u64 {
        let number = self.number();
        let session = Session {
            whose,
            container: spec.id.clone(),
            argv,
            tty,
            memo: Vec::new(),
            printed: 0,
            mark: None,
            wants_line: false,
            until: None,
            follows: None,
            input: VecDeque::new(),
            is_open: stdin,
            partial: String::new(),
            attached: Vec::new(),
        };
        self.sessions.insert(number, session);
        number
    }

    /// Starts the first process of a container.
    pub(super) fn run_process(&mut self, id: &str, out: &mut Out) {
        let Some(one) = self.containers.get(id) else { return };
        let spec = Arc::clone(&one.spec);
        let argv: Vec<String> = spec.command.iter().chain(&spec.args).cloned().collect();
        let argv = if argv.is_empty() { vec!["sh".to_owned()] } else { argv };
        let number = self.begin(Whose::Process, &spec, argv, spec.tty, spec.stdin);
        if let Some(one) = self.containers.get_mut(id) {
            one.session = Some(number);
        }
        self.go_on(number, out);
    }

    /// Lets a program run until it waits.
    fn go_on(&mut self, number: u64, out: &mut Out) {
        loop {
            let Some(session) = self.sessions.get_mut(&number) else { return };
            let Some(one) = self.containers.get(&session.container) else { return };
            let spec = Arc::clone(&one.spec);
            let shown = run(&spec, &session.argv, session.tty, &session.memo, session.mark.as_ref());
            let mut printed = session.printed;
            let fresh = shown.printed.get(printed..).unwrap_or_default().to_vec();
            printed = shown.printed.len();
            if let Some(mark) = shown.mark {
                session.memo.drain(..mark.asked.min(session.memo.len()));
                printed -= mark.printed;
                session.mark = Some(mark);
            }
            session.printed = printed;
            self.written(number, fresh, out);
            match shown.came {
                Came::Ended(code) => return self.finish(number, code, out),
                Came::Waits(wish) => match self.fulfil(number, &spec, wish, out) {
                    Some(got) => {
                        if let Some(session) = self.sessions.get_mut(&number) {
                            session.memo.push(got);
                        }
                    }
                    None => return,
                },
            }
        }
    }

    fn written(&mut self, number: u64, pieces: Vec<(Channel, String)>, out: &mut Out) {
        let Some(session) = self.sessions.get_mut(&number) else { return };
        let mut lines = Vec::new();
        for (channel, text) in pieces {
            let own = match session.whose {
                Whose::Exec(from, id) => Some((from, id)),
                Whose::Process => {
                    session.partial.push_str(&text);
                    while let Some(end) = session.partial.find('\n') {
                        let line: String = session.partial.drain(..=end).collect();
                        lines.push(line.trim_end_matches('\n').to_owned());
                    }
                    None
                }
            };
            for (from, id) in own.iter().chain(&session.attached) {
                out.send(*from, Msg::from(HostMsg::Output { id: *id, channel, text: text.clone() }));
            }
        }
        let id = session.container.clone();
        for line in lines {
            self.tell_kubelet(HostMsg::Printed { id: id.clone(), at: self.now, line }, out);
        }
    }

    fn finish(&mut self, number: u64, code: i64, out: &mut Out) {
        let Some(session) = self.sessions.remove(&number) else { return };
        // How a process ended that others made, those who are attached are not told.
        for (from, id) in session.attached.iter().copied() {
            out.send(from, Msg::from(HostMsg::Exited { id, ending: Ok(0) }));
        }
        if let Whose::Exec(from, id) = session.whose {
            out.send(from, Msg::from(HostMsg::Exited { id, ending: Ok(code) }));
        } else {
            if !session.partial.is_empty() {
                let line = session.partial.clone();
                self.tell_kubelet(HostMsg::Printed { id: session.container.clone(), at: self.now, line }, out);
            }
            if let Some(one) = self.containers.get_mut(&session.container) {
                one.end = Some(self.now);
            }
            self.tell_kubelet(HostMsg::Ended { id: session.container, code }, out);
        }
    }

    /// What a wish brings, if it brings something at once.
    fn fulfil(&mut self, number: u64, spec: &Container, wish: Wish, out: &mut Out) -> Option<Got> {
        let now = self.now;
        let session = self.sessions.get_mut(&number)?;
        match wish {
            Wish::Now => Some(Got::Time(now)),
            Wish::Sleep(length) => {
                session.until = Some(now + length);
                None
            }
            Wish::Follow { path, seen } => {
                session.follows = Some((path, seen));
                None
            }
            Wish::Line => match session.input.pop_front() {
                Some(line) => Some(Got::Text(Some(line))),
                None if !session.is_open => Some(Got::Text(None)),
                None => {
                    session.wants_line = true;
                    None
                }
            },
            Wish::Read(path) => Some(Got::Text(self.file(spec, &path))),
            Wish::List(folder) => Some(Got::Names(self.folder(spec, &folder))),
            Wish::Write { path, text, append } => {
                self.write(spec, &path, &text, append);
                Some(Got::Done)
            }
            Wish::Remove(path) => {
                self.remove_file(spec, &path);
                Some(Got::Done)
            }
            Wish::Rules(table) => Some(Got::Text(Some(self.rules.saved(table.as_deref())))),
            Wish::Processes => Some(Got::Names(self.processes(spec))),
            Wish::Send { to, port, udp, ask, patience } => {
                let source = if spec.ip.is_empty() { self.config.ip.clone() } else { spec.ip.clone() };
                let packet = Packet { flow: 0, source, to, port, udp, ask };
                self.launch(Origin::Session(number), patience, packet, out);
                None
            }
        }
    }

    fn processes(&self, spec: &Container) -> Vec<String> {
        let own: Vec<String> = spec.command.iter().chain(&spec.args).cloned().collect();
        let image = images::find(&spec.image);
        let first = match (own.is_empty(), image.speaks) {
            (true, images::Speaks::Nginx) => "nginx: master process nginx -g daemon off;".to_owned(),
            (true, _) if image.server.is_empty() => "sh".to_owned(),
            (true, _) => image.server.to_owned(),
            (false, _) => own.join(" "),
        };
        let others = self.sessions.values().filter(|one| one.container == spec.id && one.whose != Whose::Process);
        [first].into_iter().chain(others.map(|one| one.argv.join(" "))).collect()
    }

    /// A packet of a program's was answered, or not.
    pub(super) fn got_answer(&mut self, number: u64, told: Option<Told>, out: &mut Out) {
        if let Some(session) = self.sessions.get_mut(&number) {
            session.memo.push(Got::Told(told));
            self.go_on(number, out);
        }
    }

    /// Those that have slept long enough.
    pub(super) fn wake_sessions(&mut self, out: &mut Out) {
        let now = self.now;
        let due = |session: &Session| session.until.is_some_and(|until| until <= now);
        let numbers: Vec<u64> =
            self.sessions.iter().filter(|(_, session)| due(session)).map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(session) = self.sessions.get_mut(&number) {
                session.until = None;
                session.memo.push(Got::Done);
                self.go_on(number, out);
            }
        }
    }

    /// Those that follow a file to which something was added.
    pub(super) fn wake_followers(&mut self, out: &mut Out) {
        let news = |(number, session): (&u64, &Session)| {
            let (path, seen) = session.follows.as_ref()?;
            let one = self.containers.get(&session.container)?;
            let text = self.file(&one.spec, path)?;
            let fresh = text.get(*seen..).filter(|fresh| !fresh.is_empty())?;
            Some((*number, fresh.to_owned()))
        };
        let news: Vec<(u64, String)> = self.sessions.iter().filter_map(news).collect();
        for (number, fresh) in news {
            if let Some(session) = self.sessions.get_mut(&number) {
                session.follows = None;
                session.memo.push(Got::Text(Some(fresh)));
                self.go_on(number, out);
            }
        }
    }

    fn session_of(&self, from: NodeId, id: u64) -> Option<u64> {
        let is_it =
            |session: &Session| session.whose == Whose::Exec(from, id) || session.attached.contains(&(from, id));
        self.sessions.iter().find(|(_, session)| is_it(session)).map(|(number, _)| *number)
    }

    /// Somebody typed a line, or will type no more.
    pub(super) fn typed(&mut self, from: NodeId, id: u64, text: Option<String>, out: &mut Out) {
        let Some(number) = self.session_of(from, id) else { return };
        let Some(session) = self.sessions.get_mut(&number) else { return };
        match text {
            Some(line) => session.input.push_back(line),
            None => session.is_open = false,
        }
        if !session.wants_line {
            return;
        }
        session.wants_line = false;
        let line = session.input.pop_front();
        session.memo.push(Got::Text(line));
        self.go_on(number, out);
    }

    /// Whoever asked for a program has gone. The real runtime lets it run on; nobody would see what it does.
    pub(super) fn hung_up(&mut self, from: NodeId, id: u64) {
        for session in self.sessions.values_mut() {
            session.attached.retain(|one| *one != (from, id));
        }
        self.sessions.retain(|_, session| session.whose != Whose::Exec(from, id));
        self.containers.values_mut().for_each(|one| one.attached.retain(|one| *one != (from, id)));
    }

    /// A container has ended, and what ran in it.
    pub(super) fn kill_sessions(&mut self, container: &str, out: &mut Out) {
        let numbers: Vec<u64> =
            self.sessions.iter().filter(|(_, one)| one.container == container).map(|(number, _)| *number).collect();
        for number in numbers {
            let Some(session) = self.sessions.remove(&number) else { continue };
            let own = match session.whose {
                Whose::Exec(from, id) => Some((from, id)),
                Whose::Process => None,
            };
            for (from, id) in own.iter().chain(&session.attached) {
                out.send(*from, Msg::from(HostMsg::Exited { id: *id, ending: Ok(137) }));
            }
        }
    }

    /// A request for a port of the pod, from whoever forwards it.
    fn forward(&mut self, from: NodeId, id: u64, (spec, port): (&Container, u16), request: &str, out: &mut Out) {
        let now = self.now;
        let mut pod = self.containers.values().filter(|one| one.spec.uid == spec.uid && one.runs(now));
        let Some(listener) = pod.find(|one| images::listens(&one.spec, port)).map(|one| one.spec.id.clone()) else {
            let why = format!(
                "failed to execute portforward in network namespace: failed to connect to localhost:{port} inside namespace: dial tcp4 127.0.0.1:{port}: connect: connection refused"
            );
            return out.send(from, Msg::from(HostMsg::Exited { id, ending: Err(why) }));
        };
        let request = crate::host::wire::request(request);
        let packet = Packet {
            flow: 0,
            source: "127.0.0.1".into(),
            to: String::new(),
            port,
            udp: false,
            ask: Ask::Http(request.into()),
        };
        if let Some(Told::Http(response)) = self.serve(&listener, &packet, out) {
            let text = crate::host::wire::response(&response);
            out.send(from, Msg::from(HostMsg::Output { id, channel: Channel::Out, text }));
        }
        out.send(from, Msg::from(HostMsg::Exited { id, ending: Ok(0) }));
    }
}

/// Whether a process is one that the host has to run: it reads what somebody types, waits for what others answer, or is
/// a script that does more than say something and wait.
pub fn runs_here(image: &str, command: &[&str], stdin: bool) -> bool {
    let is_shell = |word: &str| matches!(base_name(word), "sh" | "ash" | "bash");
    let spec = Container { image: image.to_owned(), ..Container::default() };
    let network = ["wget", "curl", "nslookup", "dig", "nc", "getent"];
    let is_one_of = |script: &str, programs: &[&str]| words(script).any(|word| programs.contains(&base_name(word)));
    match command {
        [] => stdin && images::find(image).server.is_empty(),
        [shell] if is_shell(shell) => stdin && has_program(&spec, shell),
        [shell, flag, script, ..] if is_shell(shell) && flag.starts_with('-') => {
            let does_more = script.contains(['>', '<', '$', '`']) || is_one_of(script, &FILE_TOOLS);
            has_program(&spec, shell)
                && (is_one_of(script, &network)
                    || (stdin && is_one_of(script, &["read", "cat"]))
                    || (does_more && words(script).all(|word| !LEFT_OUT.contains(&base_name(word)))))
        }
        // What is added to a file is heard of; to nothing nothing is added.
        [tail, .., path] if base_name(tail) == "tail" => {
            path.starts_with('/') && *path != "/dev/null" && has_program(&spec, tail)
        }
        ["cat"] => stdin && has_program(&spec, "cat"),
        [program, ..] => network.contains(&base_name(program)) && has_program(&spec, program),
    }
}

/// Words and programs of scripts whose files, loops or pipes somebody may look at.
const FILE_TOOLS: [&str; 16] = [
    "touch", "cat", "ls", "rm", "mkdir", "test", "[", "if", "for", "until", "grep", "wc", "head", "env", "date",
    "hostname",
];
/// What goes on for ever, and nobody here can do: a script with one of them is imitated.
const LEFT_OUT: [&str; 7] = ["trap", "wait", "exec", "nginx", "httpd", "python3", "node"];

fn words(script: &str) -> impl Iterator<Item = &str> {
    script
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '[')))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &[&str], expected: bool) {
        assert_eq!(runs_here("busybox", command, false), expected, "{command:?}");
    }

    #[test]
    fn what_somebody_may_look_at_is_really_run() {
        check(&["sh", "-c", "echo hello; sleep 2; exit 1"], false);
        check(&["sh", "-c", "while true; do echo tick; sleep 1; done"], false);
        check(&["sh", "-c", "for i in 1 2 3; do echo $i; done"], true);
        check(&["sh", "-c", "while true; do date; sleep 5; done"], true);
        check(&["sh", "-c", "touch /tmp/ok; sleep 15; rm /tmp/ok; sleep 600"], true);
        check(&["sh", "-c", "echo hi > /data/hi; sleep 3600"], true);
        check(&["sh", "-c", "touch /log; exec nginx"], false);
        check(&["tail", "-n+1", "-F", "/var/log/app.log"], true);
        check(&["tail", "-f", "/dev/null"], false);
        check(&["wget", "-qO-", "http://web"], true);
        check(&["sleep", "3600"], false);
    }
}
