//! Who asks (`pkg/kubeapiserver/authenticator`): a client certificate, a bearer token, or nobody.

use std::sync::Arc;

use etcd::rpc::HttpRequest;

use super::server::Server;
use super::tokens;
use crate::api::{Reason, Status, User};

/// Stands for what the TLS handshake told the server about its client.
const CERTIFICATE: &str = "x-client-certificate";

impl Server {
    /// Who asks over HTTP, and what the credential is known by.
    pub(super) fn authenticate(&self, request: &HttpRequest) -> Result<(Arc<User>, String), Status> {
        if let Some(bearer) = request.header("authorization") {
            let token = bearer.strip_prefix("Bearer ").unwrap_or_default().trim();
            let unauthorized = || Status::new(Reason::Unauthorized, "Unauthorized");
            let (user, id) = tokens::user(&self.cache, token, self.clock.seconds(self.now)).ok_or_else(unauthorized)?;
            return Ok((self.impersonated(request, user)?, id));
        }
        let user = match request.header(CERTIFICATE) {
            Some(subject) => of_certificate(subject),
            None => User { name: "system:anonymous".into(), groups: vec!["system:unauthenticated".into()] },
        };
        Ok((self.impersonated(request, user)?, String::new()))
    }

    /// `kubectl --as` asks as somebody else, who may be anybody if one may impersonate
    /// (`staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation.go`).
    fn impersonated(&self, request: &HttpRequest, user: User) -> Result<Arc<User>, Status> {
        let Some(name) = request.header("impersonate-user") else { return Ok(user.into()) };
        let (kind, short) = match name.strip_prefix("system:serviceaccount:") {
            Some(account) => ("serviceaccounts", account.split(':').nth(1).unwrap_or_default()),
            None => ("users", name),
        };
        let named = |(header, value): &(String, String)| {
            header.eq_ignore_ascii_case("impersonate-group").then(|| value.clone())
        };
        let mut groups: Vec<String> = request.headers.iter().filter_map(named).collect();
        for (kind, name) in [(kind, short)].into_iter().chain(groups.iter().map(|group| ("groups", group.as_str()))) {
            if !self.may_impersonate(&user, kind, name) {
                let message = format!(
                    "{kind} {name:?} is forbidden: User {:?} cannot impersonate resource {kind:?} in API group \"\" at the cluster scope",
                    user.name
                );
                return Err(Status::of(Reason::Forbidden, kind, name, message));
            }
        }
        if groups.is_empty()
            && let Some((namespace, _)) =
                name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
        {
            groups = vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}")];
        }
        groups.push("system:authenticated".into());
        Ok(User { name: name.to_owned(), groups }.into())
    }
}

/// `CN=jane,O=dev,O=ops,issuer=kubernetes`
fn of_certificate(subject: &str) -> User {
    let mut user = User::default();
    for part in subject.split(',') {
        match part.trim().split_once('=') {
            Some(("CN", name)) => user.name = name.to_owned(),
            Some(("O", group)) => user.groups.push(group.to_owned()),
            _ => {}
        }
    }
    user.groups.push("system:authenticated".into());
    user
}
