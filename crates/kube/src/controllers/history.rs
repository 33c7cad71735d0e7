//! The revisions of a template that DaemonSets and StatefulSets keep (`pkg/controller/history`).

use super::controller::{Call, Plan, View};
use super::deployment::encoded_hash;
use super::pods;
use crate::api::Object;
use crate::client::{Kind, kinds};
use serde_json::{Value, json};

pub(super) const HASH: &str = "controller-revision-hash";

/// The revision of a set's present template.
pub(super) struct History {
    /// Its name.
    pub(super) current: String,
    /// Its hash alone.
    pub(super) hash: String,
}

/// Finds the revision of the present template, and plans to make it, or to number it as the newest.
pub(super) fn sync(view: &View, kind: &Kind, set: &Object, plan: &mut Plan) -> History {
    let mut revisions: Vec<&Object> = view.client.cache(&kinds::REVISIONS).owned_by(set.uid()).collect();
    revisions.sort_by_key(|revision| revision.number("/revision").unwrap_or(0));
    let newest = revisions.last().map_or(0, |last| last.number("/revision").unwrap_or(0));
    let data = data(set);
    let hash = encoded_hash(&data.to_string());
    let name = format!("{}-{hash}", set.name());
    match revisions.iter().find(|revision| revision.pointer("/data") == Some(&data)) {
        Some(found) => {
            if found.number("/revision").unwrap_or(0) < newest {
                plan.then(kinds::REVISIONS.update(found.edit(|one| one["revision"] = (newest + 1).into())));
            }
            let hash = found.label("controller.kubernetes.io/hash").unwrap_or(&hash).to_owned();
            clean_up(view, set, &revisions, found.name(), plan);
            History { current: found.name().to_owned(), hash }
        }
        None => {
            let mut labels = set.pointer("/spec/template/metadata/labels").cloned().unwrap_or_else(|| json!({}));
            labels["controller.kubernetes.io/hash"] = hash.as_str().into();
            let mut metadata = json!({ "name": name, "namespace": set.namespace(), "labels": labels });
            if let Some(annotations) = set.pointer("/metadata/annotations") {
                metadata["annotations"] = annotations.clone();
            }
            metadata["ownerReferences"] = json!([pods::owner(kind, set)]);
            plan.then(kinds::REVISIONS.create(json!({ "kind": "ControllerRevision", "apiVersion": "apps/v1",
                "metadata": metadata, "data": data, "revision": newest + 1 })));
            History { current: name, hash }
        }
    }
}

/// Old revisions that no pod has, beyond the limit, go.
fn clean_up(view: &View, set: &Object, revisions: &[&Object], current: &str, plan: &mut Plan) {
    let limit = set.number("/spec/revisionHistoryLimit").unwrap_or(10).max(0) as usize;
    let pods: Vec<&str> =
        view.client.cache(&kinds::PODS).owned_by(set.uid()).filter_map(|pod| pod.label(HASH)).collect();
    let is_used = |one: &Object| {
        let hash = one.label("controller.kubernetes.io/hash").unwrap_or_default();
        one.name() == current
            || one.name() == set.text("/status/currentRevision")
            || pods.iter().any(|used| *used == hash || *used == one.name())
    };
    let old: Vec<&&Object> = revisions.iter().filter(|one| !is_used(one)).collect();
    let excess = old.len().saturating_sub(limit);
    plan.step(old.into_iter().take(excess).map(|one| Call::new(kinds::REVISIONS.delete(one))).collect());
}

/// What a revision keeps: the template, to be put in the place of another one.
fn data(set: &Object) -> Value {
    let mut template = json!({ "$patch": "replace" });
    for (field, value) in set.map("/spec/template").into_iter().flatten() {
        template[field] = value.clone();
    }
    json!({ "spec": { "template": template } })
}
