//! What a new cluster shall be like: flags, or what kubeadm takes when they say nothing.

use crate::kubeadm::images::version;
use crate::kubeadm::{Node, invalid, token};
use crate::kubectl::cli::Cli;
use crate::kubectl::failure::Failure;

/// Where `--dry-run` writes what it would write.
const DRY_RUN: &str = "/etc/kubernetes/tmp/kubeadm-init-dryrun";

pub struct Settings {
    pub version: String,
    pub name: String,
    pub address: String,
    /// `--control-plane-endpoint` with its port; empty where it was not given.
    pub endpoint: String,
    pub pod_subnet: String,
    pub service_subnet: String,
    pub token: String,
    /// In seconds; 0 is for ever.
    pub token_ttl: i64,
    pub dry_run: bool,
}

impl Settings {
    /// What the flags say.
    ///
    /// # Errors
    /// When one has a value that cannot be.
    pub fn of(cli: &Cli, node: &dyn Node) -> Result<Self, Failure> {
        let flags = &cli.flags;
        let given = |flag: &str, own: String| match flags.text(flag) {
            "" => own,
            text => text.to_owned(),
        };
        let token = given("token", token::generate(&cli.process));
        token::Token::new(&token).map_err(Failure::plain)?;
        let endpoint = match flags.text("control-plane-endpoint") {
            text if text.is_empty() || text.contains(':') => text.to_owned(),
            host => format!("{host}:6443"),
        };
        let settings = Self {
            endpoint,
            version: version(flags.text("kubernetes-version")).map_err(Failure::plain)?,
            name: node.name(),
            address: given("apiserver-advertise-address", node.address()),
            pod_subnet: flags.text("pod-network-cidr").to_owned(),
            service_subnet: flags.text("service-cidr").to_owned(),
            token,
            token_ttl: flags.duration("token-ttl") / 1_000_000_000,
            dry_run: flags.bool("dry-run"),
        };
        settings.check(cli, node)?;
        Ok(settings)
    }

    fn check(&self, cli: &Cli, node: &dyn Node) -> Result<(), Failure> {
        if self.address.parse::<std::net::IpAddr>().is_err() {
            let words = format!(
                "couldn't use {} as \"apiserver-advertise-address\", must be ipv4 or ipv6 address",
                crate::go::quote(&self.address)
            );
            return Err(Failure::plain(words));
        }
        for (field, subnet) in [("podSubnet", &self.pod_subnet), ("serviceSubnet", &self.service_subnet)] {
            if !subnet.is_empty() && !is_subnet(subnet) {
                let text = crate::go::quote(subnet);
                return Err(invalid(
                    cli,
                    format_args!("networking.{field}: Invalid value: {text}: couldn't parse subnet"),
                ));
            }
        }
        // A control plane that listens where nobody can reach it would never come up.
        if self.address != node.address() {
            return Err(Failure::plain(format!(
                "no interface of this node has the address {}; it has {}",
                self.address,
                node.address()
            )));
        }
        if self.service_subnet != "10.96.0.0/12" {
            return Err(Failure::plain("the API server of this world gives services addresses of 10.96.0.0/12 only"));
        }
        Ok(())
    }

    /// Where a file is really written.
    pub fn path(&self, path: &str) -> String {
        if self.dry_run { format!("{DRY_RUN}{path}") } else { path.to_owned() }
    }

    /// Where everybody reaches the cluster, with the port: `172.18.0.10:6443`
    pub fn outside(&self) -> String {
        if self.endpoint.is_empty() { format!("{}:6443", self.address) } else { self.endpoint.clone() }
    }
}

fn is_subnet(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 128)
}
