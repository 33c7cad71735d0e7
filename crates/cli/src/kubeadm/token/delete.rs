//! `kubeadm token delete`.

use super::SECRETS;
use super::secret::{Token, is_id};
use crate::go;
use crate::kubeadm::connection::{KUBECONFIG, client};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;

pub static DELETE: Command =
    Command::leaf("delete", "[token-value] ...", "Delete bootstrap tokens on the server", &[&KUBECONFIG], |cli| {
        Box::pin(async move { delete(&cli).await })
    });

async fn delete(cli: &Cli) -> Result<(), Failure> {
    if cli.args().is_empty() {
        return Err(Failure::plain("missing argument; 'token delete' is missing token of form \"[a-z0-9]{6}\""));
    }
    let client = client(cli)?;
    for given in cli.args() {
        let id = match Token::new(given) {
            _ if is_id(given) => given.clone(),
            Ok(token) => token.id,
            Err(_) => {
                let forms = "\"\\\\A([a-z0-9]{6})\\\\z\" or \"\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z\"";
                return Err(Failure::plain(format!("given token {} didn't match pattern {forms}", go::quote(given))));
            }
        };
        let deleted = client.send("DELETE", &format!("{SECRETS}/bootstrap-token-{id}"), Body::None).await;
        deleted.map_err(|failure| {
            failure.because(format_args!("failed to delete bootstrap token {}: ", go::quote(&id)))
        })?;
        cli.println(format_args!("bootstrap token {} deleted", go::quote(&id)));
    }
    Ok(())
}
