//! `kubectl create rolebinding` and `kubectl create clusterrolebinding`.

use serde_json::{Value, json};

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, MAKE, Made, PRINT, known, one_name};

static FLAGS: [Flag; 4] = [
    Flag::text("clusterrole", "cluster role to bind"),
    Flag::array("group", "group to bind it to"),
    Flag::array("serviceaccount", "service account to bind it to, as NAMESPACE:NAME"),
    Flag::array("user", "user to bind it to"),
];
static ROLE_FLAGS: [Flag; 1] = [Flag::text("role", "role to bind")];

pub static ROLE_BINDING: Command = Command::leaf(
    "rolebinding",
    "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    "Bind a role in a namespace",
    &[&FLAGS, &ROLE_FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, false).await }),
)
.examples(&[("Jane may look at what is there", "kubectl create rolebinding jane --clusterrole=view --user=jane")]);

pub static CLUSTER_ROLE_BINDING: Command = Command::leaf(
    "clusterrolebinding",
    "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    "Bind a cluster role in the whole cluster",
    &[&FLAGS, &DRY_RUN, &PRINT, &MAKE],
    |cli| Box::pin(async move { create(&cli, true).await }),
)
.examples(&[("Jane may do everything", "kubectl create clusterrolebinding jane --clusterrole=cluster-admin --user=jane")]);

const GROUP: &str = "rbac.authorization.k8s.io";

async fn create(cli: &Cli, cluster: bool) -> Result<(), Failure> {
    let name = one_name(cli)?;
    let (role, cluster_role) = (cli.flags.text("role"), cli.flags.text("clusterrole"));
    if cluster && cluster_role.is_empty() {
        return Err(Failure::plain("required flag(s) \"clusterrole\" not set"));
    }
    if role.is_empty() == cluster_role.is_empty() {
        return Err(Failure::plain("exactly one of clusterrole or role must be specified"));
    }
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(cli.flags.list(flag).iter().map(|name| json!({"kind": kind, "apiGroup": GROUP, "name": name})));
    }
    for account in cli.flags.list("serviceaccount") {
        match account.split_once(':') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains(':') => {
                subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
            }
            _ => return Err(Failure::plain("serviceaccount must be <namespace>:<name>")),
        }
    }
    let (kind, plural) =
        if cluster { ("ClusterRoleBinding", "clusterrolebindings") } else { ("RoleBinding", "rolebindings") };
    let (role_kind, role_name) = if role.is_empty() { ("ClusterRole", cluster_role) } else { ("Role", role) };
    let mut fields = json!({});
    if !subjects.is_empty() {
        fields["subjects"] = subjects.into();
    }
    fields["roleRef"] = json!({"apiGroup": GROUP, "kind": role_kind, "name": role_name});
    let made = Made::new(cli, known(GROUP, "v1", plural, kind, !cluster), &name, fields)?;
    made.create(cli, &format!("failed to create {}: ", kind.to_lowercase())).await
}
