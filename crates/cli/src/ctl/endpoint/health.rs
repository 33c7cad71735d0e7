//! `etcdctl endpoint health`: can each endpoint read through the cluster?

use etcd::rpc::{AlarmRequest, RangeRequest, errors};

use crate::client::{Client, ClientConfig};
use crate::flags::CommandSpec;
use crate::go;
use crate::print::{EndpointHealth, render};
use crate::program::{Exit, Invocation, RunFuture};
use crate::together::all;
use crate::transport::LocalBoxFuture;

use super::super::global::{command_context, environment, format, login_settings, show};
use super::endpoints_of_cluster;

pub static HEALTH: CommandSpec = CommandSpec::leaf(
    "health",
    "Checks whether each endpoint can read through the cluster",
    &[],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    environment(&mut invocation)?;
    let format = format(&invocation)?;
    let config = login_settings(&invocation).await?;
    let endpoints = endpoints_of_cluster(&invocation).await?;
    let checks = endpoints.into_iter().map(|endpoint| {
        let config = ClientConfig { endpoints: vec![endpoint], ..config.clone() };
        Box::pin(check(&invocation, config)) as LocalBoxFuture<'_, EndpointHealth>
    });
    let found: Vec<EndpointHealth> = all(checks.collect()).await;
    if format.is_simple() {
        for h in found.iter().filter(|h| !h.error.is_empty()) {
            let (endpoint, error) = (&h.endpoint, &h.error);
            let message = format!("{endpoint} is unhealthy: failed to commit proposal: {error}");
            invocation.eprintln(message);
        }
    }
    if format.is_simple() && invocation.release.is_3_4() {
        // Good news go the same way as bad ones there.
        invocation.eprint(render(format, &found)?);
    } else {
        show(&invocation, format, &found)?;
    }
    match found.iter().any(|h| !h.error.is_empty()) {
        true => Err(Exit::error("unhealthy cluster")),
        false => Ok(()),
    }
}

/// Reads a key, which takes a quorum, and asks for alarms, as releases since 3.5 do.
async fn check(invocation: &Invocation, config: ClientConfig) -> EndpointHealth {
    let endpoint = config.endpoints.first().cloned().unwrap_or_default();
    let unhealthy =
        |took: String, error: String| EndpointHealth { endpoint: endpoint.clone(), healthy: false, took, error };
    let client = match Client::new(&invocation.process, &invocation.transport, config).await {
        Ok(client) => client,
        Err(error) => return unhealthy(String::new(), error.to_string()),
    };
    let started = invocation.process.now();
    let context = command_context(invocation);
    let read = client.range(&context, RangeRequest { key: "health".into(), ..RangeRequest::default() }).await;
    let micros = i64::try_from(invocation.process.now() - started).unwrap_or(i64::MAX);
    let took = go::format_duration(micros.saturating_mul(1000));
    match read {
        Ok(_) => {}
        // Being refused took a quorum too.
        Err(error) if error.is(&errors::permission_denied()) => {}
        Err(error) => return unhealthy(took, error.to_string()),
    }
    if invocation.release.is_3_4() {
        return EndpointHealth { endpoint, healthy: true, took, error: String::new() };
    }
    match client.alarm(&context, AlarmRequest::default()).await {
        Ok(alarms) if alarms.alarms.is_empty() => {
            EndpointHealth { endpoint, healthy: true, took, error: String::new() }
        }
        Ok(alarms) => {
            let names: String = alarms.alarms.iter().map(|a| format!("{} ", a.alarm.name())).collect();
            unhealthy(took, format!("Active Alarm(s): {names}"))
        }
        Err(_) => unhealthy(took, "Unable to fetch the alarm list".to_owned()),
    }
}
