//! `etcdctl auth`, and what `user` and `role` have in common with it (etcd 3.4: client/auth_user.go).

use serde_json::Value;

use super::client::{Action, Body, Client, Deadline, connect};
use super::response::read_message;
use super::spec::Command;
use super::{Context, Ended};
use crate::http::escape_path;

pub static AUTH: Command = Command::group("auth", "switches users and roles on and off", &[&ENABLE, &DISABLE]);

static ENABLE: Command =
    Command::leaf("enable", "switches users and roles on", " ", |context| Box::pin(switch(context, true)));
static DISABLE: Command =
    Command::leaf("disable", "switches users and roles off", " ", |context| Box::pin(switch(context, false)));

async fn switch(context: Context, on: bool) -> Ended {
    let (method, word) = if on { ("PUT", "Enabled") } else { ("DELETE", "Disabled") };
    let mut service = AuthService::without_arguments(&context).await?;
    service.ask(method, "enable", None).await?;
    context.println(format_args!("Authentication {word}"));
    Ok(())
}

/// A client of the members' pages about users and roles.
pub struct AuthService<'a> {
    context: &'a Context,
    client: Client,
    deadline: Deadline,
}

impl<'a> AuthService<'a> {
    async fn connect(context: &'a Context) -> Result<Self, i32> {
        let client = connect(context).await?;
        Ok(Self { context, client, deadline: Deadline::total(context) })
    }

    /// For a command that takes no arguments.
    pub async fn without_arguments(context: &'a Context) -> Result<Self, i32> {
        if !context.args.is_empty() {
            return Err(context.refuse("No arguments accepted"));
        }
        Self::connect(context).await
    }

    /// For a command that takes the name of something, and that name.
    pub async fn with_name(context: &'a Context, wanted: &str) -> Result<(Self, &'a str), i32> {
        let [name] = &context.args[..] else {
            return Err(context.refuse(format_args!("Please provide a {wanted}")));
        };
        Ok((Self::connect(context).await?, name))
    }

    /// Asks for a page, or changes it; the JSON of the answer. A refusal ends the command with the member's words.
    pub async fn ask(&mut self, method: &'static str, page: &str, body: Option<Value>) -> Result<Value, i32> {
        match self.try_ask(method, page, body).await {
            Ok(answer) => Ok(answer),
            Err(words) => Err(self.context.refuse(words)),
        }
    }

    /// The same, with the refusal's words.
    pub async fn try_ask(&mut self, method: &'static str, page: &str, body: Option<Value>) -> Result<Value, String> {
        let path = escape_path(&format!("/v2/auth/{page}"));
        let body = body.map(|json| Body::Json(json.to_string()));
        let action = Action { method, path, body, ..Action::default() };
        let answer = self.client.act(&action, self.deadline).await;
        let (status, _, body) = answer.map_err(|failure| failure.to_string())?;
        if !matches!(status, 200 | 201) {
            return Err(read_message(&body));
        }
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// The values of one field of the objects in a list.
pub fn field_of_each(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item[field].as_str().map(str::to_owned)).collect()
}
