//! The URLs of members (etcd: client/pkg/types/urls.go, `NewURLs`; urlsmap.go), and whether a member is where its cluster
//! thinks it is (server/config/config.go, `VerifyBootstrap`).

use crate::go;

/// Whether this is the URL of a member.
///
/// # Errors
/// In etcd's words, or in those of Go's `url.Parse`.
pub fn check(url: &str) -> Result<(), String> {
    let url = url.trim();
    let refused = |why: &str| Err(format!("parse {}: {why}", go::quote(url)));
    let (scheme, rest) = match url.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.')) {
        Some(0) if url.starts_with(':') => return refused("missing protocol scheme"),
        Some(at) if url[at..].starts_with(':') && url.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (&url[..at], &url[at + 1..])
        }
        _ if url.split('/').next().is_some_and(|segment| segment.contains(':')) => {
            return refused("first path segment in URL cannot contain colon");
        }
        _ => ("", url),
    };
    match scheme {
        "http" | "https" => {}
        "unix" | "unixs" => return Ok(()),
        _ => return Err(format!("URL scheme must be http, https, unix, or unixs: {url}")),
    }
    let after = rest.strip_prefix("//").unwrap_or("");
    let (authority, path) = after.find('/').map_or((after, ""), |at| after.split_at(at));
    if authority.contains(' ') {
        return refused("invalid character \" \" in host name");
    }
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
    if let Some(port) = port.filter(|port| !port.bytes().all(|b| b.is_ascii_digit())) {
        return refused(&format!("invalid port {} after host", go::quote(&format!(":{port}"))));
    }
    if port.is_none() {
        return Err(format!("URL address does not have the form \"host:port\": {url}"));
    }
    if !path.is_empty() {
        return Err(format!("URL must not contain a path: {url}"));
    }
    Ok(())
}

/// `m1=http://a:2380,m2=http://b:2380` as names and URLs.
///
/// # Errors
/// Those of [`check`].
pub fn cluster(text: &str) -> Result<Vec<(String, String)>, String> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, url) = part.split_once('=').unwrap_or((part, ""));
            check(url).map(|()| (name.to_owned(), url.trim().to_owned()))
        })
        .collect()
}

/// Whether the member `name`, which `advertised` its peer URLs, is in the `cluster` at those. To find out that two URLs
/// are not the same after all, their hosts are looked up, which `resolved` is told of: each URL and its host and port.
///
/// # Errors
/// In etcd's words.
pub fn check_bootstrap(
    name: &str,
    cluster: &[(String, String)],
    advertised: &[String],
    resolved: &mut dyn FnMut(&str, &str),
) -> Result<(), String> {
    let own = own_urls(name, cluster)?;
    let mut told = advertised.to_vec();
    told.sort_unstable();
    if let Err(why) = same(&told, &own, resolved) {
        let not_in = |these: &[String], others: &[String], prefix: &str| {
            let missing = these.iter().filter(|url| !others.contains(url));
            missing.map(|url| format!("{prefix}{url}")).collect::<Vec<_>>().join(",")
        };
        let mine: Vec<String> = told.iter().map(|url| format!("{name}={url}")).collect();
        let (told_text, mine) = (told.join(","), mine.join(","));
        let (missing, extra) = (not_in(&own, &told, &format!("{name}=")), not_in(&told, &own, ""));
        return Err(if !missing.is_empty() {
            format!(
                "--initial-cluster has {missing} but missing from --initial-advertise-peer-urls={told_text} ({why})"
            )
        } else if !extra.is_empty() {
            format!("--initial-advertise-peer-urls has {extra} but missing from --initial-cluster={mine}")
        } else {
            format!("failed to resolve {told_text} to match --initial-cluster={mine} ({why})")
        });
    }
    no_duplicates(cluster)
}

/// What is checked when a member joins a cluster that exists (etcd: `VerifyJoinExisting`).
///
/// # Errors
/// In etcd's words.
pub fn check_joining(name: &str, cluster: &[(String, String)]) -> Result<(), String> {
    own_urls(name, cluster)?;
    no_duplicates(cluster)
}

fn own_urls(name: &str, cluster: &[(String, String)]) -> Result<Vec<String>, String> {
    let mut own: Vec<String> = cluster.iter().filter(|(n, _)| n == name).map(|(_, url)| url.clone()).collect();
    own.sort_unstable();
    if own.is_empty() {
        let name = go::quote(name);
        return Err(format!("couldn't find local name {name} in the initial cluster configuration"));
    }
    Ok(own)
}

