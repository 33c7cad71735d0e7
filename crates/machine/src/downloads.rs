//! The little of the Internet that the learner's machine reaches: the archive of etcd's release, at the addresses the
//! project gives out. Every other name does not resolve, as on a machine without a network.

use etcd::rpc::HttpResponse;
use shell::{ArchiveEntry, Os};

/// Where GitHub keeps what a release's page links to.
const ASSETS: &str = "release-assets.githubusercontent.com";

/// What a web server answers; `None` when the host is not one that is known here.
pub(crate) fn answer(version: &str, host: &str, path: &str) -> Option<HttpResponse> {
    let name = format!("etcd-v{version}-linux-amd64");
    let file = format!("/v{version}/{name}.tar.gz");
    let head = |status, kind: &str, more: Option<(&str, String)>, body: Vec<u8>| {
        let length = ("Content-Length".to_owned(), body.len().to_string());
        let more = more.map(|(name, value)| (name.to_owned(), value));
        let headers = [("Content-Type".to_owned(), kind.to_owned()), length].into_iter().chain(more).collect();
        HttpResponse { status, headers, body: body.into(), ..HttpResponse::default() }
    };
    let found = || head(200, "application/octet-stream", None, release(&name));
    let missing = || head(404, "text/plain; charset=utf-8", None, b"Not Found".to_vec());
    Some(match host {
        "github.com" => match path.strip_prefix("/etcd-io/etcd/releases/download") {
            Some(asked) if asked == file => {
                let location = ("Location", format!("https://{ASSETS}{file}"));
                head(302, "text/html; charset=utf-8", Some(location), Vec::new())
            }
            _ => missing(),
        },
        ASSETS if path == file => found(),
        "storage.googleapis.com" if path.strip_prefix("/etcd") == Some(&file) => found(),
        ASSETS | "storage.googleapis.com" => missing(),
        _ => return None,
    })
}

/// The archive: a directory with the three programs.
fn release(name: &str) -> Vec<u8> {
    let file = |file: &str, executable, content| ArchiveEntry { name: format!("{name}/{file}"), executable, content };
    let program = |program: &str| file(program, true, Os::executable_image(program));
    let readme = b"# etcd\n\nA key-value store for the data that a distributed system must not lose.\n\nRun ./etcd, then use ./etcdctl.\n";
    shell::archive(&[
        file("", true, Vec::new()),
        file("README.md", false, readme.to_vec()),
        program("etcd"),
        program("etcdctl"),
        program("etcdutl"),
    ])
}
