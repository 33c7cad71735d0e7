//! Builds the picture once and keeps hold of what changes in it, so that a frame touches a few attributes and no more.

use super::{
    layout::{Edge, Look, Picture, Placed, Point, Rect, tenths},
    pods, watches,
};
use crate::{
    component::{self, title},
    dom,
    lab_link::Known,
    paint::Painter,
};
use protocol::{ComponentView, MemberView, Power, Role, WatchView};
use std::fmt::Write as _;
use web_sys::Element;

/// So many entries of each log are shown side by side.
const CELLS: u64 = 12;
/// A member's card that is less wide is a small one.
const SMALL: f32 = 130.0;
/// The room of the term beside the name, and that of a letter of it.
const TERM: f32 = 52.0;
const LETTER: f32 = 7.9;

/// What stands where the members would, on a machine without any.
pub const NOBODY: [&str; 2] = ["No etcd runs here yet.", "Start one in the console."];

/// The picture in the document.
pub struct Drawing {
    pub picture: Picture,
    /// Packets are drawn in here.
    pub packets: Element,
    watches: Element,
    painter: Painter,
    pods: Element,
    pod_painter: Painter,
    parts: Vec<Part>,
}

/// A component in the document.
struct Part {
    name: String,
    group: Element,
    description: Element,
    member: Option<MemberParts>,
    /// Of a node or a component of Kubernetes: its name, and how it is.
    label: Option<[Element; 2]>,
}

struct MemberParts {
    role: Element,
    /// The term, and where the log ends.
    numbers: Option<[Element; 2]>,
    cells: Vec<Element>,
}

impl Drawing {
    /// Draws into an empty `<svg>`.
    pub fn build(root: &Element, picture: Picture) -> Option<Self> {
        root.set_text_content(None);
        let _ = root.class_list().toggle_with_force("long", picture.is_long);
        dom::set(root, "viewBox", &format!("0 0 {} {}", tenths(picture.width), tenths(picture.height)));
        let boxes = dom::svg(root, "g", &[])?;
        let edges = dom::svg(root, "g", &[("class", "edges"), ("aria-hidden", "true")])?;
        let watches = dom::svg(root, "g", &[("class", "watches"), ("aria-hidden", "true")])?;
        let packets = dom::svg(root, "g", &[("class", "packets"), ("aria-hidden", "true")])?;
        let inside = dom::svg(root, "g", &[])?;
        let pods = dom::svg(root, "g", &[("class", "pods")])?;
        for edge in &picture.edges {
            draw_edge(&edges, edge)?;
        }
        let mut parts = Vec::new();
        if let Some((x, y)) = picture.empty {
            for (line, words) in (0_u8..).zip(NOBODY) {
                text(&inside, (x, y + 18.0 * f32::from(line)), "nobody", words)?;
            }
        }
        for placed in &picture.placed {
            parts.push(Part::draw(if placed.look == Look::Node { &boxes } else { &inside }, placed)?);
        }
        let [painter, pod_painter] = <[Painter; 2]>::default();
        Some(Self { picture, packets, watches, painter, pods, pod_painter, parts })
    }

    /// Shows components, nodes and pods as they are now.
    pub fn show_kubernetes(&self, known: &Known, selected: Option<&str>) {
        for part in &self.parts {
            if let Some(node) = known.node(&part.name) {
                part.say("part node c-node", &node.status, &format!("node, {}", node.status));
            } else if let Some(component) = known.component(&part.name) {
                let state = state_word(component);
                let family = component::Family::of(&part.name).class();
                part.say(&format!("part chip live {family}"), state, state);
            }
        }
        self.pod_painter.paint(&self.pods, pods::marks(&self.picture, known, selected));
    }

    /// Shows the members as they are now.
    pub fn show(&self, members: &[MemberView]) {
        let last = members.iter().map(|member| member.last_index).max().unwrap_or(0);
        for part in &self.parts {
            if let Some(parts) = &part.member
                && let Some(member) = members.iter().find(|member| member.name == part.name)
            {
                parts.show(part, member, last);
            }
        }
    }

    /// Shows who watches what: a line beside the one on which they talk. In words, the panels tell it.
    pub fn show_watches(&self, watches: &[WatchView]) {
        self.painter.paint(&self.watches, watches::lines(&self.picture, watches));
    }

    /// Marks the component whose panel is open, and those brought forward.
    pub fn mark(&self, selected: Option<&str>, highlighted: &[String]) {
        for part in &self.parts {
            let is = selected.is_some_and(|selected| selected == part.name);
            dom::set_if_changed(&part.group, "aria-pressed", if is { "true" } else { "false" });
            let forward = highlighted.iter().any(|id| component::is_meant(id, &part.name));
            let _ = part.group.class_list().toggle_with_force("forward", forward);
        }
    }
}

