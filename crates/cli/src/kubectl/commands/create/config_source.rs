//! Where config maps and secrets get their entries from: `--from-literal`, `--from-file`, `--from-env-file`.

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Flag;
use crate::kubectl::failure::Failure;

pub static SOURCES: [Flag; 4] = [
    Flag::switch("append-hash", "append a hash of the content to the name"),
    Flag::list("from-env-file", "file of lines KEY=value"),
    Flag::list("from-file", "file, or directory of files; with KEY= before it, the key's name"),
    Flag::array("from-literal", "an entry as KEY=value"),
];

/// Adds an entry, refusing a key for the second time.
pub type Add<'a> = &'a mut dyn FnMut(String, Vec<u8>) -> Result<(), Failure>;

/// Reads all sources.
///
/// # Errors
/// kubectl's words for a source that is none, or a file that is not there.
pub fn entries(cli: &Cli, add: Add<'_>) -> Result<(), Failure> {
    let files = cli.flags.list("from-file");
    let literals = cli.flags.list("from-literal");
    let env_files = cli.flags.list("from-env-file");
    if !env_files.is_empty() && (!files.is_empty() || !literals.is_empty()) {
        return Err(Failure::plain("from-env-file cannot be combined with from-file or from-literal"));
    }
    for literal in literals {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                let quote = |c: char| value.len() > 1 && value.starts_with(c) && value.ends_with(c);
                let value = if quote('"') || quote('\'') { &value[1..value.len() - 1] } else { value };
                add(key.to_owned(), value.as_bytes().to_vec())?;
            }
            _ => {
                let words = format!("invalid literal source {literal}, expected key=value");
                return Err(Failure::plain(words));
            }
        }
    }
    for source in files {
        let (key, name) = match source.split_once('=') {
            Some((key, name)) => (Some(key.to_owned()), name.to_owned()),
            None => (None, source.clone()),
        };
        if key.as_deref() == Some("") {
            return Err(Failure::plain(format!("key name for file path {name} missing")));
        }
        if name.is_empty() {
            return Err(Failure::plain(format!("file path for key name {} missing", key.unwrap_or_default())));
        }
        let path = cli.process.path(&name);
        if cli.process.fs().is_dir(&path) {
            if key.is_some() {
                return Err(Failure::plain("cannot give a key name for a directory path"));
            }
            for (entry, _) in cli.process.fs().list(&path).unwrap_or_default() {
                let inner = format!("{}/{entry}", name.trim_end_matches('/'));
                if !cli.process.fs().is_dir(&cli.process.path(&inner)) {
                    add(entry, read(cli, &inner)?)?;
                }
            }
            continue;
        }
        let file = name.rsplit('/').next().unwrap_or(&name).to_owned();
        add(key.unwrap_or(file), read(cli, &name)?)?;
    }
    for name in env_files {
        let content = read(cli, &name)?;
        for line in String::from_utf8_lossy(&content).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key.to_owned(), value.to_owned()),
                // A name alone stands for the variable of the environment.
                None => (line.to_owned(), cli.process.var(line).unwrap_or_default().to_owned()),
            };
            add(key, value.into_bytes())?;
        }
    }
    Ok(())
}

fn read(cli: &Cli, name: &str) -> Result<Vec<u8>, Failure> {
    cli.read(name).map_err(|why| Failure::plain(format!("error reading {name}: {why}")))
}
