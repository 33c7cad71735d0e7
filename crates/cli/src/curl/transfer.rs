//! Carrying a request out, following redirects, and writing what comes back.

use calendar::Moment;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use etcd::rpc::HttpRequest;
use shell::{Either, Process, race};

use crate::http::{Exchange, HttpError, Url, exchange};
use crate::transport::{Tls, Transport};

use super::options::{Data, Options, VERSION, code};
use super::output::{Facts, head, write_out};

/// How many redirects are followed (curl's `--max-redirs`).
const MAX_REDIRECTS: usize = 50;
/// The most that is read from standard input or a file, in bytes.
const MAX_INPUT: usize = 4 << 20;

/// Why a transfer failed: the exit code and the words.
struct Failed(i32, String);

pub async fn run(process: Process, transport: Rc<dyn Transport>) -> i32 {
    let process = Rc::new(process);
    let options = match Options::parse(process.args.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(words) => {
            let hint = "curl: try 'curl --help' or 'curl --manual' for more information";
            process.eprint(format!("curl: {words}\n{hint}\n"));
            return code::FAILED_INIT;
        }
    };
    if options.version {
        process.stdout.put(format!("curl {VERSION}\nProtocols: http https\n"));
        return 0;
    }
    if options.help {
        process.stdout.put(HELP);
        return 0;
    }
    if options.urls.is_empty() {
        process.eprint("curl: try 'curl --help' or 'curl --manual' for more information\n");
        return code::FAILED_INIT;
    }
    let mut last = 0;
    for url in &options.urls {
        last = one(&process, &transport, &options, url).await;
    }
    last
}

const HELP: &str = "Usage: curl [options...] <url>
 -d, --data <data>          send data in a POST
     --data-urlencode <data>  encode the data first
 -f, --fail                 fail on answers that are errors
 -G, --get                  put the data into the URL
 -H, --header <header>      add a header to the request
 -i, --include              show the answer's headers too
 -I, --head                 ask for the headers only
 -k, --insecure             do not check the server's certificate
 -L, --location             follow redirects
 -m, --max-time <seconds>   give up after so long
 -o, --output <file>        write to a file
 -s, --silent               no progress, no complaints
 -S, --show-error           complaints all the same
 -v, --verbose              show what is sent and received
 -w, --write-out <format>   write facts about the transfer at the end
 -X, --request <method>     ask with this method
     --cacert, --cert, --key <file>  certificates and key
";

async fn one(process: &Rc<Process>, transport: &Rc<dyn Transport>, options: &Options, url: &str) -> i32 {
    let transfer = Transfer { process, transport, options };
    let began = process.now();
    let ended = match options.max_time {
        None => transfer.run(url).await,
        Some(limit) => match race(transfer.run(url), process.sleep(limit)).await {
            Either::First(ended) => ended,
            Either::Second(()) => {
                let took = (process.now() - began) / 1_000;
                Err(Failed(
                    code::TIMED_OUT,
                    format!("Operation timed out after {took} milliseconds with 0 bytes received"),
                ))
            }
        },
    };
    let (exit, facts) = match ended {
        Ok(facts) => (0, facts),
        Err(Failed(exit, words)) => {
            if !options.silent || options.show_error {
                process.eprint(format!("curl: ({exit}) {words}\n"));
            }
            (exit, Facts { url: url.to_owned(), ..Facts::default() })
        }
    };
    if let Some(format) = &options.write_out {
        process.stdout.put(write_out(format, &Facts { took: process.now() - began, ..facts }));
    }
    exit
}

struct Transfer<'a> {
    process: &'a Rc<Process>,
    transport: &'a Rc<dyn Transport>,
    options: &'a Options,
}

