//! `kubectl get` (`k8s.io/kubectl/pkg/cmd/get/get.go`).

mod rows;
mod sort;
mod watch;

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::builder::{Info, Target, Wanted, fetch, list, targets};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, Client, Resource};
use crate::kubectl::cmdline::{Command, Flag, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::json::Order;
use crate::kubectl::print::{Format, TableWriter, list_of};
use rows::{Layout, TABLE};

pub use watch::Follow;

static FLAGS: [Flag; 20] = [
    Flag::switch("all-namespaces", "show the objects of every namespace").short('A'),
    Flag::switch("allow-missing-template-keys", "treat what a template does not find as empty").default("true"),
    Flag::int("chunk-size", "500", "how many objects to ask for at once; 0 is all"),
    Flag::text("field-selector", "show only objects whose fields are so, such as status.phase=Running"),
    Flag::list("filename", "file, directory or - that names the objects").short('f'),
    Flag::switch("ignore-not-found", "say nothing of objects that do not exist"),
    Flag::text("kustomize", "directory of a kustomization").short('k'),
    Flag::list("label-columns", "labels to show as columns of their own").short('L'),
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::text("output", "output format").short('o'),
    Flag::switch("output-watch-events", "show what happened to each object that is watched"),
    Flag::text("raw", "address on the server to ask, as it is"),
    Flag::switch("recursive", "read directories below too").short('R'),
    Flag::text("selector", "show only objects with these labels").short('l'),
    Flag::switch("server-print", "let the server choose the columns").default("true"),
    Flag::switch("show-kind", "show each object's kind before its name"),
    Flag::switch("show-labels", "show all labels as the last column"),
    Flag::switch("show-managed-fields", "keep the fields that say who set what"),
    Flag::text("sort-by", "field to sort by, as a path"),
    Flag::text("subresource", "part of the object to show, such as status or scale"),
];
static WATCH_FLAGS: [Flag; 3] = [
    Flag::text("template", "template, or its file, for -o go-template"),
    Flag::switch("watch", "after the objects, show every change to them").short('w'),
    Flag::switch("watch-only", "show changes without the objects there are"),
];

pub static GET: Command = Command::leaf(
    "get",
    "[(-o|--output=)json|yaml|name|wide|jsonpath=...|custom-columns=...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    "List objects, or show single ones",
    &[&FLAGS, &WATCH_FLAGS],
    run,
)
.long(
    "List objects, or show single ones.\n\n The table has what matters most of each kind. Labels and fields choose \
     among the objects; other formats show all of an object. Without a flag it is about the current namespace.\n\n\
     Use \"kubectl api-resources\" for a complete list of supported resources.",
)
.examples(&[
    ("All pods of the namespace", "kubectl get pods"),
    ("With the nodes they run on", "kubectl get pods -o wide"),
    ("One object as YAML", "kubectl get deployment web -o yaml"),
    ("A field of each object", "kubectl get pods -o jsonpath='{.items[*].status.podIP}'"),
]);

fn run(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move { get(&cli).await })
}

async fn get(cli: &Cli) -> Result<(), Failure> {
    check(cli)?;
    if cli.flags.changed("raw") {
        let client = cli.client().await?;
        return raw(cli, &client).await;
    }
    let format = Format::of(cli)?;
    if cli.args().is_empty() && cli.flags.list("filename").is_empty() && !cli.flags.changed("kustomize") {
        let all = "Use \"kubectl api-resources\" for a complete list of supported resources.";
        cli.eprint(format!("You must specify the type of resource to get. {all}\n\n"));
        let hint = "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of \
                    that resource (e.g. kubectl explain pods).";
        return Err(cli.usage(hint));
    }
    let wanted = Wanted::of(cli);
    if cli.flags.bool("watch") || cli.flags.bool("watch-only") {
        return watch::watch(cli, &format, &wanted).await;
    }
    let targets = targets(cli, cli.args(), &wanted).await?;
    match &format {
        Format::Human { wide } => human(cli, &targets, &wanted, *wide).await,
        format => generic(cli, &targets, &wanted, format).await,
    }
}

fn check(cli: &Cli) -> Result<(), Failure> {
    let flags = &cli.flags;
    let watches = flags.bool("watch") || flags.bool("watch-only");
    let output = flags.text("output");
    if flags.changed("raw") && (watches || flags.changed("selector")) {
        let words = "--raw may not be specified with other flags that filter the server request or alter the output";
        return Err(Failure::plain(words));
    }
    if flags.changed("raw") && !output.is_empty() {
        return Err(Failure::plain("--raw and --output are mutually exclusive"));
    }
    if flags.bool("show-labels") && !matches!(output, "" | "wide") {
        return Err(Failure::plain(format!("--show-labels option cannot be used with {output} printer")));
    }
    if !flags.list("label-columns").is_empty() && output.starts_with("custom-columns") {
        return Err(Failure::plain(format!("--label-columns option cannot be used with {output} printer")));
    }
    if flags.bool("output-watch-events") && !watches {
        let words = "--output-watch-events option can only be used with --watch or --watch-only";
        return Err(Failure::plain(words));
    }
    Ok(())
}

