//! A lab as HTML: its words, its hints and its solution. The page puts the desk (start, check, undo) in the place of
//! [`DESK`], and reads from the goal's attributes which world to ask for and how to judge it.

use std::fmt::Write as _;
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use lesson::folder::Content;
use lesson::html::{Context, blocks, escape};
use lesson::{Index, IndexEntry, Lab, Move, Target};

use super::{head, neighbours};

/// Where the page puts what works only with its script.
const DESK: &str = "<!--desk-->";

/// Writes `SLUG.html` for each lab into `folder`.
pub fn write(context: &Context<'_>, content: &Content, index: &Index, folder: &Path) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(say)?;
    for (_, lab) in &content.labs {
        std::fs::write(folder.join(format!("{}.html", lab.slug)), page(context, lab, index)?).map_err(say)?;
    }
    Ok(())
}

fn page(context: &Context<'_>, lab: &Lab, index: &Index) -> Result<String, String> {
    let mut page = head(&lab.section, &lab.title, &lab.summary);
    let _ = write!(page, "<div class=\"prose\">{}</div>", blocks(context, &lab.situation));
    let world = STANDARD.encode(lab.encoded_exercise()?);
    let _ = write!(
        page,
        "<section class=\"goal\" aria-labelledby=\"goal\" data-world=\"{world}\" data-check=\"{}\"><h2 \
         id=\"goal\">Goal</h2><div class=\"prose\">{}</div></section>{DESK}",
        escape(&lab.check),
        blocks(context, &lab.goal)
    );
    page.push_str("<section class=\"hints\" aria-labelledby=\"hints\"><h2 id=\"hints\">Hints</h2><ol class=\"prose\">");
    for hint in &lab.hints {
        let _ = write!(page, "<li>{}</li>", blocks(context, hint));
    }
    page.push_str("</ol></section><details class=\"solution\"><summary>Solution</summary>");
    page.push_str(&solution(&lab.solution));
    page.push_str("</details><footer class=\"note-footer\">");
    let address = |entry: &IndexEntry| Target::Lab(entry.slug.clone());
    page.push_str(&neighbours(context.base, index.lab_neighbours(&lab.slug), address));
    page.push_str("</footer>");
    Ok(page)
}

/// What is typed, and what is pressed on the diagram.
fn solution(moves: &[Move]) -> String {
    let mut out = String::new();
    for step in moves {
        let _ = match step {
            Move::Commands(text) => {
                write!(out, "<figure class=\"typed\"><pre><code>{}</code></pre></figure>", escape(text))
            }
            Move::Press { component, fault } => {
                let words = Move::press_words(component, *fault);
                write!(out, "<p class=\"pressed\">On the diagram: <strong>{}</strong></p>", escape(&words))
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use lesson::Glossary;

    #[test]
    fn a_lab_carries_its_world_its_check_and_a_place_for_the_desk() {
        let text = "---\ntitle: T\nsummary: S.\n---\n## Situation\n\ns\n\n## Goal\n\ng\n\n## Hints\n\n- one\n- two\n\n\
                    ## Check\n\n```sh\ntest \"a\" && b\n```\n\n## Solution\n\n```sh\nls\n```\n\n```press\nCut off \
                    etcd-1\n```\n";
        let lab = lesson::parse_lab("labs/03-first.md", text).unwrap();
        let glossary = Glossary::default();
        let context = Context { base: "/x/", glossary: &glossary };
        let labs = [("labs/03-first.md".to_owned(), lab.clone())];
        let page = page(&context, &lab, &Index::new(&[], &labs)).unwrap();
        for part in [
            "data-check=\"test &quot;a&quot; &amp;&amp; b\"",
            "</section><!--desk--><section class=\"hints\"",
            "<code>ls</code>",
            "<strong>Cut off etcd-1</strong>",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert_eq!(page.matches("<li>").count(), 2, "{page}");
    }
}
