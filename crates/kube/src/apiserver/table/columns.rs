//! Which columns each kind has.

use super::network as net;
use super::pods;
use super::storage as st;
use super::workloads as work;
use super::{Column, age, labels, name, number, shown, text_or, wide};

macro_rules! text {
    ($pointer:literal) => {
        |object, _| text_or(object, $pointer, "")
    };
    ($pointer:literal, $none:literal) => {
        |object, _| text_or(object, $pointer, $none)
    };
}

macro_rules! count {
    ($pointer:literal) => {
        |object, _| number(object, $pointer)
    };
}

const NAME: Column = shown("Name", name);
const AGE: Column = shown("Age", age);
const CONTAINERS: Column = wide("Containers", work::containers);
const IMAGES: Column = wide("Images", work::images);
const SELECTOR: Column = wide("Selector", work::label_selector);

/// What kinds have of which nothing more is known.
const PLAIN: &[Column] = &[NAME, AGE];

const PODS: &[Column] = &[
    NAME,
    shown("Ready", pods::ready),
    shown("Status", pods::status),
    shown("Restarts", pods::restarts),
    AGE,
    wide("IP", pods::address),
    wide("Node", text!("/spec/nodeName", "<none>")),
    wide("Nominated Node", text!("/status/nominatedNodeName", "<none>")),
    wide("Readiness Gates", pods::gates),
];

