//! `ls`.

use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::{FsError, Kind, Metadata, path};

const ACCEPTS: Accepts = Accepts {
    flags: "1aAldRrthSFpCnGsikgo",
    valued: "IwT",
    long: &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("directory", 'd'),
        ("recursive", 'R'),
        ("reverse", 'r'),
        ("human-readable", 'h'),
        ("color", 'G'),
    ],
    mixed: true,
};

struct Listing<'a> {
    process: &'a Process,
    long: bool,
    all: bool,
    almost: bool,
    human: bool,
    reverse: bool,
    by_time: bool,
    by_size: bool,
    classify: bool,
    columns: bool,
    recursive: bool,
}

pub fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let Some(options) = read(&process, &ACCEPTS) else { return 2 };
        let listing = Listing {
            process: &process,
            long: options.has('l') || options.has('n'),
            all: options.has('a'),
            almost: options.has('A'),
            human: options.has('h'),
            reverse: options.has('r'),
            by_time: options.has('t'),
            by_size: options.has('S'),
            classify: options.has('F') || options.has('p'),
            columns: (process.stdout_is_terminal() || options.has('C')) && !options.has('1'),
            recursive: options.has('R'),
        };
        let operands = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
        let (mut files, mut dirs) = (Vec::new(), Vec::new());
        let mut code = 0;
        for operand in &operands {
            let full = process.path(operand);
            let keep_link = listing.long || options.has('d');
            let meta = match process.fs().with(|vfs| vfs.metadata(&full)) {
                Err(FsError::NotFound) => process.fs().with(|vfs| vfs.link_metadata(&full)),
                Ok(meta) if keep_link && !operand.ends_with('/') => {
                    process.fs().with(|vfs| vfs.link_metadata(&full)).or(Ok(meta))
                }
                other => other,
            };
            match meta {
                Err(error) => {
                    process.eprint(format!("ls: cannot access '{operand}': {error}\n"));
                    code = 2;
                }
                Ok(meta) if meta.kind == Kind::Dir && !options.has('d') => dirs.push(operand.clone()),
                Ok(meta) => files.push((operand.clone(), meta)),
            }
        }
        listing.sort(&mut files);
        crate::order::sort_by(&mut dirs, String::cmp);
        let mut out = listing.rows(&files, "");
        let titled = operands.len() > 1 || listing.recursive;
        for dir in dirs {
            if !out.is_empty() {
                out.push('\n');
            }
            listing.directory(&dir, titled, &mut out);
        }
        process.print(out).await;
        code
    })
}

