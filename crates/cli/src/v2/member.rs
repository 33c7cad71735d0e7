//! `etcdctl member`.

use serde_json::Value;

use super::client::{Action, Body, Deadline, connect};
use super::failure::Failure;
use super::response::{read_member, read_message};
use super::spec::Command;
use super::{Context, Ended};
use crate::urls;

pub static MEMBER: Command =
    Command::group("member", "lists, adds, removes and changes members", &[&LIST, &ADD, &REMOVE, &UPDATE]);

static LIST: Command =
    Command::leaf("list", "lists the members of the cluster", " ", |context| Box::pin(list(context)));
static ADD: Command =
    Command::leaf("add", "adds a member to the cluster", "<name> <peerURL>", |context| Box::pin(add(context)));
static REMOVE: Command =
    Command::leaf("remove", "removes a member from the cluster", "<memberID>", |context| Box::pin(remove(context)));
static UPDATE: Command =
    Command::leaf("update", "changes where a member's peers reach it", "<memberID> <peerURLs>", |context| {
        Box::pin(update(context))
    });

const MEMBERS: &str = "/v2/members";
const DOCUMENTATION: &str =
    "https://github.com/etcd-io/etcd/blob/master/Documentation/runtime-configuration.md#remove-a-member";

async fn list(context: Context) -> Ended {
    if !context.args.is_empty() {
        return Err(context.refuse("No arguments accepted"));
    }
    let mut client = connect(&context).await?;
    let deadline = Deadline::total(&context);
    let members = match client.members(deadline).await {
        Ok(members) => members,
        Err(failure) => return Err(context.refuse(failure)),
    };
    let action = Action { method: "GET", path: format!("{MEMBERS}/leader"), ..Action::default() };
    let failure = match client.act(&action, deadline).await {
        Ok((200, _, body)) => {
            let leader = serde_json::from_slice::<Value>(&body).as_ref().map(read_member).unwrap_or_default();
            for member in members {
                let leads = member.id == leader.id;
                context.println(member.line(leads));
            }
            return Ok(());
        }
        Ok((status, ..)) => Failure::Status(status),
        Err(failure) => failure,
    };
    Err(context.refuse(format_args!("Failed to get leader:  {failure}")))
}

/// The URLs as a request's JSON, or what is wrong with them .
fn peer_urls(urls: &[&str]) -> Result<Body, String> {
    urls.iter().try_for_each(|url| urls::check(url))?;
    let mut canonical: Vec<String> = urls.iter().map(|url| url.trim().to_owned()).collect();
    canonical.sort_unstable();
    let urls: Value = canonical.into();
    Ok(Body::Json(format!("{{\"peerURLs\":{urls}}}")))
}

async fn add(context: Context) -> Ended {
    let [name, url] = context.args.as_slice() else {
        return Err(context.refuse("Provide a name and a single member peerURL"));
    };
    let mut client = connect(&context).await?;
    let body = match peer_urls(&[url]) {
        Ok(body) => body,
        Err(words) => return Err(context.refuse(words)),
    };
    let deadline = Deadline::total(&context);
    let action = Action { method: "POST", path: MEMBERS.into(), body: Some(body), ..Action::default() };
    let added = match client.act(&action, deadline).await {
        Ok((201, _, body)) => serde_json::from_slice::<Value>(&body).as_ref().map(read_member).unwrap_or_default(),
        Ok((409, _, body)) => return Err(context.refuse(read_message(&body))),
        Ok((status, ..)) => return Err(context.refuse(Failure::Status(status))),
        Err(failure) => return Err(context.refuse(failure)),
    };
    context.println(format_args!("Added member named {name} with ID {} to cluster", added.id));
    let members = match client.members(deadline).await {
        Ok(members) => members,
        Err(failure) => return Err(context.refuse(failure)),
    };
    let mut cluster = Vec::new();
    for member in members {
        let name = if member.id == added.id { name } else { &member.name };
        cluster.extend(member.peer_urls.iter().map(|url| format!("{name}={url}")));
    }
    let (name, cluster) = (crate::go::quote(name), crate::go::quote(&cluster.join(",")));
    let names = format!("\nETCD_NAME={name}\nETCD_INITIAL_CLUSTER={cluster}");
    context.println(format_args!("{names}\nETCD_INITIAL_CLUSTER_STATE=\"existing\""));
    Ok(())
}

async fn remove(context: Context) -> Ended {
    let [id] = context.args.as_slice() else { return Err(context.refuse("Provide a single member ID")) };
    let mut client = connect(&context).await?;
    let deadline = Deadline::total(&context);
    let members = match client.members(deadline).await {
        Ok(members) => members,
        Err(failure) => {
            let words = format!("Error while verifying ID against known members: {failure}");
            return Err(context.refuse(words));
        }
    };
    for member in members.iter().filter(|member| member.name == *id) {
        let hint = format!("etcdctl member remove {}", member.id);
        let found = format!("Found a member named {id}; if this is correct, please use its ID, eg:\n\t{hint}");
        context.eprintln(format_args!("{found}\nFor more details, read the documentation at {DOCUMENTATION}\n"));
    }
    if !members.iter().any(|member| member.id == *id) {
        return Err(context.refuse(format_args!("Couldn't find a member in the cluster with an ID of {id}.")));
    }
    let action = Action { method: "DELETE", path: format!("{MEMBERS}/{id}"), ..Action::default() };
    let failure = match client.act(&action, deadline).await {
        Ok((204 | 410, ..)) => {
            context.println(format_args!("Removed member {id} from cluster"));
            return Ok(());
        }
        Ok((status, ..)) => Failure::Status(status),
        Err(failure) => failure,
    };
    context.process.eprint(format!("Received an error trying to remove member {id}: {failure}"));
    Err(1)
}

async fn update(context: Context) -> Ended {
    let [id, urls] = context.args.as_slice() else {
        let words =
            "Provide an ID and a list of comma separated peerURL (0xabcd http://example.com,http://example1.com)";
        return Err(context.refuse(words));
    };
    let mut client = connect(&context).await?;
    let body = match peer_urls(&urls.split(',').collect::<Vec<_>>()) {
        Ok(body) => body,
        Err(words) => return Err(context.refuse(words)),
    };
    let action = Action { method: "PUT", path: format!("{MEMBERS}/{id}"), body: Some(body), ..Action::default() };
    match client.act(&action, Deadline::total(&context)).await {
        Ok((204, ..)) => {
            context.println(format_args!("Updated member with ID {id} in cluster"));
            Ok(())
        }
        Ok((404 | 409, _, body)) => Err(context.refuse(read_message(&body))),
        Ok((status, ..)) => Err(context.refuse(Failure::Status(status))),
        Err(failure) => Err(context.refuse(failure)),
    }
}
