//! Containers of pods and templates.

use serde_json::Value;

use super::writer::{Writer, items, joined, keys, number, plain, string, time, truth};

/// `statuses` is `None` for a template; `space` indents it.
pub fn containers(w: &mut Writer, title: &str, all: &Value, statuses: Option<&Value>, space: &str, pod: &Value) {
    let none = if items(all).is_empty() { " <none>" } else { "" };
    w.line(0, format_args!("{space}{title}:{none}"));
    let indent = if space.is_empty() { "" } else { " " };
    for container in items(all) {
        let name = string(&container["name"]);
        let status = statuses.and_then(|all| items(all).iter().find(|status| status["name"] == name.as_str()));
        w.line(1, format_args!("{indent}{name}:"));
        basics(w, container, status);
        for (title, field) in [("Command", "command"), ("Args", "args")] {
            if !items(&container[field]).is_empty() {
                w.line(2, format_args!("{title}:"));
                for word in items(&container[field]) {
                    plain(word).split('\n').for_each(|line| w.line(3, line));
                }
            }
        }
        if let Some(status) = status {
            state(w, "State", &status["state"]);
            if status["lastState"]["terminated"].is_object() {
                state(w, "Last State", &status["lastState"]);
            }
            w.field(2, "Ready", truth(&Value::Bool(status["ready"] == true)));
            w.field(2, "Restart Count", number(&status["restartCount"]));
        }
        for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
            let amounts = &container["resources"][field];
            let names = keys(amounts);
            if !names.is_empty() {
                w.line(2, format_args!("{title}:"));
                names.iter().for_each(|name| w.field(3, name, plain(&amounts[name])));
            }
        }
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if container[field].is_object() {
                w.field(2, title, probe(&container[field]));
            }
        }
        environment(w, container, pod);
        mounts(w, container);
    }
}

fn basics(w: &mut Writer, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        w.field(2, "Container ID", string(&status["containerID"]));
    }
    w.field(2, "Image", string(&container["image"]));
    if let Some(status) = status {
        w.field(2, "Image ID", string(&status["imageID"]));
    }
    for (one, several, field) in [("Port", "Ports", "containerPort"), ("Host Port", "Host Ports", "hostPort")] {
        let ports: Vec<String> = items(&container["ports"])
            .iter()
            .map(|port| {
                let protocol = port["protocol"].as_str().unwrap_or("TCP");
                let text = format!("{}/{protocol}", number(&port[field]));
                match string(&port["name"]) {
                    name if name.is_empty() => text,
                    name => format!("{text} ({name})"),
                }
            })
            .collect();
        match &ports[..] {
            [] => w.field(2, one, "<none>"),
            [port] => w.field(2, one, port),
            ports => w.field(2, several, ports.join(", ")),
        }
    }
    w.some(2, "SeccompProfile", &string(&container["securityContext"]["seccompProfile"]["type"]));
}

fn state(w: &mut Writer, title: &str, state: &Value) {
    if state["running"].is_object() {
        w.field(2, title, "Running");
        w.field(3, "Started", time(&state["running"]["startedAt"]));
    } else if state["terminated"].is_object() {
        let end = &state["terminated"];
        w.field(2, title, "Terminated");
        w.some(3, "Reason", &string(&end["reason"]));
        w.some(3, "Message", &string(&end["message"]));
        w.field(3, "Exit Code", number(&end["exitCode"]));
        if number(&end["signal"]) > 0 {
            w.field(3, "Signal", number(&end["signal"]));
        }
        w.field(3, "Started", time(&end["startedAt"]));
        w.field(3, "Finished", time(&end["finishedAt"]));
    } else {
        w.field(2, title, "Waiting");
        w.some(3, "Reason", &string(&state["waiting"]["reason"]));
    }
}

