//! Services (`ValidateService`).

use serde_json::{Value, json};

use super::{Faults, names, pods};

pub(super) fn check(service: &Value, faults: &mut Faults) {
    let spec = &service["spec"];
    let text = |field: &str| spec[field].as_str().unwrap_or_default();
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    faults.one_of("spec.type", &spec["type"], &kinds);
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let headless = text("clusterIP") == "None";
    if ports.is_empty() && !headless && text("type") != "ExternalName" {
        faults.required("spec.ports", "");
    }
    if text("type") == "ExternalName" {
        let name = text("externalName").trim_end_matches('.');
        if name.is_empty() {
            faults.required("spec.externalName", "");
        } else {
            for why in names::subdomain_1123(name) {
                faults.invalid("spec.externalName", json!(name), &why);
            }
        }
    }
    if headless && matches!(text("type"), "NodePort" | "LoadBalancer") {
        let why = format!("may not be set to 'None' for {} services", text("type"));
        faults.invalid("spec.clusterIPs[0]", json!("None"), &why);
    }
    let mut seen: Vec<(&Value, &Value)> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for (at, port) in ports.iter().enumerate() {
        let field = format!("spec.ports[{at}]");
        let name = port["name"].as_str().unwrap_or_default();
        if name.is_empty() && ports.len() > 1 {
            faults.required(&format!("{field}.name"), "");
        } else if !name.is_empty() {
            for why in names::label_1123(name) {
                faults.invalid(&format!("{field}.name"), json!(name), &why);
            }
            if known.contains(&name) {
                faults.duplicate(&format!("{field}.name"), json!(name));
            }
            known.push(name);
        }
        pods::port_number(port["port"].as_i64().unwrap_or(0), &format!("{field}.port"), faults);
        if let Some(number) = port["targetPort"].as_i64() {
            pods::port_number(number, &format!("{field}.targetPort"), faults);
        }
        faults.one_of(&format!("{field}.protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
        if seen.contains(&(&port["port"], &port["protocol"])) {
            faults.duplicate(&field, port.clone());
        }
        seen.push((&port["port"], &port["protocol"]));
    }
    names::labels(&spec["selector"], "spec.selector", faults);
    faults.one_of("spec.sessionAffinity", &spec["sessionAffinity"], &["ClientIP", "None"]);
}
