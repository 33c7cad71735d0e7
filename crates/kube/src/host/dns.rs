//! CoreDNS: the process in a container of its Deployment's pods, which knows Services and EndpointSlices by its own
//! watches and answers from them (`plugin/kubernetes` of CoreDNS). For other names it asks the node's name server
//! (`plugin/forward`), which in this world knows none.

use super::msg::{Answer, Query, QueryKind};
use crate::Clock;
use crate::Msg;
use crate::api::{Object, User};
use crate::client::{Client, Out, Settings, kinds};
use sim::{Input, NodeId, Time};
use std::sync::Arc;

/// The cluster's domain.
const DOMAIN: &str = "cluster.local";

#[derive(Clone, Debug)]
pub(super) struct Dns {
    client: Client,
}

impl Dns {
    /// A process that has just been started. Its calls have numbers from `first` on.
    pub(super) fn start(now: Time, server: NodeId, epoch: u64, pod: &str, first: u64, out: &mut Out) -> Self {
        let user = User {
            name: "system:serviceaccount:kube-system:coredns".into(),
            groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
                .map(Into::into)
                .to_vec(),
        };
        let client = Client::new(Settings {
            server,
            address: "10.96.0.1:443".into(),
            user: Arc::new(user),
            agent: "coredns".into(),
            host: pod.to_owned().into(),
            clock: Clock { epoch },
            rate: None,
        });
        let mut client = client.numbered_from(first);
        for kind in [kinds::SERVICES, kinds::ENDPOINT_SLICES, kinds::NAMESPACES] {
            client.watch(now, kind, "", out);
        }
        Self { client }
    }

    pub(super) fn input(&mut self, now: Time, input: &Input<Msg>, out: &mut Out) {
        self.client.handle(now, input, out);
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        self.client.next_wakeup()
    }

    pub(super) fn end(&self, out: &mut Out) {
        self.client.close(out);
    }

    /// What it says to a question.
    pub(super) fn answer(&self, query: &Query) -> Answer {
        let name = query.name.to_ascii_lowercase();
        match query.kind {
            QueryKind::Ptr => self.name_of(&name),
            QueryKind::A => {
                let inside = name.strip_suffix(DOMAIN).and_then(|rest| rest.strip_suffix('.'));
                match inside {
                    None => Answer::NoSuchName,
                    Some(_) if !self.client.synced() => Answer::ServerFailure,
                    Some(rest) => self.inside(rest).unwrap_or(Answer::NoSuchName),
                }
            }
        }
    }

    fn inside(&self, rest: &str) -> Option<Answer> {
        let labels: Vec<&str> = rest.split('.').collect();
        match labels.as_slice() {
            [service, namespace, "svc"] => self.of_service(namespace, service),
            [host, service, namespace, "svc"] => self.of_host(namespace, service, host),
            // `pods insecure`: whatever address the name says, if there is such a namespace.
            [address, namespace, "pod"] => {
                self.client.cache(&kinds::NAMESPACES).get("", namespace)?;
                let address = address.replace('-', ".");
                crate::proxy::number(&address).map(|_| Answer::Addresses(vec![address]))
            }
            _ => None,
        }
    }

    fn of_service(&self, namespace: &str, name: &str) -> Option<Answer> {
        let service = self.client.cache(&kinds::SERVICES).get(namespace, name)?;
        if service.text("/spec/type") == "ExternalName" {
            let other = service.text("/spec/externalName");
            let inside = other.trim_end_matches('.').strip_suffix(DOMAIN).and_then(|rest| rest.strip_suffix('.'));
            // One that names another one's name is not followed.
            let addresses = match inside.filter(|rest| !rest.starts_with(&format!("{name}.{namespace}."))) {
                Some(rest) => match self.inside(rest) {
                    Some(Answer::Addresses(addresses)) => addresses,
                    _ => Vec::new(),
                },
                None => Vec::new(),
            };
            return Some(Answer::Alias(other.to_owned(), addresses));
        }
        match service.text("/spec/clusterIP") {
            "" => None,
            "None" => {
                let addresses: Vec<String> = self.endpoints(service).map(|(_, address)| address).collect();
                (!addresses.is_empty()).then_some(Answer::Addresses(addresses))
            }
            address => Some(Answer::Addresses(vec![address.to_owned()])),
        }
    }

    /// A pod behind a service without an address of its own, by its hostname or its address with dashes.
    fn of_host(&self, namespace: &str, name: &str, host: &str) -> Option<Answer> {
        let service = self.client.cache(&kinds::SERVICES).get(namespace, name)?;
        let mut found = self
            .endpoints(service)
            .filter(|(of, address)| if of.is_empty() { address.replace('.', "-") == host } else { of == host });
        found.next().map(|(_, address)| Answer::Addresses(vec![address]))
    }

    /// Hostname and address of each endpoint that is ready.
    fn endpoints<'a>(&'a self, service: &'a Object) -> impl Iterator<Item = (String, String)> + 'a {
        let slices = self.client.cache(&kinds::ENDPOINT_SLICES).in_namespace(service.namespace());
        let ours = slices.filter(|slice| slice.label("kubernetes.io/service-name") == Some(service.name()));
        ours.flat_map(|slice| slice.list("/endpoints")).filter(|one| one["conditions"]["ready"] != false).filter_map(
            |one| {
                let hostname = one["hostname"].as_str().unwrap_or_default().to_owned();
                Some((hostname, one["addresses"][0].as_str()?.to_owned()))
            },
        )
    }

    /// `1.0.96.10.in-addr.arpa`
    fn name_of(&self, name: &str) -> Answer {
        let Some(numbers) = name.strip_suffix(".in-addr.arpa") else { return Answer::NoSuchName };
        let address = numbers.rsplit('.').collect::<Vec<_>>().join(".");
        let is_it = |service: &&Object| service.text("/spec/clusterIP") == address;
        let full = |service: &Object| format!("{}.{}.svc.{DOMAIN}", service.name(), service.namespace());
        let services = self.client.cache(&kinds::SERVICES);
        if let Some(service) = services.all().find(is_it) {
            return Answer::Name(full(service));
        }
        for service in services.all() {
            if let Some((host, _)) = self.endpoints(service).find(|(_, of)| *of == address) {
                let host = if host.is_empty() { address.replace('.', "-") } else { host };
                return Answer::Name(format!("{host}.{}", full(service)));
            }
        }
        Answer::NoSuchName
    }
}