fn probe(probe: &Value) -> String {
    let seconds = |field: &str, default: i64| probe[field].as_i64().unwrap_or(default);
    let numbers = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        seconds("initialDelaySeconds", 0),
        seconds("timeoutSeconds", 1),
        seconds("periodSeconds", 10),
        seconds("successThreshold", 1),
        seconds("failureThreshold", 3)
    );
    if probe["exec"].is_object() {
        return format!("exec [{}] {numbers}", joined(&probe["exec"]["command"], " "));
    }
    if probe["httpGet"].is_object() {
        let get = &probe["httpGet"];
        let scheme = get["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
        let (host, port, path) = (string(&get["host"]), plain(&get["port"]), string(&get["path"]));
        return format!("http-get {scheme}://{host}:{port}{path} {numbers}");
    }
    if probe["tcpSocket"].is_object() {
        let socket = &probe["tcpSocket"];
        return format!("tcp-socket {}:{} {numbers}", string(&socket["host"]), plain(&socket["port"]));
    }
    if probe["grpc"].is_object() {
        return format!("grpc <pod>:{} {} {numbers}", plain(&probe["grpc"]["port"]), string(&probe["grpc"]["service"]));
    }
    format!("unknown {numbers}")
}

fn environment(w: &mut Writer, container: &Value, pod: &Value) {
    if !items(&container["envFrom"]).is_empty() {
        w.line(2, "Environment Variables from:");
        for one in items(&container["envFrom"]) {
            let (kind, source) = match one["configMapRef"].is_object() {
                true => ("ConfigMap", &one["configMapRef"]),
                false => ("Secret", &one["secretRef"]),
            };
            let (name, optional) = (string(&source["name"]), source["optional"] == true);
            let with = match string(&one["prefix"]) {
                prefix if prefix.is_empty() => String::new(),
                prefix => format!(" with prefix '{prefix}'"),
            };
            w.line(3, format_args!("{name}\t{kind}{with}\tOptional: {optional}"));
        }
    }
    if items(&container["env"]).is_empty() {
        w.field(2, "Environment", "<none>");
        return;
    }
    w.line(2, "Environment:");
    for one in items(&container["env"]) {
        let (name, from) = (string(&one["name"]), &one["valueFrom"]);
        if !from.is_object() {
            for (i, line) in string(&one["value"]).split('\n').enumerate() {
                if i == 0 { w.field(3, &name, line) } else { w.line(3, format_args!("\t{line}")) }
            }
        } else if from["fieldRef"].is_object() {
            let path = string(&from["fieldRef"]["fieldPath"]);
            let version = from["fieldRef"]["apiVersion"].as_str().unwrap_or("v1");
            let pointer = format!("/{}", path.replace('.', "/"));
            let value = pod.pointer(&pointer).map(plain).unwrap_or_default();
            w.field(3, &name, format_args!("{value} ({version}:{path})"));
        } else if from["resourceFieldRef"].is_object() {
            let resource = string(&from["resourceFieldRef"]["resource"]);
            let pointer = format!("/resources/{}", resource.replacen('.', "/", 1));
            let value = container.pointer(&pointer).map_or("0".to_owned(), plain);
            w.field(3, &name, format_args!("{value} ({resource})"));
        } else {
            let (source, what) = match from["secretKeyRef"].is_object() {
                true => (&from["secretKeyRef"], "in secret"),
                false => (&from["configMapKeyRef"], "of config map"),
            };
            let (key, of, optional) = (string(&source["key"]), string(&source["name"]), source["optional"] == true);
            w.field(3, &name, format_args!("<set to the key '{key}' {what} '{of}'>\tOptional: {optional}"));
        }
    }
}

fn mounts(w: &mut Writer, container: &Value) {
    let mut all: Vec<&Value> = items(&container["volumeMounts"]).iter().collect();
    all.sort_by_key(|mount| string(&mount["mountPath"]));
    if all.is_empty() {
        w.field(2, "Mounts", "<none>");
        return;
    }
    w.line(2, "Mounts:");
    for mount in all {
        let mut how = if mount["readOnly"] == true { "ro".to_owned() } else { "rw".to_owned() };
        if mount["subPath"].is_string() {
            how = format!("{how},path={}", crate::go::quote(&string(&mount["subPath"])));
        }
        w.line(3, format_args!("{} from {} ({how})", string(&mount["mountPath"]), string(&mount["name"])));
    }
}
