//! `kubectl api-resources` and `kubectl api-versions` (`k8s.io/kubectl/pkg/cmd/apiresources`).

use std::rc::Rc;

use crate::kubectl::cli::Cli;
use crate::kubectl::client::Resource;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::table;

static FLAGS: [Flag; 8] = [
    Flag::text("api-group", "only resources of this group"),
    Flag::switch("cached", "use what is remembered of the server"),
    Flag::list("categories", "only resources of these categories"),
    Flag::switch("namespaced", "only resources that are in namespaces, or only the others").default("true"),
    Flag::switch("no-headers", "leave the line of headers out"),
    Flag::text("output", "wide or name").short('o'),
    Flag::text("sort-by", "name or kind"),
    Flag::list("verbs", "only resources that can all of this"),
];

pub static API_RESOURCES: Command =
    Command::leaf("api-resources", "[flags]", "List the resources that the server has", &[&FLAGS], |cli| {
        Rare::ApiResources.run(cli)
    });
pub static API_VERSIONS: Command = Command::leaf(
    "api-versions",
    "",
    "List the versions of the API that the server has, as \"group/version\"",
    &[],
    |cli| Rare::ApiVersions.run(cli),
);

pub async fn resources(cli: &Cli) -> Result<(), Failure> {
    if let Some(word) = cli.args().first() {
        return Err(cli.usage(format_args!("unexpected arguments: [{word}]")));
    }
    let output = cli.flags.text("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(Failure::plain(format!("--output {output} is not available")));
    }
    let sort_by = cli.flags.text("sort-by");
    if !matches!(sort_by, "" | "name" | "kind") {
        return Err(Failure::plain("--sort-by accepts only name or kind"));
    }
    let discovery = cli.discovery().await?;
    if !cli.flags.bool("cached") {
        discovery.refresh().await?;
    }
    let (verbs, categories) = (cli.flags.list("verbs"), cli.flags.list("categories"));
    let shown = |resource: &Rc<Resource>| {
        resource.preferred
            && (!cli.flags.changed("api-group") || resource.group == cli.flags.text("api-group"))
            && (!cli.flags.changed("namespaced") || resource.namespaced == cli.flags.bool("namespaced"))
            && verbs.iter().all(|verb| resource.can(verb))
            && categories.iter().all(|wanted| resource.categories.contains(wanted))
            && !resource.verbs.is_empty()
    };
    let mut all: Vec<Rc<Resource>> = discovery.all().into_iter().filter(shown).collect();
    all.sort_by_key(|resource| match sort_by {
        "name" => (resource.plural.clone(), String::new()),
        "kind" => (resource.kind.clone(), String::new()),
        _ => (resource.group.clone(), resource.plural.clone()),
    });
    if output == "name" {
        all.iter().for_each(|resource| cli.println(resource.qualified()));
        return Ok(());
    }
    let mut rows = Vec::new();
    if !cli.flags.bool("no-headers") {
        let mut headers = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if output == "wide" {
            headers.extend(["VERBS", "CATEGORIES"]);
        }
        rows.push(headers.into_iter().map(str::to_owned).collect());
    }
    for resource in all {
        let mut row = vec![
            resource.plural.clone(),
            resource.short_names.join(","),
            resource.api_version(),
            resource.namespaced.to_string(),
            resource.kind.clone(),
        ];
        if output == "wide" {
            let mut verbs = resource.verbs.clone();
            verbs.sort_unstable();
            row.extend([verbs.join(","), resource.categories.join(",")]);
        }
        rows.push(row);
    }
    cli.print(table(&rows));
    Ok(())
}

pub async fn versions(cli: &Cli) -> Result<(), Failure> {
    if !cli.args().is_empty() {
        return Err(cli.usage(format_args!("unexpected arguments: [{}]", cli.args().join(" "))));
    }
    let discovery = cli.discovery().await?;
    discovery.refresh().await?;
    let mut all: Vec<String> = discovery.all().iter().map(|resource| resource.api_version()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().for_each(|version| cli.println(version));
    Ok(())
}
