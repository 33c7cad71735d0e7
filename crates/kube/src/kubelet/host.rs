//! The kubelet and its node's host: which containers run there, as CRI tells it, and programs that somebody runs in them
//! (`pkg/kubelet/server`, `getExec`; `pkg/kubelet/kuberuntime`). Environment and files of a container are made as
//! `pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/envvars` make them.

use super::actor::Kubelet;
use super::config::Sort;
use super::runtime::News;
use super::worker::Worker;
use crate::Msg;
use crate::api::{Object, Status, Verb};
use crate::client::{Out, kinds};
use crate::host::{Channel, Container, Exec, HostMsg};
use base64::Engine;
use serde_json::{Value, json};
use sim::{NodeId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A program that somebody runs in a container through this kubelet.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    client: NodeId,
    id: u64,
}

/// What waits for a pod's token.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// The container, and its account's token as of now.
    target: String,
    number: u64,
    exec: Arc<Exec>,
}

/// Programs in containers.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    last: u64,
    open: BTreeMap<u64, Stream>,
    /// By the call for the token.
    waiting: BTreeMap<u64, Waiting>,
    /// What probes have asked for.
    probes: BTreeMap<u64, Probing>,
}

/// What a probe has the host do: for which container, and what has come of it so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Probing {
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) which: &'static str,
    pub(super) printed: String,
}

impl Streams {
    /// A new process knows nothing of them.
    pub(super) fn restarted(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }
}

