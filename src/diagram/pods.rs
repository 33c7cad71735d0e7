//! Pods on the diagram: each by name and word where there is room for that, and as a mark alone where they are many.

use super::{
    draw::cut,
    layout::{Picture, Rect, tenths},
};
use crate::{
    lab_link::Known,
    paint::{Node, el},
};
use protocol::{PodPhase, PodView};

/// The height of a line with one pod.
const LINE: f32 = 17.0;
/// The room of a letter in it, and of the mark before it.
const LETTER: f32 = 6.8;
const MARK: f32 = 15.0;
/// A room that is wider has two columns of them.
const WIDE: f32 = 300.0;
/// The room of a pod of which only the mark is drawn.
const CELL: f32 = 15.0;

const DISC: &str = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z";
const RING_AND_DOT: &str = "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z";
const TICK: &str = "M-4.5 0-1 3.5 4.5-3.5";
const CROSS: &str = "M-4-4 4 4M4-4-4 4";
const BAR: &str = "M-4.5 0h9";
const DIAMOND: &str = "M0-5 5 0 0 5-5 0z";

/// All pods that are told of, in the rooms of their nodes.
pub fn marks(picture: &Picture, known: &Known, selected: Option<&str>) -> Vec<Node> {
    let mut drawn = Vec::new();
    for (node, room) in &picture.rooms {
        let stands_here = |pod: &&PodView| match node.as_str() {
            // A node that the picture does not have is as none.
            "" => !picture.rooms.iter().any(|(name, _)| !name.is_empty() && *name == pod.node),
            node => pod.node == node,
        };
        let pods: Vec<&PodView> = known.pods.iter().filter(stands_here).collect();
        let mut room = *room;
        if node.is_empty() && (!pods.is_empty() || known.more > 0) {
            let words = if known.more > 0 { format!("+ {} more pods", known.more) } else { "on no node yet".into() };
            drawn.push(text("caption", room.x, room.y + 11.0, &words));
            (room.y, room.h) = (room.y + LINE, room.h - LINE);
        }
        fill(room, &pods, selected, &mut drawn);
    }
    drawn
}

/// Line by line where all have room so, and otherwise mark by mark.
fn fill(room: Rect, pods: &[&PodView], selected: Option<&str>, drawn: &mut Vec<Node>) {
    // A room holds a few dozen.
    let fit = |length: f32, step: f32| (length / step) as usize;
    let columns = if room.w > WIDE { 2 } else { 1 };
    let (w, rows) = (room.w / columns as f32, fit(room.h, LINE));
    if pods.len() <= columns * rows {
        for (index, pod) in pods.iter().enumerate() {
            let (x, y) = (room.x + w * (index / rows) as f32, room.y + LINE * (index % rows) as f32);
            drawn.push(line(pod, Rect::new(x, y, w - 4.0, LINE - 1.0), selected));
        }
        return;
    }
    let (across, down) = (fit(room.w, CELL), fit(room.h, CELL));
    // The last line says how many there are beyond.
    let shown = if pods.len() > across * down { across * (down - 1) } else { pods.len() };
    for (index, pod) in pods.iter().take(shown).enumerate() {
        let (x, y) = (room.x + CELL * (index % across) as f32, room.y + CELL * (index / across) as f32);
        drawn.push(part(pod, Rect::new(x, y, CELL - 1.0, CELL - 1.0), selected));
    }
    if shown < pods.len() {
        let y = room.y + CELL * (down - 1) as f32 + 11.0;
        drawn.push(text("caption", room.x, y, &format!("+ {} more pods", pods.len() - shown)));
    }
}

fn text(class: &str, x: f32, y: f32, words: &str) -> Node {
    el("text", class).with("x", &tenths(x)).with("y", &tenths(y)).text(words)
}

/// What tells the pods of one owner apart: a dash and five letters at the end.
const ENDING: usize = 6;

/// So many letters of a pod's name at most; what is left out is left out before its ending.
fn shortened(name: &str, letters: usize) -> String {
    let count = name.chars().count();
    if count <= letters || letters < 2 * ENDING {
        return cut(name, letters);
    }
    let ending: String = name.chars().skip(count - ENDING).collect();
    cut(name, letters - ENDING) + &ending
}

