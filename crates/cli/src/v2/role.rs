//! `etcdctl role`.

use serde_json::{Value, json};

use super::auth::{AuthService, field_of_each};
use super::spec::{Command, FlagSpec};
use super::{Context, Ended};

pub static ROLE: Command = Command::group(
    "role",
    "adds roles, and grants and revokes their permissions",
    &[&ADD, &GET, &LIST, &REMOVE, &GRANT, &REVOKE],
);

const NAME: &str = "<role>";

static ADD: Command = Command::leaf("add", "adds a role", "<role> ", |context| Box::pin(add(context)));
static GET: Command = Command::leaf("get", "shows a role's permissions", NAME, |context| Box::pin(get(context)));
static LIST: Command = Command::leaf("list", "lists the roles", " ", |context| Box::pin(list(context)));
static REMOVE: Command = Command::leaf("remove", "removes a role", NAME, |context| Box::pin(remove(context)));
static GRANT: Command =
    Command::leaf("grant", "lets a role reach keys", NAME, |context| Box::pin(permission(context, "grant")))
        .flags(&PERMISSION);
static REVOKE: Command =
    Command::leaf("revoke", "takes keys from a role", NAME, |context| Box::pin(permission(context, "revoke")))
        .flags(&PERMISSION);

static PERMISSION: [FlagSpec; 4] = [
    FlagSpec::text(&["path"], "which keys"),
    FlagSpec::switch(&["read"], "reading alone"),
    FlagSpec::switch(&["write"], "writing alone"),
    FlagSpec::switch(&["readwrite", "rw"], "reading and writing"),
];

async fn list(context: Context) -> Ended {
    let answer = AuthService::without_arguments(&context).await?.ask("GET", "roles", None).await?;
    for name in field_of_each(&answer["roles"], "role") {
        context.println(name);
    }
    Ok(())
}

async fn add(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "role name").await?;
    let page = format!("roles/{name}");
    if service.try_ask("GET", &page, None).await.is_ok() {
        return Err(context.refuse(format_args!("Role {name} already exists")));
    }
    let none = json!({"kv": {"read": null, "write": null}});
    service.ask("PUT", &page, Some(json!({"role": name, "permissions": none}))).await?;
    context.println(format_args!("Role {name} created"));
    Ok(())
}

async fn remove(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "role name").await?;
    service.ask("DELETE", &format!("roles/{name}"), None).await?;
    context.println(format_args!("Role {name} removed"));
    Ok(())
}

async fn get(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "role name").await?;
    let role = service.ask("GET", &format!("roles/{name}"), None).await?;
    context.println(format_args!("Role: {}", role["role"].as_str().unwrap_or_default()));
    for (title, list) in [("KV Read:", "read"), ("KV Write:", "write")] {
        context.println(title);
        for pattern in role["permissions"]["kv"][list].as_array().into_iter().flatten().filter_map(Value::as_str) {
            context.println(format_args!("\t{pattern}"));
        }
    }
    Ok(())
}

async fn permission(context: Context, what: &'static str) -> Ended {
    let flags = &context.flags;
    let path = flags.text("path");
    if path.is_empty() {
        return Err(context.refuse("No path specified; please use `--path`"));
    }
    let mut canonical = etcd::v2::clean(path);
    if path.ends_with('/') && canonical != "/" {
        canonical.push('/');
    }
    if canonical != path {
        return Err(context.refuse(format_args!("Not canonical path; please use `--path={canonical}`")));
    }
    let (read, write, both) = (flags.is_on("read"), flags.is_on("write"), flags.is_on("readwrite"));
    if [read, write, both].iter().filter(|on| **on).count() != 1 {
        return Err(context.refuse("Please specify exactly one of --read, --write or --readwrite"));
    }
    let (mut service, name) = AuthService::with_name(&context, "role name").await?;
    let page = format!("roles/{name}");
    let before = service.ask("GET", &page, None).await?;
    let list = |on: bool| if on { json!([path]) } else { Value::Null };
    let kv = json!({"kv": {"read": list(read || both), "write": list(write || both)}});
    let after = service.ask("PUT", &page, Some(json!({"role": name, "permissions": null, what: kv}))).await?;
    if after == before {
        // The original forgets the end of the line, too.
        let already = if what == "grant" { "granted" } else { "revoked" };
        context.process.print(format!("Role unchanged; already {already}")).await;
    }
    context.println(format_args!("Role {name} updated"));
    Ok(())
}
