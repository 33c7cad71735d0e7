//! The flags of the control plane's programs, as far as a wrong one decides whether the program comes up at all
//! (`cmd/kube-apiserver/app/options`, `cmd/kube-controller-manager/app/options`, `cmd/kube-scheduler/app/options`).

use crate::log::Log;
use sim::{Micros, Time};

/// How long the API server tries to reach etcd before it gives up (`storage/storagebackend/factory`).
const ETCD_PATIENCE: Micros = Micros::secs(20);
/// Whether a member of etcd may be there, as `--etcd-servers` may name it: on this node, or on one of the others.
fn is_etcd(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.trim_end_matches('/').strip_suffix(":2379"));
    host.is_some_and(|host| matches!(host, "127.0.0.1" | "localhost") || host.starts_with("172.18.0."))
}

/// A program, and the names of its flags; those that need no value end in `!`.
pub(super) struct Program {
    pub(super) name: &'static str,
    flags: &'static [&'static str],
    /// A flag without which it does not start.
    needs: &'static [&'static str],
}

const COMMON: &str = "authentication-kubeconfig authentication-skip-lookup! authentication-token-webhook-cache-ttl \
    authentication-tolerate-lookup-failure! authorization-always-allow-paths authorization-kubeconfig \
    authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl bind-address cert-dir \
    client-ca-file contention-profiling! disabled-metrics feature-gates help! http2-max-streams-per-connection \
    kube-api-burst kube-api-content-type kube-api-qps kubeconfig leader-elect! leader-elect-lease-duration \
    leader-elect-renew-deadline leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace \
    leader-elect-retry-period log-flush-frequency log-json-info-buffer-size log-json-split-stream! logging-format master \
    permit-address-sharing! permit-port-sharing! profiling! requestheader-allowed-names requestheader-client-ca-file \
    requestheader-extra-headers-prefix requestheader-group-headers requestheader-uid-headers \
    requestheader-username-headers secure-port show-hidden-metrics-for-version tls-cert-file tls-cipher-suites \
    tls-curve-preferences tls-min-version tls-private-key-file tls-sni-cert-key v version! vmodule emulated-version";

const API_SERVER: &str = "admission-control-config-file advertise-address aggregator-reject-forwarding-redirects! \
    allow-privileged! anonymous-auth! api-audiences audit-log-batch-buffer-size audit-log-batch-max-size \
    audit-log-batch-max-wait audit-log-compress! audit-log-format audit-log-maxage audit-log-maxbackup audit-log-maxsize \
    audit-log-mode audit-log-path audit-policy-file audit-webhook-config-file authentication-config \
    authentication-token-webhook-config-file authorization-config authorization-mode authorization-policy-file \
    authorization-webhook-config-file cors-allowed-origins default-not-ready-toleration-seconds \
    default-unreachable-toleration-seconds default-watch-cache-size delete-collection-workers disable-admission-plugins \
    egress-selector-config-file enable-admission-plugins enable-aggregator-routing! enable-bootstrap-token-auth! \
    enable-garbage-collector! enable-logs-handler! enable-priority-and-fairness! encryption-provider-config \
    encryption-provider-config-automatic-reload! endpoint-reconciler-type etcd-cafile etcd-certfile \
    etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout \
    etcd-keyfile etcd-prefix etcd-readycheck-timeout etcd-servers etcd-servers-overrides event-ttl external-hostname \
    goaway-chance kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-port \
    kubelet-preferred-address-types kubelet-timeout kubernetes-service-node-port lease-reuse-duration-seconds \
    livez-grace-period max-connection-bytes-per-sec max-mutating-requests-inflight max-requests-inflight \
    min-request-timeout oidc-ca-file oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url \
    oidc-required-claim oidc-signing-algs oidc-username-claim oidc-username-prefix peer-advertise-ip peer-advertise-port \
    peer-ca-file proxy-client-cert-file proxy-client-key-file request-timeout runtime-config \
    service-account-extend-token-expiration! service-account-issuer service-account-jwks-uri service-account-key-file \
    service-account-lookup! service-account-max-token-expiration service-account-signing-key-file \
    service-cluster-ip-range service-node-port-range shutdown-delay-duration shutdown-send-retry-after! \
    shutdown-watch-termination-grace-period storage-backend storage-media-type strict-transport-security-directives \
    token-auth-file tracing-config-file watch-cache! watch-cache-sizes";

