//! The routes as pages of their own: what a visitor reads stands in the HTML, so the first content does not wait for
//! wasm, and readers without JavaScript get the notes.
//!
//! Each page is Trunk's `index.html` with another title and with the notes pane, as the site draws it, in its shell. The
//! site takes the text over from there instead of fetching it (`src/notes/prerendered.rs`).

use std::fmt::Write as _;
use std::path::Path;

use lesson::folder::Content;
use lesson::html::escape;
use lesson::{Index, IndexEntry, IndexSection};

use crate::postbuild::{read, write};

/// Below which path the pages lie that other sites may show inside theirs (`src/route.rs`).
pub const EMBED: &str = "embed";

/// A route as a file.
struct Route {
    /// Relative to the site's folder. Static hosts answer `/notes/etcd` with `notes/etcd.html`.
    file: String,
    /// The name of its fragment under `content/pages`; none where the page's script draws what there is to see.
    fragment: Option<String>,
    title: String,
    summary: String,
}

/// Writes a page for every route into `out`, where the finished `index.html` and `content/pages` stand already.
pub fn write_all(content: &Content, out: &Path, base: &str) -> Result<(), String> {
    let page = read(&out.join("index.html"))?;
    let index = content.index();
    // Unknown addresses are answered with the page as Trunk made it: the router says that there is nothing.
    write(&out.join("404.html"), &page)?;
    for route in routes(content, &index) {
        let body = match (&route.fragment, route.file.as_str()) {
            (Some(name), _) => {
                let fragment = read(&out.join("content/pages").join(format!("{name}.html")))?;
                format!("<div class=\"note\" data-page=\"{name}\">{fragment}</div>")
            }
            (None, "notes.html") => format!("<div class=\"note all-notes\">{}</div>", all_notes(&index, base)),
            (None, "labs.html") => format!("<div class=\"note all-notes all-labs\">{}</div>", all_labs(&index, base)),
            (None, _) => format!("<div class=\"note\"><h1>{}</h1></div>", escape(&route.title)),
        };
        let shell = shell(&index, base, route.fragment.as_deref(), &body);
        write_page(&out.join(&route.file), &fill(&page, &route, &shell)?)?;
        // Of what can be embedded, the cluster is what an address without a name shows.
        let embedded = match route.file.as_str() {
            "cluster.html" => format!("{EMBED}.html"),
            file if file.contains('/') => format!("{EMBED}/{file}"),
            _ => continue,
        };
        let shell = format!(
            "<main class=\"workbench split\"><div class=\"tabs shell-tabs\"></div><div class=\"pane pane-notes\"><div \
             class=\"notes\"><div class=\"note-scroll\">{body}</div></div></div></main>"
        );
        write_page(&out.join(embedded), &embedding(&fill(&page, &route, &shell)?))?;
    }
    Ok(())
}

/// The page inside another's: without the margins of a page of its own, and not to be found by itself.
fn embedding(page: &str) -> String {
    let robots = "<meta name=\"robots\" content=\"noindex\">";
    page.replacen("<body>", "<body class=\"embedded\">", 1).replacen("</head>", &format!("{robots}</head>"), 1)
}

fn write_page(file: &Path, page: &str) -> Result<(), String> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    write(file, page)
}

fn routes(content: &Content, index: &Index) -> Vec<Route> {
    let route = |file: &str, fragment: Option<&str>, title: &str, summary: &str| Route {
        file: file.to_owned(),
        fragment: fragment.map(str::to_owned),
        title: title.to_owned(),
        summary: summary.to_owned(),
    };
    let tour = &content.tour;
    let mut routes = vec![
        route("index.html", Some("tour"), "a living Kubernetes cluster behind glass", &tour.summary),
        route("notes.html", None, "Notes", NOTES),
        route("labs.html", None, "Labs", LABS),
        route("cluster.html", None, "Cluster", "A simulated cluster, drawn as a diagram to click, break and follow."),
        route("console.html", None, "Console", "A console in which etcdctl behaves as the real one does."),
    ];
    routes.extend(
        index
            .notes
            .iter()
            .map(|note| route(&format!("notes/{}.html", note.slug), Some(&note.slug), &note.title, &note.summary)),
    );
    routes.extend(index.labs.iter().map(|lab| {
        let name = format!("labs/{}", lab.slug);
        route(&format!("{name}.html"), Some(&name), &lab.title, &lab.summary)
    }));
    routes
}

/// The page with the route's words in the place of those that Trunk's page has.
fn fill(page: &str, route: &Route, shell: &str) -> Result<String, String> {
    let title = match route.file.as_str() {
        "index.html" => format!("Kubarium: {}", route.title),
        _ => format!("{} · Kubarium", route.title),
    };
    let page = replace_between(page, "<title>", "</title>", &escape(&title))?;
    let page = replace_between(&page, "name=\"description\" content=\"", "\"", &escape(&route.summary))?;
    replace_between(&page, "<div id=\"shell\">", "<!-- end of the shell -->", shell)
}

