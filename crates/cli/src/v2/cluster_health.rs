//! `etcdctl cluster-health`.

use etcd::rpc::HttpRequest;
use serde_json::Value;
use shell::{Either, race};

use crate::http::{Url, exchange};

use super::client::{Client, Deadline, connect_without_sync};
use super::response::Member;
use super::spec::{Command, FlagSpec};
use super::{Context, Ended, code};

/// Between two looks, in microseconds.
const INTERVAL: u64 = 10_000_000;

pub static CLUSTER_HEALTH: Command =
    Command::leaf("cluster-health", "asks every member whether it is well", " ", |context| Box::pin(run(context)))
        .flags(&[FlagSpec::switch(&["forever", "f"], "look again every 10 seconds until CTRL+C")]);

async fn run(context: Context) -> Ended {
    if !context.flags.is_on("forever") {
        return check(&context, false).await;
    }
    let interrupt = context.process.catch_interrupt();
    match race(check(&context, true), interrupt).await {
        Either::First(ended) => ended,
        Either::Second(()) => Ok(()),
    }
}

async fn check(context: &Context, forever: bool) -> Ended {
    let mut client = connect_without_sync(context).await?;
    let members = match client.members(Deadline::none()).await {
        Ok(members) => members,
        Err(failure) => {
            context.println("cluster may be unhealthy: failed to list members");
            return Err(failure.report(context, code::SERVER_ERROR));
        }
    };
    loop {
        let mut healthy = 0;
        for member in &members {
            healthy += usize::from(is_healthy(context, &client, member).await);
        }
        let verdict = match healthy {
            all if all == members.len() => "healthy",
            0 => "unavailable",
            _ => "degraded",
        };
        context.println(format_args!("cluster is {verdict}"));
        if !forever {
            return if healthy == members.len() { Ok(()) } else { Err(code::CLUSTER_NOT_HEALTHY) };
        }
        context.println("\nnext check after 10 second...\n");
        context.process.sleep(INTERVAL).await;
    }
}

/// Asks a member at its URLs until one answers.
async fn is_healthy(context: &Context, client: &Client, member: &Member) -> bool {
    let Member { id, client_urls, .. } = member;
    if client_urls.is_empty() {
        context.println(format_args!("member {id} is unreachable: no available published client urls"));
        return false;
    }
    for url in client_urls {
        match ask(context, client, url).await {
            Ok(well) => {
                let word = if well { "healthy" } else { "unhealthy" };
                context.println(format_args!("member {id} is {word}: got {word} result from {url}"));
                return well;
            }
            Err(words) => {
                let failed = format!("failed to check the health of member {id} on {url}: {words}");
                context.println(failed);
            }
        }
    }
    context.println(format_args!("member {id} is unreachable: [{}] are all unreachable", client_urls.join(" ")));
    false
}

async fn ask(context: &Context, client: &Client, base: &str) -> Result<bool, String> {
    let address = format!("{base}/health");
    let quoted = crate::go::quote(&address);
    let url = Url::parse(&address, "http").ok_or_else(|| format!("parse {quoted}: invalid URL"))?;
    let request = HttpRequest { method: "GET".into(), target: url.target(), ..HttpRequest::default() };
    let answer = exchange(&context.transport, context.process.command_id(), &url, client.tls(), request).await;
    let mut answer = answer.map_err(|error| format!("Get {quoted}: {}", error.go_words(&url)))?;
    let body = answer.body().await;
    let json: Value = serde_json::from_slice(&body).map_err(|_| {
        let first = body.first().map_or_else(String::new, |byte| char::from(*byte).to_string());
        format!("invalid character '{first}' looking for beginning of value")
    })?;
    let health = json.get("health");
    Ok(health.and_then(Value::as_bool).unwrap_or_default() || health.and_then(Value::as_str) == Some("true"))
}
