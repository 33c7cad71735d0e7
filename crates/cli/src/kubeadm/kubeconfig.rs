//! kubeconfig files as kubeadm writes them (`cmd/kubeadm/app/phases/kubeconfig`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The administrator's.
pub const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// A file by which a user with this certificate reaches the API server at `server` (`https://172.18.0.10:6443`).
/// `authority` and `identity`, a certificate with its key, are PEM.
pub fn of_certificate(server: &str, authority: &str, user: &str, identity: &(String, String)) -> String {
    let data = |pem: &str| STANDARD.encode(pem);
    let credentials =
        format!("    client-certificate-data: {}\n    client-key-data: {}\n", data(&identity.0), data(&identity.1));
    with(server, authority, Some((user, &credentials)))
}

/// One by which the holder of a bootstrap token does.
pub fn of_token(server: &str, authority: &str, user: &str, token: &str) -> String {
    with(server, authority, Some((user, &format!("    token: {token}\n"))))
}

/// One that says where the cluster is and whom to trust there, and nothing of a user.
pub fn of_nobody(server: &str, authority: &str) -> String {
    with(server, authority, None)
}

/// A file with a user and what the user shows, or with nobody in it.
fn with(server: &str, authority: &str, user: Option<(&str, &str)>) -> String {
    let authority = STANDARD.encode(authority);
    let (name, contexts, current, users) = match user {
        None => ("\"\"", " null\n".to_owned(), "\"\"".to_owned(), " null\n".to_owned()),
        Some((user, credentials)) => {
            let current = format!("{user}@kubernetes");
            let context = format!("\n- context:\n    cluster: kubernetes\n    user: {user}\n  name: {current}\n");
            ("kubernetes", context, current, format!("\n- name: {user}\n  user:\n{credentials}"))
        }
    };
    format!(
        "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: {server}
  name: {name}
contexts:{contexts}current-context: {current}
kind: Config
preferences: {{}}
users:{users}"
    )
}

/// The server that a file leads to: its host and port.
pub fn endpoint_of(config: &str) -> Option<&str> {
    config.lines().find_map(|line| line.trim().strip_prefix("server: https://"))
}

/// What stands in a PEM file between its marks, decoded; nothing for what is none.
pub fn body(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    STANDARD.decode(body).unwrap_or_default()
}

/// What a field of a kubeconfig file holds that ends in `-data`; nothing for what is no PEM.
pub fn decode(data: &str) -> String {
    String::from_utf8(STANDARD.decode(data).unwrap_or_default()).unwrap_or_default()
}
