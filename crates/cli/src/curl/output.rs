//! What `curl` writes besides the body: heads of answers, and `--write-out`.

use etcd::rpc::{HttpResponse, status_text};

/// Facts about a finished transfer.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub status: u16,
    pub method: String,
    pub url: String,
    pub content_type: String,
    pub downloaded: usize,
    pub redirects: usize,
    /// Microseconds.
    pub took: u64,
}

/// The head of an answer as it came over the wire. `date` as in RFC 9110.
pub fn head(response: &HttpResponse, date: &str) -> String {
    let mut out = format!("HTTP/1.1 {} {}\r\n", response.status, status_text(response.status));
    // Go's server writes the headers it was given in order of their names, then its own.
    let (own, mut headers): (Vec<_>, Vec<(String, String)>) =
        response.headers.iter().cloned().partition(|(name, _)| name == "Content-Length");
    headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    headers.push(("Date".into(), date.to_owned()));
    if response.more {
        headers.push(("Transfer-Encoding".into(), "chunked".into()));
    } else if let Some(length) = own.into_iter().next() {
        headers.push(length);
    } else if response.status != 204 {
        headers.push(("Content-Length".into(), response.body.len().to_string()));
    }
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out + "\r\n"
}

/// A format with its variables filled in.
pub fn write_out(format: &str, facts: &Facts) -> String {
    let format = format.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    let mut out = String::new();
    let mut rest = format.as_str();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            out.push_str(&variable(name, facts));
            rest = after;
        } else {
            out.push('%');
        }
    }
    out + rest
}

fn variable(name: &str, facts: &Facts) -> String {
    match name {
        "http_code" | "response_code" => format!("{:03}", facts.status),
        "method" => facts.method.clone(),
        "url" | "url_effective" => facts.url.clone(),
        "content_type" => facts.content_type.clone(),
        "size_download" => facts.downloaded.to_string(),
        "num_redirects" => facts.redirects.to_string(),
        "http_version" => "1.1".into(),
        "time_total" => format!("{}.{:06}", facts.took / 1_000_000, facts.took % 1_000_000),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let facts = Facts { status: 200, took: 1_250_000, downloaded: 7, ..Facts::default() };
        assert_eq!(write_out("%{http_code} 100%% %{time_total}\\n", &facts), "200 100% 1.250000\n");
    }
}