impl Transfer<'_> {
    async fn run(&self, text: &str) -> Result<Facts, Failed> {
        let mut url = self.url(text)?;
        let body = self.body().await?;
        let body = match body {
            Some(data) if self.options.get || self.options.head => {
                let data = String::from_utf8_lossy(&data).into_owned();
                url.query = if url.query.is_empty() { data } else { format!("{}&{data}", url.query) };
                None
            }
            body => body,
        };
        let tls = self.tls()?;
        let mut method = match (&self.options.method, &body) {
            (Some(method), _) => method.clone(),
            (None, _) if self.options.head => "HEAD".to_owned(),
            (None, Some(_)) => "POST".to_owned(),
            (None, None) => "GET".to_owned(),
        };
        let mut body = body;
        let mut redirects = 0;
        loop {
            let request = self.request(&url, &method, body.clone());
            self.show_request(&url, &request);
            let command = self.process.command_id();
            let answer = exchange(self.transport, command, &url, tls.clone(), request).await;
            let answer = answer.map_err(|error| failed(&error, &url))?;
            let location = answer.head.header("Location").map(str::to_owned);
            match location.filter(|_| self.options.follow && answer.head.status / 100 == 3) {
                Some(location) => {
                    redirects += 1;
                    if redirects > MAX_REDIRECTS {
                        let words = format!("Maximum ({MAX_REDIRECTS}) redirects followed");
                        return Err(Failed(code::TOO_MANY_REDIRECTS, words));
                    }
                    self.show_head(&answer);
                    url = redirected(&url, &location);
                    // A browser's habit that curl follows, unless it was told the method.
                    if self.options.method.is_none() && method == "POST" {
                        method = "GET".to_owned();
                        body = None;
                    }
                }
                None => return self.receive(answer, &url, method, redirects).await,
            }
        }
    }

    async fn receive(
        &self,
        mut answer: Exchange,
        url: &Url,
        method: String,
        redirects: usize,
    ) -> Result<Facts, Failed> {
        let options = self.options;
        self.show_head(&answer);
        let status = answer.head.status;
        if options.fail && status >= 400 {
            return Err(Failed(code::HTTP_ERROR, format!("The requested URL returned error: {status}")));
        }
        let mut facts = Facts {
            status,
            method,
            url: url.to_string(),
            content_type: answer.head.header("Content-Type").unwrap_or_default().to_owned(),
            redirects,
            ..Facts::default()
        };
        let mut part = Some(answer.head.body.clone());
        let mut kept = Vec::new();
        let to_file = self.file_name(url);
        while let Some(bytes) = part {
            facts.downloaded += bytes.len();
            if to_file.is_some() {
                kept.extend_from_slice(&bytes);
            } else if !options.head {
                self.process.stdout.put(&*bytes);
            }
            part = answer.next().await;
        }
        if let Some(name) = to_file
            && self.process.fs().write(&self.process.path(&name), kept).is_err()
        {
            return Err(Failed(code::WRITE_ERROR, format!("Failure writing output to destination {name}")));
        }
        Ok(facts)
    }

    fn file_name(&self, url: &Url) -> Option<String> {
        match &self.options.output {
            Some(name) if name == "-" => None,
            Some(name) => Some(name.clone()),
            None if self.options.remote_name => url.path.rsplit('/').next().map(str::to_owned),
            None => None,
        }
    }

    fn url(&self, text: &str) -> Result<Url, Failed> {
        let scheme = text.split_once("://").map_or("http", |(scheme, _)| scheme);
        if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
            let words = format!("Protocol \"{scheme}\" not supported or disabled in libcurl");
            return Err(Failed(code::UNSUPPORTED_PROTOCOL, words));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Failed(code::MALFORMED_URL, "URL using bad/illegal format or missing URL".into()));
        }
        Url::parse(text, "http")
            .ok_or_else(|| Failed(code::MALFORMED_URL, "URL using bad/illegal format or missing URL".into()))
    }

    /// The data of all options, with `&` between them.
    async fn body(&self) -> Result<Option<Vec<u8>>, Failed> {
        let mut body: Option<Vec<u8>> = None;
        for data in &self.options.data {
            let bytes = match data {
                Data::Encoded(text) | Data::Raw(text) => text.clone().into_bytes(),
                Data::Plain(text) | Data::Binary(text) => match text.strip_prefix('@') {
                    None => text.clone().into_bytes(),
                    Some(name) => {
                        let bytes = self.read(name).await?;
                        let keep = matches!(data, Data::Binary(_)) || self.options.json;
                        bytes.into_iter().filter(|byte| keep || !matches!(byte, b'\n' | b'\r' | 0)).collect()
                    }
                },
            };
            match &mut body {
                None => body = Some(bytes),
                Some(body) => {
                    if !self.options.json {
                        body.push(b'&');
                    }
                    body.extend(bytes);
                }
            }
        }
        Ok(body)
    }

    async fn read(&self, name: &str) -> Result<Vec<u8>, Failed> {
        if name == "-" {
            return Ok(self.process.stdin.read_to_end(MAX_INPUT).await.unwrap_or_default());
        }
        let content = self.process.fs().read(&self.process.path(name));
        let content = content.map(|content| content.to_vec());
        content.map_err(|_| Failed(code::READ_ERROR, format!("Failed to open {name}")))
    }

    fn tls(&self) -> Result<Option<Tls>, Failed> {
        let options = self.options;
        let read = |name: &String, code: i32, words: String| {
            let content = self.process.fs().read(&self.process.path(name)).map(|content| content.to_vec());
            content.map_err(|_| Failed(code, words))
        };
        let mut tls = Tls { skip_verify: options.insecure, ..Tls::default() };
        if let Some(name) = &options.cacert {
            // The code of a certificate file that cannot be read (curl: CURLE_SSL_CACERT_BADFILE).
            tls.ca = Some(read(name, 77, format!("error setting certificate file: {name}"))?);
        }
        if let Some(cert) = &options.cert {
            let key = options.key.as_ref().unwrap_or(cert);
            let words = |name: &str| format!("could not load PEM client certificate from {name}, or its key");
            let identity =
                (read(cert, code::LOCAL_CERTIFICATE, words(cert))?, read(key, code::LOCAL_CERTIFICATE, words(key))?);
            tls.identity = Some(identity);
        }
        Ok(Some(tls))
    }

    fn request(&self, url: &Url, method: &str, body: Option<Vec<u8>>) -> HttpRequest {
        let options = self.options;
        let agent = options.agent.clone().unwrap_or_else(|| format!("curl/{VERSION}"));
        let accept = if options.json { "application/json" } else { "*/*" };
        let mut headers = vec![("Host".to_owned(), url.authority())];
        if let Some(user) = &options.user {
            headers.push(("Authorization".into(), format!("Basic {}", STANDARD.encode(user))));
        }
        headers.push(("User-Agent".into(), agent));
        headers.push(("Accept".into(), accept.into()));
        if let Some(body) = &body {
            headers.push(("Content-Length".into(), body.len().to_string()));
            let kind = if options.json { "application/json" } else { "application/x-www-form-urlencoded" };
            headers.push(("Content-Type".into(), kind.into()));
        }
        for header in &options.headers {
            let (name, value) = header.split_once(':').unwrap_or((header, ""));
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            if !value.trim().is_empty() {
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        let body = body.unwrap_or_default().into();
        HttpRequest { method: method.to_owned(), target: url.target(), headers, body, at_peer_port: false }
    }

    fn show_request(&self, url: &Url, request: &HttpRequest) {
        if !self.options.verbose {
            return;
        }
        let address = url.address();
        let mut lines = format!(
            "*   Trying {address}:{}...\n* Connected to {} ({address}) port {} (#0)\n",
            url.port, url.host, url.port
        );
        lines.push_str(&format!("> {} {} HTTP/1.1\n", request.method, request.target));
        for (name, value) in &request.headers {
            lines.push_str(&format!("> {name}: {value}\n"));
        }
        self.process.eprint(lines + "> \n");
    }

    fn show_head(&self, answer: &Exchange) {
        let text = head(&answer.head, &self.date());
        if self.options.verbose {
            let lines: String = text.split("\r\n").map(|line| format!("< {line}\n")).collect();
            self.process.eprint(lines.trim_end_matches("< \n").to_owned() + "< \n");
        }
        if self.options.include || self.options.head {
            self.process.stdout.put(text);
        }
    }

    /// The time as in the `Date` header.
    fn date(&self) -> String {
        let moment = Moment::of(self.process.wall_clock().div_euclid(1_000_000));
        let (weekday, month, time) = (moment.weekday_name(), moment.month_name(), moment.time());
        format!("{weekday}, {:02} {month} {} {time} GMT", moment.day, moment.year)
    }
}

/// Where a redirect leads.
fn redirected(url: &Url, location: &str) -> Url {
    if location.contains("://") {
        return Url::parse(location, "http").unwrap_or_else(|| url.clone());
    }
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    url.at(path, query)
}

fn failed(error: &HttpError, url: &Url) -> Failed {
    let (host, port) = (&url.host, url.port);
    match error {
        HttpError::Refused => {
            Failed(code::NO_CONNECTION, format!("Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"))
        }
        HttpError::NoSuchHost => Failed(code::NO_HOST, format!("Could not resolve host: {host}")),
        HttpError::Disconnected => Failed(code::EMPTY_ANSWER, "Empty reply from server".into()),
        HttpError::Garbage(words) => Failed(code::EMPTY_ANSWER, words.clone()),
        HttpError::Tls(words) if words.contains("unknown authority") => Failed(
            code::UNTRUSTED,
            "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.".into(),
        ),
        HttpError::Tls(words) if words.contains("certificate required") => Failed(
            56,
            "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0".into(),
        ),
        HttpError::Tls(words) => Failed(code::TLS, words.clone()),
    }
}
