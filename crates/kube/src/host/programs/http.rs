//! Programs that speak HTTP, or only try a port.

use super::names::{Found, resolve};
use crate::host::msg::{Ask, Told};
use crate::host::run::{Did, Got, Run, Sink, Streams, Wish};
use etcd::rpc::{HttpRequest, HttpResponse};
use sim::Micros;
use std::sync::Arc;

/// How long the kernel tries to connect: six repeated packets, each after twice the time (`tcp_syn_retries`).
const KERNEL: Micros = Micros::secs(133);

/// Where a request goes.
struct Target {
    host: String,
    port: u16,
    path: String,
    secure: bool,
}

fn target(url: &str) -> Target {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let secure = scheme == "https";
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
    let port = port.parse().unwrap_or(if secure { 443 } else { 80 });
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Target { host: host.to_owned(), port, path, secure }
}

fn authority(target: &Target) -> String {
    let usual = if target.secure { 443 } else { 80 };
    if target.port == usual { target.host.clone() } else { format!("{}:{}", target.host, target.port) }
}

/// What came of a request.
enum Came {
    Answer(Arc<HttpResponse>),
    /// It hung up without a word.
    Nothing,
    Refused,
    Unreachable,
    Silence,
}

fn send(run: &mut Run, address: &str, port: u16, ask: Ask, patience: Micros) -> Did<Came> {
    let wish = Wish::Send { to: address.to_owned(), port, udp: false, ask, patience };
    Ok(match run.wish(wish)? {
        Got::Told(Some(Told::Http(response))) => Came::Answer(response),
        Got::Told(Some(Told::Refused)) => Came::Refused,
        Got::Told(Some(Told::Unreachable)) => Came::Unreachable,
        Got::Told(Some(Told::Connected | Told::Names(_))) => Came::Nothing,
        _ => Came::Silence,
    })
}

#[derive(Default)]
struct Flags {
    silent: bool,
    show_errors: bool,
    head: bool,
    include: bool,
    fail: bool,
    verbose: bool,
    insecure: bool,
    method: String,
    headers: Vec<(String, String)>,
    body: String,
    output: String,
    write_out: String,
    longest: Option<Micros>,
    to_connect: Option<Micros>,
    urls: Vec<String>,
}

fn seconds(text: &str) -> Option<Micros> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: u64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(Micros(whole.parse::<u64>().ok()?.min(1 << 30) * 1_000_000 + fraction))
}

fn flags(arguments: &[String]) -> Result<Flags, String> {
    let mut flags = Flags { method: "GET".into(), ..Flags::default() };
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) else {
            flags.urls.push(word.clone());
            continue;
        };
        let letters: Vec<String> = match short.strip_prefix('-') {
            Some(long) => vec![long.to_owned()],
            None => short.chars().map(String::from).collect(),
        };
        for (index, letter) in letters.iter().enumerate() {
            // The value may stand in the same word: `-m5`.
            let glued = if short.starts_with('-') { String::new() } else { letters[index + 1..].concat() };
            let mut value = || match glued.is_empty() {
                true => rest.next().cloned().ok_or_else(|| format!("curl: option {word}: requires parameter")),
                false => Ok(glued.clone()),
            };
            let mut took = true;
            match letter.as_str() {
                "X" | "request" => flags.method = value()?,
                "H" | "header" => {
                    let header = value()?;
                    let (name, value) = header.split_once(':').unwrap_or((&header, ""));
                    flags.headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
                }
                "d" | "data" => {
                    flags.body = value()?;
                    flags.method = "POST".into();
                }
                "o" | "output" => flags.output = value()?,
                "w" | "write-out" => flags.write_out = value()?,
                "m" | "max-time" => flags.longest = seconds(&value()?),
                "connect-timeout" => flags.to_connect = seconds(&value()?),
                "A" | "user-agent" | "cacert" | "retry" | "retry-delay" => {
                    value()?;
                }
                _ => took = false,
            }
            if took {
                break;
            }
            match letter.as_str() {
                "s" | "silent" => flags.silent = true,
                "S" | "show-error" => flags.show_errors = true,
                "I" | "head" => {
                    flags.head = true;
                    flags.method = "HEAD".into();
                }
                "i" | "include" => flags.include = true,
                "f" | "fail" => flags.fail = true,
                "v" | "verbose" => flags.verbose = true,
                "k" | "insecure" => flags.insecure = true,
                "L" | "location" | "4" | "ipv4" | "g" | "N" | "no-buffer" | "no-progress-meter" => {}
                _ => {
                    return Err(format!(
                        "curl: option {word}: is unknown\ncurl: try 'curl --help' for more information"
                    ));
                }
            }
        }
    }
    Ok(flags)
}

pub(super) fn curl(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let flags = match flags(arguments) {
        Ok(flags) => flags,
        Err(why) => {
            run.print(streams.err, format!("{why}\n"));
            return Ok(2);
        }
    };
    if flags.urls.is_empty() {
        run.print(streams.err, "curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n");
        return Ok(2);
    }
    let mut code = 0;
    for url in &flags.urls {
        code = fetch(run, &flags, url, streams)?;
    }
    Ok(code)
}

