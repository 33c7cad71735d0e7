//! `kubeadm token`: bootstrap tokens, which are secrets in `kube-system` (`cmd/kubeadm/app/cmd/token.go`).

mod create;
mod delete;
mod generate;
mod list;
mod secret;

use crate::kubectl::cmdline::Command;

pub use create::{hash, join_command};
pub use secret::{Token, generate};

pub static TOKEN: Command = Command::group(
    "token",
    "",
    "Manage bootstrap tokens",
    &[&create::CREATE, &delete::DELETE, &generate::GENERATE, &list::LIST],
)
.long(
    "A bootstrap token lets a node that is about to join trust the cluster, and the cluster trust the node for as long as
it takes to ask for a certificate.

It is a Secret of the type \"bootstrap.kubernetes.io/token\" in the namespace kube-system. A token has the form
\"[a-z0-9]{6}.[a-z0-9]{16}\": the first part is its public ID, the second is secret. The Secret is called
\"bootstrap-token-(token-id)\".",
);

/// Where the secrets are.
const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";