async fn raw(cli: &Cli, client: &Client) -> Result<(), Failure> {
    let mut path = cli.flags.text("raw").to_owned();
    if !path.starts_with('/') {
        path = format!("/{path}");
    }
    let mut answer = client.open("GET", &path, "*/*", Body::None).await?;
    if answer.head.status >= 400 {
        let body = answer.body().await;
        return Err(crate::kubectl::client::refusal(answer.head.status, &body));
    }
    cli.print(&*answer.head.body);
    while let Some(part) = answer.next().await {
        cli.print(&*part);
    }
    Ok(())
}

/// A block of rows of one kind.
struct Block {
    resource: Rc<Resource>,
    tables: Vec<Value>,
}

async fn human(cli: &Cli, targets: &[Target], wanted: &Wanted, wide: bool) -> Result<(), Failure> {
    let client = cli.client().await?;
    let namespace = cli.namespace()?;
    let mut blocks: Vec<Block> = Vec::new();
    let mut failures = Vec::new();
    for target in targets {
        let (resource, table) = table_of(cli, &client, target, &namespace, wanted).await;
        let table = match table {
            Ok(table) => table,
            Err(failure) if failure.is_not_found() && cli.flags.bool("ignore-not-found") => continue,
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        match blocks.last_mut() {
            Some(block) if *block.resource == *resource => block.tables.push(table),
            _ => blocks.push(Block { resource, tables: vec![table] }),
        }
    }
    let several = blocks.iter().any(|block| *block.resource != *blocks[0].resource);
    let headers = !cli.flags.bool("no-headers");
    let mut written = String::new();
    for block in &mut blocks {
        let layout = Layout::of(cli, &block.resource, wanted, wide, several || cli.flags.bool("show-kind"));
        let sort_by = cli.flags.text("sort-by");
        let sorted = sort_by.is_empty() || sort::tables(&mut block.tables, sort_by)?;
        if !sorted {
            continue;
        }
        let mut rows = Vec::new();
        for table in &block.tables {
            rows.extend(layout.rows(table));
        }
        if rows.is_empty() {
            continue;
        }
        if headers {
            rows.insert(0, layout.headers(&block.tables[0]));
        }
        if headers && !written.is_empty() {
            written.push('\n');
        }
        written.push_str(&TableWriter::default().rows(&rows));
    }
    cli.print(&written);
    if written.is_empty() && !cli.flags.bool("ignore-not-found") && failures.is_empty() {
        let namespaced = !wanted.all_namespaces && blocks.iter().all(|block| block.resource.namespaced);
        match namespaced {
            true => cli.eprintln(format_args!("No resources found in {namespace} namespace.")),
            false => cli.eprintln("No resources found"),
        }
    }
    Failure::all(failures)
}

async fn table_of(
    cli: &Cli,
    client: &Client,
    target: &Target,
    namespace: &str,
    wanted: &Wanted,
) -> (Rc<Resource>, Result<Value, Failure>) {
    let sorts = cli.flags.changed("sort-by");
    let more: &[(&str, &str)] = if sorts { &[("includeObject", "Object")] } else { &[] };
    let accept = if cli.flags.bool("server-print") { TABLE } else { "application/json" };
    let (resource, path) = match target {
        Target::List(resource) => {
            return (resource.clone(), list(client, resource, namespace, wanted, accept, more).await);
        }
        Target::Named { resource, namespace, name } => (resource, resource.at(namespace, name)),
        Target::Described { resource, namespace, object, .. } => {
            (resource, resource.at(namespace, object["metadata"]["name"].as_str().unwrap_or_default()))
        }
    };
    let path = match cli.flags.text("subresource") {
        "" => path,
        part => format!("{path}/{part}"),
    };
    let path = if sorts { format!("{path}?includeObject=Object") } else { path };
    let bytes = client.call("GET", &path, accept, Body::None).await;
    let table = bytes.and_then(|bytes| serde_json::from_slice(&bytes).map_err(Failure::plain));
    (resource.clone(), table)
}

async fn generic(cli: &Cli, targets: &[Target], wanted: &Wanted, format: &Format) -> Result<(), Failure> {
    let (mut infos, mut failures) = fetch(cli, targets, wanted).await?;
    if cli.flags.bool("ignore-not-found") {
        failures.retain(|failure| !failure.is_not_found());
    }
    let single = matches!(targets, [Target::Named { .. } | Target::Described { .. }]);
    if single && infos.is_empty() {
        return Failure::all(failures);
    }
    if cli.flags.changed("sort-by") {
        sort::objects(&mut infos, cli.flags.text("sort-by"))?;
    }
    let object = match (single, infos.len()) {
        (true, 1) => infos.remove(0).object,
        _ => list_of(infos.into_iter().map(|info: Info| info.object).collect()),
    };
    let text = format.object(cli, &object, Order::Sorted)?;
    cli.print(text);
    Failure::all(failures)
}
