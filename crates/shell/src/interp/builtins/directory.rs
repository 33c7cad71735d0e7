//! `cd`, `pwd`, `pushd`, `popd`, `dirs`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::shell::Shell;
use crate::os::future::LocalBoxFuture;
use crate::vfs::{Kind, path};

type Future<'a> = LocalBoxFuture<'a, Ran>;

/// The variable that holds what `pushd` put away, one directory a line.
const STACK: &str = "_DIRSTACK";

impl Shell {
    /// Changes the directory; the error is what follows `cd: `.
    fn change_directory(&self, name: &str) -> Result<(), String> {
        let mut session = self.session.borrow_mut();
        let full = path::resolve(session.cwd(), name);
        match self.kernel().files.borrow().metadata(&full) {
            Err(error) => return Err(format!("{name}: {error}")),
            Ok(meta) if meta.kind != Kind::Dir => return Err(format!("{name}: Not a directory")),
            Ok(_) => {}
        }
        let old = session.cwd().to_owned();
        session.set("OLDPWD", &old);
        session.set("PWD", &full);
        session.set_cwd(&full);
        Ok(())
    }
}

pub fn cd<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let rest: Vec<&String> = args[1..].iter().filter(|a| !matches!(a.as_str(), "-P" | "-L" | "--")).collect();
        if rest.len() > 1 {
            shell.complain(io, "cd: too many arguments");
            return Ok(1);
        }
        let target = match rest.first().map(|s| s.as_str()) {
            None => shell.session.borrow().get("HOME").map(str::to_owned).ok_or("HOME not set"),
            Some("-") => shell.session.borrow().get("OLDPWD").map(str::to_owned).ok_or("OLDPWD not set"),
            Some("") => return Ok(0),
            Some(name) => Ok(name.to_owned()),
        };
        let result = match target {
            Ok(name) => shell.change_directory(&name),
            Err(message) => Err(message.to_owned()),
        };
        if let Err(message) = result {
            shell.complain(io, &format!("cd: {message}"));
            return Ok(1);
        }
        if rest.first().is_some_and(|a| *a == "-") {
            let cwd = shell.session.borrow().cwd().to_owned();
            io.stdout().put(format!("{cwd}\n"));
        }
        Ok(0)
    })
}

pub fn pwd<'a>(shell: &'a Shell, _: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let cwd = shell.session.borrow().cwd().to_owned();
        let _ = shell.own(io.stdout()).write_all(format!("{cwd}\n").as_bytes()).await;
        Ok(0)
    })
}

fn stack(shell: &Shell) -> Vec<String> {
    shell.session.borrow().get(STACK).map(|s| s.lines().map(str::to_owned).collect()).unwrap_or_default()
}

fn print_stack(shell: &Shell, io: &Io) -> Ran {
    let home = shell.session.borrow().get("HOME").unwrap_or_default().to_owned();
    let mut all = vec![shell.session.borrow().cwd().to_owned()];
    all.extend(stack(shell));
    let short = |dir: &String| match dir.strip_prefix(&home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => dir.clone(),
    };
    let text: Vec<String> = all.iter().map(short).collect();
    io.stdout().put(format!("{}\n", text.join(" ")));
    Ok(0)
}

pub fn dirs<'a>(shell: &'a Shell, _: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(std::future::ready(print_stack(shell, io)))
}

pub fn pushd<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut all = stack(shell);
        let here = shell.session.borrow().cwd().to_owned();
        let target = match args.get(1) {
            Some(dir) => dir.clone(),
            None if all.is_empty() => {
                shell.complain(io, "pushd: no other directory");
                return Ok(1);
            }
            None => all.remove(0),
        };
        if let Err(message) = shell.change_directory(&target) {
            shell.complain(io, &format!("pushd: {message}"));
            return Ok(1);
        }
        all.insert(0, here);
        all.truncate(100);
        shell.session.borrow_mut().set(STACK, &all.join("\n"));
        print_stack(shell, io)
    })
}

pub fn popd<'a>(shell: &'a Shell, _: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        let mut all = stack(shell);
        if all.is_empty() {
            shell.complain(io, "popd: directory stack empty");
            return Ok(1);
        }
        let target = all.remove(0);
        shell.session.borrow_mut().set(STACK, &all.join("\n"));
        if let Err(message) = shell.change_directory(&target) {
            shell.complain(io, &format!("popd: {message}"));
            return Ok(1);
        }
        print_stack(shell, io)
    })
}
