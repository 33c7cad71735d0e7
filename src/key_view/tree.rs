//! The store as a tree: folders by the slashes of the keys, keys that have none beside them.

use crate::{
    diagram::NOBODY,
    paint::{Node, button, el},
};
use protocol::{Child, KeysView};

/// Bytes as a person reads them.
pub fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Bytes in a word of `data-do`, which has to hold any key.
pub fn word(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// The bytes of such a word.
pub fn bytes(word: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    word.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The tree below `root`; on a machine where `nobody` runs, how to come by one.
pub fn draw(view: &KeysView, root: &[u8], nobody: bool) -> Vec<Node> {
    if nobody {
        return vec![el("p", "quiet").text(&NOBODY.join(" "))];
    }
    if view.member.is_empty() {
        return vec![el("p", "quiet").text("Opening the store…")];
    }
    if !view.running {
        return vec![
            el("p", "quiet").text(&format!("{} does not run, so its store cannot be looked into.", view.member)),
        ];
    }
    let chosen = view.history.as_ref().map(|history| history.key.as_slice());
    match folder(view, root, chosen) {
        Some(list) => vec![list],
        None if root.is_empty() => {
            vec![el("p", "quiet").text("The store is empty. Put a key in the console, and it appears here.")]
        }
        None => vec![el("p", "quiet").text("No key begins so.")],
    }
}

/// A folder's children; `None` where there are none to tell of.
fn folder(view: &KeysView, prefix: &[u8], chosen: Option<&[u8]>) -> Option<Node> {
    let folder = view.folders.iter().find(|folder| folder.prefix == prefix)?;
    let mut kids: Vec<Node> = folder.children.iter().map(|child| item(view, prefix, child, chosen)).collect();
    if folder.more > 0 {
        let more = button("button small", "more", &format!("Show more ({} keys)", folder.more));
        kids.push(el("li", "").kid(more));
    }
    (!kids.is_empty()).then(|| el("ul", "").kids(kids))
}

fn item(view: &KeysView, prefix: &[u8], child: &Child, chosen: Option<&[u8]>) -> Node {
    let name = match shown(child.key.get(prefix.len()..).unwrap_or_default()) {
        name if name.is_empty() => "(the folder's own name)".to_owned(),
        name => name,
    };
    let name = el("span", "name").text(&name);
    if child.keys > 0 {
        let inner = if child.key == prefix { None } else { folder(view, &child.key, chosen) };
        let count = if child.keys == 1 { "1 key".to_owned() } else { format!("{} keys", child.keys) };
        let head = button("branch", &format!("open {}", word(&child.key)), "")
            .with("aria-expanded", if inner.is_some() { "true" } else { "false" })
            .kid(name)
            .kid(el("span", "quiet").text(&count));
        return el("li", "").kid(head).kids_after(inner);
    }
    let mut about = format!("revision {}", child.revision);
    if child.lease != 0 {
        about.push_str(" · leased");
    }
    let is_chosen = chosen == Some(&child.key);
    let head = button("leaf", &format!("key {}", word(&child.key)), "").kid(name).kid(el("span", "quiet").text(&about));
    el("li", "").kid(if is_chosen { head.with("aria-current", "true") } else { head })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Folder;

    fn key(key: &str) -> Child {
        Child { key: key.into(), keys: 0, revision: 7, lease: 0 }
    }

    fn check(root: &str, expected: &str) {
        let registry = Child { keys: 2, ..key("/registry/") };
        let folders = vec![
            Folder { prefix: Vec::new(), children: vec![registry, key("flat")], more: 40 },
            Folder { prefix: b"/registry/".to_vec(), children: vec![key("/registry/a"), key("/registry/b")], more: 0 },
        ];
        let view = KeysView { member: "etcd-0".into(), running: true, folders, ..KeysView::default() };
        let words: Vec<String> = draw(&view, root.as_bytes(), false).iter().map(Node::words).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn folders_that_are_open_hold_their_keys() {
        check("", "/registry/ 2 keys a revision 7 b revision 7 flat revision 7 Show more (40 keys)");
        check("/registry/", "a revision 7 b revision 7");
        check("nowhere", "No key begins so.");
    }

    #[test]
    fn any_key_survives_being_a_word() {
        for key in [b"\x00\xff/\"]".as_slice(), b"", "schlüssel".as_bytes()] {
            assert_eq!(bytes(&word(key)), key);
        }
    }
}