const MANAGER: &str = "allocate-node-cidrs! allow-untagged-cloud! attach-detach-reconcile-sync-period cidr-allocator-type \
    cloud-config cloud-provider cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-duration \
    cluster-signing-key-file concurrent-cron-job-syncs concurrent-daemonset-syncs concurrent-deployment-syncs \
    concurrent-endpoint-syncs concurrent-gc-syncs concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs \
    concurrent-namespace-syncs concurrent-rc-syncs concurrent-replicaset-syncs concurrent-resource-quota-syncs \
    concurrent-service-endpoint-syncs concurrent-service-syncs concurrent-serviceaccount-token-syncs \
    concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs configure-cloud-routes! \
    controller-start-interval controllers enable-dynamic-provisioning! enable-garbage-collector! \
    enable-leader-migration! endpointslice-updates-batch-period external-cloud-volume-plugin flex-volume-plugin-dir \
    horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance large-cluster-size-threshold \
    legacy-service-account-token-clean-up-period max-endpoints-per-slice min-resync-period mirroring-concurrent-syncs \
    namespace-sync-period node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 node-eviction-rate \
    node-monitor-grace-period node-monitor-period node-startup-grace-period node-sync-period \
    pvclaimbinder-sync-period resource-quota-sync-period root-ca-file route-reconciliation-period \
    secondary-node-eviction-rate service-account-private-key-file service-cluster-ip-range terminated-pod-gc-threshold \
    unhealthy-zone-threshold use-service-account-credentials!";

const SCHEDULER: &str = "config lock-object-name pod-max-in-unschedulable-pods-duration write-config-to";

static PROGRAMS: [Program; 3] = [
    Program { name: "kube-apiserver", flags: &[COMMON, API_SERVER], needs: &["etcd-servers"] },
    Program { name: "kube-controller-manager", flags: &[COMMON, MANAGER], needs: &[] },
    Program { name: "kube-scheduler", flags: &[COMMON, SCHEDULER], needs: &[] },
];

/// The program of a name.
pub(super) fn program(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.name == name)
}

/// Why a program does not come up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// How long it tries.
    pub(super) after: Micros,
    /// What it says at first, and what it ends with.
    first: String,
    last: String,
}

impl Failure {
    fn at_once(why: String) -> Self {
        Self { after: Micros::ZERO, first: why, last: String::new() }
    }

    pub(super) fn tell(&self, now: Time, log: &mut Log) {
        if self.after.0 > 0 {
            log.warn(now, "logging.go:55", &self.first);
        } else if self.first.starts_with("Error: ") {
            log.raw(self.first.clone());
        } else {
            log.error(now, "run.go:72", &self.first);
        }
    }

    pub(super) fn conclude(&self, now: Time, log: &mut Log) {
        log.fatal(now, "instance.go:226", &self.last);
    }
}

