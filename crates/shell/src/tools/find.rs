//! `find`: the usual tests.

use crate::interp::pattern::Pattern;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::{Kind, path};

#[derive(Default)]
struct Wanted {
    name: Option<(Pattern, bool)>,
    path: Option<Pattern>,
    kind: Option<Kind>,
    least: usize,
    most: Option<usize>,
    empty: bool,
    delete: bool,
    zero: bool,
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let words = &process.args[1..];
        let split = words.iter().position(|w| w.starts_with('-') && w.len() > 1).unwrap_or(words.len());
        let (roots, tests) = words.split_at(split);
        let wanted = match parse(tests) {
            Ok(wanted) => wanted,
            Err(message) => {
                process.eprint(format!("find: {message}\n"));
                return 1;
            }
        };
        let roots = if roots.is_empty() { vec![".".to_owned()] } else { roots.to_vec() };
        let mut code = 0;
        for root in roots {
            let full = process.path(&root);
            let Ok(meta) = process.fs().with(|vfs| vfs.link_metadata(&full)) else {
                process.eprint(format!("find: '{root}': No such file or directory\n"));
                code = 1;
                continue;
            };
            let mut found = Vec::new();
            walk(&process, &wanted, &root, meta.kind, 0, &mut found);
            let end = if wanted.zero { '\0' } else { '\n' };
            if wanted.delete {
                for name in found.iter().rev() {
                    if let Err(error) = process.fs().remove_all(&process.path(name)) {
                        process.eprint(format!("find: cannot delete '{name}': {error}\n"));
                        code = 1;
                    }
                }
            } else {
                let text: String = found.iter().map(|name| format!("{name}{end}")).collect();
                process.print(text).await;
            }
        }
        code
    })
}

fn parse(words: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().map(String::as_str).ok_or(format!("missing argument to `{word}'"));
        match word.as_str() {
            "-name" => wanted.name = Some((Pattern::new(value()?), false)),
            "-iname" => wanted.name = Some((Pattern::new(&value()?.to_lowercase()), true)),
            "-path" => wanted.path = Some(Pattern::new(value()?)),
            "-type" => {
                wanted.kind = Some(match value()? {
                    "f" => Kind::File,
                    "d" => Kind::Dir,
                    "l" => Kind::Link,
                    "c" => Kind::Device,
                    other => return Err(format!("Unknown argument to -type: {other}")),
                });
            }
            "-mindepth" => {
                wanted.least =
                    value()?.parse().map_err(|_| "Expected a positive decimal integer argument to -mindepth")?
            }
            "-maxdepth" => {
                wanted.most =
                    Some(value()?.parse().map_err(|_| "Expected a positive decimal integer argument to -maxdepth")?);
            }
            "-empty" => wanted.empty = true,
            "-delete" => wanted.delete = true,
            "-print0" => wanted.zero = true,
            "-print" => {}
            other => return Err(format!("unknown predicate `{other}'")),
        }
    }
    Ok(wanted)
}

fn walk(process: &Process, wanted: &Wanted, name: &str, kind: Kind, depth: usize, out: &mut Vec<String>) {
    let full = process.path(name);
    let base = path::file_name(name);
    let name_fits = wanted.name.as_ref().is_none_or(|(pattern, fold)| {
        if *fold { pattern.matches(&base.to_lowercase()) } else { pattern.matches(base) }
    });
    let is_empty = || match kind {
        Kind::Dir => process.fs().list(&full).is_ok_and(|entries| entries.is_empty()),
        _ => process.fs().metadata(&full).is_ok_and(|meta| meta.size == 0),
    };
    if depth >= wanted.least
        && name_fits
        && wanted.path.as_ref().is_none_or(|pattern| pattern.matches(name))
        && wanted.kind.is_none_or(|wanted| wanted == kind)
        && (!wanted.empty || is_empty())
    {
        out.push(name.to_owned());
    }
    if kind == Kind::Dir && wanted.most.is_none_or(|most| depth < most) && depth < 100 {
        for (entry, meta) in process.fs().list(&full).unwrap_or_default() {
            walk(process, wanted, &path::join(name, &entry), meta.kind, depth + 1, out);
        }
    }
}