fn draw_edge(parent: &Element, edge: &Edge) -> Option<()> {
    let class = format!("edge {}", edge.family.class());
    dom::svg(parent, "path", &[("class", &class), ("d", &line(&edge.points))])?;
    Some(())
}

fn line(points: &[Point]) -> String {
    let mut d = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if index == 0 { 'M' } else { 'L' }, tenths(*x), tenths(*y));
    }
    d
}

/// So many letters of a text at most, the last of them a mark where there are more.
pub fn cut(text: &str, letters: usize) -> String {
    let mut shown: String = text.chars().take(letters).collect();
    if shown.len() < text.len() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// So many letters of a name have room; the accessible name is whole.
pub fn letters(room: f32) -> usize {
    // A card has room for a few dozen.
    (room / LETTER) as usize
}

fn rect(parent: &Element, rect: Rect, radius: &str, class: &str) -> Option<Element> {
    let Rect { x, y, w, h } = rect;
    let [x, y, w, h] = [x, y, w, h].map(tenths);
    let attributes = [("class", class), ("x", &*x), ("y", &*y), ("width", &*w), ("height", &*h), ("rx", radius)];
    dom::svg(parent, "rect", &attributes)
}

fn text(parent: &Element, (x, y): Point, class: &str, words: &str) -> Option<Element> {
    let element = dom::svg(parent, "text", &[("class", class), ("x", &tenths(x)), ("y", &tenths(y))])?;
    element.set_text_content(Some(words));
    Some(element)
}

impl Part {
    fn draw(parent: &Element, placed: &Placed) -> Option<Self> {
        let id = format!("about-{}", placed.name.replace(' ', "-"));
        let (look, words) = match placed.look {
            Look::Node => ("node", "node; described here, not simulated yet"),
            Look::Chip => ("chip", "described here, not simulated yet"),
            Look::Member => ("member", "starting"),
            Look::Learner => ("machine", "where kubectl and etcdctl run"),
        };
        let group = dom::svg(
            parent,
            "g",
            &[
                ("class", &format!("part {look} {}", placed.family.class())),
                ("role", "button"),
                ("tabindex", "0"),
                ("aria-label", &title(&placed.name)),
                ("aria-describedby", &id),
                ("aria-pressed", "false"),
                ("data-component", &placed.name),
            ],
        )?;
        let description = dom::svg(&group, "desc", &[("id", &id)])?;
        description.set_text_content(Some(words));
        let Rect { x, y, w, .. } = placed.rect;
        let (cx, cy) = placed.rect.center();
        rect(&group, placed.rect, if placed.look == Look::Node { "14" } else { "8" }, "body")?;
        let (mut member, mut label) = (None, None);
        match placed.look {
            Look::Node => {
                let name = text(&group, (x + 14.0, y + 19.0), "title", &placed.label)?;
                label = Some([name, text(&group, (x + w - 14.0, y + 19.0), "word end", "")?]);
            }
            Look::Chip => {
                let name = text(&group, (cx, cy + 4.5), "label", &placed.label)?;
                label = Some([name, text(&group, (cx, cy + 12.5), "word", "")?]);
            }
            Look::Learner => {
                text(&group, (cx, cy - 6.0), "label", &placed.label)?;
                text(&group, (cx, cy + 13.0), "sub", "etcdctl · kubectl")?;
            }
            Look::Member => {
                // A small card says who it is and what, and leaves the numbers to the panel.
                let small = w < SMALL;
                let edge = if small { 6.0 } else { 12.0 };
                let room = if small { w - 2.0 * edge } else { w - 2.0 * edge - TERM };
                text(&group, (x + edge, y + 20.0), "name", &cut(&placed.label, letters(room)))?;
                let role = text(&group, (x + edge, y + 38.0), "role", "…")?;
                let numbers = if small {
                    None
                } else {
                    let term = text(&group, (x + w - edge, y + 20.0), "state end", "")?;
                    Some([term, text(&group, (x + w - edge, y + 38.0), "state end", "")?])
                };
                let cells = if small { Vec::new() } else { MemberParts::cells(&group, placed.rect)? };
                member = Some(MemberParts { role, numbers, cells });
            }
        }
        Some(Self { name: placed.name.clone(), group, description, member, label })
    }

    /// Shows in a word how it is, and says it at length.
    fn say(&self, class: &str, word: &str, about: &str) {
        if let Some([name, shown]) = &self.label
            && shown.text_content().as_deref() != Some(word)
        {
            shown.set_text_content(Some(word));
            // A component's name makes room for the word below it.
            let _ = name.class_list().add_1("above");
        }
        dom::text_if_changed(&self.description, about);
        self.be(class, word);
    }

    /// Has the class of a state.
    fn be(&self, class: &str, state: &str) {
        // The mark of being brought forward is another's business.
        let forward = if self.group.class_list().contains("forward") { " forward" } else { "" };
        let class = format!("{class} is-{}{forward}", state.replace(' ', "-"));
        dom::set_if_changed(&self.group, "class", &class);
    }
}

impl MemberParts {
    fn cells(group: &Element, card: Rect) -> Option<Vec<Element>> {
        let room = card.w - 24.0;
        (0..CELLS)
            .map(|index| {
                // A dozen is exact in an f32.
                let step = room / CELLS as f32;
                let cell = Rect { x: card.x + 12.0 + step * index as f32, y: card.y + 48.0, w: step - 2.0, h: 9.0 };
                rect(group, cell, "1.5", "cell none")
            })
            .collect()
    }

    fn show(&self, part: &Part, member: &MemberView, last: u64) {
        let role = role_word(member);
        dom::text_if_changed(&self.role, role);
        // A process that is not there has no term; what is on its disk is seen when it starts again.
        let there = member.power != Power::Stopped;
        if let Some([term, log]) = &self.numbers {
            dom::text_if_changed(term, &if there { format!("term {}", member.term) } else { String::new() });
            dom::text_if_changed(log, &if there { format!("log {}", member.last_index) } else { String::new() });
        }
        let mut about = if there {
            format!("{role}, term {}, log {}, committed {}", member.term, member.last_index, member.commit)
        } else {
            role.to_owned()
        };
        if member.power == Power::Running && member.cut_off {
            about.push_str(", cut off from the network");
        }
        dom::text_if_changed(&part.description, &about);
        part.be("part member c-etcd", role);
        let first = (last + 1).saturating_sub(CELLS).max(1);
        for (index, cell) in (first..).zip(&self.cells) {
            let class = if index <= member.commit.min(member.last_index) {
                "cell committed"
            } else if index <= member.last_index {
                "cell stored"
            } else {
                "cell none"
            };
            dom::set_if_changed(cell, "class", class);
        }
    }
}

/// What a member is, in the word that the diagram shows.
pub fn role_word(member: &MemberView) -> &'static str {
    match (member.power, member.cut_off, member.role) {
        (Power::Stopped, ..) => "stopped",
        (Power::Paused, ..) => "paused",
        (Power::Running, true, Role::Leader) => "leader, cut off",
        (Power::Running, true, _) => "cut off",
        (Power::Running, false, Role::Follower) => "follower",
        (Power::Running, false, Role::PreCandidate) => "pre-candidate",
        (Power::Running, false, Role::Candidate) => "candidate",
        (Power::Running, false, Role::Leader) => "leader",
        (Power::Running, false, Role::Learner) => "learner",
    }
}