/// A pod with its name and what it is at.
fn line(pod: &PodView, at: Rect, selected: Option<&str>) -> Node {
    let letters = ((at.w - MARK) / LETTER) as usize;
    let word = cut(&pod.status, letters / 2);
    let name = shortened(&pod.name, letters.saturating_sub(word.chars().count() + 1));
    let y = at.y + at.h / 2.0 + 4.0;
    part(pod, at, selected).kid(text("pod-name", at.x + MARK, y, &name)).kid(text(
        "pod-word",
        at.x + at.w - 2.0,
        y,
        &word,
    ))
}

/// The button of a pod, with its mark.
fn part(pod: &PodView, at: Rect, selected: Option<&str>) -> Node {
    let name = pod.part();
    let id = format!("about-{}", name.replace([' ', '/'], "-"));
    let (ready, count) = pod.ready;
    let place = if pod.node.is_empty() { "on no node yet".into() } else { format!("on {}", pod.node) };
    let about = format!("{}, {ready} of {count} ready, {place}", pod.status);
    let (class, shape) = mark(pod);
    let body = el("rect", "body").with("x", &tenths(at.x)).with("y", &tenths(at.y)).with("rx", "4");
    let at_mark = format!("translate({} {})", tenths(at.x + 7.0), tenths(at.y + at.h / 2.0));
    el("g", "part pod c-node")
        .key(number(&name))
        .with("role", "button")
        .with("tabindex", "0")
        .with("aria-label", &format!("{name}, {}", pod.phase.word()))
        .with("aria-describedby", &id)
        .with("aria-pressed", if selected == Some(name.as_str()) { "true" } else { "false" })
        .with("data-component", &name)
        .does(&name)
        .kid(el("desc", "").with("id", &id).text(&about))
        .kid(body.with("width", &tenths(at.w)).with("height", &tenths(at.h)))
        .kid(el("path", class).with("d", shape).with("transform", &at_mark))
}

/// A pod's shape says what its phase is, and whether it is as it should be.
fn mark(pod: &PodView) -> (&'static str, &'static str) {
    match pod.phase {
        _ if pod.status == "Terminating" => ("mark leaves", BAR),
        PodPhase::Pending => ("mark waits", DISC),
        PodPhase::Running if pod.ready.0 < pod.ready.1 => ("mark waits", RING_AND_DOT),
        PodPhase::Running => ("mark runs", DISC),
        PodPhase::Succeeded => ("mark leaves", TICK),
        PodPhase::Failed => ("mark fails", CROSS),
        PodPhase::Unknown => ("mark waits", DIAMOND),
    }
}

/// A number for a name, so that a pod keeps its element, and the focus on it (FNV-1a).
fn number(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{super::layout::Shape, *};

    fn pods(node: &str, count: usize) -> Vec<PodView> {
        let pod = |number: usize| PodView {
            namespace: "default".into(),
            name: format!("web-{number:03}"),
            node: node.into(),
            phase: PodPhase::Running,
            status: "Running".into(),
            ready: (1, 1),
        };
        (0..count).map(pod).collect()
    }

    /// What is written about so many pods on a node.
    fn words(node: &str, count: usize) -> Vec<String> {
        let picture = super::super::layout::picture(Shape::Wide, &["controlplane".into()], Some(protocol::Nodes::FEW));
        let known = Known { pods: pods(node, count), ..Known::default() };
        marks(&picture, &known, None).iter().map(Node::words).collect()
    }

    #[test]
    fn a_long_name_keeps_the_ending_that_tells_it_from_its_siblings() {
        assert_eq!(shortened("web-85d558b9c4-2cxyz", 14), "web-85d…-2cxyz");
        assert_eq!(shortened("etcd-controlplane", 17), "etcd-controlplane");
        assert_eq!(shortened("web-85d558b9c4-2cxyz", 8), "web-85d…");
    }

    #[test]
    fn few_pods_are_named_and_many_are_counted() {
        let about = "Running, 1 of 1 ready, on worker1";
        assert_eq!(words("worker1", 1), [format!("{about} web-000 Running")]);
        assert_eq!(words("worker1", 20), vec![about; 20]);
        let many = words("worker1", 100);
        assert_eq!(many.last().map(String::as_str), Some("+ 67 more pods"));
        assert_eq!(
            words("controlplane", 9).last().map(String::as_str),
            Some("Running, 1 of 1 ready, on controlplane web-008 Running")
        );
        assert_eq!(words("", 1)[0], "on no node yet");
        assert_eq!(words("worker9", 1)[0], "on no node yet", "the picture has no such node");
    }
}
