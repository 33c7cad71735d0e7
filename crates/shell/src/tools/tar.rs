//! `tar`: archives in the ustar format, plain or in a gzip envelope whose blocks are stored, not compressed. That is what
//! comes out of this machine's own `tar` and downloads; archives compressed elsewhere are refused.

use super::Body;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use crate::vfs::{Kind, path};
use tar::{Entry, pack, unpack};

pub const RUN: Body = run;

/// The most that one stored block of deflate holds.
const STORED: usize = 65_535;
/// How long a megabyte takes, in microseconds.
const MEGABYTE: u64 = 10_000;

/// Makes an archive in a gzip envelope.
pub fn archive(entries: &[Entry]) -> Vec<u8> {
    gzip(&pack(entries))
}

fn run(process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let request = match Request::parse(&process.args[1..]) {
            Ok(request) => request,
            Err(words) => return fail(&process, &words, true).await,
        };
        match request.mode {
            'c' => create(&process, &request).await,
            _ => read(&process, &request).await,
        }
    })
}

async fn fail(process: &Process, words: &str, hint: bool) -> i32 {
    let end = if hint {
        "Try 'tar --help' or 'tar --usage' for more information."
    } else {
        "Error is not recoverable: exiting now"
    };
    let prefix = if hint { "" } else { "tar: " };
    process.eprint(format!("tar: {words}\n{prefix}{end}\n"));
    2
}

#[derive(Default)]
struct Request {
    mode: char,
    gzip: bool,
    verbose: bool,
    strip: usize,
    file: Option<String>,
    directory: Option<String>,
    names: Vec<String>,
}

impl Request {
    fn parse(args: &[String]) -> Result<Request, String> {
        let mut request = Request { mode: ' ', ..Request::default() };
        let mut words = args.iter();
        let mut first = true;
        while let Some(word) = words.next() {
            let bundled = std::mem::take(&mut first) && !word.starts_with('-');
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let letter = match name {
                    "create" => 'c',
                    "extract" | "get" => 'x',
                    "list" => 't',
                    "gzip" | "gunzip" => 'z',
                    "verbose" => 'v',
                    "file" => 'f',
                    "directory" => 'C',
                    "strip-components" => 's',
                    _ => return Err(format!("unrecognized option '{word}'")),
                };
                let value = value.map(str::to_owned);
                let needs = matches!(letter, 'f' | 'C' | 's');
                let value = if needs && value.is_none() { words.next().cloned() } else { value };
                request.set(letter, value)?;
            } else if bundled || word.len() > 1 && word.starts_with('-') {
                let letters: Vec<char> = word.trim_start_matches('-').chars().collect();
                for (at, letter) in letters.iter().enumerate() {
                    if !matches!(letter, 'f' | 'C') {
                        request.set(*letter, None)?;
                        continue;
                    }
                    let rest: String = letters[at + 1..].iter().collect();
                    let value = if rest.is_empty() || bundled { words.next().cloned() } else { Some(rest.clone()) };
                    request.set(*letter, value)?;
                    if !rest.is_empty() && !bundled {
                        break;
                    }
                }
            } else {
                request.names.push(word.clone());
            }
        }
        match request.mode {
            ' ' => Err("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options".into()),
            _ => Ok(request),
        }
    }

    fn set(&mut self, letter: char, value: Option<String>) -> Result<(), String> {
        let required = || format!("option requires an argument -- '{letter}'");
        match letter {
            'c' | 'x' | 't' => self.mode = letter,
            'z' => self.gzip = true,
            'v' => self.verbose = true,
            'p' => {}
            'f' => self.file = Some(value.ok_or_else(required)?),
            'C' => self.directory = Some(value.ok_or_else(required)?),
            's' => self.strip = value.and_then(|value| value.parse().ok()).ok_or_else(required)?,
            _ => return Err(format!("invalid option -- '{letter}'")),
        }
        Ok(())
    }

    fn base(&self, process: &Process) -> String {
        self.directory.as_ref().map_or(process.cwd.clone(), |directory| process.path(directory))
    }
}

async fn create(process: &Process, request: &Request) -> i32 {
    if request.names.is_empty() {
        return fail(process, "Cowardly refusing to create an empty archive", true).await;
    }
    let base = request.base(process);
    let mut entries = Vec::new();
    let mut missing = false;
    for name in &request.names {
        if !collect(process, &base, name.trim_start_matches('/'), name, &mut entries) {
            missing = true;
            process.eprint(format!("tar: {name}: Cannot stat: No such file or directory\n"));
        }
    }
    if request.verbose {
        let names: String = entries.iter().map(|entry| format!("{}\n", entry.name)).collect();
        process.print(names).await;
    }
    let bytes = pack(&entries);
    let bytes = if request.gzip { gzip(&bytes) } else { bytes };
    process.sleep(bytes.len() as u64 * MEGABYTE / 1_000_000).await;
    match &request.file {
        Some(file) if file != "-" => {
            if process.fs().write(&process.path(file), bytes).is_err() {
                return fail(process, &format!("{file}: Cannot open: No such file or directory"), false).await;
            }
        }
        _ => process.print(bytes).await,
    }
    if missing {
        process.eprint("tar: Exiting with failure status due to previous errors\n");
        return 2;
    }
    0
}