/// How a component of Kubernetes is, in a word.
fn state_word(component: &ComponentView) -> &'static str {
    match component.power {
        Power::Stopped => "stopped",
        Power::Paused => "paused",
        Power::Running if component.cut_off => "cut off",
        Power::Running => "running",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(power: Power, cut_off: bool, role: Role, expected: &str) {
        let member = MemberView {
            name: "etcd-0".into(),
            power,
            cut_off,
            role,
            term: 1,
            leader: None,
            vote: None,
            commit: 0,
            applied: 0,
            last_index: 0,
            revision: 1,
            db_size: 0,
            cut_outgoing: cut_off,
            cut_incoming: cut_off,
            slow_disk: false,
            clock_stopped: false,
        };
        assert_eq!(role_word(&member), expected);
    }

    #[test]
    fn a_dead_leader_leads_nobody() {
        check(Power::Running, false, Role::Leader, "leader");
        check(Power::Stopped, false, Role::Leader, "stopped");
        check(Power::Paused, true, Role::Leader, "paused");
        check(Power::Running, true, Role::Follower, "cut off");
        check(Power::Running, true, Role::Leader, "leader, cut off");
    }

    #[test]
    fn a_name_that_has_no_room_is_cut() {
        assert_eq!(cut("etcd-0", letters(60.0)), "etcd-0");
        assert_eq!(cut("controlplane", letters(60.0)), "contro…");
        assert_eq!(cut("etcd controlplane", letters(136.0)), "etcd controlplane");
    }

    #[test]
    fn a_line_begins_with_a_move() {
        assert_eq!(line(&[(1.0, 2.0), (3.0, 4.5)]), "M1.0 2.0L3.0 4.5");
    }
}
