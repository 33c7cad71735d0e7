//! What profiles change about a pod and the container that looks into it (`k8s.io/kubectl/pkg/cmd/debug/profiles.go`).

use serde_json::{Value, json};

use crate::kubectl::cmdline::Flags;
use crate::kubectl::failure::Failure;

/// How somebody looks in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// By a container beside those of the pod.
    Beside,
    /// By a copy of the pod.
    Copy,
    /// By a pod on the node.
    Node,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Legacy,
    General,
    Baseline,
    Restricted,
    Netadmin,
    Sysadmin,
}

impl Profile {
    /// # Errors
    /// When there is none of this name.
    pub fn of(name: &str) -> Result<Self, Failure> {
        Ok(match name {
            "legacy" => Self::Legacy,
            "general" => Self::General,
            "baseline" => Self::Baseline,
            "restricted" => Self::Restricted,
            "netadmin" => Self::Netadmin,
            "sysadmin" => Self::Sysadmin,
            other => return Err(Failure::plain(format!("unknown profile: {other}"))),
        })
    }

    /// Changes a pod's specification and the container.
    pub fn apply(self, style: Style, spec: &mut Value, container: &mut Value) {
        let on_host = style == Style::Node && !matches!(self, Self::Baseline | Self::Restricted);
        if on_host {
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                spec[field] = true.into();
            }
        }
        if on_host && self != Self::Netadmin {
            spec["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
            container["volumeMounts"] = json!([{"mountPath": "/host", "name": "host-root"}]);
        }
        if style == Style::Copy && self != Self::Legacy && spec["shareProcessNamespace"].is_null() {
            spec["shareProcessNamespace"] = true.into();
        }
        let clears = matches!(self, Self::Baseline | Self::Restricted) || self == Self::General && on_host;
        if let (true, Some(fields)) = (clears, container.as_object_mut()) {
            fields.shift_remove("securityContext");
        }
        let mut add = |capabilities: &[&str]| {
            let added = &mut container["securityContext"]["capabilities"]["add"];
            let mut all = added.as_array().cloned().unwrap_or_default();
            all.extend(capabilities.iter().map(|one| Value::from(*one)));
            *added = all.into();
        };
        match self {
            Self::General if style != Style::Node => add(&["SYS_PTRACE"]),
            Self::Netadmin => add(&["NET_ADMIN", "NET_RAW"]),
            Self::Sysadmin => container["securityContext"]["privileged"] = true.into(),
            Self::Restricted => {
                container["securityContext"] = json!({
                    "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": false,
                    "seccompProfile": {"type": "RuntimeDefault"},
                });
            }
            _ => {}
        }
    }
}

/// What a copy keeps of its pod.
pub struct Keeps {
    pub labels: bool,
    pub annotations: bool,
    probes: [(&'static str, bool); 3],
    init_containers: bool,
}

impl Keeps {
    pub fn of(flags: &Flags) -> Self {
        let legacy = flags.text("profile") == "legacy";
        let keeps = |flag: &str| legacy || flags.bool(flag);
        Self {
            labels: !legacy && flags.bool("keep-labels"),
            annotations: keeps("keep-annotations"),
            probes: [
                ("livenessProbe", keeps("keep-liveness")),
                ("readinessProbe", keeps("keep-readiness")),
                ("startupProbe", keeps("keep-startup")),
            ],
            init_containers: keeps("keep-init-containers"),
        }
    }

    /// Takes away what is not kept.
    pub fn strip(&self, spec: &mut Value, containers: &mut [Value]) {
        if let (false, Some(fields)) = (self.init_containers, spec.as_object_mut()) {
            fields.shift_remove("initContainers");
        }
        for container in containers.iter_mut().filter_map(Value::as_object_mut) {
            for (probe, _) in self.probes.iter().filter(|(_, kept)| !kept) {
                container.shift_remove(*probe);
            }
        }
    }
}
