//! `kubectl wait` (`k8s.io/kubectl/pkg/cmd/wait`).

use serde_json::Value;

use crate::kubectl::builder::{Info, Target, Wanted, fetch, targets};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{FILES, PRINT};
use crate::kubectl::print::jsonpath::{JsonPath, relaxed, text};
use crate::kubectl::print::report;

static FLAGS: [Flag; 7] = [
    Flag::switch("all", "all objects of the type in the namespace"),
    Flag::switch("all-namespaces", "in every namespace").short('A'),
    Flag::text("field-selector", "only objects whose fields are so"),
    Flag::array("for", "what to wait for: create, delete, condition=NAME[=VALUE] or jsonpath=PATH[=VALUE]"),
    Flag::switch("local", "look at files, without the server"),
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::new("timeout", Kind::Duration, "30s", "how long to wait; 0 is not at all, below is a week"),
];

pub static WAIT: Command = Command::leaf(
    "wait",
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    "Wait until something is so of objects",
    &[&FLAGS, &FILES, &PRINT],
    |cli| Box::pin(async move { wait(&cli).await }),
)
.examples(&[
    ("Until a pod is ready", "kubectl wait --for=condition=Ready pod/web --timeout=60s"),
    ("Until it is gone", "kubectl wait --for=delete pod/web"),
]);

/// How often objects are looked at, in microseconds.
const LOOK: u64 = 100_000;
const WEEK: u64 = 7 * 86_400 * 1_000_000;

enum Condition {
    Create,
    Delete,
    /// A condition's type, and the status it shall have.
    Status(String, String),
    Path(JsonPath, Option<String>),
}

impl Condition {
    fn parse(text: &str) -> Result<Self, Failure> {
        match text.to_lowercase().as_str() {
            "create" => return Ok(Self::Create),
            "delete" => return Ok(Self::Delete),
            _ => {}
        }
        if let Some(rest) = text.strip_prefix("condition=") {
            let (kind, status) = rest.split_once('=').unwrap_or((rest, "true"));
            return Ok(Self::Status(kind.to_owned(), status.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("jsonpath=") {
            // The value follows the last brace, or the first sign when there are none.
            let at = rest.rfind('}').map_or(0, |at| at + 1);
            let (path, value) = match rest[at..].find('=') {
                Some(sign) => (&rest[..at + sign], Some(rest[at + sign + 1..].trim_matches(['\'', '"']).to_owned())),
                None => (rest, None),
            };
            if value.as_deref() == Some("") {
                return Err(Failure::plain(
                    "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
                ));
            }
            return Ok(Self::Path(JsonPath::parse(&relaxed(path.trim_matches(['\'', '"']))?)?, value));
        }
        Err(Failure::plain(format!("unrecognized condition: {}", crate::go::quote(text))))
    }

    fn holds(&self, object: &Value) -> bool {
        match self {
            Self::Create => true,
            Self::Delete => false,
            Self::Status(kind, status) => {
                let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
                let found = conditions.find(|one| one["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)));
                let Some(found) = found else { return false };
                let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
                let observed = found["observedGeneration"].as_i64().or(object["status"]["observedGeneration"].as_i64());
                if observed.is_some_and(|observed| observed < generation) {
                    return false;
                }
                found["status"].as_str().is_some_and(|now| now.eq_ignore_ascii_case(status))
            }
            Self::Path(path, value) => {
                let found = path.find(object).unwrap_or_default();
                match value {
                    Some(value) => found.len() == 1 && text(&found[0]) == *value,
                    None => !found.is_empty(),
                }
            }
        }
    }
}

async fn wait(cli: &Cli) -> Result<(), Failure> {
    let texts = cli.flags.list("for");
    if texts.is_empty() {
        return Err(Failure::plain("unrecognized condition: []"));
    }
    let conditions: Vec<Condition> = texts.iter().map(|text| Condition::parse(text)).collect::<Result<_, _>>()?;
    let deletes = conditions.iter().any(|one| matches!(one, Condition::Delete));
    let creates = conditions.iter().any(|one| matches!(one, Condition::Create));
    let limit = match cli.flags.duration("timeout") {
        limit if limit < 0 => WEEK,
        limit => limit.unsigned_abs() / 1_000,
    };
    let deadline = cli.process.now().saturating_add(limit);
    let selects = cli.flags.changed("selector") || cli.flags.changed("field-selector") || cli.flags.bool("all");
    let wanted = Wanted { type_alone: cli.flags.bool("all"), ..Wanted::of(cli) };
    let targets = targets(cli, cli.args(), &wanted).await?;
    let infos = loop {
        let (infos, mut failures) = fetch(cli, &targets, &wanted).await?;
        if deletes {
            failures.retain(|failure| !failure.is_not_found());
        }
        if !creates
            || failures.iter().any(|failure| !failure.is_not_found())
            || failures.is_empty() && !infos.is_empty()
        {
            Failure::all(failures)?;
            break infos;
        }
        if cli.process.now() >= deadline {
            let name = targets.first().map(title).unwrap_or_default();
            return Err(Failure::plain(format!("timed out waiting for the condition on {name}")));
        }
        cli.process.sleep(LOOK).await;
    };
    if infos.is_empty() {
        return match deletes && !selects {
            true => Ok(()),
            false => Err(Failure::plain("no matching resources found")),
        };
    }
    let mut failures = Vec::new();
    for info in infos {
        let mut met = Ok(());
        for condition in &conditions {
            if met.is_ok() {
                met = until(cli, &info, condition, deadline).await;
            }
        }
        match met {
            Ok(()) => report(cli, &info.object, Some(&info.resource), "condition met")?,
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

fn title(target: &Target) -> String {
    match target {
        Target::Named { resource, name, .. } => format!("{}/{name}", resource.qualified()),
        Target::Described { resource, object, .. } => {
            format!("{}/{}", resource.qualified(), object["metadata"]["name"].as_str().unwrap_or_default())
        }
        Target::List(resource) => resource.qualified(),
    }
}

async fn until(cli: &Cli, info: &Info, condition: &Condition, deadline: u64) -> Result<(), Failure> {
    let client = cli.client().await?;
    loop {
        match (client.get(&info.path()).await, condition) {
            (Ok(object), Condition::Delete) if object["metadata"]["uid"] == info.object["metadata"]["uid"] => {}
            (Ok(_), Condition::Delete) => return Ok(()),
            (Ok(object), condition) if condition.holds(&object) => return Ok(()),
            (Ok(_), _) => {}
            (Err(failure), Condition::Delete) if failure.is_not_found() => return Ok(()),
            (Err(failure), _) => return Err(failure),
        }
        if cli.process.now() >= deadline {
            let name = format!("{}/{}", info.resource.plural, info.name);
            return Err(Failure::plain(format!("timed out waiting for the condition on {name}")));
        }
        cli.process.sleep(LOOK).await;
    }
}