impl Program {
    /// Looks at a command line, which begins with the program's name. None at all stands for that of kubeadm.
    ///
    /// # Errors
    /// When the program would not come up with it.
    pub(super) fn check(&self, arguments: &[String]) -> Result<(), Failure> {
        let Some((_, arguments)) = arguments.split_first() else { return Ok(()) };
        let mut given = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix("--") else { continue };
            let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
            let Some(takes_value) = self.takes_value(name) else {
                return Err(Failure::at_once(format!("Error: unknown flag: --{name}")));
            };
            let value = match value {
                Some(value) => value,
                None if !takes_value => "true",
                None => match words.next() {
                    Some(value) => value,
                    None => return Err(Failure::at_once(format!("Error: flag needs an argument: --{name}"))),
                },
            };
            if !takes_value && !["true", "false", "1", "0", "t", "f"].contains(&value.to_lowercase().as_str()) {
                let why = format!("strconv.ParseBool: parsing \"{value}\": invalid syntax");
                return Err(Failure::at_once(format!(
                    "Error: invalid argument \"{value}\" for \"--{name}\" flag: {why}"
                )));
            }
            given.push((name, value));
        }
        if let Some(missing) = self.needs.iter().find(|need| !given.iter().any(|(name, _)| name == *need)) {
            return Err(Failure::at_once(format!("\"command failed\" err=\"--{missing} must be specified\"")));
        }
        given.iter().try_for_each(|(name, value)| checked(name, value))
    }

    /// Whether a flag needs a value; `None` for one that the program does not have.
    fn takes_value(&self, name: &str) -> Option<bool> {
        let mut all = self.flags.iter().flat_map(|list| list.split_whitespace());
        let found = all.find(|flag| flag.trim_end_matches('!') == name)?;
        Some(!found.ends_with('!'))
    }
}

/// Whether what a flag names is there.
fn checked(name: &str, value: &str) -> Result<(), Failure> {
    if name == "etcd-servers" {
        let Some(wrong) = value.split(',').find(|url| !is_etcd(url)) else {
            return Ok(());
        };
        let address = wrong.split_once("://").map_or(wrong, |(_, address)| address);
        let dial = format!("dial tcp {address}: connect: connection refused");
        return Err(Failure {
            after: ETCD_PATIENCE,
            first: format!(
                "[core] grpc: addrConn.createTransport failed to connect to {{Addr: \"{address}\", ServerName: \
                 \"{address}\"}}. Err: connection error: desc = \"transport: Error while dialing: {dial}\""
            ),
            last: "Error creating leases: error creating storage factory: context deadline exceeded".into(),
        });
    }
    let is_port = name == "secure-port";
    if is_port && value.parse::<u16>().is_err() {
        let why = format!("strconv.ParseInt: parsing \"{value}\": invalid syntax");
        return Err(Failure::at_once(format!("Error: invalid argument \"{value}\" for \"--{name}\" flag: {why}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<(), (u64, &str)>) {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let program = program(&arguments[0]).expect("it is known");
        let found = program.check(&arguments);
        let found = found.as_ref().copied().map_err(|failure| (failure.after.as_secs(), failure.first.as_str()));
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn a_wrong_flag_is_told_as_the_real_programs_tell_it() {
        check("kube-scheduler --leader-elect --bind-address=127.0.0.1", Ok(()));
        check("kube-scheduler --kubeconfig /etc/kubernetes/scheduler.conf", Ok(()));
        check("kube-scheduler --leader-elekt=true", Err((0, "Error: unknown flag: --leader-elekt")));
        check("kube-scheduler --kubeconfig", Err((0, "Error: flag needs an argument: --kubeconfig")));
        let parse = "strconv.ParseBool: parsing \"ja\": invalid syntax";
        let bad = format!("Error: invalid argument \"ja\" for \"--leader-elect\" flag: {parse}");
        check("kube-scheduler --leader-elect=ja", Err((0, &bad)));
        check("kube-apiserver --etcd-servers=https://127.0.0.1:2379", Ok(()));
        check("kube-apiserver --v=2", Err((0, "\"command failed\" err=\"--etcd-servers must be specified\"")));
        let refused = "[core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2378\", ServerName: \
            \"127.0.0.1:2378\"}. Err: connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2378: \
            connect: connection refused\"";
        check("kube-apiserver --etcd-servers=https://127.0.0.1:2378", Err((20, refused)));
    }
}