fn replace_between(page: &str, from: &str, to: &str, words: &str) -> Result<String, String> {
    let parts = page.split_once(from).and_then(|(before, rest)| Some((before, rest.split_once(to)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("index.html has no {from}…{to}"))?;
    Ok(format!("{before}{from}{words}{to}{after}"))
}

/// Header, list of notes and the page itself, with the classes of the site, so that nothing jumps when it takes over.
fn shell(index: &Index, base: &str, shown: Option<&str>, body: &str) -> String {
    let mut links = String::new();
    for (path, label) in
        [("", "Tour"), ("notes", "Notes"), ("labs", "Labs"), ("cluster", "Cluster"), ("console", "Console")]
    {
        let class = if matches!(path, "cluster" | "console") { " class=\"has-tab\"" } else { "" };
        let _ = write!(links, "<a{class} href=\"{}{path}\">{label}</a>", escape(base));
    }
    format!(
        "<header class=\"site-header\"><a class=\"brand\" href=\"{home}\">{MARK}<span \
         class=\"brand-name\">Kubarium</span></a><nav class=\"site-nav\" \
         aria-label=\"Site\">{links}</nav></header><main class=\"workbench split\"><div class=\"tabs shell-tabs\"></div><div \
         class=\"pane pane-notes\"><div class=\"notes\"><nav class=\"notes-nav\" aria-label=\"Notes\"><p \
         class=\"notes-nav-toggle\"><a href=\"{home}notes\">Contents</a></p><div class=\"notes-list\">{list}</div></nav><div \
         class=\"note-scroll\">{body}</div></div></div></main>",
        home = escape(base),
        list = list(index, base, shown),
    )
}

/// The mark of the site, as its header draws it (`src/app.rs`).
const MARK: &str = "<svg class=\"brand-mark\" viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" aria-hidden=\"true\">\
    <rect x=\"1.5\" y=\"1.5\" width=\"21\" height=\"21\" rx=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"/>\
    <path d=\"M12 8 8 15h8z\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.4\"/>\
    <circle class=\"leader\" cx=\"12\" cy=\"7.6\" r=\"2.6\"/><circle cx=\"7.6\" cy=\"15.4\" r=\"2.1\"/>\
    <circle cx=\"16.4\" cy=\"15.4\" r=\"2.1\"/></svg>";

fn list(index: &Index, base: &str, shown: Option<&str>) -> String {
    let link = |path: &str, title: &str, current: bool| {
        let current = if current { " aria-current=\"page\"" } else { "" };
        format!("<li><a href=\"{}{path}\"{current}>{}</a></li>", escape(base), escape(title))
    };
    let mut out = format!("<ul>{}{}</ul>", link("", "Tour", shown == Some("tour")), link("notes", "All notes", false));
    for section in index.sections() {
        let _ = write!(out, "<p class=\"nav-section\">{}</p><ul>", escape(section.title));
        for IndexEntry { slug, title, .. } in section.pages {
            out.push_str(&link(&format!("notes/{slug}"), title, shown == Some(slug)));
        }
        out.push_str("</ul>");
    }
    out
}

const NOTES: &str = "How a Kubernetes cluster works, one component at a time.";
const LABS: &str = "A goal to reach in a cluster of its own, judged by what you did to it, not by how.";

fn all_notes(index: &Index, base: &str) -> String {
    all("Notes", NOTES, index.sections(), &format!("{}notes/", escape(base)))
}

fn all_labs(index: &Index, base: &str) -> String {
    all("Labs", LABS, index.lab_sections(), &format!("{}labs/", escape(base)))
}

fn all(title: &str, summary: &str, sections: Vec<IndexSection<'_>>, folder: &str) -> String {
    let mut out = format!("<h1>{title}</h1><p class=\"summary\">{summary}</p>");
    for section in sections {
        let _ = write!(out, "<section><h2>{}</h2><ul class=\"cards\">", escape(section.title));
        for IndexEntry { slug, title, summary, .. } in section.pages {
            let (title, summary) = (escape(title), escape(summary));
            let _ = write!(out, "<li><a href=\"{folder}{slug}\">{title}</a><p>{summary}</p></li>");
        }
        out.push_str("</ul></section>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "<title>t</title><meta\n name=\"description\" content=\"d\"><div id=\"shell\">s<!-- end of the shell --></div>";

    #[test]
    fn a_route_brings_its_own_title_description_and_text() {
        let route = Route {
            file: "notes/a.html".into(),
            fragment: Some("a".into()),
            title: "A & B".into(),
            summary: "Why \"it\" is.".into(),
        };
        let page = fill(PAGE, &route, "<p>text</p>").unwrap();
        assert!(page.contains("<title>A &amp; B · Kubarium</title>"), "{page}");
        assert!(page.contains("content=\"Why &quot;it&quot; is.\""), "{page}");
        assert!(page.contains("<div id=\"shell\"><p>text</p><!-- end"), "{page}");
    }

    #[test]
    fn a_page_without_a_place_for_the_text_is_an_error() {
        let route = Route { file: "x.html".into(), fragment: None, title: String::new(), summary: String::new() };
        assert!(fill("<title></title>", &route, "").unwrap_err().contains("has no"));
    }

    #[test]
    fn the_page_the_site_is_built_from_has_the_places_that_are_filled() {
        let page = read(&crate::sh::root().join("index.html")).unwrap();
        let route = Route { file: "index.html".into(), fragment: None, title: "t".into(), summary: String::new() };
        assert_eq!(fill(&page, &route, "").map(|_| ()), Ok(()));
    }
}
