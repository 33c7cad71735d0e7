//! The cluster's etcd as kubeadm speaks with it: by the members' client ports, with the certificate for health checks
//! (`cmd/kubeadm/app/util/etcd`).

use etcd::rpc::{Member, MemberAddRequest, MemberListRequest, MemberPromoteRequest, MemberRemoveRequest, RangeRequest};
use etcd::rpc::{Request, Response};
use shell::{Either, race};

use super::pki::DIR;
use crate::http::Url;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;
use crate::transport::{Call, CallError, Endpoint, Tls};

/// Where a member's static pod says under which address clients reach it.
const ANNOTATION: &str = "kubeadm.kubernetes.io/etcd.advertise-client-urls";
/// How long one question may take, and how long it is asked again (`timeouts.etcdAPICall`), in microseconds.
const ANSWER: u64 = 5_000_000;
const PATIENCE: u64 = 120_000_000;
const PERIOD: u64 = 500_000;

/// The members of a cluster's etcd.
pub struct Etcd<'a> {
    cli: &'a Cli,
    /// Their client URLs.
    endpoints: Vec<String>,
}

impl<'a> Etcd<'a> {
    /// The members whose static pods the cluster has.
    ///
    /// # Errors
    /// When the server refuses to tell, or there are none.
    pub async fn of(cli: &'a Cli, client: &Client) -> Result<Self, Failure> {
        let path = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd%2Ctier%3Dcontrol-plane";
        let pods = client.get(path).await?;
        let url = |pod: &serde_json::Value| pod["metadata"]["annotations"][ANNOTATION].as_str().map(str::to_owned);
        let mut endpoints: Vec<String> = pods["items"].as_array().into_iter().flatten().filter_map(url).collect();
        endpoints.sort();
        match endpoints.is_empty() {
            true => Err(Failure::plain("could not retrieve the list of etcd endpoints")),
            false => Ok(Self { cli, endpoints }),
        }
    }

    fn tls(&self) -> Tls {
        let files = self.cli.process.fs();
        let read = |name: &str| files.read(&format!("{DIR}/etcd/{name}")).map(|content| content.to_vec());
        let identity = read("healthcheck-client.crt").ok().zip(read("healthcheck-client.key").ok());
        Tls { ca: read("ca.crt").ok(), identity, ..Tls::default() }
    }

    async fn ask_one(&self, url: &str, request: Request) -> Result<Response, String> {
        let url = Url::parse(url, "https").ok_or_else(|| format!("invalid endpoint {url}"))?;
        let to = Endpoint { host: url.host.clone(), port: url.port, tls: Some(self.tls()) };
        let process = &self.cli.process;
        let call = Call { command: process.command_id(), to, token: None, request };
        match race(self.cli.transport.call(call), process.sleep(ANSWER)).await {
            Either::First(Ok(response)) => Ok(response),
            Either::First(Err(CallError::Status(status))) => Err(status.message),
            Either::First(Err(CallError::Tls(why))) => Err(why),
            Either::First(Err(_)) => Err(format!("dial tcp {}: connect: connection refused", url.authority())),
            Either::Second(()) => Err("context deadline exceeded".to_owned()),
        }
    }

    /// Asks until somebody answers well.
    async fn ask(&self, request: Request) -> Result<Response, Failure> {
        let began = self.cli.process.now();
        loop {
            let mut last = String::new();
            for url in &self.endpoints {
                match self.ask_one(url, request.clone()).await {
                    Ok(response) => return Ok(response),
                    Err(why) => last = why,
                }
            }
            if self.cli.process.now() - began > PATIENCE {
                return Err(Failure::plain(last));
            }
            self.cli.process.sleep(PERIOD).await;
        }
    }

    /// That every member answers.
    ///
    /// # Errors
    /// When one does not.
    pub async fn check(&self) -> Result<(), Failure> {
        for url in &self.endpoints {
            let health = RangeRequest { key: "health".into(), ..RangeRequest::default() };
            if let Err(why) = self.ask_one(url, health.into()).await {
                return Err(Failure::plain(format!(
                    "etcd cluster is not healthy: failed to dial endpoint {url}: {why}"
                )));
            }
        }
        Ok(())
    }

    pub async fn members(&self) -> Result<Vec<Member>, Failure> {
        match self.ask(MemberListRequest { linearizable: true }.into()).await? {
            Response::MemberList(list) => Ok(list.members),
            _ => Ok(Vec::new()),
        }
    }

    /// Adds a learner that others will reach at `peer`, unless it is there. Gives its id.
    pub async fn add_learner(&self, peer: &str) -> Result<u64, Failure> {
        let is_it = |member: &&Member| member.peer_urls.iter().any(|url| url == peer);
        if let Some(known) = self.members().await?.iter().find(is_it) {
            return Ok(known.id);
        }
        let added = self.ask(MemberAddRequest { peer_urls: vec![peer.to_owned()], is_learner: true }.into()).await?;
        match added {
            Response::MemberAdd(added) => Ok(added.member.id),
            _ => Err(Failure::plain("etcd gave another answer than was asked for")),
        }
    }

    /// Lets a learner vote once it has caught up.
    pub async fn promote(&self, id: u64) -> Result<(), Failure> {
        let is_learner = |member: &Member| member.id == id && member.is_learner;
        if self.members().await?.iter().any(is_learner) {
            self.ask(MemberPromoteRequest { id }.into()).await?;
        }
        Ok(())
    }

    /// Takes a member out, unless it is the only one.
    pub async fn remove(&self, peer: &str) -> Result<(), Failure> {
        let members = self.members().await?;
        let is_it = |member: &&Member| member.peer_urls.iter().any(|url| url == peer);
        if let Some(member) = members.iter().find(is_it).filter(|_| members.len() > 1) {
            self.ask(MemberRemoveRequest { id: member.id }.into()).await?;
        }
        Ok(())
    }
}
