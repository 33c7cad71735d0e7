//! One stylesheet for the browser, several for people: the files stay apart in `style/` and are joined when built,
//! because the page cannot paint before the last of them has come.

use std::path::Path;

use crate::postbuild::{Fnv, read, write};

/// Joins the stylesheets the page links to, in their order, and returns the page with a link to the one.
pub fn join(out: &Path, page: &str) -> Result<String, String> {
    let mut joined = String::new();
    let mut rest = page;
    let mut pages = Vec::new();
    while let Some((before, link, after)) = next_link(rest) {
        let href = attribute(link, "href").ok_or_else(|| format!("no href in {link}"))?;
        let name = href.rsplit('/').next().unwrap_or(href);
        joined.push_str(&squeezed(&read(&out.join(name))?));
        std::fs::remove_file(out.join(name)).map_err(|error| format!("{name}: {error}"))?;
        pages.push((before, &href[..href.len() - name.len()]));
        rest = after;
    }
    let Some((_, base)) = pages.first() else { return Ok(page.to_string()) };
    let mut hash = Fnv::new();
    hash.eat(joined.as_bytes());
    let name = format!("style-{:016x}.css", hash.0);
    write(&out.join(&name), &joined)?;
    let link = format!("<link rel=\"stylesheet\" href=\"{base}{name}\">");
    let heads: Vec<&str> = pages.iter().map(|(before, _)| *before).collect();
    // The one stands where the first stood.
    Ok(format!("{}{link}{}{rest}", heads[0], heads[1..].concat()))
}

/// A stylesheet without its comments and the space that only people need. What stands in quotes stays as it is.
fn squeezed(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
        } else if c == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if c.is_ascii_whitespace() {
            rest = rest.trim_ascii_start();
            // A space before a colon may stand between two selectors; one after it never does.
            let needless =
                rest.is_empty() || rest.starts_with(['{', '}', ';', ',']) || out.ends_with(['{', '}', ';', ',', ':']);
            // A comment that follows is no reason for two spaces.
            if !needless && !out.is_empty() && !out.ends_with(' ') && !rest.starts_with("/*") {
                out.push(' ');
            }
        } else {
            if c == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The page before the first stylesheet link, the link, and the page after it.
fn next_link(page: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + page[from..].find("<link ")?;
        let end = start + page[start..].find('>')? + 1;
        let link = &page[start..end];
        if attribute(link, "rel") == Some("stylesheet") {
            return Some((&page[..start], link, &page[end..]));
        }
        from = end;
    }
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn several_stylesheets_become_one_in_their_order() {
        let dir = std::env::temp_dir().join(format!("kubarium-styles-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("a-1.css"), "a{}").unwrap();
        std::fs::write(dir.join("b-2.css"), "b{}").unwrap();
        let page = "<head><link rel=\"icon\" href=\"i\"><link rel=\"stylesheet\" href=\"/x/a-1.css\"/>\
                    <link rel=\"stylesheet\" href=\"/x/b-2.css\"/></head>";
        let joined = join(&dir, page).unwrap();
        let name = joined.split("/x/").nth(1).unwrap().split('"').next().unwrap().to_string();
        let css = std::fs::read_to_string(dir.join(&name)).unwrap();
        let gone = !dir.join("a-1.css").exists() && !dir.join("b-2.css").exists();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(css, "a{}b{}");
        assert!(gone);
        assert_eq!(
            joined,
            format!("<head><link rel=\"icon\" href=\"i\"><link rel=\"stylesheet\" href=\"/x/{name}\"></head>")
        );
    }
}
