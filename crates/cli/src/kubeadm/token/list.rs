//! `kubeadm token list`.

use serde_json::{Value, json};

use super::SECRETS;
use super::secret::Token;
use crate::kubeadm::connection::{KUBECONFIG, client};
use crate::kubeadm::table::{short, table};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::{Order, pretty};

static FLAGS: [Flag; 1] = [Flag::text("output", "output format: text, json or yaml").short('o').default("text")];

pub static LIST: Command =
    Command::leaf("list", "[flags]", "List bootstrap tokens on the server", &[&FLAGS, &KUBECONFIG], |cli| {
        Box::pin(async move { list(&cli).await })
    });

async fn list(cli: &Cli) -> Result<(), Failure> {
    let path = format!("{SECRETS}?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken");
    let secrets = client(cli)?.get(&path).await;
    let secrets = secrets.map_err(|failure| failure.because("failed to list bootstrap tokens: "))?;
    let mut tokens = Vec::new();
    for secret in secrets["items"].as_array().into_iter().flatten() {
        match Token::of_object(secret) {
            Ok(token) => tokens.push(token),
            Err(why) => cli.eprint(why),
        }
    }
    match cli.flags.text("output") {
        "text" if tokens.is_empty() => {}
        "text" => cli.print(shown(&tokens, cli.process.wall_clock())),
        "json" => tokens.iter().for_each(|token| cli.println(pretty(&object(token), Order::Kept, 4))),
        "yaml" => {
            let documents: Vec<String> = tokens.iter().map(|token| yaml::write(&object(token))).collect();
            cli.print(documents.join("---\n"));
        }
        other => {
            return Err(Failure::plain(format!(
                "unable to match a printer suitable for the output format \"{other}\", allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,template,templatefile,text,yaml"
            )));
        }
    }
    Ok(())
}

fn expires(token: &Token) -> Option<String> {
    token.expires.map(calendar::rfc3339::seconds)
}

/// A table of tokens; `now` is in microseconds since 1970.
fn shown(tokens: &[Token], now: i64) -> String {
    let header = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"].map(str::to_owned).to_vec();
    let or_none = |text: String| if text.is_empty() { "<none>".to_owned() } else { text };
    let row = |token: &Token| {
        vec![
            token.text(),
            token.expires.map_or("<forever>".to_owned(), |at| short((at * 1_000_000 - now).div_euclid(1_000_000))),
            expires(token).unwrap_or_else(|| "<never>".to_owned()),
            or_none(token.usages.join(",")),
            or_none(token.description.clone()),
            or_none(token.groups.join(",")),
        ]
    };
    table(&std::iter::once(header).chain(tokens.iter().map(row)).collect::<Vec<_>>())
}

fn object(token: &Token) -> Value {
    let mut object = json!({ "kind": "BootstrapToken", "apiVersion": "output.kubeadm.k8s.io/v1alpha3" });
    object["token"] = token.text().into();
    if !token.description.is_empty() {
        object["description"] = token.description.as_str().into();
    }
    if let Some(expires) = expires(token) {
        object["expires"] = expires.into();
    }
    object["usages"] = token.usages.clone().into();
    object["groups"] = token.groups.clone().into();
    object
}
