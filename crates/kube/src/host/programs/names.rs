//! Names and addresses: what the resolver of a C library does, and the programs that show it.

use crate::host::msg::{Answer, Ask, Query, QueryKind, Told};
use crate::host::run::{Did, Got, Run, Streams, Wish};
use crate::proxy::number;
use sim::Micros;

/// How long it waits for a name server, and how often it asks (`resolv.conf(5)`).
const PATIENCE: Micros = Micros::secs(5);
const ATTEMPTS: u32 = 2;

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The full name, and its addresses.
    Addresses(String, Vec<String>),
    NoSuchName,
    /// A server answered that it cannot say.
    Failed,
    /// No server answered.
    NoAnswer,
}

/// `/etc/resolv.conf`: the name server, the domains to look in, and how many dots a name has that is looked for as it
/// stands first.
struct Resolver {
    server: String,
    search: Vec<String>,
    dots: usize,
}

fn resolver(run: &mut Run) -> Did<Resolver> {
    let text = run.read("/etc/resolv.conf")?.unwrap_or_default();
    let mut resolver = Resolver { server: String::new(), search: Vec::new(), dots: 1 };
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") if resolver.server.is_empty() => {
                resolver.server = words.next().unwrap_or_default().to_owned();
            }
            Some("search") => resolver.search = words.map(str::to_owned).collect(),
            Some("options") => {
                let dots = words.find_map(|word| word.strip_prefix("ndots:")?.parse().ok());
                resolver.dots = dots.unwrap_or(1);
            }
            _ => {}
        }
    }
    Ok(resolver)
}

