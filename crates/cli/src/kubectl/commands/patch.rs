//! `kubectl patch` (`k8s.io/kubectl/pkg/cmd/patch`).

use crate::kubectl::change::{JSON, MERGE, STRATEGIC, chosen, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT};
use crate::kubectl::merge;
use crate::kubectl::print::report;

static FLAGS: [Flag; 6] = [
    Flag::text("field-manager", "who is said to have set the fields"),
    Flag::switch("local", "change what files say, without the server"),
    Flag::text("patch", "the patch, as JSON or YAML").short('p'),
    Flag::text("patch-file", "file of the patch"),
    Flag::text("subresource", "part of the object to change, such as status or scale"),
    Flag::text("type", "kind of patch: json, merge or strategic").default("strategic"),
];

pub static PATCH: Command = Command::leaf(
    "patch",
    "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    "Change fields of an object",
    &[&FLAGS, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { run(&cli).await }),
)
.examples(&[
    ("A field", "kubectl patch deployment web -p '{\"spec\":{\"replicas\":2}}'"),
    ("Step by step", "kubectl patch pod web --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/a\"}]'"),
]);

async fn run(cli: &Cli) -> Result<(), Failure> {
    let (text, file) = (cli.flags.text("patch"), cli.flags.text("patch-file"));
    let kind = match cli.flags.text("type").to_lowercase().as_str() {
        "strategic" => STRATEGIC,
        "merge" => MERGE,
        "json" => JSON,
        other => {
            let words = format!("--type must be one of [json merge strategic], not {}", crate::go::quote(other));
            return Err(Failure::plain(words));
        }
    };
    let text = match (text, file) {
        ("", "") => {
            let words = "must specify --patch or --patch-file containing the contents of the patch";
            return Err(Failure::plain(words));
        }
        (text, "") => text.to_owned(),
        ("", file) => {
            let bytes = cli
                .read(file)
                .map_err(|why| Failure::plain(format!("unable to read patch file: open {file}: {why}")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => return Err(Failure::plain("cannot specify --patch and --patch-file together")),
    };
    let text = as_json(&text)?;
    let dry = DryRun::of(cli)?;
    let (infos, mut failures) = chosen(cli, cli.args()).await?;
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to patch"));
    }
    for info in infos {
        let path = match cli.flags.text("subresource") {
            "" => info.path(),
            part => format!("{}/{part}", info.path()),
        };
        let done = match dry {
            DryRun::Client => local(&info.object, kind, &text),
            _ => patch(cli, &path, kind, text.clone(), "kubectl-patch").await,
        };
        match done {
            Ok(object) => {
                let same = object == info.object;
                let note = if same { " (no change)" } else { "" };
                report(cli, &object, None, &format!("patched{}{note}", dry.note()))?;
            }
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

/// What begins like JSON is sent as it is; the server complains about what it is not.
fn as_json(text: &str) -> Result<String, Failure> {
    if text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok()
        || text.trim_start().starts_with('{')
    {
        return Ok(text.to_owned());
    }
    let words = |why: String| Failure::plain(format!("unable to parse {}: {why}", crate::go::quote(text)));
    let documents = yaml::documents(text).map_err(words)?;
    Ok(documents.into_iter().next().unwrap_or_default().to_string())
}

fn local(object: &serde_json::Value, kind: &str, text: &str) -> Result<serde_json::Value, Failure> {
    let patch = serde_json::from_str(text).map_err(Failure::plain)?;
    match kind {
        STRATEGIC => Ok(merge::strategic(object.clone(), &patch)),
        MERGE => Ok(merge::merge(object.clone(), &patch)),
        _ => merge::json_patch(object.clone(), &patch).map_err(Failure::plain),
    }
}