fn no_duplicates(cluster: &[(String, String)]) -> Result<(), String> {
    let mut urls: Vec<&str> = cluster.iter().map(|(_, url)| url.as_str()).collect();
    urls.sort_unstable();
    if urls.windows(2).all(|pair| pair[0] != pair[1]) {
        return Ok(());
    }
    let mut pairs: Vec<String> = cluster.iter().map(|(name, url)| format!("{name}={url}")).collect();
    pairs.sort_unstable();
    Err(format!("initial cluster {} has duplicate url", pairs.join(",")))
}

/// Whether two sorted lists are of the same URLs (etcd: pkg/netutil/netutil.go, `urlsEqual`). Hosts here are addresses.
fn same(a: &[String], b: &[String], resolved: &mut dyn FnMut(&str, &str)) -> Result<(), String> {
    if a.len() != b.len() {
        return Err(format!("len({}) != len({})", go::quote_list(a), go::quote_list(b)));
    }
    let Some((one, other)) = a.iter().zip(b).find(|(one, other)| one != other) else { return Ok(()) };
    for url in a.iter().chain(b) {
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
        if !host.starts_with("localhost:") {
            resolved(url, host);
        }
    }
    Err(format!("resolved urls: {} != {}", go::quote(one), go::quote(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_scheme_host_and_port_and_nothing_else() {
        for good in ["http://127.0.0.1:2380", " https://[::1]:2380", "unix://a:9", "http://a:"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, words) in [
            ("", "URL scheme must be http, https, unix, or unixs: "),
            ("bad", "URL scheme must be http, https, unix, or unixs: bad"),
            ("localhost:2380", "URL scheme must be http, https, unix, or unixs: localhost:2380"),
            ("ftp://127.0.0.1:9", "URL scheme must be http, https, unix, or unixs: ftp://127.0.0.1:9"),
            ("127.0.0.1:9", "parse \"127.0.0.1:9\": first path segment in URL cannot contain colon"),
            (":9", "parse \":9\": missing protocol scheme"),
            ("http://127.0.0.1", "URL address does not have the form \"host:port\": http://127.0.0.1"),
            ("http://[::1]", "URL address does not have the form \"host:port\": http://[::1]"),
            ("http://127.0.0.1:9/path", "URL must not contain a path: http://127.0.0.1:9/path"),
            ("http://a:x", "parse \"http://a:x\": invalid port \":x\" after host"),
        ] {
            assert_eq!(check(bad), Err(words.to_owned()), "{bad}");
        }
    }

    /// The words for a member `x` that advertises `told`, and the URLs that were looked up.
    #[track_caller]
    fn bootstrap(initial: &str, told: &[&str], expected: (&str, &[&str])) {
        let told: Vec<String> = told.iter().map(|url| (*url).to_owned()).collect();
        let mut looked_up = Vec::new();
        let checked = cluster(initial)
            .and_then(|cluster| check_bootstrap("x", &cluster, &told, &mut |url, _| looked_up.push(url.to_owned())));
        assert_eq!(checked.err().as_deref().unwrap_or(""), expected.0, "{initial}");
        assert_eq!(looked_up, expected.1, "{initial}");
    }

    #[test]
    fn a_member_is_in_its_cluster_where_it_says_it_is() {
        let (local, other) = ("http://localhost:2380", "http://127.0.0.1:2380");
        bootstrap("x=http://localhost:2380,y=http://127.0.0.1:2380", &[local], ("", &[]));
        bootstrap(
            "y=http://localhost:2380",
            &[local],
            ("couldn't find local name \"x\" in the initial cluster configuration", &[]),
        );
        bootstrap(
            "x=http://127.0.0.1:2380",
            &[local],
            (
                "--initial-cluster has x=http://127.0.0.1:2380 but missing from --initial-advertise-peer-urls=http://localhost:2380 \
                 (resolved urls: \"http://localhost:2380\" != \"http://127.0.0.1:2380\")",
                &[other],
            ),
        );
        bootstrap(
            "x=http://localhost:2380",
            &[local, other],
            (
                "--initial-advertise-peer-urls has http://127.0.0.1:2380 but missing from \
                 --initial-cluster=x=http://127.0.0.1:2380,x=http://localhost:2380",
                &[],
            ),
        );
        bootstrap(
            "y=http://localhost:2380,x=http://localhost:2380",
            &[local],
            ("initial cluster x=http://localhost:2380,y=http://localhost:2380 has duplicate url", &[]),
        );
        bootstrap("x=http://localhost:2380,y", &[local], ("URL scheme must be http, https, unix, or unixs: ", &[]));
    }
}