fn fetch(run: &mut Run, flags: &Flags, url: &str, streams: Streams) -> Did<i64> {
    let target = target(url);
    let began = run.now()?;
    let complain = |run: &mut Run, code: i64, words: String| {
        if !flags.silent || flags.show_errors {
            run.print(streams.err, format!("curl: ({code}) {words}\n"));
        }
        if !flags.write_out.is_empty() {
            let text = written_out(&flags.write_out, 0, 0);
            run.print(streams.out, text);
        }
        Ok(code)
    };
    let Found::Addresses(_, addresses) = resolve(run, &target.host)? else {
        return complain(run, 6, format!("Could not resolve host: {}", target.host));
    };
    let address = addresses.first().cloned().unwrap_or_default();
    let agent = ("user-agent".to_owned(), "curl/8.17.0".to_owned());
    let mut headers = vec![("host".to_owned(), authority(&target)), agent, ("accept".to_owned(), "*/*".to_owned())];
    headers.retain(|(name, _)| !flags.headers.iter().any(|(given, _)| given == name));
    headers.extend(flags.headers.iter().cloned());
    if flags.verbose {
        run.print(streams.err, format!("*   Trying {address}:{}...\n", target.port));
    }
    let request = HttpRequest {
        method: flags.method.clone(),
        target: target.path.clone(),
        headers: headers.clone(),
        body: flags.body.as_str().into(),
        at_peer_port: false,
    };
    let limit = [flags.longest, flags.to_connect].into_iter().flatten().min();
    let patience = limit.unwrap_or(KERNEL).0.min(KERNEL.0);
    let came = send(run, &address, target.port, Ask::Http(request.into()), Micros(patience))?;
    let took = (run.now()? - began).as_millis();
    let place = format!("{} port {}", target.host, target.port);
    let response = match came {
        Came::Answer(response) => response,
        Came::Nothing => return complain(run, 52, "Empty reply from server".into()),
        Came::Refused | Came::Unreachable => {
            let words = format!("Failed to connect to {place} after {took} ms: Could not connect to server");
            return complain(run, 7, words);
        }
        Came::Silence if limit.is_some() => {
            return complain(run, 28, format!("Connection timed out after {took} milliseconds"));
        }
        Came::Silence => {
            let words = format!("Failed to connect to {place} after {took} ms: Could not connect to server");
            return complain(run, 28, words);
        }
    };
    if target.secure && !flags.insecure {
        let words = "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html";
        return complain(run, 60, words.into());
    }
    if flags.verbose {
        let mut text = format!(
            "* Connected to {} ({address}) port {}\n> {} {} HTTP/1.1\n",
            target.host, target.port, flags.method, target.path
        );
        headers.iter().for_each(|(name, value)| text.push_str(&format!("> {name}: {value}\n")));
        text.push_str("> \n");
        head(&response).lines().for_each(|line| text.push_str(&format!("< {line}\n")));
        run.print(streams.err, text);
    }
    if flags.fail && response.status >= 400 {
        return complain(run, 22, format!("The requested URL returned error: {}", response.status));
    }
    let mut text = String::new();
    if flags.include || flags.head {
        text = head(&response);
    }
    if !flags.head {
        text.push_str(&String::from_utf8_lossy(&response.body));
    }
    let length = response.body.len();
    let is_shown = matches!(streams.out, Sink::Stream(_)) && run.tty;
    if !flags.silent && (!is_shown || !flags.output.is_empty()) {
        run.print(streams.err, meter(length));
    }
    if flags.output.is_empty() {
        run.print(streams.out, text);
    } else if flags.output != "/dev/null" {
        let path = run.absolute(&flags.output);
        run.wish(Wish::Write { path, text, append: false })?;
    }
    if !flags.write_out.is_empty() {
        let text = written_out(&flags.write_out, response.status, length);
        run.print(streams.out, text);
    }
    Ok(0)
}

/// What curl shows of its progress when its output is no terminal.
fn meter(length: usize) -> String {
    format!(
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n100 {length:>5}  100 {length:>5}    0     0  {:>5}      0 --:--:-- --:--:-- --:--:-- {:>5}\n",
        length * 500,
        length * 500
    )
}

fn written_out(format: &str, status: u16, length: usize) -> String {
    let status = format!("{status:03}");
    format
        .replace("%{http_code}", &status)
        .replace("%{response_code}", &status)
        .replace("%{size_download}", &length.to_string())
        .replace("\\n", "\n")
}

