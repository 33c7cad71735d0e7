//! `kubectl proxy`: a port of this machine at which the API server answers without asking who it is
//! (`k8s.io/kubectl/pkg/cmd/proxy`, `pkg/proxy/proxy_server.go`).

use etcd::rpc::{HttpRequest, HttpResponse};

use super::rare::Rare;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 12] = [
    Flag::text("accept-hosts", "hosts that are let in").default("^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$"),
    Flag::text("accept-paths", "paths that are let through").default("^.*"),
    Flag::text("address", "address to listen at").default("127.0.0.1"),
    Flag::text("api-prefix", "path below which the API is").default("/"),
    Flag::switch("append-server-path", "keep the path of the server's address"),
    Flag::switch("disable-filter", "let everything through"),
    Flag::new("keepalive", Kind::Duration, "0s", "how often connections are kept alive"),
    Flag::int("port", "8001", "port to listen at; 0 is any").short('p'),
    Flag::text("reject-methods", "methods that are refused").default("^$"),
    Flag::text("reject-paths", "paths that are refused").default("^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach"),
    Flag::text("www", "directory of files to serve as well").short('w'),
    Flag::text("www-prefix", "path below which these are").short('P').default("/static/"),
];

pub static PROXY: Command = Command::leaf(
    "proxy",
    "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    "Let this machine reach the API server as you",
    &[&FLAGS],
    |cli| Rare::Proxy.run(cli),
)
.examples(&[("The API at port 8001", "kubectl proxy &"), ("At another port", "kubectl proxy --port=8080")]);

/// The first port that is given when none is asked for.
const FREE: u16 = 40_001;

pub async fn proxy(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let asked = u16::try_from(flags.int("port"))
        .map_err(|_| Failure::plain(format!("listen tcp: address {}: invalid port", flags.int("port"))))?;
    let www = flags.text("www").to_owned();
    if !www.is_empty() && !cli.process.fs().exists(&cli.process.path(&www)) {
        cli.eprintln(format_args!("Failed to stat static file directory {www}: stat {www}: no such file or directory"));
    }
    cli.client().await?;
    let address = flags.text("address").to_owned();
    let found = match asked {
        0 => (FREE..=u16::MAX).find_map(|port| Some((port, cli.transport.listen(port)?))),
        port => cli.transport.listen(port).map(|open| (port, open)),
    };
    let Some((number, mut port)) = found else {
        return Err(Failure::plain(format!("listen tcp {address}:{asked}: bind: address already in use")));
    };
    cli.process.print(format!("Starting to serve on {address}:{number}\n")).await;
    loop {
        let (id, request) = port.next().await;
        let response = answer(cli, &www, &request).await;
        port.answer(id, response);
    }
}

async fn answer(cli: &Cli, www: &str, request: &HttpRequest) -> Option<HttpResponse> {
    let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let plain = |status: u16, text: &str| HttpResponse::new(status, "text/plain; charset=utf-8", format!("{text}\n"));
    if let Some(file) = path.strip_prefix(cli.flags.text("www-prefix")).filter(|_| !www.is_empty()) {
        let name = if file.is_empty() { "index.html" } else { file };
        return Some(match cli.read(&format!("{www}/{name}")) {
            Ok(content) => HttpResponse::new(200, "text/html; charset=utf-8", content),
            Err(_) => plain(404, "404 page not found"),
        });
    }
    // By these paths somebody could get into containers from any page of a browser.
    let mut parts = path.trim_start_matches('/').split('/');
    let into_container = parts.next() == Some("api")
        && path.contains("/pods/")
        && path.split('/').any(|part| matches!(part, "exec" | "attach"));
    if into_container && !cli.flags.bool("disable-filter") {
        return Some(plain(403, "Forbidden"));
    }
    let prefix = cli.flags.text("api-prefix").trim_end_matches('/');
    let Some(target) = request.target.strip_prefix(prefix) else { return Some(plain(404, "404 page not found")) };
    let header = |name: &str| {
        let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let body = match text.is_empty() {
        true => Body::None,
        false => Body::Patch(header("content-type").unwrap_or("application/json"), text),
    };
    let client = cli.client().await.ok()?;
    let accept = header("accept").unwrap_or("*/*");
    match client.open(&request.method, target, accept, body).await {
        Ok(mut answer) => {
            let bytes = answer.body().await;
            Some(HttpResponse { body: bytes.into(), more: false, ..answer.head })
        }
        Err(failure) => {
            cli.eprintln(format_args!(
                "{} proxy_server.go:147] Error while proxying request: {}",
                cli.klog('E'),
                failure.text()
            ));
            Some(HttpResponse::new(502, "", ""))
        }
    }
}
