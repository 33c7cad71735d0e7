//! How a client wants to see objects: as they are, or as rows of a table.

use serde_json::{Value, json};

use super::cache::Cache;
use super::{custom, http, table};
use crate::api::{EventKind, Object, Request, Resource};

/// What rows have of their objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Include {
    None,
    #[default]
    Metadata,
    Object,
}

/// How a client wants to see objects.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    table: bool,
    include: Include,
    columns: table::Columns,
}

impl View {
    pub(super) fn of(cache: &Cache, request: &Request, resource: &Resource) -> Self {
        let include = match request.options.include_object.as_ref() {
            "None" => Include::None,
            "Object" => Include::Object,
            _ => Include::Metadata,
        };
        let columns = match custom::definition(cache, resource) {
            Some(definition) if resource.custom => table::Columns::custom(definition, &resource.version),
            _ => table::Columns::of(resource),
        };
        Self { table: request.options.table, include, columns }
    }

    /// The line of a watch that tells of an event.
    pub(super) fn line(&self, kind: EventKind, object: Object, unix: i64) -> String {
        if !self.table || kind == EventKind::Bookmark {
            return http::line(kind, &object);
        }
        let metadata = json!({ "resourceVersion": object.resource_version() });
        http::line(kind, &self.table(&[&object], metadata, unix))
    }

    /// Objects as a table (`k8s.io/apimachinery/pkg/apis/meta/v1`, `Table`).
    pub(super) fn table(&self, objects: &[&Object], metadata: Value, unix: i64) -> Value {
        let row = |object: &&Object| {
            let (cells, conditions) = self.columns.cells(object, unix);
            let mut row = json!({ "cells": cells });
            if !conditions.is_null() {
                row["conditions"] = conditions;
            }
            row["object"] = self.included(object);
            row
        };
        let rows: Vec<Value> = objects.iter().map(row).collect();
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": self.columns.definitions(), "rows": rows,
        })
    }

    fn included(&self, object: &Object) -> Value {
        match self.include {
            Include::None => Value::Null,
            Include::Object => (**object).clone(),
            Include::Metadata => json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
            }),
        }
    }
}
