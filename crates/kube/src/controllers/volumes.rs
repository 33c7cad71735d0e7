//! Binds claims to volumes, and protects both while they are used (`pkg/controller/volume`: `persistentvolume`,
//! `pvcprotection`, `pvprotection`).

use super::controller::{Controller, Plan, View, Wakes};
use super::pods;
use crate::api::Object;
use crate::client::{Change, Key, Said, key, kinds, selects, split, units};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static BINDER: Controller =
    Controller { account: "persistent-volume-binder", workers: 1, seeds: &[], wake, sync };

pub(super) static CLAIM_PROTECTION: Controller = Controller {
    account: "pvc-protection-controller",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| protect(view, change, wakes, true),
    sync: |view, place| unprotect(view, place, true),
};

pub(super) static VOLUME_PROTECTION: Controller = Controller {
    account: "pv-protection-controller",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| protect(view, change, wakes, false),
    sync: |view, place| unprotect(view, place, false),
};

const VOICE: &str = "persistentvolume-controller";
const BOUND: &str = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// Claims that found nothing are looked at again so often (`--pvclaimbinder-sync-period`).
const PERIOD: Micros = Micros::secs(15);

/// Volumes are worked on under `/NAME`, which no claim has.
fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::CLAIMS {
        wakes.push((key(object), Micros::ZERO));
        let volume = object.text("/spec/volumeName");
        if change.new.is_none() && !volume.is_empty() {
            wakes.push((Key::from(format!("/{volume}")), Micros::ZERO));
        }
    } else if *kind == kinds::VOLUMES {
        wakes.push((Key::from(format!("/{}", object.name())), Micros::ZERO));
        let waiting = view.client.cache(&kinds::CLAIMS).all().filter(|claim| claim.text("/spec/volumeName").is_empty());
        wakes.extend(waiting.map(|claim| (key(claim), Micros::ZERO)));
    }
}

fn sync(view: &mut View, place: &str) -> Plan {
    match place.strip_prefix('/') {
        Some(name) => volume(view, name),
        None => claim(view, place),
    }
}

fn class(object: &Object) -> &str {
    object.text("/spec/storageClassName")
}

fn fits(claim: &Object, volume: &Object) -> bool {
    let wanted = units(claim.pointer("/spec/resources/requests/storage").unwrap_or(&Value::Null));
    let modes = claim.list("/spec/accessModes").iter();
    let selector = claim.pointer("/spec/selector").filter(|selector| !selector.is_null());
    let mode = |object: &Object| match object.text("/spec/volumeMode") {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    class(claim) == class(volume)
        && units(volume.pointer("/spec/capacity/storage").unwrap_or(&Value::Null)) >= wanted
        && modes.into_iter().all(|mode| volume.list("/spec/accessModes").contains(mode))
        && mode(claim) == mode(volume)
        && selector.is_none_or(|selector| selects(selector, volume.map("/metadata/labels")))
        && !volume.is_terminating()
}

fn is_for(volume: &Object, claim: &Object) -> bool {
    let reference = |field: &str| volume.text(&format!("/spec/claimRef/{field}")).to_owned();
    reference("namespace") == claim.namespace()
        && reference("name") == claim.name()
        && (reference("uid").is_empty() || reference("uid") == claim.uid())
}

fn claim(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(claim) = view.client.cache(&kinds::CLAIMS).get(namespace, name) else { return plan };
    let bound = claim.text("/spec/volumeName");
    if !bound.is_empty() && claim.annotation(BOUND).is_some() {
        let phase = claim.text("/status/phase");
        match view.client.cache(&kinds::VOLUMES).get("", bound) {
            None if phase == "Bound" => {
                let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
                plan.said.push(Said::warning(claim, VOICE, "ClaimLost", message));
                plan.then(kinds::CLAIMS.update_status(claim.edit(|claim| claim["status"]["phase"] = "Lost".into())));
            }
            Some(volume) if phase != "Bound" && is_for(volume, claim) => {
                plan.then(kinds::CLAIMS.update_status(tell_bound(claim, volume)));
            }
            _ => {}
        }
        return plan;
    }
    if claim.is_terminating() {
        return plan;
    }
    let volumes: Vec<&Object> = view.client.cache(&kinds::VOLUMES).all().collect();
    let free = |volume: &&&Object| volume.pointer("/spec/claimRef").is_none_or(Value::is_null);
    let meant =
        volumes.iter().find(|volume| if bound.is_empty() { is_for(volume, claim) } else { volume.name() == bound });
    let smallest = || {
        let size = |volume: &&&Object| units(volume.pointer("/spec/capacity/storage").unwrap_or(&Value::Null));
        volumes.iter().filter(|volume| fits(claim, volume)).filter(free).min_by_key(size)
    };
    let Some(volume) = meant.or_else(|| if bound.is_empty() { smallest() } else { None }) else {
        if !class(claim).is_empty() {
            let message = format!("storageclass.storage.k8s.io \"{}\" not found", class(claim));
            plan.said.push(Said::warning(claim, VOICE, "ProvisioningFailed", message));
        } else {
            let message = "no persistent volumes available for this claim and no storage class is set";
            plan.said.push(Said::normal(claim, VOICE, "FailedBinding", message));
        }
        plan.look_again(PERIOD);
        return plan;
    };
    bind(claim, volume, &mut plan);
    plan
}

/// First the volume, then the claim, each with its status.
fn bind(claim: &Object, volume: &Object, plan: &mut Plan) {
    let reference = json!({ "kind": "PersistentVolumeClaim", "namespace": claim.namespace(), "name": claim.name(),
        "uid": claim.uid(), "apiVersion": "v1", "resourceVersion": claim.resource_version() });
    let taken = volume.edit(|volume| {
        volume["spec"]["claimRef"] = reference;
        volume["metadata"]["annotations"][BY_CONTROLLER] = "yes".into();
    });
    plan.then(kinds::VOLUMES.update(taken.clone()));
    // The status follows the write before it, so neither names a version.
    let unversioned = |object: Object| {
        object.edit(|object| {
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.shift_remove("resourceVersion");
            }
        })
    };
    plan.then(kinds::VOLUMES.update_status(unversioned(with_phase(&taken, "Bound"))));
    let bound = claim.edit(|claim| {
        claim["spec"]["volumeName"] = volume.name().into();
        claim["metadata"]["annotations"][BOUND] = "yes".into();
        claim["metadata"]["annotations"][BY_CONTROLLER] = "yes".into();
    });
    plan.then(kinds::CLAIMS.update(bound.clone()));
    plan.then(kinds::CLAIMS.update_status(unversioned(tell_bound(&bound, volume))));
}

