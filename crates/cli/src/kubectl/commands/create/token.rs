//! `kubectl create token`.

use serde_json::json;

use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{PRINT, known, one_name};
use crate::kubectl::print::Format;
use crate::kubectl::print::json::Order;

static FLAGS: [Flag; 5] = [
    Flag::array("audience", "for whom the token is"),
    Flag::text("bound-object-kind", "kind of the object whose end is the token's: Pod, Secret or Node"),
    Flag::text("bound-object-name", "name of that object"),
    Flag::text("bound-object-uid", "uid of that object"),
    Flag::new("duration", Kind::Duration, "0s", "how long the token shall be good"),
];

pub static TOKEN: Command =
    Command::leaf("token", "SERVICE_ACCOUNT_NAME", "Ask for a token of a service account", &[&FLAGS, &PRINT], |cli| {
        Box::pin(async move { create(&cli).await })
    })
    .examples(&[("For an hour", "kubectl create token robot --duration=1h")]);

async fn create(cli: &Cli) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let format = Format::of(cli)?;
    let seconds = cli.flags.duration("duration") / 1_000_000_000;
    if cli.flags.changed("duration") && cli.flags.duration("duration") <= 0 {
        return Err(Failure::plain("--duration must be greater than or equal to 0"));
    }
    let audiences = cli.flags.list("audience");
    let mut spec = json!({"audiences": if audiences.is_empty() { None } else { Some(audiences) }});
    spec["expirationSeconds"] = if seconds > 0 { seconds.into() } else { serde_json::Value::Null };
    spec["boundObjectRef"] = serde_json::Value::Null;
    if !cli.flags.text("bound-object-kind").is_empty() {
        spec["boundObjectRef"] = json!({
            "kind": cli.flags.text("bound-object-kind"), "apiVersion": "v1",
            "name": cli.flags.text("bound-object-name"), "uid": cli.flags.text("bound-object-uid"),
        });
    }
    let body = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": spec});
    let path = known("", "v1", "serviceaccounts", "ServiceAccount", true).at(&cli.namespace()?, &name) + "/token";
    let answer = cli.client().await?.send("POST", &path, Body::Json(&body)).await;
    let answer = answer.map_err(|failure| failure.because("failed to create token: "))?;
    let token = answer["status"]["token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(Failure::plain("failed to create token: no token in server response"));
    }
    match format {
        Format::Human { .. } => cli.println(token),
        format => cli.print(format.object(cli, &answer, Order::Kept)?),
    }
    Ok(())
}
