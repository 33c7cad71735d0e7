//! `set` and `shopt`.

use crate::interp::Ran;
use crate::interp::io::Io;
use crate::interp::session::{Options, Value};
use crate::interp::shell::Shell;
use crate::interp::slice::protect;
use crate::os::future::LocalBoxFuture;

type Future<'a> = LocalBoxFuture<'a, Ran>;

impl Options {
    fn flag(&mut self, letter: char) -> Option<&mut bool> {
        Some(match letter {
            'e' => &mut self.exit_on_error,
            'u' => &mut self.unset_is_error,
            'x' => &mut self.trace,
            'f' => &mut self.no_glob,
            'C' => &mut self.no_clobber,
            'n' => &mut self.no_exec,
            'a' => &mut self.export_all,
            _ => return None,
        })
    }

    fn named(&mut self, name: &str) -> Option<&mut bool> {
        match name {
            "pipefail" => Some(&mut self.pipefail),
            "errexit" => self.flag('e'),
            "nounset" => self.flag('u'),
            "xtrace" => self.flag('x'),
            "noglob" => self.flag('f'),
            "noclobber" => self.flag('C'),
            "noexec" => self.flag('n'),
            "allexport" => self.flag('a'),
            _ => None,
        }
    }

    /// `$-`.
    pub fn letters(&self) -> String {
        let mut copy = *self;
        let mut out: String = "aefnuxC".chars().filter(|c| copy.flag(*c).is_some_and(|set| *set)).collect();
        out.insert(0, 'h');
        if self.interactive {
            out.push('i');
        }
        out.push('B');
        out
    }
}

/// Options that are accepted and change nothing here.
const IGNORED: &[&str] = &[
    "monitor",
    "notify",
    "emacs",
    "vi",
    "posix",
    "history",
    "histexpand",
    "ignoreeof",
    "verbose",
    "hashall",
    "braceexpand",
    "errtrace",
    "functrace",
];

pub fn set<'a>(shell: &'a Shell, args: Vec<String>, io: &'a Io) -> Future<'a> {
    Box::pin(async move {
        if args.len() == 1 {
            let text = variables(shell);
            io.stdout().put(text);
            return Ok(0);
        }
        let mut at = 1;
        while let Some(arg) = args.get(at) {
            let on = match arg.chars().next() {
                Some('-') => true,
                Some('+') => false,
                _ => break,
            };
            at += 1;
            if arg == "--" || arg == "-" {
                break;
            }
            for letter in arg.chars().skip(1) {
                let result = if letter == 'o' {
                    let name = args.get(at).cloned();
                    at += 1;
                    match name {
                        None => {
                            let text = listing(shell);
                            io.stdout().put(text);
                            Ok(())
                        }
                        Some(name) => by_name(shell, &name, on),
                    }
                } else {
                    let mut session = shell.session.borrow_mut();
                    match session.options.flag(letter) {
                        Some(flag) => {
                            *flag = on;
                            Ok(())
                        }
                        None if "bhkmptvBEHPT".contains(letter) => Ok(()),
                        None => Err(format!("-{letter}: invalid option")),
                    }
                };
                if let Err(message) = result {
                    shell.complain(io, &format!("set: {message}"));
                    return Ok(2);
                }
            }
        }
        if at < args.len() || args.get(at - 1).is_some_and(|a| a == "--") {
            shell.session.borrow_mut().positional = args[at..].to_vec();
        }
        Ok(0)
    })
}

fn by_name(shell: &Shell, name: &str, on: bool) -> Result<(), String> {
    if let Some(flag) = shell.session.borrow_mut().options.named(name) {
        *flag = on;
        return Ok(());
    }
    if IGNORED.contains(&name) { Ok(()) } else { Err(format!("{name}: invalid option name")) }
}

fn listing(shell: &Shell) -> String {
    let mut options = shell.session.borrow().options;
    let names = ["allexport", "errexit", "noclobber", "noexec", "noglob", "nounset", "pipefail", "xtrace"];
    let line = |name: &str| {
        let on = options.named(name).is_some_and(|set| *set);
        format!("{name:<15}\t{}\n", if on { "on" } else { "off" })
    };
    names.into_iter().map(line).collect()
}

fn variables(shell: &Shell) -> String {
    let session = shell.session.borrow();
    let mut text = String::new();
    for (name, var) in session.vars.iter().filter(|(name, _)| !name.starts_with("_OPT")) {
        match &var.value {
            Value::Text(value) => {
                text.push_str(&format!("{name}={}\n", if value.is_empty() { String::new() } else { protect(value) }))
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|(i, v)| format!("[{i}]=\"{v}\"")).collect();
                text.push_str(&format!("{name}=({})\n", items.join(" ")));
            }
            _ => {}
        }
    }
    text
}

/// `shopt`: accepted, for scripts that set options which make no difference here.
pub fn shopt<'a>(_: &'a Shell, _: Vec<String>, _: &'a Io) -> Future<'a> {
    Box::pin(async { Ok(0) })
}