impl Listing<'_> {
    fn sort(&self, entries: &mut Vec<(String, Metadata)>) {
        crate::order::sort_by(entries, |a, b| {
            let order = if self.by_time {
                b.1.modified.cmp(&a.1.modified)
            } else if self.by_size {
                b.1.size.cmp(&a.1.size)
            } else {
                std::cmp::Ordering::Equal
            };
            order.then_with(|| a.0.cmp(&b.0))
        });
        if self.reverse {
            entries.reverse();
        }
    }

    fn directory(&self, dir: &str, titled: bool, out: &mut String) {
        let full = self.process.path(dir);
        let mut entries: Vec<(String, Metadata)> = self.process.fs().list(&full).unwrap_or_default();
        entries.retain(|(name, _)| self.all || self.almost || !name.starts_with('.'));
        self.sort(&mut entries);
        if self.all {
            for (at, name) in [".", ".."].into_iter().enumerate() {
                let place = path::resolve(&full, name);
                if let Ok(meta) = self.process.fs().metadata(&place) {
                    entries.insert(at, (name.to_owned(), meta));
                }
            }
        }
        if titled {
            out.push_str(&format!("{dir}:\n"));
        }
        if self.long {
            let blocks: u64 = entries.iter().map(|(_, meta)| meta.size.div_ceil(4096) * 4).sum();
            out.push_str(&format!("total {blocks}\n"));
        }
        out.push_str(&self.rows(&entries, &full));
        if self.recursive {
            for (name, meta) in &entries {
                if meta.kind == Kind::Dir && name != "." && name != ".." {
                    out.push('\n');
                    self.directory(&path::join(dir, name), true, out);
                }
            }
        }
    }

    fn rows(&self, entries: &[(String, Metadata)], dir: &str) -> String {
        if self.long {
            return self.long_rows(entries, dir);
        }
        let names: Vec<String> = entries.iter().map(|(name, meta)| self.label(name, meta)).collect();
        if !self.columns || names.is_empty() {
            return names.iter().map(|name| format!("{name}\n")).collect();
        }
        columns(&names, self.process.var("COLUMNS").and_then(|c| c.parse().ok()).unwrap_or(80))
    }

    fn label(&self, name: &str, meta: &Metadata) -> String {
        let mark = match meta.kind {
            _ if !self.classify => "",
            Kind::Dir => "/",
            Kind::Link => "@",
            Kind::File if meta.mode & 0o111 != 0 => "*",
            _ => "",
        };
        format!("{name}{mark}")
    }

    fn long_rows(&self, entries: &[(String, Metadata)], dir: &str) -> String {
        let size = |meta: &Metadata| if self.human { human(meta.size) } else { meta.size.to_string() };
        let width = entries.iter().map(|(_, meta)| size(meta).len()).max().unwrap_or(0);
        let epoch = self.process.kernel.epoch.get();
        let mut out = String::new();
        for (name, meta) in entries {
            let links = if meta.kind == Kind::Dir { 2 } else { 1 };
            let seconds = epoch + (meta.modified / 1_000_000) as i64;
            let when = super::date::format(seconds, 0, "%b %e %H:%M");
            let full = if dir.is_empty() { self.process.path(name) } else { path::join(dir, name) };
            let target = match meta.kind {
                Kind::Link => self.process.fs().with(|vfs| vfs.read_link(&full)).map(|to| format!(" -> {to}")),
                _ => None,
            };
            out.push_str(&format!(
                "{} {links} root root {:>width$} {when} {}{}\n",
                permissions(meta),
                size(meta),
                self.label(name, meta),
                target.unwrap_or_default()
            ));
        }
        out
    }
}

/// `drwxr-xr-x`
pub fn permissions(meta: &Metadata) -> String {
    let mut text = String::from(match meta.kind {
        Kind::Dir => "d",
        Kind::Link => "l",
        Kind::Device => "c",
        Kind::File => "-",
    });
    for shift in [6, 3, 0] {
        for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
            text.push(if meta.mode >> shift & bit != 0 { letter } else { '-' });
        }
    }
    text
}

/// A size as `ls -h` and `du -h` show it.
pub fn human(size: u64) -> String {
    let mut value = size as f64;
    for unit in ["", "K", "M", "G"] {
        if value < 1024.0 || unit == "G" {
            return if unit.is_empty() || value >= 10.0 {
                format!("{:.0}{unit}", value.ceil())
            } else {
                format!("{value:.1}{unit}")
            };
        }
        value /= 1024.0;
    }
    size.to_string()
}

/// Names in columns that fit the terminal, filled downwards.
fn columns(names: &[String], width: usize) -> String {
    let lengths: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for rows in 1..=names.len() {
        let widths: Vec<usize> =
            lengths.chunks(rows).map(|column| column.iter().max().copied().unwrap_or(0) + 2).collect();
        if rows < names.len() && widths.iter().sum::<usize>() > width + 2 {
            continue;
        }
        let mut out = String::new();
        for row in 0..rows {
            for (column, column_width) in widths.iter().enumerate() {
                let Some(name) = names.get(column * rows + row) else { continue };
                out.push_str(name);
                if (column + 1) * rows + row < names.len() {
                    out.push_str(&" ".repeat(column_width - lengths[column * rows + row]));
                }
            }
            out.push('\n');
        }
        return out;
    }
    String::new()
}
