//! A small static server: the folder as a good static host would serve it, with MIME types, precompressed files, the
//! page for unknown addresses and the headers of `_headers`. One thread a connection, for one person or one test run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::postbuild;

/// The longest request head that is read, in bytes.
const MAX_HEAD: u64 = 16 * 1024;

/// A folder being served under a path.
pub struct Server {
    listener: TcpListener,
    files: Arc<Files>,
}

struct Files {
    dir: PathBuf,
    /// Begins and ends with a slash.
    base: String,
    policy: String,
    /// Who is told what pages report.
    hears: Option<Sender<String>>,
}

/// Takes `127.0.0.1:port`; port 0 is any free one.
pub fn listen(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port))
        .map_err(|error| format!("127.0.0.1:{port}: {error}. `--port N` takes another port"))
}

impl Server {
    /// Serves the folder `dir`, which was built for the path `base`.
    pub fn new(listener: TcpListener, dir: &Path, base: &str) -> Result<Server, String> {
        let index = dir.join("index.html");
        let page = std::fs::read_to_string(&index).map_err(|error| format!("{}: {error}", index.display()))?;
        let policy = postbuild::policy(&page).ok_or("index.html has no Content-Security-Policy")?;
        let files = Files { dir: dir.to_path_buf(), base: base.to_string(), policy: policy.to_string(), hears: None };
        Ok(Server { listener, files: Arc::new(files) })
    }

    /// Hands out what its pages report: the query, decoded, of each request to `report`.
    pub fn heard(self) -> (Server, Receiver<String>) {
        let (tell, heard) = channel();
        let Server { listener, files } = self;
        let files =
            Files { dir: files.dir.clone(), base: files.base.clone(), policy: files.policy.clone(), hears: Some(tell) };
        (Server { listener, files: Arc::new(files) }, heard)
    }

    /// Where the site is, for a browser.
    pub fn url(&self) -> Result<String, String> {
        let address = self.listener.local_addr().map_err(|error| error.to_string())?;
        Ok(format!("http://{address}{}", self.files.base))
    }

    /// Serves until the process ends.
    pub fn run(self) {
        for stream in self.listener.incoming().flatten() {
            let files = self.files.clone();
            // A connection that breaks concerns nobody else.
            std::thread::spawn(move || drop(files.serve(stream)));
        }
    }
}

/// What is sent back.
struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Files {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(request) = Request::read(&mut reader)? {
            let reply = self.reply(&request);
            let mut head = format!("HTTP/1.1 {}\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
            for (name, value) in &reply.headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            writer.write_all(head.as_bytes())?;
            if request.method != "HEAD" {
                writer.write_all(&reply.body)?;
            }
        }
        Ok(())
    }

    fn reply(&self, request: &Request) -> Reply {
        if request.method != "GET" && request.method != "HEAD" {
            return Reply::plain("405 Method Not Allowed", "only GET and HEAD");
        }
        let path = request.target.split(['?', '#']).next().unwrap_or_default();
        let Some(path) = path.strip_prefix(self.base.as_str()) else {
            let mut reply = Reply::plain("302 Found", "the site is elsewhere");
            reply.headers.push(("Location", self.base.clone()));
            return reply;
        };
        if let (Some(hears), "report", Some((_, report))) = (&self.hears, path, request.target.split_once('?')) {
            // Whoever listened may have had enough.
            let _ = hears.send(percent_decoded(report).unwrap_or_default());
            return Reply::plain("200 OK", "heard");
        }
        match self.find(path) {
            Some(file) => self.send(&file, path, request),
            // An address of the site's router has no dot in its last part; a missing file must be seen as missing.
            None if !path.rsplit('/').next().unwrap_or_default().contains('.') => {
                self.send(&self.dir.join("404.html"), path, request)
            }
            None => Reply::plain("404 Not Found", "no such file"),
        }
    }

    /// The file of a request's path; none where there is none, or where the path leads out of the folder.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let path = percent_decoded(path)?;
        let relative = Path::new(if path.is_empty() { "index.html" } else { path.as_str() });
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let file = self.dir.join(relative);
        // `/notes/etcd` is `notes/etcd.html`, as on the static hosts that leave the ending out.
        let page = self.dir.join(format!("{}.html", relative.display()));
        [file.clone(), page, file.join("index.html")].into_iter().find(|file| file.is_file())
    }

    /// A file, for the path that was asked for.
    fn send(&self, file: &Path, path: &str, request: &Request) -> Reply {
        let status = "200 OK";
        let mut headers = vec![
            ("Content-Type", mime(file).to_string()),
            ("Content-Security-Policy", format!("{}; {}", self.policy, postbuild::ancestors(path))),
            ("X-Content-Type-Options", "nosniff".to_string()),
            ("Referrer-Policy", "no-referrer".to_string()),
            ("Cross-Origin-Opener-Policy", "same-origin".to_string()),
            // Each build may differ, and the machine is near: ask every time.
            ("Cache-Control", "no-cache".to_string()),
            ("Vary", "Accept-Encoding".to_string()),
        ];
        for (coding, extension) in [("br", ".br"), ("gzip", ".gz")] {
            let mut twin = file.as_os_str().to_owned();
            twin.push(extension);
            if request.accepts(coding)
                && let Ok(body) = std::fs::read(&twin)
            {
                headers.push(("Content-Encoding", coding.to_string()));
                return Reply { status, headers, body };
            }
        }
        match std::fs::read(file) {
            Ok(body) => Reply { status, headers, body },
            Err(error) => Reply::plain("500 Internal Server Error", &error.to_string()),
        }
    }
}

