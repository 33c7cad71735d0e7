//! `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::jobs::Job;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Signal;

type Future<'a> = LocalBoxFuture<'a, Ran>;

pub fn jobs<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let long = args.iter().any(|a| a == "-l");
        let pids = args.iter().any(|a| a == "-p");
        let text: String = {
            let jobs = shell.jobs.borrow();
            let line = |job: &Job| if pids { format!("{}\n", job.child.pid()) } else { jobs.line(job, long) };
            jobs.all().iter().map(line).collect()
        };
        let all = shell.jobs.borrow().all();
        for job in all {
            if job.child.status().is_some() {
                shell.jobs.borrow_mut().remove(job.number);
            }
        }
        io.stdout().put(text);
        Ok(0)
    })
}

fn chosen(shell: &Shell, args: &[String], io: &Io) -> Option<Job> {
    let spec = args.get(1).map_or("%+", String::as_str);
    let spec = if spec.starts_with('%') { spec.to_owned() } else { format!("%{spec}") };
    let job = shell.jobs.borrow().find(&spec);
    if job.is_none() {
        let name = args.get(1).map_or("current", String::as_str);
        shell.complain(io, &format!("{}: {name}: no such job", args[0]));
    }
    job
}

/// `fg`: waits for a job in the foreground, where Ctrl-C reaches it.
pub fn fg<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if !shell.interactive() {
            shell.complain(io, "fg: no job control");
            return Ok(1);
        }
        let Some(job) = chosen(shell, &args, io) else { return Ok(1) };
        io.stdout().put(format!("{}\n", job.text));
        let own = shell.process.record.group.get();
        let theirs = job.child.record.group.get();
        for process in shell.kernel().processes.borrow().values() {
            if process.group.get() == theirs {
                process.group.set(own);
            }
        }
        let status = job.child.wait().await;
        shell.jobs.borrow_mut().remove(job.number);
        Ok(status.code)
    })
}

/// `bg`: jobs are never stopped here, so there is nothing to continue.
pub fn bg<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let Some(job) = chosen(shell, &args, io) else { return Ok(1) };
        shell.complain(io, &format!("bg: job {} already in background", job.number));
        Ok(0)
    })
}

pub fn disown<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let Some(job) = chosen(shell, &args, io) else { return Ok(1) };
        job.child.record.disowned.set(true);
        shell.jobs.borrow_mut().remove(job.number);
        Ok(0)
    })
}

pub fn wait<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let specs: Vec<&String> = args[1..].iter().filter(|a| !a.starts_with('-')).collect();
        let mut code = 0;
        if specs.is_empty() {
            let any = args.iter().any(|a| a == "-n");
            let all = shell.jobs.borrow().all();
            for job in all {
                let status = job.child.wait().await;
                shell.jobs.borrow_mut().remove(job.number);
                if any {
                    return Ok(status.code);
                }
            }
            return Ok(0);
        }
        for spec in specs {
            let job = shell.jobs.borrow().find(spec);
            code = match job {
                Some(job) => job.child.wait().await.code,
                None if spec.starts_with('%') => {
                    shell.complain(io, &format!("wait: {spec}: no such job"));
                    127
                }
                None if spec.parse::<u32>().is_ok() => {
                    shell.complain(io, &format!("wait: pid {spec} is not a child of this shell"));
                    127
                }
                None => {
                    shell.complain(io, &format!("wait: `{spec}': not a pid or valid job spec"));
                    1
                }
            };
        }
        Ok(code)
    })
}

pub fn kill<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut signal = Some(Signal::Term);
        let mut targets = Vec::new();
        let mut rest = args[1..].iter();
        while let Some(arg) = rest.next() {
            match arg.as_str() {
                "-l" | "-L" => {
                    let all: Vec<String> =
                        Signal::ALL.iter().map(|s| format!("{}) SIG{}", s.number(), s.name())).collect();
                    io.stdout().put(format!("{}\n", all.join(" ")));
                    return Ok(0);
                }
                "-s" | "-n" => signal = named(rest.next().map_or("", String::as_str)),
                "--" => {}
                arg if arg.starts_with('-') && targets.is_empty() => {
                    signal = named(&arg[1..]);
                    if signal.is_none() && arg != "-0" {
                        shell.complain(io, &format!("kill: {}: invalid signal specification", &arg[1..]));
                        return Ok(1);
                    }
                }
                target => targets.push(target.to_owned()),
            }
        }
        if targets.is_empty() {
            let usage =
                "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n";
            io.stderr().put(usage);
            return Ok(2);
        }
        let mut code = 0;
        for target in targets {
            if let Err(message) = send(shell, &target, signal) {
                shell.complain(io, &format!("kill: {message}"));
                code = 1;
            }
        }
        // A shell that signalled itself must notice before its next command.
        crate::os::future::yield_now().await;
        Ok(code)
    })
}

fn named(text: &str) -> Option<Signal> {
    Signal::parse(text)
}

fn send(shell: &Shell, target: &str, signal: Option<Signal>) -> Result<(), String> {
    if target.starts_with('%') {
        // A shell without job control forgets a job as soon as it has ended.
        let job = shell.jobs.borrow().find(target).filter(|job| shell.interactive() || job.child.status().is_none());
        return send_job(shell, &job.ok_or(format!("{target}: no such job"))?, signal);
    }
    let Ok(pid) = target.parse::<i64>() else {
        return Err(format!("{target}: arguments must be process or job IDs"));
    };
    // A job of one command is that command: what runs it here is not to be seen.
    let job = shell.jobs.borrow().find(target);
    if let Some(job) = job {
        return send_job(shell, &job, signal);
    }
    let record = u32::try_from(pid).ok().and_then(|pid| shell.kernel().processes.borrow().get(&pid).cloned());
    match (record, signal) {
        (Some(record), Some(signal)) => shell.kernel().signal(&record, signal),
        (Some(_), None) => {}
        (None, _) => return Err(format!("({pid}) - No such process")),
    }
    Ok(())
}

fn send_job(shell: &Shell, job: &Job, signal: Option<Signal>) -> Result<(), String> {
    if job.child.status().is_some() {
        return Err(format!("({}) - No such process", job.child.pid()));
    }
    if let Some(signal) = signal {
        shell.kernel().signal_tree(&job.child.record, signal);
    }
    Ok(())
}
