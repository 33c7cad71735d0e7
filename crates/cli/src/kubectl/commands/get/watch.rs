//! `kubectl get --watch`.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::http::Exchange;
use crate::kubectl::builder::{Target, Wanted, list, list_path, targets};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, Client, Resource, query, refusal};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::Order;
use crate::kubectl::print::{Format, TableWriter, items};

use super::rows::{Layout, TABLE};

/// Shows what there is, and what becomes of it until the server or the user ends it.
///
/// # Errors
/// When more than one kind is asked for, or the server refuses.
pub async fn watch(cli: &Cli, format: &Format, wanted: &Wanted) -> Result<(), Failure> {
    let targets = targets(cli, cli.args(), wanted).await?;
    let client = cli.client().await?;
    let namespace = cli.namespace()?;
    let (resource, name, namespace) = match &targets[..] {
        [Target::List(resource)] => (resource.clone(), String::new(), namespace),
        [Target::Named { resource, namespace, name }] => (resource.clone(), name.clone(), namespace.clone()),
        [Target::Described { resource, namespace, object, .. }] => {
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            (resource.clone(), name, namespace.clone())
        }
        _ => return Err(Failure::plain("you may only specify a single resource type")),
    };
    let accept = if format.is_human() { TABLE } else { "application/json" };
    let first = match name.as_str() {
        "" => list(&client, &resource, &namespace, wanted, accept, &[]).await?,
        name => {
            let bytes = client.call("GET", &resource.at(&namespace, name), accept, Body::None).await;
            match bytes {
                Err(failure) if failure.is_not_found() && cli.flags.bool("ignore-not-found") => return Ok(()),
                bytes => serde_json::from_slice(&bytes?).map_err(Failure::plain)?,
            }
        }
    };
    let layout = match format {
        Format::Human { wide } => Some(Layout::of(cli, &resource, wanted, *wide, cli.flags.bool("show-kind"))),
        _ => None,
    };
    let mut screen =
        Screen { cli, format, layout, writer: TableWriter::default(), headers: !cli.flags.bool("no-headers") };
    let version = match name.as_str() {
        // The list says where to go on from; a single object comes again as the watch's first event.
        "" => first["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned(),
        _ => "0".to_owned(),
    };
    if !cli.flags.bool("watch-only") {
        screen.show("ADDED", &first)?;
    }
    let follow = Follow { resource, namespace, name, version, accept };
    let mut events = follow.open(&client, wanted).await?;
    let mut skip = !follow.name.is_empty();
    while let Some(event) = events.next().await {
        if event["type"] == "BOOKMARK" {
            continue;
        }
        if event["type"] == "ERROR" {
            return Err(Failure::Status(event["object"].clone()));
        }
        if !std::mem::take(&mut skip) {
            screen.show(event["type"].as_str().unwrap_or_default(), &event["object"])?;
        }
    }
    Ok(())
}

/// What is watched.
pub struct Follow {
    pub resource: Rc<Resource>,
    pub namespace: String,
    pub name: String,
    /// From where on.
    pub version: String,
    pub accept: &'static str,
}

impl Follow {
    /// Opens the watch.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(&self, client: &Client, wanted: &Wanted) -> Result<Events, Failure> {
        let pairs = [("watch", "true"), ("resourceVersion", self.version.as_str())];
        let path = match self.name.as_str() {
            "" => list_path(&self.resource, &self.namespace, wanted, &pairs),
            name => {
                let selector = format!("metadata.name={name}");
                let pairs = [("fieldSelector", selector.as_str()), pairs[0], pairs[1]];
                format!("{}?{}", self.resource.path(&self.namespace), query(&pairs))
            }
        };
        let mut exchange = client.open("GET", &path, self.accept, Body::None).await?;
        if exchange.head.status >= 400 {
            let body = exchange.body().await;
            return Err(refusal(exchange.head.status, &body));
        }
        let left = exchange.head.body.to_vec();
        Ok(Events { exchange, left })
    }
}

/// The events of a watch as they come.
pub struct Events {
    exchange: Exchange,
    left: Vec<u8>,
}

impl Events {
    /// The next one; `None` when the server has ended the watch.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.left.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.left.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(event) => return Some(event),
                    Err(_) => continue,
                }
            }
            match self.exchange.next().await {
                Some(part) => self.left.extend_from_slice(&part),
                None if self.left.is_empty() => return None,
                None => self.left.push(b'\n'),
            }
        }
    }
}

struct Screen<'a> {
    cli: &'a Cli,
    format: &'a Format,
    layout: Option<Layout>,
    writer: TableWriter,
    headers: bool,
}

impl Screen<'_> {
    fn show(&mut self, event: &str, object: &Value) -> Result<(), Failure> {
        let with_event = self.cli.flags.bool("output-watch-events");
        let Some(layout) = &self.layout else {
            for item in items(object) {
                let shown = if with_event { json!({"type": event, "object": item}) } else { item };
                let mut text = self.format.object(self.cli, &shown, Order::Sorted)?;
                if matches!(self.format, Format::Yaml) {
                    text = format!("---\n{text}");
                }
                self.cli.print(text);
            }
            return Ok(());
        };
        let mut rows = layout.rows(object);
        if rows.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.headers) {
            rows.insert(0, layout.headers(object));
        }
        if with_event {
            let is_header = |i: usize| i == 0 && rows.len() > 1 && event == "ADDED";
            let heads: Vec<bool> = (0..rows.len()).map(is_header).collect();
            for (row, head) in rows.iter_mut().zip(heads) {
                row.insert(0, if head { "EVENT".to_owned() } else { event.to_owned() });
            }
        }
        self.cli.print(self.writer.rows(&rows));
        Ok(())
    }
}