impl Reply {
    fn plain(status: &'static str, words: &str) -> Reply {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_string())];
        Reply { status, headers, body: format!("{words}\n").into_bytes() }
    }
}

struct Request {
    method: String,
    target: String,
    /// The Accept-Encoding header, lower case.
    codings: String,
}

impl Request {
    /// The next request of a connection; none when the browser has closed it or sends what is no request.
    fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
        let mut head = reader.take(MAX_HEAD);
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_string);
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let mut codings = String::new();
        loop {
            let mut header = String::new();
            if head.read_line(&mut header)? == 0 {
                return Ok(None);
            }
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                return Ok(Some(Request { method, target, codings }));
            }
            if let Some(value) = header.strip_prefix("accept-encoding:") {
                codings = value.trim().to_string();
            }
        }
    }

    fn accepts(&self, coding: &str) -> bool {
        self.codings.split(',').any(|part| part.split(';').next().is_some_and(|name| name.trim() == coding))
    }
}

fn mime(file: &Path) -> &'static str {
    let extension = file.extension().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match extension.as_str() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "md" | "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

/// `%41` → `A`; none where it is no UTF-8 or no number.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, codings: &str) -> Request {
        let text = format!("GET {target} HTTP/1.1\r\nAccept-Encoding: {codings}\r\n\r\n");
        Request::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    fn check(target: &str, expected: (&str, &str)) {
        let dir = std::env::temp_dir().join(format!("kubarium-http-{}-{:x}", std::process::id(), target.len()));
        std::fs::create_dir_all(dir.join("site")).unwrap();
        for (name, text) in
            [("secret", "secret"), ("site/index.html", "index"), ("site/a.js", "a"), ("site/a.js.br", "A")]
                .into_iter()
                .chain([("site/404.html", "router"), ("site/cluster.html", "cluster")])
        {
            std::fs::write(dir.join(name), text).unwrap();
        }
        let files = Files {
            dir: dir.join("site"),
            base: "/x/".to_string(),
            policy: "default-src 'none'".to_string(),
            hears: None,
        };
        let (target, codings) = target.split_once(' ').unwrap_or((target, ""));
        let reply = files.reply(&request(target, codings));
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!((reply.status, String::from_utf8_lossy(&reply.body).trim()), expected, "{target}");
    }

    #[test]
    fn files_and_routes_are_served_and_nothing_else() {
        check("/x/", ("200 OK", "index"));
        check("/x/a.js?v=1", ("200 OK", "a"));
        check("/x/a.js gzip,br;q=1", ("200 OK", "A"));
        check("/x/cluster", ("200 OK", "cluster"));
        check("/x/notes/etcd", ("200 OK", "router"));
        check("/x/none.js", ("404 Not Found", "no such file"));
        check("/", ("302 Found", "the site is elsewhere"));
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        check("/x/../secret.", ("404 Not Found", "no such file"));
        check("/x/%2e%2e/secret", ("200 OK", "router"));
        check("/x/%2e%2e%2fsecret.", ("404 Not Found", "no such file"));
        check("/x//etc/passwd", ("200 OK", "router"));
    }
}