fn tell_bound(claim: &Object, volume: &Object) -> Object {
    claim.edit(|claim| {
        claim["status"] = json!({ "phase": "Bound", "accessModes": volume["spec"]["accessModes"],
            "capacity": volume["spec"]["capacity"] });
    })
}

/// The phase of a volume follows from its claim.
fn volume(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let Some(volume) = view.client.cache(&kinds::VOLUMES).get("", name) else { return plan };
    let claimed = volume.pointer("/spec/claimRef").filter(|reference| !reference.is_null());
    let phase = match claimed {
        None => "Available",
        Some(reference) => {
            let text = |field: &str| reference[field].as_str().unwrap_or_default();
            let claim = view.client.cache(&kinds::CLAIMS).get(text("namespace"), text("name"));
            match claim {
                _ if text("uid").is_empty() => "Available",
                Some(claim) if claim.uid() == text("uid") => "Bound",
                _ => "Released",
            }
        }
    };
    if phase == "Released" && volume.text("/spec/persistentVolumeReclaimPolicy") == "Delete" {
        plan.then(kinds::VOLUMES.delete(volume));
    } else if volume.text("/status/phase") != phase {
        plan.then(kinds::VOLUMES.update_status(with_phase(volume, phase)));
    }
    plan
}

fn with_phase(volume: &Object, phase: &str) -> Object {
    volume.edit(|volume| volume["status"]["phase"] = phase.into())
}

fn finalizer(is_claim: bool) -> &'static str {
    if is_claim { "kubernetes.io/pvc-protection" } else { "kubernetes.io/pv-protection" }
}

fn protect(view: &View, change: &Change, wakes: &mut Wakes, is_claim: bool) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    let own = if is_claim { kinds::CLAIMS } else { kinds::VOLUMES };
    if *kind == own {
        wakes.push((key(object), Micros::ZERO));
    } else if is_claim && *kind == kinds::PODS && change.new.as_ref().is_none_or(pods::is_done) {
        let names =
            object.list("/spec/volumes").iter().filter_map(|one| one["persistentVolumeClaim"]["claimName"].as_str());
        wakes.extend(names.map(|name| (format!("{}/{name}", object.namespace()).into(), Micros::ZERO)));
    }
}

/// Puts the finalizer on what is new, and takes it off what is deleted when nobody uses it any more.
fn unprotect(view: &mut View, place: &str, is_claim: bool) -> Plan {
    let mut plan = Plan::default();
    let kind = if is_claim { kinds::CLAIMS } else { kinds::VOLUMES };
    let Some(object) = view.client.cache(&kind).by_key(place) else { return plan };
    let finalizer = finalizer(is_claim);
    let has = object.list("/metadata/finalizers").iter().any(|one| one == finalizer);
    if !object.is_terminating() {
        if !has {
            plan.then(kind.update(object.edit(|object| match object["metadata"]["finalizers"].as_array_mut() {
                Some(finalizers) => finalizers.push(finalizer.into()),
                None => object["metadata"]["finalizers"] = json!([finalizer]),
            })));
        }
        return plan;
    }
    // One that has no node yet gets none while the claim is about to go.
    let uses = |pod: &Object| {
        !pods::is_done(pod)
            && !pod.text("/spec/nodeName").is_empty()
            && pod.list("/spec/volumes").iter().any(|one| one["persistentVolumeClaim"]["claimName"] == object.name())
    };
    let is_used = match is_claim {
        true => view.client.cache(&kinds::PODS).in_namespace(object.namespace()).any(uses),
        false => object.text("/status/phase") == "Bound",
    };
    if has && !is_used {
        plan.then(kind.update(object.edit(|object| {
            if let Some(finalizers) = object.pointer_mut("/metadata/finalizers").and_then(Value::as_array_mut) {
                finalizers.retain(|one| one != finalizer);
            }
        })));
    }
    plan
}
