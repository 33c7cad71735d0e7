//! `etcdctl user`.

use serde_json::json;

use super::auth::{AuthService, field_of_each};
use super::spec::{Command, FlagSpec, Kind};
use super::{Context, Ended};
use crate::password;

pub static USER: Command = Command::group(
    "user",
    "adds users, and grants and revokes their roles",
    &[&ADD, &GET, &LIST, &REMOVE, &GRANT, &REVOKE, &PASSWD],
);

const NAME: &str = "<user>";

static ADD: Command = Command::leaf("add", "adds a user", NAME, |context| Box::pin(add(context)));
static GET: Command = Command::leaf("get", "shows a user's roles", NAME, |context| Box::pin(get(context)));
static LIST: Command = Command::leaf("list", "lists the users", NAME, |context| Box::pin(list(context)));
static REMOVE: Command = Command::leaf("remove", "removes a user", NAME, |context| Box::pin(remove(context)));
static GRANT: Command =
    Command::leaf("grant", "gives roles to a user", NAME, |context| Box::pin(roles(context, "grant"))).flags(&[ROLES]);
static REVOKE: Command =
    Command::leaf("revoke", "takes roles from a user", NAME, |context| Box::pin(roles(context, "revoke")))
        .flags(&[ROLES]);
static PASSWD: Command =
    Command::leaf("passwd", "changes a user's password", NAME, |context| Box::pin(passwd(context)));

const ROLES: FlagSpec = FlagSpec::new(&["roles"], Kind::List, "", "roles to give or take");

async fn list(context: Context) -> Ended {
    let answer = AuthService::without_arguments(&context).await?.ask("GET", "users", None).await?;
    for name in field_of_each(&answer["users"], "user") {
        context.println(name);
    }
    Ok(())
}

async fn add(context: Context) -> Ended {
    let (mut service, argument) = AuthService::with_name(&context, "username").await?;
    let (name, password) = match argument.split_once(':') {
        Some((name, password)) => (name, password.to_owned()),
        None => (argument, password::ask(&context.process, "New password: ").await),
    };
    service
        .ask("PUT", &format!("users/{name}"), Some(json!({"user": name, "password": password, "roles": null})))
        .await?;
    context.println(format_args!("User {name} created"));
    Ok(())
}

async fn remove(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "username").await?;
    service.ask("DELETE", &format!("users/{name}"), None).await?;
    context.println(format_args!("User {name} removed"));
    Ok(())
}

async fn passwd(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "username").await?;
    let password = password::ask(&context.process, "New password: ").await;
    service
        .ask("PUT", &format!("users/{name}"), Some(json!({"user": name, "password": password, "roles": null})))
        .await?;
    context.println("Password updated");
    Ok(())
}

async fn roles(context: Context, what: &'static str) -> Ended {
    let roles = context.flags.list("roles");
    if roles.is_empty() {
        return Err(context.refuse("No roles specified; please use `--roles`"));
    }
    let (mut service, name) = AuthService::with_name(&context, "username").await?;
    service.ask("PUT", &format!("users/{name}"), Some(json!({"user": name, "roles": null, what: roles}))).await?;
    context.println(format_args!("User {name} updated"));
    Ok(())
}

async fn get(context: Context) -> Ended {
    let (mut service, name) = AuthService::with_name(&context, "username").await?;
    let user = service.ask("GET", &format!("users/{name}"), None).await?;
    context.println(format_args!("User: {}", user["user"].as_str().unwrap_or_default()));
    let roles: String = field_of_each(&user["roles"], "role").iter().map(|role| format!(" {role}")).collect();
    context.println(format_args!("Roles: {roles}"));
    Ok(())
}
