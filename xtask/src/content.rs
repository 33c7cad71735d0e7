//! The content as it is shipped: the Markdown files as they are, `index.json`, the list of them for the first load, and
//! `pages`, the notes as HTML.

use std::path::Path;

use lesson::folder::Content;

use crate::{pages, sh, site};

/// Copies, indexes and renders `content/` into `out`, for a site under the path `base`, and returns what was read.
///
/// # Errors
/// Every file that does not parse, with its line: an unreadable note must not be shipped.
pub fn write(out: &Path, base: &str) -> Result<Content, String> {
    let source = sh::root().join("content");
    let say = |error: std::io::Error| format!("{}: {error}", out.display());
    let content = lesson::folder::read(&source).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("content/{problem}")).collect();
        format!("the content has mistakes:\n{}", lines.join("\n"))
    })?;
    for file in site::files(&source)? {
        let to = out.join(&file);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(say)?;
        }
        std::fs::copy(source.join(&file), to).map_err(say)?;
    }
    pages::write(&content, base, &out.join("pages"))?;
    let index = serde_json::to_string(&content.index()).map_err(|error| error.to_string())?;
    std::fs::write(out.join("index.json"), index).map_err(say)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use crate::sh;

    #[test]
    fn every_page_of_the_content_parses_and_every_link_leads_somewhere() {
        let problems = match lesson::folder::read(&sh::root().join("content")) {
            Ok(content) => content.check(),
            Err(problems) => problems,
        };
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
