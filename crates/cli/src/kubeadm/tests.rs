//! Command lines of kubeadm against a server that only remembers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use border::Certificate;
use shell::{Os, Process, Program, Reader, Session, Vfs};

use super::{Node, kubeconfig, pki};
use crate::apart::{Apart, Surroundings};
use crate::kubectl::tests::{Server, Wire};
use crate::transport::{Call, CallError, CallStream, Endpoint, LocalBoxFuture, Transport};
use crate::version::Release;
use etcd::rpc::Response;

/// Files with their paths.
type Files = Vec<(String, Vec<u8>)>;

#[derive(Default)]
struct Host {
    started: RefCell<Vec<Files>>,
    stopped: Cell<bool>,
}

impl Node for Host {
    fn name(&self) -> String {
        "controlplane".into()
    }

    fn address(&self) -> String {
        "172.18.0.10".into()
    }

    fn issue(&self, certificate: &Certificate) -> (String, String) {
        use base64::Engine;
        let body =
            serde_json::json!({ "subject": certificate.subject, "issuer": certificate.issuer, "key": certificate.key });
        let text = base64::engine::general_purpose::STANDARD.encode(body.to_string());
        let block = |kind: &str| format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n");
        (block("CERTIFICATE"), block("RSA PRIVATE KEY"))
    }

    fn has_kubelet(&self) -> bool {
        true
    }

    fn start_kubelet(&self, files: Files) {
        self.started.borrow_mut().push(files);
    }

    fn stop_kubelet(&self) {
        self.stopped.set(true);
    }
}

struct Kubeadm(Rc<Server>, Rc<Host>);

impl Program for Kubeadm {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let transport = Rc::new(Free(Wire(self.0.clone())));
        let node: Option<Rc<dyn Node>> = Some(self.1.clone());
        let surroundings = Surroundings {
            transport,
            release: Release::DEFAULT,
            apart: Apart::HERE,
            rare: crate::RareCommands::HERE,
            node,
        };
        super::run(process, Rc::new(surroundings))
    }
}

/// A network on which nothing listens on the node itself.
struct Free(Wire);

impl Transport for Free {
    fn connect(&self, command: u64, to: &Endpoint) -> LocalBoxFuture<'static, Result<(), CallError>> {
        match to.host.as_str() {
            "127.0.0.1" => Box::pin(std::future::ready(Err(CallError::Refused))),
            _ => self.0.connect(command, to),
        }
    }

    fn call(&self, call: Call) -> LocalBoxFuture<'static, Result<Response, CallError>> {
        self.0.call(call)
    }

    fn stream(&self, call: Call) -> Box<dyn CallStream> {
        self.0.stream(call)
    }
}

/// What a script came to.
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
    host: Rc<Host>,
    os: Os,
}

