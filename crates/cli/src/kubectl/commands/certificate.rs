//! `kubectl certificate` (`k8s.io/kubectl/pkg/cmd/certificates`).

use serde_json::{Value, json};

use crate::kubectl::builder::{Wanted, find};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{FILES, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 1] = [Flag::switch("force", "decide anew what was decided")];

pub static CERTIFICATE: Command =
    Command::group("certificate", "SUBCOMMAND", "Decide on requests for certificates", &[&APPROVE, &DENY]);

static APPROVE: Command = Command::leaf(
    "approve",
    "(-f FILENAME | NAME)",
    "Approve a request for a certificate",
    &[&FLAGS, &FILES, &PRINT],
    |cli| Rare::CertificateApprove.run(cli),
);
static DENY: Command = Command::leaf(
    "deny",
    "(-f FILENAME | NAME)",
    "Deny a request for a certificate",
    &[&FLAGS, &FILES, &PRINT],
    |cli| Rare::CertificateDeny.run(cli),
);

pub async fn decide(cli: &Cli, kind: &str, reason: &str, verb: &str) -> Result<(), Failure> {
    if cli.args().is_empty() && cli.flags.list("filename").is_empty() {
        return Err(Failure::plain("one or more CSRs must be specified as <name> or -f <filename>"));
    }
    let wanted = Wanted { default_type: Some("certificatesigningrequests"), ..Wanted::default() };
    let (infos, failures) = find(cli, cli.args(), &wanted).await?;
    for info in infos {
        let mut object = info.object.clone();
        let mut conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        if !conditions.iter().any(|one| one["type"] == kind) {
            let now = calendar::rfc3339::seconds(cli.process.wall_clock().div_euclid(1_000_000));
            conditions.push(json!({
                "type": kind, "status": "True", "reason": reason,
                "message": format!("This CSR was {} by kubectl certificate {verb}.", kind.to_lowercase()),
                "lastUpdateTime": now,
            }));
            object["status"]["conditions"] = Value::Array(conditions);
            object = cli.client().await?.send("PUT", &format!("{}/approval", info.path()), Body::Json(&object)).await?;
        }
        report(cli, &object, Some(&info.resource), &kind.to_lowercase())?;
    }
    Failure::all(failures)
}