type Pairs = Vec<(String, String)>;

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Kubelet {
    /// Tells the host what has happened in the runtime.
    pub(super) fn tell_host(&mut self, out: &mut Out) {
        let news = std::mem::take(&mut self.runtime.news);
        let Some(host) = self.config.host else { return };
        for news in news {
            let msg = match news {
                News::Started { uid, id } => match self.container_of(&uid, &id) {
                    Some(container) => HostMsg::Run(Arc::new(container)),
                    None => continue,
                },
                News::Ends { id, at } => HostMsg::Ends { id, at },
                News::Down { uid } => HostMsg::Down { uid },
            };
            out.send(host, Msg::from(msg));
        }
    }

    fn container_of(&self, uid: &str, id: &str) -> Option<Container> {
        let worker = self.workers.get(uid)?;
        let sandbox = self.runtime.sandbox(uid)?;
        let made = sandbox.containers.iter().find(|one| one.id == id)?;
        let pod = &worker.pod;
        let spec = worker.container(&made.name)?;
        let words = |field: &str| -> Vec<String> {
            let words = spec[field].as_array().into_iter().flatten();
            words.filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        let hostname = match (sandbox.ip.is_empty(), pod.text("/spec/hostname")) {
            (true, _) => self.config.name.as_str(),
            (false, "") => pod.name(),
            (false, name) => name,
        };
        let env = self.environment(worker, spec, &sandbox.ip);
        let (files, shared) = self.files(worker, spec, &sandbox.ip, hostname);
        let expand = |words: Vec<String>| words.iter().map(|word| expanded(word, &env)).collect();
        Some(Container {
            id: id.to_owned(),
            name: made.name.clone(),
            image: made.image.clone(),
            pod: pod.name().to_owned(),
            namespace: pod.namespace().to_owned(),
            uid: uid.to_owned(),
            command: expand(words("command")),
            args: expand(words("args")),
            env,
            ip: sandbox.ip.clone(),
            hostname: hostname.to_owned(),
            files,
            shared,
            stdin: spec["stdin"] == true,
            tty: spec["tty"] == true,
            started: made.started,
            end: made.end(),
            runs_here: made.runs_here(),
        })
    }

    /// The variables of a container: those of services first, then its own.
    fn environment(&self, worker: &Worker, spec: &Value, ip: &str) -> Vec<(String, String)> {
        let pod = &worker.pod;
        let mut env: Vec<(String, String)> = Vec::new();
        let mut set = |name: &str, value: String| {
            env.retain(|(known, _)| known != name);
            env.push((name.to_owned(), value));
        };
        let services = self.client.cache(&kinds::SERVICES);
        let links = pod.pointer("/spec/enableServiceLinks") != Some(&Value::Bool(false));
        let own = services.in_namespace(pod.namespace()).filter(|_| links);
        let master = services.get("default", "kubernetes").filter(|_| !links || pod.namespace() != "default");
        for service in own.chain(master) {
            of_service(service, &mut set);
        }
        let data = |sort: Sort, name: &str| {
            let object = worker.read.get(&(sort, name.to_owned()))?.as_ref()?;
            object.map("/data").map(|data| {
                let text = |value: &Value| plain(sort, value);
                data.iter().map(|(key, value)| (key.clone(), text(value))).collect::<Vec<_>>()
            })
        };
        for source in spec["envFrom"].as_array().into_iter().flatten() {
            let prefix = source["prefix"].as_str().unwrap_or_default();
            for (sort, field) in [(Sort::ConfigMap, "configMapRef"), (Sort::Secret, "secretRef")] {
                let found = source[field]["name"].as_str().and_then(|name| data(sort, name));
                found.into_iter().flatten().for_each(|(key, value)| set(&format!("{prefix}{key}"), value));
            }
        }
        for variable in spec["env"].as_array().into_iter().flatten() {
            let Some(name) = variable["name"].as_str() else { continue };
            let from = &variable["valueFrom"];
            let key = |sort: Sort, field: &str| {
                let found = data(sort, from[field]["name"].as_str()?)?;
                let key = from[field]["key"].as_str()?;
                found.into_iter().find(|(known, _)| known == key).map(|(_, value)| value)
            };
            let value = variable["value"].as_str().map(str::to_owned);
            let value = value
                .or_else(|| key(Sort::ConfigMap, "configMapKeyRef"))
                .or_else(|| key(Sort::Secret, "secretKeyRef"))
                .or_else(|| self.field(pod, from["fieldRef"]["fieldPath"].as_str()?, ip))
                .or_else(|| {
                    let resource = from["resourceFieldRef"]["resource"].as_str()?;
                    spec["resources"].pointer(&format!("/{}", resource.replace('.', "/")))?.as_str().map(str::to_owned)
                });
            if let Some(value) = value {
                set(name, value);
            }
        }
        let known = env.clone();
        env.iter().map(|(name, value)| (name.clone(), expanded(value, &known))).collect()
    }

    fn field(&self, pod: &Object, path: &str, ip: &str) -> Option<String> {
        let own = |text: &str| Some(text.to_owned());
        if let Some((field, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
            let map = pod.map(&format!("/{}", field.replace('.', "/")))?;
            return map.get(key)?.as_str().map(str::to_owned);
        }
        match path {
            "status.podIP" | "status.podIPs" => own(if ip.is_empty() { &self.config.ip } else { ip }),
            "status.hostIP" | "status.hostIPs" => own(&self.config.ip),
            "spec.nodeName" => own(&self.config.name),
            "spec.serviceAccountName" => own(pod.text("/spec/serviceAccountName")),
            path => pod.pointer(&format!("/{}", path.replace('.', "/")))?.as_str().map(str::to_owned),
        }
    }

    /// The files that are put into a container, and the volumes that it shares with the pod's others.
    fn files(&self, worker: &Worker, spec: &Value, ip: &str, hostname: &str) -> (Pairs, Pairs) {
        let pod = &worker.pod;
        let address = if ip.is_empty() { &self.config.ip } else { ip };
        let domain = match pod.text("/spec/subdomain") {
            "" => hostname.to_owned(),
            subdomain => format!("{hostname}.{subdomain}.{}.svc.cluster.local\t{hostname}", pod.namespace()),
        };
        let mut hosts = format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{address}\t{domain}\n"
        );
        for alias in pod.list("/spec/hostAliases") {
            let names = alias["hostnames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let names: Vec<&str> = names.collect();
            hosts.push_str(&format!("{}\t{}\n", alias["ip"].as_str().unwrap_or_default(), names.join("\t")));
        }
        let mut files = vec![
            ("/etc/hostname".to_owned(), format!("{hostname}\n")),
            ("/etc/hosts".to_owned(), hosts),
            ("/etc/resolv.conf".to_owned(), resolver(pod, ip.is_empty())),
        ];
        let mut shared = Vec::new();
        let volumes = pod.list("/spec/volumes");
        for mount in spec["volumeMounts"].as_array().into_iter().flatten() {
            let (Some(path), Some(name)) = (mount["mountPath"].as_str(), mount["name"].as_str()) else { continue };
            let path = path.trim_end_matches('/');
            let Some(volume) = volumes.iter().find(|volume| volume["name"] == name) else { continue };
            let source = [(Sort::ConfigMap, "configMap", "name"), (Sort::Secret, "secret", "secretName")]
                .into_iter()
                .find_map(|(sort, field, key)| Some((sort, &volume[field], volume[field][key].as_str()?)));
            if let Some((sort, source, object)) = source {
                let object = worker.read.get(&(sort, object.to_owned())).and_then(Option::as_ref);
                let all = object.and_then(|object| object.map("/data"));
                for (key, value) in all.into_iter().flatten() {
                    let items = source["items"].as_array();
                    let item = items.map(|items| items.iter().find(|item| item["key"] == key.as_str()));
                    let name = match item {
                        None => key.as_str(),
                        Some(Some(item)) => item["path"].as_str().unwrap_or(key),
                        Some(None) => continue,
                    };
                    let text = plain(sort, value);
                    match mount["subPath"].as_str() {
                        None => files.push((format!("{path}/{name}"), text)),
                        Some(part) if part == name => files.push((path.to_owned(), text)),
                        Some(_) => {}
                    }
                }
            } else if volume["emptyDir"].is_object() || volume["persistentVolumeClaim"].is_object() {
                shared.push((path.to_owned(), name.to_owned()));
            } else if volume["projected"].is_object() && path == ACCOUNT {
                files.push((format!("{ACCOUNT}/namespace"), pod.namespace().to_owned()));
                files.push((format!("{ACCOUNT}/ca.crt"), AUTHORITY.to_owned()));
            }
        }
        (files, shared)
    }

    /// Somebody wants to run a program in a container.
    pub(super) fn exec_asked(&mut self, now: Time, client: NodeId, id: u64, exec: &Exec, out: &mut Out) {
        let refuse = |why: String, out: &mut Out| {
            out.send(client, Msg::from(HostMsg::Refused { id, why }));
        };
        if self.runtime.down.is_some() {
            let socket = "unix /var/run/containerd/containerd.sock: connect: connection refused";
            let why = format!("transport: Error while dialing: dial {socket}");
            let why = format!("rpc error: code = Unavailable desc = connection error: desc = \"{why}\"");
            return refuse(why, out);
        }
        let is_it = |worker: &&Worker| worker.pod.name() == exec.pod && worker.pod.namespace() == exec.namespace;
        let Some(worker) = self.workers.values().find(is_it) else {
            return refuse("pod does not exist".into(), out);
        };
        let uid = worker.pod.uid().to_owned();
        let running = self.runtime.sandbox(&uid).and_then(|sandbox| sandbox.last(&exec.container));
        let Some(target) = running.filter(|one| one.is_running(now)).map(|one| one.id.clone()) else {
            return refuse(format!("container not found (\"{}\")", exec.container), out);
        };
        self.streams.last += 1;
        let number = self.streams.last;
        self.streams.open.insert(number, Stream { client, id });
        let exec = Arc::new(Exec { target: target.clone(), ..exec.clone() });
        // The account's token is fetched when somebody may look at it. A real kubelet has it ready from the beginning.
        let mounts = worker.container(&exec.container).map(|spec| spec["volumeMounts"].to_string());
        if exec.port.is_some() || exec.command.is_empty() || !mounts.is_some_and(|mounts| mounts.contains(ACCOUNT)) {
            return self.pass_on(number, exec, out);
        }
        let account = worker.pod.text("/spec/serviceAccountName").to_owned();
        let mut request = kinds::SERVICE_ACCOUNTS.request(Verb::Create, &exec.namespace, &account);
        request.subresource = "token".into();
        let bound = json!({ "kind": "Pod", "apiVersion": "v1", "name": exec.pod, "uid": uid });
        let spec = json!({ "expirationSeconds": 3_607, "boundObjectRef": bound });
        request.body =
            Some(json!({ "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": spec }).into());
        let call = self.client.call(now, request, out);
        self.streams.waiting.insert(call, Waiting { target, number, exec });
    }

    /// A token has come, or there is none. Says whether the call was for one.
    pub(super) fn token_came(&mut self, call: u64, result: &Result<Object, Status>, out: &mut Out) -> bool {
        let Some(Waiting { target, number, exec }) = self.streams.waiting.remove(&call) else { return false };
        if let (Some(host), Ok(object)) = (self.config.host, result) {
            let text = object.text("/status/token").to_owned();
            out.send(host, Msg::from(HostMsg::Put { id: target, path: format!("{ACCOUNT}/token"), text }));
        }
        self.pass_on(number, exec, out);
        true
    }

    /// Has the host do what a probe asks for: run a command in the container, or send a request to a port of the pod.
    /// One that the probe asked for before and that has not ended is given up, and nobody will answer.
    pub(super) fn run_probe(
        &mut self,
        probing: Probing,
        command: Vec<String>,
        port: Option<u16>,
        out: &mut Out,
    ) -> bool {
        let Some(host) = self.config.host else { return false };
        let Some(target) = self.runtime.sandbox(&probing.uid).and_then(|one| one.last(&probing.name)) else {
            return false;
        };
        let target = target.id.clone();
        let is_same = |one: &Probing| (&one.uid, &one.name, one.which) == (&probing.uid, &probing.name, probing.which);
        if let Some(number) = self.streams.probes.iter().find(|(_, one)| is_same(one)).map(|(number, _)| *number) {
            self.streams.probes.remove(&number);
            out.send(host, Msg::from(HostMsg::HangUp { id: number }));
            return false;
        }
        self.streams.last += 1;
        let exec = Exec { container: probing.name.clone(), target, command, port, ..Exec::default() };
        self.streams.probes.insert(self.streams.last, probing);
        out.send(host, Msg::from(HostMsg::Exec { id: self.streams.last, exec: Arc::new(exec) }));
        true
    }

    fn pass_on(&mut self, number: u64, exec: Arc<Exec>, out: &mut Out) {
        if let Some(Stream { client, id }) = self.streams.open.get(&number) {
            // The connection stands, whatever comes of it.
            let msg = HostMsg::Output { id: *id, channel: Channel::Out, text: String::new() };
            out.send(*client, Msg::from(msg));
        }
        if let Some(host) = self.config.host {
            out.send(host, Msg::from(HostMsg::Exec { id: number, exec }));
        }
    }

    /// What is said by the host, or by who has a program running.
    pub(super) fn host_said(&mut self, now: Time, from: NodeId, msg: &HostMsg, out: &mut Out) {
        match msg {
            HostMsg::Exec { id, exec } => self.exec_asked(now, from, *id, exec, out),
            HostMsg::Input { id, .. } | HostMsg::HangUp { id } => {
                let is_it = |stream: &Stream| stream.client == from && stream.id == *id;
                let Some(number) = self.streams.open.iter().find(|(_, one)| is_it(one)).map(|(number, _)| *number)
                else {
                    return;
                };
                let msg = match msg {
                    HostMsg::Input { text, .. } => HostMsg::Input { id: number, text: text.clone() },
                    _ => {
                        self.streams.open.remove(&number);
                        HostMsg::HangUp { id: number }
                    }
                };
                if let Some(host) = self.config.host {
                    out.send(host, Msg::from(msg));
                }
            }
            HostMsg::Output { id, text, .. } if self.streams.probes.contains_key(id) => {
                if let Some(probing) = self.streams.probes.get_mut(id) {
                    probing.printed.push_str(text);
                }
            }
            HostMsg::Exited { id, ending } if self.streams.probes.contains_key(id) => {
                if let Some(probing) = self.streams.probes.remove(id) {
                    self.probed(now, &probing, ending, out);
                }
            }
            HostMsg::Output { id, channel, text } => {
                if let Some(stream) = self.streams.open.get(id) {
                    let msg = HostMsg::Output { id: stream.id, channel: *channel, text: text.clone() };
                    out.send(stream.client, Msg::from(msg));
                }
            }
            HostMsg::Exited { id, ending } => {
                if let Some(stream) = self.streams.open.remove(id) {
                    let msg = HostMsg::Exited { id: stream.id, ending: ending.clone() };
                    out.send(stream.client, Msg::from(msg));
                }
            }
            HostMsg::Printed { id, line, .. } => self.runtime.wrote(id, now, line),
            HostMsg::Ended { id, code } => self.runtime.over(id, now, *code),
            _ => {}
        }
    }
}

/// The text of a value of a config map or secret.
fn plain(sort: Sort, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match sort {
        Sort::ConfigMap => text.to_owned(),
        Sort::Secret => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// `$(NAME)` replaced by what is known by that name; `$$(NAME)` stands for itself (`third_party/forked/golang/expansion`).
fn expanded(text: &str, env: &[(String, String)]) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        let inside = rest.strip_prefix("$(").and_then(|inside| inside.split_once(')'));
        if let Some(after) = rest.strip_prefix("$$") {
            done.push('$');
            rest = after;
        } else if let Some((name, after)) = inside {
            match env.iter().find(|(known, _)| known == name) {
                Some((_, value)) => done.push_str(value),
                None => done.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            done.push('$');
            rest = &rest[1..];
        }
    }
    done + rest
}

/// The variables that a service gives to containers (`pkg/kubelet/envvars/envvars.go`).
fn of_service(service: &Object, set: &mut impl FnMut(&str, String)) {
    let ip = service.text("/spec/clusterIP");
    if ip.is_empty() || ip == "None" {
        return;
    }
    let upper = |name: &str| name.replace('-', "_").to_uppercase();
    let name = upper(service.name());
    let ports = service.list("/spec/ports");
    let number = |port: &Value| port["port"].as_i64().unwrap_or(0);
    set(&format!("{name}_SERVICE_HOST"), ip.to_owned());
    set(&format!("{name}_SERVICE_PORT"), ports.first().map_or(0, number).to_string());
    for port in ports {
        if let Some(of) = port["name"].as_str().filter(|of| !of.is_empty()) {
            set(&format!("{name}_SERVICE_PORT_{}", upper(of)), number(port).to_string());
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let lower = protocol.to_lowercase();
        let number = number(port);
        if index == 0 {
            set(&format!("{name}_PORT"), format!("{lower}://{ip}:{number}"));
        }
        let prefix = format!("{name}_PORT_{number}_{protocol}");
        set(&prefix, format!("{lower}://{ip}:{number}"));
        set(&format!("{prefix}_PROTO"), lower);
        set(&format!("{prefix}_PORT"), number.to_string());
        set(&format!("{prefix}_ADDR"), ip.to_owned());
    }
}

/// `/etc/resolv.conf` (`pkg/kubelet/network/dns/dns.go`).
fn resolver(pod: &Object, on_host: bool) -> String {
    let own = "nameserver 172.18.0.1\n".to_owned();
    let words = |list: &str| -> Vec<String> {
        pod.list(list).iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let (mut servers, mut search, mut options) = (Vec::new(), Vec::new(), vec!["ndots:5".to_owned()]);
    match pod.text("/spec/dnsPolicy") {
        "Default" => return own,
        "ClusterFirst" | "" if on_host => return own,
        "None" => options.clear(),
        _ => {
            servers.push("10.96.0.10".to_owned());
            let namespace = pod.namespace();
            search = vec![format!("{namespace}.svc.cluster.local"), "svc.cluster.local".into(), "cluster.local".into()];
        }
    }
    servers.extend(words("/spec/dnsConfig/nameservers"));
    search.extend(words("/spec/dnsConfig/searches"));
    for option in pod.list("/spec/dnsConfig/options") {
        let name = option["name"].as_str().unwrap_or_default();
        options.retain(|known| known.split(':').next() != Some(name));
        options.push(option["value"].as_str().map_or_else(|| name.to_owned(), |value| format!("{name}:{value}")));
    }
    let mut text = String::new();
    if !search.is_empty() {
        text = format!("search {}\n", search.join(" "));
    }
    servers.iter().for_each(|server| text.push_str(&format!("nameserver {server}\n")));
    if !options.is_empty() {
        text.push_str(&format!("options {}\n", options.join(" ")));
    }
    text
}

/// Stands for the certificate of the cluster's authority.
const AUTHORITY: &str =
    "-----BEGIN CERTIFICATE-----\nc3ViamVjdD1rdWJlcm5ldGVzO2lzc3Vlcj1rdWJlcm5ldGVz\n-----END CERTIFICATE-----\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_values_are_replaced() {
        let check = |text: &str, expected: &str| {
            assert_eq!(expanded(text, &[("A".into(), "1".into())]), expected);
        };
        check("a $(A) b", "a 1 b");
        check("$$(A) $(B) $A $", "$(A) $(B) $A $");
    }

    #[test]
    fn a_service_is_told_in_the_variables_that_docker_had() {
        let service: Object = json!({ "metadata": { "name": "my-web" }, "spec": { "clusterIP": "10.96.0.7",
            "ports": [{ "name": "http", "protocol": "TCP", "port": 80 }] } })
        .into();
        let mut env = Vec::new();
        of_service(&service, &mut |name, value| env.push(format!("{name}={value}")));
        assert_eq!(
            env,
            [
                "MY_WEB_SERVICE_HOST=10.96.0.7",
                "MY_WEB_SERVICE_PORT=80",
                "MY_WEB_SERVICE_PORT_HTTP=80",
                "MY_WEB_PORT=tcp://10.96.0.7:80",
                "MY_WEB_PORT_80_TCP=tcp://10.96.0.7:80",
                "MY_WEB_PORT_80_TCP_PROTO=tcp",
                "MY_WEB_PORT_80_TCP_PORT=80",
                "MY_WEB_PORT_80_TCP_ADDR=10.96.0.7",
            ]
        );
    }
}
