//! `kubectl events` (`k8s.io/kubectl/pkg/cmd/events`).

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::age;
use crate::kubectl::builder::{Wanted, list, of_list};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::get::Follow;
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{PRINT, known};
use crate::kubectl::print::json::Order;
use crate::kubectl::print::{Format, TableWriter, list_of};

static FLAGS: [Flag; 6] = [
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::int("chunk-size", "500", "how many objects to ask for at once; 0 is all"),
    Flag::text("for", "only events of this object, as TYPE/NAME"),
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::list("types", "only events of these types: Normal, Warning"),
    Flag::switch("watch", "after the events there are, show those that come").short('w'),
];

pub static EVENTS: Command = Command::leaf(
    "events",
    "[(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--event=warning] [--watch]",
    "List what happened, the latest last",
    &[&FLAGS, &PRINT],
    |cli| Rare::Events.run(cli),
)
.examples(&[("Of a pod", "kubectl events --for pod/web"), ("Warnings", "kubectl events --types=Warning")]);

pub async fn events(cli: &Cli) -> Result<(), Failure> {
    let mut wanted = Wanted { all_namespaces: cli.flags.bool("all-namespaces"), ..Wanted::default() };
    let types = cli.flags.list("types");
    if types.iter().any(|kind| !matches!(kind.to_lowercase().as_str(), "normal" | "warning")) {
        return Err(Failure::plain("valid --types are Normal or Warning"));
    }
    if cli.flags.changed("for") {
        let word = cli.flags.text("for");
        let Some((kind, name)) = word.split_once('/') else {
            return Err(Failure::plain("--for must be in resource/name form"));
        };
        let resource = cli.discovery().await?.find(kind).await?;
        wanted.field_selector = format!("involvedObject.kind={},involvedObject.name={name}", resource.kind);
    }
    let client = cli.client().await?;
    let namespace = cli.namespace()?;
    let resource = Rc::new(known("", "v1", "events", "Event", true));
    let found = list(&client, &resource, &namespace, &wanted, "application/json", &[]).await?;
    let version = found["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    let fits = |event: &Value| {
        types.is_empty()
            || types.iter().any(|kind| event["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)))
    };
    let mut all: Vec<Value> = of_list(&resource, found).into_iter().map(|info| info.object).filter(fits).collect();
    all.sort_by_key(moment);
    let format = Format::of(cli)?;
    if !format.is_human() {
        let text = format.object(cli, &list_of(all), Order::Sorted)?;
        cli.print(text);
        return Ok(());
    }
    let watches = cli.flags.bool("watch");
    if all.is_empty() && !watches {
        match wanted.all_namespaces {
            true => cli.eprintln("No events found."),
            false => cli.eprintln(format_args!("No events found in {namespace} namespace.")),
        }
        return Ok(());
    }
    let mut writer = TableWriter::default();
    let mut rows = Vec::new();
    if !cli.flags.bool("no-headers") {
        let headers = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"].map(str::to_owned);
        let place = wanted.all_namespaces.then(|| "NAMESPACE".to_owned());
        rows.push(place.into_iter().chain(headers).collect());
    }
    rows.extend(all.iter().map(|event| row(event, wanted.all_namespaces, cli.now())));
    cli.print(writer.rows(&rows));
    if !watches {
        return Ok(());
    }
    let follow = Follow { resource, namespace, name: String::new(), version, accept: "application/json" };
    let mut stream = follow.open(&client, &wanted).await?;
    while let Some(change) = stream.next().await {
        if matches!(change["type"].as_str(), Some("ADDED" | "MODIFIED")) && fits(&change["object"]) {
            cli.print(writer.rows(&[row(&change["object"], wanted.all_namespaces, cli.now())]));
        }
    }
    Ok(())
}

/// When it was last seen, in seconds and what follows the point.
fn moment(event: &Value) -> (i64, String) {
    let times = [&event["series"]["lastObservedTime"], &event["lastTimestamp"], &event["eventTime"]];
    let time = times.into_iter().find_map(Value::as_str).unwrap_or_default();
    let fraction = time.split_once('.').map_or("", |(_, rest)| rest.trim_end_matches('Z'));
    (calendar::rfc3339::parse(time).unwrap_or(0), fraction.to_owned())
}

fn row(event: &Value, with_namespace: bool, now: i64) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let first = if event["eventTime"].is_string() { &event["eventTime"] } else { &event["firstTimestamp"] };
    let first = age::since(first.as_str(), now);
    let count = event["series"]["count"].as_i64().or(event["count"].as_i64()).unwrap_or(0);
    let last = [&event["series"]["lastObservedTime"], &event["lastTimestamp"]].into_iter().find_map(Value::as_str);
    let seen = match count {
        count if count > 1 => format!("{} (x{count} over {first})", age::since(last, now)),
        _ => first,
    };
    let object = &event["involvedObject"];
    let place = with_namespace.then(|| text(&event["metadata"]["namespace"]));
    let cells = [
        seen,
        text(&event["type"]),
        text(&event["reason"]),
        format!("{}/{}", text(&object["kind"]), text(&object["name"])),
        text(&event["message"]).trim().to_owned(),
    ];
    place.into_iter().chain(cells).collect()
}