/// One question to the name server.
fn ask(run: &mut Run, server: &str, name: &str, kind: QueryKind) -> Did<Option<Answer>> {
    for _ in 0..ATTEMPTS {
        let query = Query { name: name.to_owned(), kind };
        let wish =
            Wish::Send { to: server.to_owned(), port: 53, udp: true, ask: Ask::Query(query), patience: PATIENCE };
        if let Got::Told(Some(Told::Names(answer))) = run.wish(wish)? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// Looks for a name as `getaddrinfo` does.
pub(super) fn resolve(run: &mut Run, name: &str) -> Did<Found> {
    if number(name).is_some() {
        return Ok(Found::Addresses(name.to_owned(), vec![name.to_owned()]));
    }
    let hosts = run.read("/etc/hosts")?.unwrap_or_default();
    for line in hosts.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let address = words.next().unwrap_or_default();
        if number(address).is_some() && words.any(|known| known == name) {
            return Ok(Found::Addresses(name.to_owned(), vec![address.to_owned()]));
        }
    }
    let resolver = resolver(run)?;
    look_up(run, &resolver, name)
}

fn look_up(run: &mut Run, resolver: &Resolver, name: &str) -> Did<Found> {
    let plain = name.trim_end_matches('.').to_owned();
    let mut candidates: Vec<String> = Vec::new();
    if !name.ends_with('.') {
        candidates = resolver.search.iter().map(|domain| format!("{plain}.{domain}")).collect();
    }
    let as_it_stands = if plain.matches('.').count() >= resolver.dots { 0 } else { candidates.len() };
    candidates.insert(as_it_stands, plain);
    let mut failed = false;
    for candidate in candidates {
        match ask(run, &resolver.server, &candidate, QueryKind::A)? {
            Some(Answer::Addresses(addresses)) => return Ok(Found::Addresses(candidate, addresses)),
            Some(Answer::Alias(name, addresses)) if !addresses.is_empty() => {
                return Ok(Found::Addresses(name, addresses));
            }
            Some(Answer::ServerFailure) => failed = true,
            Some(Answer::Alias(..) | Answer::Name(_) | Answer::NoSuchName) => {}
            None => return Ok(Found::NoAnswer),
        }
    }
    Ok(if failed { Found::Failed } else { Found::NoSuchName })
}

pub(super) fn nslookup(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let operands: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let Some(name) = operands.first() else {
        run.print(streams.err, "BusyBox v1.37.0 multi-call binary.\n\nUsage: nslookup HOST [DNS_SERVER]\n");
        return Ok(1);
    };
    let mut resolver = resolver(run)?;
    if let Some(server) = operands.get(1) {
        resolver.server = match resolve(run, server)? {
            Found::Addresses(_, addresses) => addresses.into_iter().next().unwrap_or_default(),
            _ => {
                run.print(streams.err, format!("nslookup: bad address '{server}'\n"));
                return Ok(1);
            }
        };
    }
    let head = format!("Server:\t\t{0}\nAddress:\t{0}:53\n\n", resolver.server);
    if number(name).is_some() {
        let reverse = format!("{}.in-addr.arpa", name.rsplit('.').collect::<Vec<_>>().join("."));
        return match ask(run, &resolver.server, &reverse, QueryKind::Ptr)? {
            Some(Answer::Name(found)) => {
                run.print(streams.out, format!("{head}{reverse}\tname = {found}\n\n"));
                Ok(0)
            }
            Some(_) => {
                run.print(streams.out, format!("{head}** server can't find {reverse}: NXDOMAIN\n\n"));
                Ok(1)
            }
            None => no_servers(run, streams),
        };
    }
    match look_up(run, &resolver, name)? {
        Found::Addresses(full, addresses) => {
            let lines: String =
                addresses.iter().map(|address| format!("Name:\t{full}\nAddress: {address}\n")).collect();
            run.print(streams.out, format!("{head}{lines}\n"));
            Ok(0)
        }
        found @ (Found::NoSuchName | Found::Failed) => {
            let why = if found == Found::Failed { "SERVFAIL" } else { "NXDOMAIN" };
            run.print(streams.out, format!("{head}** server can't find {name}: {why}\n\n"));
            Ok(1)
        }
        Found::NoAnswer => no_servers(run, streams),
    }
}

fn no_servers(run: &mut Run, streams: Streams) -> Did<i64> {
    run.print(streams.out, ";; connection timed out; no servers could be reached\n\n");
    Ok(1)
}

pub(super) fn dig(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let is_short = arguments.iter().any(|word| word == "+short");
    let mut resolver = resolver(run)?;
    let mut name = "";
    for word in arguments.iter().filter(|word| !word.starts_with(['+', '-'])) {
        match word.strip_prefix('@') {
            Some(server) => resolver.server = server.to_owned(),
            None if word != "A" && word != "a" => name = word,
            None => {}
        }
    }
    let searches = arguments.iter().any(|word| word == "+search");
    let full = if searches { name.to_owned() } else { format!("{}.", name.trim_end_matches('.')) };
    let (status, addresses, full) = match look_up(run, &resolver, &full)? {
        Found::Addresses(full, addresses) => ("NOERROR", addresses, full),
        Found::NoSuchName => ("NXDOMAIN", Vec::new(), name.to_owned()),
        Found::Failed => ("SERVFAIL", Vec::new(), name.to_owned()),
        Found::NoAnswer => {
            return no_servers(run, streams).map(|_| 9);
        }
    };
    let mut text = String::new();
    if !is_short {
        let count = addresses.len();
        text = format!(
            "\n; <<>> DiG 9.18 <<>> {}\n;; ->>HEADER<<- opcode: QUERY, status: {status}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {count}\n\n;; QUESTION SECTION:\n;{full}.\tIN\tA\n\n;; ANSWER SECTION:\n",
            arguments.join(" ")
        );
    }
    for address in addresses {
        let line = if is_short { format!("{address}\n") } else { format!("{full}.\t30\tIN\tA\t{address}\n") };
        text.push_str(&line);
    }
    if !is_short {
        text.push_str(&format!("\n;; SERVER: {0}#53({0})\n\n", resolver.server));
    }
    run.print(streams.out, text);
    Ok(0)
}

pub(super) fn getent(run: &mut Run, arguments: &[String], streams: Streams) -> Did<i64> {
    let ([_, name] | [_, name, ..]) = arguments else { return Ok(1) };
    match resolve(run, name)? {
        Found::Addresses(full, addresses) => {
            let text: String = addresses.iter().map(|address| format!("{address:<15} {full}\n")).collect();
            run.print(streams.out, text);
            Ok(0)
        }
        _ => Ok(2),
    }
}
