//! `break`, `continue`, `return`, `exit`, `shift`, `let`, `trap`, `umask`.

use crate::interp::io::Io;
use crate::interp::shell::Shell;
use crate::interp::{Flow, Ran};
use crate::os::future::LocalBoxFuture;

type Future<'a> = LocalBoxFuture<'a, Ran>;

pub fn break_<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(std::future::ready(leave_loop(shell, args, io, Flow::Break)))
}

pub fn continue_<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(std::future::ready(leave_loop(shell, args, io, Flow::Continue)))
}

fn leave_loop(shell: &Shell, args: Vec<String>, io: &Io, flow: fn(u32) -> Flow) -> Ran {
    let name = &args[0];
    if shell.loops.get() == 0 {
        shell.complain(io, &format!("{name}: only meaningful in a `for', `while', or `until' loop"));
        return Ok(0);
    }
    let count = match args.get(1).map(|n| n.parse::<u32>()) {
        None => 1,
        Some(Ok(0)) => {
            shell.complain(io, &format!("{name}: 0: loop count out of range"));
            1
        }
        Some(Ok(count)) => count,
        Some(Err(_)) => {
            shell.complain(io, &format!("{name}: {}: numeric argument required", args[1]));
            return Err(Flow::Abort(128));
        }
    };
    Err(flow(count.min(shell.loops.get())))
}

pub fn return_<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if shell.calls.get() == 0 {
            shell.complain(io, "return: can only `return' from a function or sourced script");
            return Ok(2);
        }
        Err(Flow::Return(status(shell, &args, io)))
    })
}

fn status(shell: &Shell, args: &[String], io: &Io) -> i32 {
    match args.get(1) {
        None => shell.session.borrow().status,
        Some(text) => match text.parse::<i64>() {
            Ok(code) => (code & 0xff) as i32,
            Err(_) => {
                shell.complain(io, &format!("{}: {text}: numeric argument required", args[0]));
                2
            }
        },
    }
}

pub fn exit<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move { Err(Flow::Exit(status(shell, &args, io))) })
}

pub fn shift<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let count = match args.get(1).map(|n| n.parse::<usize>()) {
            None => 1,
            Some(Ok(count)) => count,
            Some(Err(_)) => {
                shell.complain(io, &format!("shift: {}: numeric argument required", args[1]));
                return Ok(1);
            }
        };
        let mut session = shell.session.borrow_mut();
        if count > session.positional.len() {
            return Ok(1);
        }
        session.positional.drain(..count);
        Ok(0)
    })
}

pub fn let_<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut last = 0;
        for text in &args[1..] {
            match shell.evaluate(text) {
                Ok(value) => last = value,
                Err(message) => {
                    shell.complain(io, &format!("let: {message}"));
                    return Ok(1);
                }
            }
        }
        Ok(i32::from(last == 0))
    })
}

/// `trap`: only the trap on `EXIT` is carried out; those on signals are accepted.
pub fn trap<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let rest: Vec<&str> = args[1..].iter().map(String::as_str).filter(|a| *a != "--").collect();
        match rest.as_slice() {
            [] | ["-p", ..] => {
                let trap = shell.exit_trap.borrow().clone();
                if let Some(trap) = trap {
                    let text = format!("trap -- {} EXIT\n", crate::interp::slice::shell_quote(&trap));
                    io.stdout().put(text);
                }
            }
            [command, signals @ ..] => {
                if signals.iter().any(|s| *s == "EXIT" || *s == "0") {
                    *shell.exit_trap.borrow_mut() = (*command != "-").then(|| (*command).to_owned());
                }
            }
        }
        Ok(0)
    })
}

pub fn umask<'a>(_: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if args.len() == 1 {
            io.stdout().put(b"0022\n");
        }
        Ok(0)
    })
}

/// Commands that have nothing to do on this machine.
pub fn nothing<'a>(_: &'a Shell, _: Vec<String>, _: &'a Io) -> Future<'a> {
    Box::pin(async { Ok(0) })
}