fn head(response: &HttpResponse) -> String {
    let mut text = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    response.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    if !response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        text.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    text.push_str("\r\n");
    text
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// BusyBox's.
pub(super) fn wget(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let (mut quiet, mut spider, mut output, mut limit, mut url) = (false, false, None, None, None);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let Some(letters) = word.strip_prefix('-') else {
            url = Some(word);
            continue;
        };
        if let Some(long) = letters.strip_prefix('-') {
            match long.split_once('=').unwrap_or((long, "")) {
                ("spider", _) => spider = true,
                ("timeout", value) => limit = seconds(value),
                ("quiet", _) => quiet = true,
                ("output-document", value) => output = Some(value.to_owned()),
                _ => {}
            }
            continue;
        }
        for (index, letter) in letters.char_indices() {
            match letter {
                'q' => quiet = true,
                'O' | 'T' | 't' | 'Y' => {
                    let glued = &word[index + 2..];
                    let value =
                        if glued.is_empty() { rest.next().cloned().unwrap_or_default() } else { glued.to_owned() };
                    match letter {
                        'O' => output = Some(value),
                        'T' => limit = seconds(&value),
                        _ => {}
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    let Some(url) = url else {
        run.print(
            streams.err,
            "BusyBox v1.37.0 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-T SEC] URL...\n",
        );
        return Ok(1);
    };
    let target = target(url);
    let fail = |run: &mut Run, words: String| {
        run.print(streams.err, format!("wget: {words}\n"));
        Ok(1)
    };
    let Found::Addresses(_, addresses) = resolve(run, &target.host)? else {
        return fail(run, format!("bad address '{}'", authority(&target)));
    };
    let address = addresses.first().cloned().unwrap_or_default();
    if !quiet {
        run.print(streams.err, format!("Connecting to {} ({address}:{})\n", authority(&target), target.port));
    }
    let headers = vec![("host".to_owned(), authority(&target)), ("user-agent".to_owned(), "Wget".to_owned())];
    let request = HttpRequest { method: "GET".into(), target: target.path.clone(), headers, ..HttpRequest::default() };
    let patience = Micros(limit.unwrap_or(KERNEL).0.min(KERNEL.0));
    let at = format!("can't connect to remote host ({address})");
    let response = match send(run, &address, target.port, Ask::Http(request.into()), patience)? {
        Came::Answer(response) => response,
        Came::Nothing => return fail(run, "error getting response".into()),
        Came::Refused => return fail(run, format!("{at}: Connection refused")),
        Came::Unreachable => return fail(run, format!("{at}: No route to host")),
        Came::Silence if limit.is_some() => return fail(run, "download timed out".into()),
        Came::Silence => return fail(run, format!("{at}: Connection timed out")),
    };
    if target.secure && !quiet {
        run.print(streams.err, "wget: note: TLS certificate validation not implemented\n");
    }
    if response.status >= 400 {
        return fail(run, format!("server returned error: HTTP/1.1 {} {}", response.status, reason(response.status)));
    }
    if spider {
        if !quiet {
            run.print(streams.err, "remote file exists\n");
        }
        return Ok(0);
    }
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let name = target.path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html").to_owned();
    let bar = format!("100% |********************************| {:>5}  0:00:00 ETA\n", text.len());
    match output.as_deref() {
        Some("-") => {
            if !quiet {
                run.print(streams.err, "writing to stdout\n");
            }
            run.print(streams.out, text);
            if !quiet {
                run.print(streams.err, format!("-                    {bar}written to stdout\n"));
            }
        }
        given => {
            let name = given.map_or(name, str::to_owned);
            if !quiet {
                run.print(streams.err, format!("saving to '{name}'\n{name:<20.20} {bar}'{name}' saved\n"));
            }
            let path = run.absolute(&name);
            if path != "/dev/null" {
                run.wish(Wish::Write { path, text, append: false })?;
            }
        }
    }
    Ok(0)
}

/// `nc -z HOST PORT`, with `-v` and `-w SECONDS`.
pub(super) fn nc(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let is_verbose = arguments.iter().any(|word| word.starts_with('-') && word.contains('v'));
    let mut limit = KERNEL;
    let mut operands = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.strip_prefix('-') {
            Some(letters) if letters.ends_with('w') => {
                limit = rest.next().and_then(|word| seconds(word)).unwrap_or(KERNEL);
            }
            Some(_) => {}
            None => operands.push(word),
        }
    }
    let [host, port] = operands[..] else {
        run.print(streams.err, "BusyBox v1.37.0 multi-call binary.\n\nUsage: nc [-vz] [-w SEC] HOST PORT\n");
        return Ok(1);
    };
    let Found::Addresses(_, addresses) = resolve(run, host)? else {
        run.print(streams.err, format!("nc: bad address '{host}'\n"));
        return Ok(1);
    };
    let address = addresses.first().cloned().unwrap_or_default();
    let came = send(run, &address, port.parse().unwrap_or(0), Ask::Connect, limit)?;
    let (words, code) = match came {
        Came::Nothing | Came::Answer(_) => ("open", 0),
        Came::Refused => ("Connection refused", 1),
        Came::Unreachable => ("No route to host", 1),
        Came::Silence => ("Connection timed out", 1),
    };
    if code == 0 && is_verbose {
        run.print(streams.err, format!("{host} ({address}:{port}) {words}\n"));
    } else if code != 0 {
        run.print(streams.err, format!("nc: {host} ({address}:{port}): {words}\n"));
    }
    Ok(code)
}