const REPLICA_SETS: &[Column] = &[
    NAME,
    shown("Desired", work::wanted),
    shown("Current", count!("/status/replicas")),
    shown("Ready", count!("/status/readyReplicas")),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const REPLICATION_CONTROLLERS: &[Column] = &[
    NAME,
    shown("Desired", work::wanted),
    shown("Current", count!("/status/replicas")),
    shown("Ready", count!("/status/readyReplicas")),
    AGE,
    CONTAINERS,
    IMAGES,
    wide("Selector", work::plain_selector),
];

const DEPLOYMENTS: &[Column] = &[
    NAME,
    shown("Ready", work::ready_of_wanted),
    shown("Up-to-date", |object, _| work::status_number(object, "updatedReplicas")),
    shown("Available", |object, _| work::status_number(object, "availableReplicas")),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const DAEMON_SETS: &[Column] = &[
    NAME,
    shown("Desired", count!("/status/desiredNumberScheduled")),
    shown("Current", count!("/status/currentNumberScheduled")),
    shown("Ready", count!("/status/numberReady")),
    shown("Up-to-date", count!("/status/updatedNumberScheduled")),
    shown("Available", count!("/status/numberAvailable")),
    shown("Node Selector", work::node_selector),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const STATEFUL_SETS: &[Column] = &[NAME, shown("Ready", work::ready_of_wanted), AGE, CONTAINERS, IMAGES];

const JOBS: &[Column] = &[
    NAME,
    shown("Status", work::job_status),
    shown("Completions", work::completions),
    shown("Duration", work::job_duration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const CRON_JOBS: &[Column] = &[
    NAME,
    shown("Schedule", text!("/spec/schedule")),
    shown("Timezone", text!("/spec/timeZone", "<none>")),
    shown("Suspend", work::suspended),
    shown("Active", work::active),
    shown("Last Schedule", work::last_schedule),
    AGE,
    CONTAINERS,
    IMAGES,
    wide("Selector", work::job_selector),
];

const SERVICES: &[Column] = &[
    NAME,
    shown("Type", text!("/spec/type")),
    shown("Cluster-IP", net::cluster_ip),
    shown("External-IP", net::external_ip),
    shown("Port(s)", net::service_ports),
    AGE,
    wide("Selector", |object, _| labels(object.map("/spec/selector")).into()),
];

const ENDPOINT_SLICES: &[Column] = &[
    NAME,
    shown("AddressType", text!("/addressType")),
    shown("Ports", net::slice_ports),
    shown("Endpoints", net::slice_endpoints),
    AGE,
];

const INGRESSES: &[Column] = &[
    NAME,
    shown("Class", net::ingress_class),
    shown("Hosts", net::hosts),
    shown("Address", net::ingress_address),
    shown("Ports", net::ingress_ports),
    AGE,
];

const INGRESS_CLASSES: &[Column] = &[
    NAME,
    shown("Controller", text!("/spec/controller")),
    shown("Parameters", |object, _| match object.map("/spec/parameters") {
        Some(_) => {
            let part = |field: &str| object.text(&format!("/spec/parameters/{field}")).to_owned();
            let group = if part("apiGroup").is_empty() { String::new() } else { format!(".{}", part("apiGroup")) };
            format!("{}{group}/{}", part("kind"), part("name")).into()
        }
        None => "<none>".into(),
    }),
    AGE,
];

const NODES: &[Column] = &[
    NAME,
    shown("Status", work::node_status),
    shown("Roles", work::roles),
    AGE,
    shown("Version", text!("/status/nodeInfo/kubeletVersion")),
    wide("Internal-IP", |object, _| work::node_address(object, "InternalIP")),
    wide("External-IP", |object, _| work::node_address(object, "ExternalIP")),
    wide("OS-Image", text!("/status/nodeInfo/osImage", "<unknown>")),
    wide("Kernel-Version", work::kernel),
    wide("Container-Runtime", text!("/status/nodeInfo/containerRuntimeVersion", "<unknown>")),
];

const EVENTS: &[Column] = &[
    shown("Last Seen", pods::event_last_seen),
    shown("Type", text!("/type")),
    shown("Reason", text!("/reason")),
    shown("Object", pods::event_object),
    wide("Subobject", text!("/involvedObject/fieldPath")),
    wide("Source", pods::event_source),
    shown("Message", |object, _| object.text("/message").trim().into()),
    wide("First Seen", pods::event_first_seen),
    wide("Count", pods::event_count),
    wide("Name", name),
];

const ROLE_BINDINGS: &[Column] = &[
    NAME,
    shown("Role", net::role_ref),
    AGE,
    wide("Users", |object, _| net::subjects(object, "User")),
    wide("Groups", |object, _| net::subjects(object, "Group")),
    wide("ServiceAccounts", |object, _| net::subjects(object, "ServiceAccount")),
];

const VOLUMES: &[Column] = &[
    NAME,
    shown("Capacity", text!("/spec/capacity/storage", "0")),
    shown("Access Modes", st::volume_modes),
    shown("Reclaim Policy", text!("/spec/persistentVolumeReclaimPolicy")),
    shown("Status", st::phase),
    shown("Claim", st::claim_of),
    shown("StorageClass", text!("/spec/storageClassName")),
    shown("VolumeAttributesClass", text!("/spec/volumeAttributesClassName", "<unset>")),
    shown("Reason", text!("/status/reason")),
    AGE,
    wide("VolumeMode", text!("/spec/volumeMode", "<unset>")),
];

const CLAIMS: &[Column] = &[
    NAME,
    shown("Status", st::phase),
    shown("Volume", text!("/spec/volumeName")),
    shown("Capacity", st::claim_capacity),
    shown("Access Modes", st::claim_modes),
    shown("StorageClass", text!("/spec/storageClassName")),
    shown("VolumeAttributesClass", text!("/spec/volumeAttributesClassName", "<unset>")),
    AGE,
    wide("VolumeMode", text!("/spec/volumeMode", "<unset>")),
];

const STORAGE_CLASSES: &[Column] = &[
    shown("Name", st::default_class),
    shown("Provisioner", text!("/provisioner")),
    shown("ReclaimPolicy", text!("/reclaimPolicy", "Delete")),
    shown("VolumeBindingMode", text!("/volumeBindingMode", "Immediate")),
    shown("AllowVolumeExpansion", |object, _| st::word(object, "/allowVolumeExpansion")),
    AGE,
];

const HORIZONTAL_AUTOSCALERS: &[Column] = &[
    NAME,
    shown("Reference", work::reference),
    shown("Targets", work::targets),
    shown("MinPods", work::min_pods),
    shown("MaxPods", count!("/spec/maxReplicas")),
    shown("Replicas", count!("/status/currentReplicas")),
    AGE,
];

const BUDGETS: &[Column] = &[
    NAME,
    shown("Min Available", |object, _| work::budget(object, "minAvailable")),
    shown("Max Unavailable", |object, _| work::budget(object, "maxUnavailable")),
    shown("Allowed Disruptions", count!("/status/disruptionsAllowed")),
    AGE,
];

const REQUESTS: &[Column] = &[
    NAME,
    AGE,
    shown("SignerName", text!("/spec/signerName")),
    shown("Requestor", text!("/spec/username")),
    shown("RequestedDuration", st::requested_duration),
    shown("Condition", st::request_condition),
];

const FLOW_SCHEMAS: &[Column] = &[
    NAME,
    shown("PriorityLevel", text!("/spec/priorityLevelConfiguration/name", "<none>")),
    shown("MatchingPrecedence", count!("/spec/matchingPrecedence")),
    shown("DistinguisherMethod", text!("/spec/distinguisherMethod/type", "<none>")),
    AGE,
    shown("MissingPL", st::missing_level),
];

const PRIORITY_LEVELS: &[Column] = &[
    NAME,
    shown("Type", text!("/spec/type")),
    shown("NominalConcurrencyShares", |object, _| st::number_or_none(object, "/spec/limited/nominalConcurrencyShares")),
    shown("Queues", |object, _| st::number_or_none(object, "/spec/limited/limitResponse/queuing/queues")),
    shown("HandSize", |object, _| st::number_or_none(object, "/spec/limited/limitResponse/queuing/handSize")),
    shown("QueueLengthLimit", |object, _| {
        st::number_or_none(object, "/spec/limited/limitResponse/queuing/queueLengthLimit")
    }),
    AGE,
];

/// The columns of a kind.
pub(super) fn of(plural: &str) -> &'static [Column] {
    match plural {
        "pods" => PODS,
        "replicasets" => REPLICA_SETS,
        "replicationcontrollers" => REPLICATION_CONTROLLERS,
        "deployments" => DEPLOYMENTS,
        "daemonsets" => DAEMON_SETS,
        "statefulsets" => STATEFUL_SETS,
        "jobs" => JOBS,
        "cronjobs" => CRON_JOBS,
        "services" => SERVICES,
        "endpoints" => const { &[NAME, shown("Endpoints", net::endpoints), AGE] },
        "endpointslices" => ENDPOINT_SLICES,
        "ingresses" => INGRESSES,
        "ingressclasses" => INGRESS_CLASSES,
        "networkpolicies" => const { &[NAME, shown("Pod-Selector", work::pod_selector), AGE] },
        "nodes" => NODES,
        "events" => EVENTS,
        "namespaces" => const { &[NAME, shown("Status", text!("/status/phase")), AGE] },
        "secrets" => const { &[NAME, shown("Type", text!("/type")), shown("Data", st::secret_size), AGE] },
        "configmaps" => const { &[NAME, shown("Data", st::config_size), AGE] },
        "rolebindings" | "clusterrolebindings" => ROLE_BINDINGS,
        "roles" | "clusterroles" | "customresourcedefinitions" => const { &[NAME, shown("Created At", st::created)] },
        "persistentvolumes" => VOLUMES,
        "persistentvolumeclaims" => CLAIMS,
        "storageclasses" => STORAGE_CLASSES,
        "horizontalpodautoscalers" => HORIZONTAL_AUTOSCALERS,
        "poddisruptionbudgets" => BUDGETS,
        "certificatesigningrequests" => REQUESTS,
        "leases" => const { &[NAME, shown("Holder", text!("/spec/holderIdentity")), AGE] },
        "priorityclasses" => {
            const {
                &[
                    NAME,
                    shown("Value", count!("/value")),
                    shown("Global-Default", |object, _| st::word(object, "/globalDefault")),
                    AGE,
                    shown("PreemptionPolicy", text!("/preemptionPolicy")),
                ]
            }
        }
        "runtimeclasses" => const { &[NAME, shown("Handler", text!("/handler")), AGE] },
        "controllerrevisions" => {
            const { &[NAME, shown("Controller", work::controller), shown("Revision", count!("/revision")), AGE] }
        }
        "resourcequotas" => {
            const { &[NAME, shown("Request", st::quota_requests), shown("Limit", st::quota_limits), AGE] }
        }
        "limitranges" => const { &[NAME, shown("Created At", st::created)] },
        "podtemplates" => {
            const {
                &[
                    NAME,
                    shown("Containers", work::containers),
                    shown("Images", work::images),
                    shown("Pod Labels", |object, _| labels(object.map("/template/metadata/labels")).into()),
                ]
            }
        }
        "componentstatuses" => {
            const {
                &[
                    NAME,
                    shown("Status", st::healthy),
                    shown("Message", |object, _| st::health_text(object, "message")),
                    shown("Error", |object, _| st::health_text(object, "error")),
                ]
            }
        }
        "apiservices" => const { &[NAME, shown("Service", st::served_by), shown("Available", st::available), AGE] },
        "csinodes" => const { &[NAME, shown("Drivers", |object, _| st::count(object, "/spec/drivers")), AGE] },
        "ipaddresses" => const { &[NAME, shown("ParentRef", net::parent)] },
        "servicecidrs" => const { &[NAME, shown("CIDRs", net::cidrs), AGE] },
        "flowschemas" => FLOW_SCHEMAS,
        "prioritylevelconfigurations" => PRIORITY_LEVELS,
        _ => PLAIN,
    }
}