/// Adds a file, or a directory with what is below it; `false` when there is none.
fn collect(process: &Process, base: &str, stored: &str, name: &str, entries: &mut Vec<Entry>) -> bool {
    let (files, full) = (process.fs(), path::resolve(base, name));
    let Ok(meta) = files.metadata(&full) else { return false };
    let executable = meta.mode & 0o111 != 0;
    if meta.kind != Kind::Dir {
        let content = files.read(&full).map(|content| content.to_vec()).unwrap_or_default();
        entries.push(Entry { name: stored.to_owned(), executable, content });
        return true;
    }
    let stored = stored.trim_end_matches('/');
    entries.push(Entry { name: format!("{stored}/"), executable, content: Vec::new() });
    for (child, _) in files.list(&full).unwrap_or_default() {
        collect(process, base, &format!("{stored}/{child}"), &format!("{full}/{child}"), entries);
    }
    true
}

async fn read(process: &Process, request: &Request) -> i32 {
    let bytes = match &request.file {
        Some(file) if file != "-" => match process.fs().read(&process.path(file)) {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => return fail(process, &format!("{file}: Cannot open: No such file or directory"), false).await,
        },
        _ => process.stdin.read_to_end(64 << 20).await.unwrap_or_default(),
    };
    process.sleep(bytes.len() as u64 * MEGABYTE / 1_000_000).await;
    let plain = match (bytes.starts_with(&[0x1f, 0x8b]), request.gzip) {
        (true, _) => gunzip(&bytes),
        (false, false) => Some(bytes),
        (false, true) => {
            process.eprint("\ngzip: stdin: not in gzip format\n");
            let code = fail(process, "Child returned status 1", false).await;
            return code;
        }
    };
    let Some(entries) = plain.and_then(|plain| unpack(&plain)) else {
        process.eprint("tar: This does not look like a tar archive\n");
        process.eprint("tar: Exiting with failure status due to previous errors\n");
        return 2;
    };
    let mut code = 0;
    let base = request.base(process);
    let wanted = |name: &str| {
        let below = |want: &String| {
            let want = want.trim_end_matches('/');
            name.trim_end_matches('/') == want || name.starts_with(&format!("{want}/"))
        };
        request.names.is_empty() || request.names.iter().any(below)
    };
    for entry in entries.iter().filter(|entry| wanted(&entry.name)) {
        if request.mode == 't' || request.verbose {
            process.print(format!("{}\n", entry.name)).await;
        }
        if request.mode == 'x' && !extract(process, &base, request.strip, entry) {
            process.eprint(format!("tar: {}: Cannot open: No space left on device\n", entry.name));
            code = 2;
        }
    }
    for want in request.names.iter().filter(|want| !entries.iter().any(|e| e.name.starts_with(want.as_str()))) {
        process.eprint(format!("tar: {want}: Not found in archive\n"));
        code = 2;
    }
    if code != 0 {
        process.eprint("tar: Exiting with failure status due to previous errors\n");
    }
    code
}

fn extract(process: &Process, base: &str, strip: usize, entry: &Entry) -> bool {
    // As the original, nothing is put outside of where it was told to.
    let parts = entry.name.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..");
    let relative = parts.skip(strip).collect::<Vec<_>>().join("/");
    if relative.is_empty() {
        return true;
    }
    let (files, full) = (process.fs(), path::resolve(base, &relative));
    if entry.name.ends_with('/') {
        return files.mkdir_all(&full).is_ok();
    }
    let written = files.mkdir_all(path::parent(&full)).and_then(|()| files.write(&full, entry.content.clone()));
    let mode = if entry.executable { 0o755 } else { 0o644 };
    written.and_then(|()| files.with(|vfs| vfs.chmod(&full, mode))).is_ok()
}

/// A gzip envelope of stored blocks (RFC 1951, 3.2.4; RFC 1952).
fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let blocks = plain.chunks(STORED).count();
    for (number, block) in plain.chunks(STORED).enumerate() {
        out.push(u8::from(number + 1 == blocks));
        // A chunk is no longer than the block's field can say.
        let length = block.len() as u16;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(plain).to_le_bytes());
    out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    out
}

/// What is in such an envelope; `None` when it is damaged, or made by a compressor.
fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.get(10..)?;
    let mut plain = Vec::new();
    loop {
        let [kind, low, high, _, _, after @ ..] = rest else { return None };
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (block, after) = after.split_at_checked(length)?;
        plain.extend_from_slice(block);
        rest = after;
        match kind {
            0 => {}
            1 => break,
            _ => return None,
        }
    }
    (rest.get(..4)? == crc32(&plain).to_le_bytes()).then_some(plain)
}

/// CRC-32 as gzip has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_a_damaged_archive_is_refused() {
        let entries = [
            Entry { name: "d/".into(), executable: true, content: Vec::new() },
            Entry { name: "d/f".into(), executable: false, content: vec![7; 70_000] },
        ];
        let archive = archive(&entries);
        let plain = gunzip(&archive).expect("our own envelope");
        let back = unpack(&plain).expect("our own archive");
        assert_eq!((back[0].name.as_str(), back[1].name.as_str()), ("d/", "d/f"));
        assert_eq!(back[1].content, entries[1].content);
        for cut in [0, 5, 11, 600, archive.len() - 9] {
            assert!(gunzip(&archive[..cut]).is_none(), "cut at {cut}");
        }
        let mut damaged = archive.clone();
        damaged[1000] ^= 1;
        assert!(gunzip(&damaged).is_none());
        // The check value of the algorithm.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