/// Runs a script on a node; with a cluster, one whose files are laid out.
fn run(script: &str, cluster: bool) -> Outcome {
    let (server, host) = (Rc::new(Server::default()), Rc::new(Host::default()));
    let os = Os::new(Vfs::new(1 << 20), 1);
    os.set_epoch(1_767_225_600);
    assert!(os.install("kubeadm", Rc::new(Kubeadm(server, host.clone()))).is_ok(), "kubeadm is installed");
    if cluster {
        let issue = |certificate: &Certificate| host.issue(certificate);
        for (path, content) in pki::all("controlplane", "172.18.0.10", &issue) {
            let files = os.files();
            assert!(files.mkdir_all(shell::path::parent(&path)).and_then(|()| files.write(&path, content)).is_ok());
        }
    }
    let session = Session::new("/root").into_handle();
    assert!(os.files().mkdir_all("/root").is_ok(), "there is a home");
    let job = os.exec_script(script, &session, Reader::null());
    let mut now = 0;
    while job.code().is_none() && now < 7_200_000_000 {
        os.run(now, 1_000_000);
        now = os.next_timer().unwrap_or(now + 1_000).max(now + 1);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome { stdout: text(job.stdout()), stderr: text(job.stderr()), code: job.code(), host, os }
}

#[track_caller]
fn check(script: &str, stdout: &str, stderr: &str, code: i32) {
    let found = run(script, true);
    assert_eq!((found.stdout.as_str(), found.stderr.as_str(), found.code), (stdout, stderr, Some(code)), "{script}");
}

const HINT: &str = "To see the stack trace of this error execute with --v=5 or higher\n";

#[test]
fn the_version_is_told_in_four_ways() {
    check("kubeadm version -o short", "v1.36.2\n", "", 0);
    let script = "kubeadm version | grep -o 'GitVersion:\"[^\"]*\"'";
    check(script, "GitVersion:\"v1.36.2\"\n", "", 0);
    check("kubeadm version -o yaml | grep gitVersion", "  gitVersion: v1.36.2\n", "", 0);
    check("kubeadm version -o foo", "", &format!("error: invalid output format: foo\n{HINT}"), 1);
}

#[test]
fn tokens_are_made_listed_and_deleted() {
    let text = "abcdef.0123456789abcdef";
    check(&format!("kubeadm token create {text} --ttl 0"), &format!("{text}\n"), "", 0);
    let row = "abcdef.0123456789abcdef   23h       2026-01-02T00:00:00Z   authentication,signing   <none>        system:bootstrappers:kubeadm:default-node-token\n";
    let header = "TOKEN                     TTL       EXPIRES                USAGES                   DESCRIPTION   EXTRA GROUPS\n";
    let script = format!("kubeadm token create {text} > /dev/null; sleep 1; kubeadm token list");
    check(&script, &format!("{header}{row}"), "", 0);
    let script = format!("kubeadm token create {text}; kubeadm token delete abcdef; kubeadm token list");
    check(&script, &format!("{text}\nbootstrap token \"abcdef\" deleted\n"), "", 0);
    check("kubeadm token generate | grep -cE '^[a-z0-9]{6}\\.[a-z0-9]{16}$'", "1\n", "", 0);
}

#[test]
fn a_join_command_names_the_hash_of_the_authority_that_lies_on_the_node() {
    let found =
        run("kubeadm token create abcdef.0123456789abcdef --print-join-command; cat /etc/kubernetes/pki/ca.crt", true);
    let (command, authority) = found.stdout.split_once('\n').expect("a line and a certificate");
    let hash = super::token::hash(authority);
    let expected =
        format!("kubeadm join 172.18.0.10:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash {hash} ");
    assert_eq!(command, expected);
    assert!(!kubeconfig::body(authority).is_empty(), "the hash is over something");
}

#[test]
fn what_is_no_token_is_refused() {
    let words =
        "error: the bootstrap token \"abc\" was not of the form \"\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z\"\n";
    check("kubeadm token create abc", "", &format!("{words}{HINT}"), 1);
    let words = "error: missing subcommand; \"token\" is not meant to be run on its own\n";
    check("kubeadm token", "", &format!("{words}{HINT}"), 1);
    let words = "error: failed to load admin kubeconfig: open /nope: no such file or directory\n";
    check("kubeadm token list --kubeconfig /nope", "", &format!("{words}{HINT}"), 1);
}

#[test]
fn certificates_end_a_year_after_they_were_written_and_are_renewed() {
    let script = "kubeadm certs check-expiration | grep -E '^(apiserver|ca) '";
    let shown = "apiserver                  Jan 01, 2027 00:00 UTC   364d            ca                      no      \nca                      Dec 30, 2035 00:00 UTC   9y              no      \n";
    check(&format!("sleep 1; {script}"), shown, "", 0);
    let script = "sleep 3600; kubeadm certs renew apiserver | tail -1; kubeadm certs check-expiration | grep -E '^(apiserver|etcd-peer) '";
    let shown = "certificate for serving the Kubernetes API renewed\napiserver                  Jan 01, 2027 01:00 UTC   364d            ca                      no      \netcd-peer                  Jan 01, 2027 00:00 UTC   364d            etcd-ca                 no      \n";
    check(script, shown, "", 0);
}

#[test]
fn nothing_is_set_up_where_something_is_already() {
    let found = run(
        "mkdir -p /etc/kubernetes/manifests /var/lib/etcd/member; touch /etc/kubernetes/manifests/etcd.yaml; kubeadm init",
        true,
    );
    let stderr = "[preflight] Some fatal errors occurred:
\t[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]: /etc/kubernetes/manifests/etcd.yaml already exists
\t[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty
[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`
error: error execution phase preflight: preflight checks failed
";
    assert_eq!(found.stdout, "[init] Using Kubernetes version: v1.36.2\n[preflight] Running pre-flight checks\n");
    assert_eq!((found.stderr, found.code), (format!("{stderr}{HINT}"), Some(1)));
    assert!(found.host.started.borrow().is_empty(), "no kubelet was started");
}

#[test]
fn a_dry_run_of_init_leaves_the_node_as_it_was() {
    let found = run("kubeadm init --dry-run", false);
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.host.started.borrow().is_empty(), "no kubelet was started");
    for path in ["/etc/kubernetes/pki", "/etc/kubernetes/manifests", "/etc/kubernetes/admin.conf"] {
        assert!(!found.os.files().exists(path), "{path} was made");
    }
}

#[test]
fn a_phase_alone_does_its_part() {
    let found = run(
        "kubeadm init phase certs && kubeadm init phase etcd && ls /etc/kubernetes/pki /etc/kubernetes/manifests",
        false,
    );
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    let listed: Vec<&str> = found.stdout.lines().filter(|line| !line.starts_with('[')).collect();
    let manifests = listed.iter().position(|line| *line == "/etc/kubernetes/manifests:").map(|at| listed[at + 1]);
    assert_eq!(manifests, Some("etcd.yaml"));
    assert!(listed.contains(&"apiserver-etcd-client.crt") && listed.contains(&"sa.pub"), "{listed:?}");
}

#[test]
fn a_join_needs_a_token_and_a_way_to_trust_the_cluster() {
    let words = "error: discovery: Invalid value: \"\": bootstrapToken or file must be set\n";
    check("kubeadm join", "", &format!("{words}{HINT}"), 3);
    let found = run("kubeadm join 172.18.0.10:6443 --token abcdef.0123456789abcdef", false);
    assert_eq!(found.code, Some(3));
    assert!(
        found.stderr.contains("using token-based discovery without caCertHashes can be unsafe"),
        "{}",
        found.stderr
    );
}

#[test]
fn a_cluster_that_vouches_for_no_token_is_not_joined() {
    let found = run(
        "kubeadm join 172.18.0.10:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification",
        false,
    );
    assert_eq!(found.code, Some(1));
    let expected = "error: error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: configmaps \"cluster-info\" not found\n";
    assert_eq!(found.stderr, format!("{expected}{HINT}"));
    assert!(found.host.started.borrow().is_empty(), "no kubelet was started");
}
