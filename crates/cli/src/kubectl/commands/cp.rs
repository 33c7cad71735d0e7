//! `kubectl cp`: runs `tar` in the container and speaks with it (`k8s.io/kubectl/pkg/cmd/cp`).

use shell::path;
use tar::{Entry, pack, unpack};

use super::pods::{container, pod_in};
use super::rare::Rare;
use super::stream::{Said, Wanted, collect, open};
use crate::kubectl::builder::Info;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 3] = [
    Flag::text("container", "container to copy from or to").short('c'),
    Flag::switch("no-preserve", "do not keep owners and modes"),
    Flag::int("retries", "0", "how often to try again"),
];

pub static CP: Command =
    Command::leaf("cp", "<file-spec-src> <file-spec-dest>", "Copy files from and to containers", &[&FLAGS], |cli| {
        Rare::Cp.run(cli)
    })
    .examples(&[
        ("A file into a pod", "kubectl cp index.html web:/usr/share/nginx/html/index.html"),
        ("A file out of a pod of another namespace", "kubectl cp dev/web:/etc/hosts hosts"),
    ]);

/// One side of the copy; `pod` is empty for the learner's machine.
struct Spec {
    namespace: String,
    pod: String,
    file: String,
}

impl Spec {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = "filespec must match the canonical format: [[namespace/]pod:]file/path";
        let file = |file: &str| if file == "/" { file } else { file.strip_suffix('/').unwrap_or(file) }.to_owned();
        let Some((pod, path)) = text.split_once(':') else {
            return Ok(Self { namespace: String::new(), pod: String::new(), file: file(text) });
        };
        let (namespace, name) = pod.split_once('/').unwrap_or(("", pod));
        if pod.is_empty() || name.contains('/') {
            return Err(Failure::plain(wrong));
        }
        Ok(Self { namespace: namespace.to_owned(), pod: name.to_owned(), file: file(&path.replace('\\', "/")) })
    }
}

pub async fn copy(cli: &Cli) -> Result<(), Failure> {
    let [from, to] = cli.args() else {
        return Err(Failure::plain("source and destination are required"));
    };
    let (from, to) = (Spec::parse(from)?, Spec::parse(to)?);
    match (from.pod.is_empty(), to.pod.is_empty()) {
        (false, false) => Err(Failure::plain("one of src or dest must be a local file specification")),
        _ if from.file.is_empty() || to.file.is_empty() => Err(Failure::plain("filepath can not be empty")),
        (true, true) => Err(Failure::plain("one of src or dest must be a remote file specification")),
        (false, _) => from_pod(cli, &from, &to.file).await,
        (_, false) => to_pod(cli, &from.file, &to).await,
    }
}

/// Runs a command in the container that is meant; which one that is, is said unless it is quiet.
async fn run(cli: &Cli, pod: &Info, command: &[&str], input: Option<&[u8]>, quiet: bool) -> Result<Said, Failure> {
    let name = container(cli, pod, cli.flags.text("container"), quiet)?;
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let wanted = Wanted { what: "exec", container: &name, command: &command, stdin: input.is_some(), tty: false };
    collect(open(cli, pod, &wanted).await?, input).await
}

async fn to_pod(cli: &Cli, file: &str, to: &Spec) -> Result<(), Failure> {
    let local = cli.process.path(file);
    if !cli.process.fs().exists(&local) {
        return Err(Failure::plain(format!("{file} doesn't exist in local filesystem")));
    }
    let pod = pod_in(cli, &to.namespace, &to.pod).await?;
    let mut target = to.file.clone();
    // Whether it is a folder is asked beforehand; if it is not, nobody hears why.
    let probe = run(cli, &pod, &["test", "-d", &to.file], None, true).await;
    if probe.is_ok_and(|said| said.succeeded()) {
        target = format!("{}/{}", target.trim_end_matches('/'), base(&local));
    }
    let mut entries = Vec::new();
    pack_below(cli, &local, base(&target), &mut entries);
    let folder = path::parent(&target);
    let mut command = vec!["tar"];
    if cli.flags.bool("no-preserve") {
        command.extend(["--no-same-permissions", "--no-same-owner"]);
    }
    command.extend(["-xmf", "-"]);
    if !folder.is_empty() {
        command.extend(["-C", folder]);
    }
    let said = run(cli, &pod, &command, Some(&pack(&entries)), false).await?;
    cli.print(&said.out);
    cli.eprint(&said.errors);
    said.end(cli)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A file, or all files below a directory, under a name.
fn pack_below(cli: &Cli, path: &str, name: &str, entries: &mut Vec<Entry>) {
    let files = cli.process.fs();
    if !files.is_dir(path) {
        let executable = files.metadata(path).is_ok_and(|meta| meta.mode & 0o111 != 0);
        let content = files.read(path).map(|content| content.to_vec()).unwrap_or_default();
        return entries.push(Entry { name: name.to_owned(), executable, content });
    }
    let inside = files.list(path).unwrap_or_default();
    if inside.is_empty() {
        entries.push(Entry { name: format!("{name}/"), executable: true, content: Vec::new() });
    }
    for (file, _) in inside {
        pack_below(cli, &format!("{path}/{file}"), &format!("{name}/{file}"), entries);
    }
}

async fn from_pod(cli: &Cli, from: &Spec, to: &str) -> Result<(), Failure> {
    let pod = pod_in(cli, &from.namespace, &from.pod).await?;
    let said = run(cli, &pod, &["tar", "cf", "-", &from.file], None, false).await?;
    // What tar has to say comes on standard output.
    cli.print(&said.errors);
    said.end(cli)?;
    let entries = unpack(&said.out).ok_or_else(|| Failure::plain("archive/tar: invalid tar header"))?;
    let prefix = path::resolve("/", &from.file);
    let prefix = prefix.trim_start_matches('/');
    let files = cli.process.fs();
    for entry in entries {
        let is_folder = entry.name.ends_with('/');
        let Some(rest) = entry.name.trim_end_matches('/').strip_prefix(prefix) else {
            return Err(Failure::plain("tar contents corrupted"));
        };
        let target = cli.process.path(&format!("{to}{}{rest}", if rest.is_empty() { "" } else { "/" }));
        let made = match is_folder {
            true => files.mkdir_all(&target),
            false => {
                let written = files.mkdir_all(path::parent(&target));
                written.and_then(|()| files.write(&target, entry.content))
            }
        };
        made.map_err(|error| Failure::plain(format!("open {target}: {}", error.to_string().to_lowercase())))?;
    }
    Ok(())
}
