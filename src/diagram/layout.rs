//! Where everything on the diagram stands. Pure arithmetic, in the units of the picture's view box.

use super::plan::Plan;
use super::several::{self, below};
use crate::component::{CONTROL_PLANE, Family, LEARNER, ON_EVERY_NODE, named, title};
use protocol::Nodes;

/// A point of the picture.
pub type Point = (f32, f32);

/// The shape of the room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Wide,
    Tall,
}

impl Shape {
    /// The shape that wastes less of a room of this size in CSS pixels.
    pub fn for_room(width: f64, height: f64) -> Self {
        if width < 600.0 && width < height * 1.35 { Self::Tall } else { Self::Wide }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Rect {
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    pub fn center(self) -> Point {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    pub fn centered((x, y): Point, w: f32, h: f32) -> Self {
        Self::new(x - w / 2.0, y - h / 2.0, w, h)
    }
}

/// How a component is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A box around others.
    Node,
    /// A name in a small box.
    Chip,
    /// An etcd member with its state.
    Member,
    /// The machine before which the learner sits.
    Learner,
}

/// A component in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The name on the wire and in the accessible name.
    pub name: String,
    /// What is written in the picture, where the box says the rest.
    pub label: String,
    pub family: Family,
    pub look: Look,
    pub rect: Rect,
}

/// A line along which two components talk.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub a: String,
    pub b: String,
    pub points: Vec<Point>,
    pub family: Family,
}

/// The whole architecture, placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: f32,
    pub height: f32,
    /// Boxes come before what stands in them.
    pub placed: Vec<Placed>,
    pub edges: Vec<Edge>,
    /// Where the members would stand if there were any.
    pub empty: Option<Point>,
    /// Where the pods of each node stand, by its name; those that are on none have the one without a name. Empty in a
    /// world of etcd alone.
    pub rooms: Vec<(String, Rect)>,
    /// It is too long to be seen as a whole, and is scrolled.
    pub is_long: bool,
}

/// The picture of a cluster with these etcd members, and with room for pods where it has nodes.
pub fn picture(shape: Shape, members: &[String], nodes: Option<Nodes>) -> Picture {
    if let Some(nodes) = nodes.filter(|nodes| nodes.is_highly_available()) {
        return several::picture(shape, members, nodes);
    }
    let plan = Plan::of(shape, nodes.is_some());
    let nodes = nodes.unwrap_or_default();
    let first = nodes.name(0);
    let workers = plan.grid.workers(plan.workers, plan.size.1, nodes);
    let named_workers = || (1..).map(|node| nodes.name(node)).zip(workers.rects.iter().copied());
    let mut placed = Vec::new();
    let mut place = |name: String, label: &str, look: Look, rect: Rect| {
        placed.push(Placed { family: Family::of(&name), label: label.to_owned(), name, look, rect });
    };
    place(named(&first), &first, Look::Node, plan.control_plane);
    for (node, rect) in named_workers() {
        place(named(&node), &node, Look::Node, rect);
    }
    place(LEARNER.to_owned(), &title(LEARNER), Look::Learner, plan.learner);
    for (part, rect) in CONTROL_PLANE.iter().zip(plan.parts) {
        place((*part).to_owned(), part, Look::Chip, rect);
    }
    for (index, member) in members.iter().enumerate() {
        let label = if members.len() == 1 { title(member) } else { member.clone() };
        place(member.clone(), &label, Look::Member, plan.ring.card(index, members.len()));
    }
    for (part, rect) in ON_EVERY_NODE.iter().zip(plan.own) {
        place(format!("{part} {first}"), part, Look::Chip, rect);
    }
    for (node, rect) in named_workers() {
        for (part, at) in ON_EVERY_NODE.iter().zip(plan.within) {
            let chip = Rect { x: rect.x + at.x, y: rect.y + at.y, ..at };
            place(format!("{part} {node}"), part, Look::Chip, chip);
        }
    }
    let rooms = plan.rooms.map_or_else(Vec::new, |[own, nowhere]| {
        let of_workers = named_workers().map(|(node, rect)| (node, below(rect, &plan.within)));
        let all = std::iter::once((first.clone(), own)).chain(of_workers);
        all.chain([(String::new(), nowhere)]).collect()
    });
    let (width, height) = (plan.size.0, workers.height);
    let empty = members.is_empty().then_some(plan.ring.center);
    let mut picture = Picture { width, height, placed, edges: Vec::new(), empty, rooms, is_long: workers.has_more };
    picture.connect(shape, members, nodes);
    picture
}

impl Picture {
    pub fn find(&self, name: &str) -> Option<&Placed> {
        self.placed.iter().find(|placed| placed.name == name)
    }

    /// The way of a message: along the edge, where there is one.
    pub fn way(&self, from: &str, to: &str) -> Option<Vec<Point>> {
        for edge in &self.edges {
            if edge.a == from && edge.b == to {
                return Some(edge.points.clone());
            }
            if edge.a == to && edge.b == from {
                return Some(edge.points.iter().rev().copied().collect());
            }
        }
        Some(vec![self.find(from)?.rect.center(), self.find(to)?.rect.center()])
    }

    fn connect(&mut self, shape: Shape, members: &[String], nodes: Nodes) {
        let api = CONTROL_PLANE[0];
        for (index, member) in members.iter().enumerate() {
            self.straight(LEARNER, member, Family::Learner);
            for other in &members[index + 1..] {
                self.straight(member, other, Family::Etcd);
            }
        }
        self.straight(LEARNER, api, Family::Learner);
        if let Some(first) = members.first() {
            self.straight(first, api, Family::ApiServer);
        }
        for part in &CONTROL_PLANE[1..] {
            self.upright(part, api);
        }
        // Of workers that stand below, the lines would cross everything.
        for index in 0..nodes.count().min(3) {
            let node = nodes.name(index);
            let [kubelet, proxy, runtime] = ON_EVERY_NODE.map(|part| format!("{part} {node}"));
            if index == 0 && shape == Shape::Wide {
                self.upright(&kubelet, api);
                self.around_left(&proxy, api, 8.0);
            } else if shape == Shape::Wide {
                self.around_left(&kubelet, api, 34.0);
                self.around_left(&proxy, api, 40.0);
            } else {
                // In the tall picture these lines would cross everything; the panel tells what talks to what.
                continue;
            }
            self.around_right(&runtime, &kubelet);
        }
    }

    pub(super) fn add(&mut self, a: &str, b: &str, family: Family, points: Vec<Point>) {
        self.edges.push(Edge { a: a.to_owned(), b: b.to_owned(), points, family });
    }

    /// From the middle of `a` to the middle of `b`, or to the edge of a box as wide as the API server's.
    pub(super) fn straight(&mut self, a: &str, b: &str, family: Family) {
        let Some((from, to)) = self.rects(a, b) else { return };
        let (x, y) = from.center();
        let end = if to.w < 250.0 {
            to.center()
        } else if x < to.x {
            (to.x, to.center().1)
        } else {
            (x, if y < to.y { to.y } else { to.y + to.h })
        };
        self.add(a, b, family, vec![(x, y), end]);
    }

    pub(super) fn upright(&mut self, a: &str, b: &str) {
        let Some((from, to)) = self.rects(a, b) else { return };
        let (x, y) = from.center();
        let end = if y < to.y { to.y } else { to.y + to.h };
        self.add(a, b, Family::ApiServer, vec![(x, y), (x, end)]);
    }

    /// Leaves `a` on its left, and reaches the wide box `b` on its right, or from below where `b` spans that far.
    fn around_left(&mut self, a: &str, b: &str, gap: f32) {
        let Some((from, to)) = self.rects(a, b) else { return };
        let (_, y) = from.center();
        let x = from.x - gap;
        let right = to.x + to.w;
        let points = if x < right {
            vec![(from.x, y), (x, y), (x, to.y + to.h)]
        } else {
            vec![(from.x, y), (x, y), (x, to.center().1), (right, to.center().1)]
        };
        self.add(a, b, Family::ApiServer, points);
    }

    pub(super) fn around_right(&mut self, a: &str, b: &str) {
        let Some((from, to)) = self.rects(a, b) else { return };
        let right = from.x + from.w;
        let x = right + 7.0;
        self.add(
            a,
            b,
            Family::Kubelet,
            vec![(right, from.center().1), (x, from.center().1), (x, to.center().1), (right, to.center().1)],
        );
    }

    pub(super) fn rects(&self, a: &str, b: &str) -> Option<(Rect, Rect)> {
        Some((self.find(a)?.rect, self.find(b)?.rect))
    }
}

/// A coordinate as text, to a tenth. The general formatting of floats costs the page more than all of its numbers.
pub fn tenths(value: f32) -> String {
    // The picture is a few thousand tenths wide.
    let tenths = (value * 10.0).round() as i32;
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
}

/// The point at `share` (0 to 1) of a way's length.
pub fn along(way: &[Point], share: f32) -> Point {
    let length = |(from, to): (&Point, &Point)| ((to.0 - from.0).powi(2) + (to.1 - from.1).powi(2)).sqrt();
    let legs = || way.iter().zip(way.iter().skip(1));
    let mut left = legs().map(length).sum::<f32>() * share.clamp(0.0, 1.0);
    for (from, to) in legs() {
        let leg = length((from, to));
        if left <= leg && leg > 0.0 {
            let part = left / leg;
            return (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        }
        left -= leg;
    }
    way.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: u8) -> Vec<String> {
        (0..count).map(|index| format!("etcd-{index}")).collect()
    }

    /// Clusters of all sizes.
    fn clusters() -> Vec<Nodes> {
        let with = |control_planes| [1, 2, 3, 4, 10, 37].map(|workers| Nodes { control_planes, workers });
        [with(1), with(3)].concat()
    }

    /// The members of such a cluster.
    fn stacked(nodes: Nodes) -> Vec<String> {
        (0..u32::from(nodes.control_planes)).map(|node| nodes.name(node)).collect()
    }

    fn overlap(a: Rect, b: Rect) -> bool {
        a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
    }

    fn check(shape: Shape, members: &[String], nodes: Option<Nodes>) {
        let count = members.len();
        let picture = picture(shape, members, nodes);
        for (index, a) in picture.placed.iter().enumerate() {
            let Rect { x, y, w, h } = a.rect;
            assert!(
                x >= 0.0 && y >= 0.0 && x + w <= picture.width && y + h <= picture.height,
                "{} leaves the picture ({shape:?}, {count} members)",
                a.name
            );
            assert!(h >= 34.0, "{} is too low to hit with a finger", a.name);
            for b in &picture.placed[index + 1..] {
                let boxes = a.look == Look::Node && b.look != Look::Node;
                assert!(
                    boxes || !overlap(a.rect, b.rect),
                    "{} lies on {} ({shape:?}, {count} members)",
                    a.name,
                    b.name
                );
            }
        }
    }

    #[test]
    fn nothing_lies_on_anything_else() {
        for shape in [Shape::Wide, Shape::Tall] {
            for count in 0..=16 {
                check(shape, &members(count), None);
            }
            for nodes in clusters() {
                check(shape, &stacked(nodes), Some(nodes));
            }
        }
    }

    #[test]
    fn pods_have_room_in_their_node_and_beside_everything_else() {
        let shapes = [Shape::Wide, Shape::Tall];
        for (shape, nodes) in shapes.into_iter().flat_map(|shape| clusters().into_iter().map(move |of| (shape, of))) {
            let picture = picture(shape, &stacked(nodes), Some(nodes));
            assert_eq!(picture.rooms.len() as u32, nodes.count() + 1);
            for (node, room) in &picture.rooms {
                assert!(room.h >= 60.0, "{node} has room for hardly any pod ({shape:?})");
                for placed in picture.placed.iter().filter(|placed| placed.name != named(node)) {
                    assert!(!overlap(*room, placed.rect), "the pods of {node} lie on {} ({shape:?})", placed.name);
                }
                if let Some(placed) = picture.find(&named(node)) {
                    let Rect { x, y, w, h } = placed.rect;
                    let inside = room.x >= x && room.y >= y && room.x + room.w <= x + w && room.y + room.h <= y + h;
                    assert!(inside, "the pods of {node} leave it ({shape:?})");
                }
            }
        }
    }

    #[test]
    fn every_component_of_the_notes_is_there() {
        for shape in [Shape::Wide, Shape::Tall] {
            let picture = picture(shape, &members(3), None);
            for name in ["etcd-2", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "node worker2"] {
                assert!(picture.find(name).is_some(), "{name}");
            }
            for node in (0..3).map(|node| Nodes::FEW.name(node)) {
                for part in ON_EVERY_NODE {
                    assert!(picture.find(&format!("{part} {node}")).is_some(), "{part} {node}");
                }
            }
        }
    }

    #[test]
    fn each_control_plane_node_has_all_that_runs_there() {
        let nodes = Nodes { workers: 10, ..Nodes::HIGHLY_AVAILABLE };
        for shape in [Shape::Wide, Shape::Tall] {
            let picture = picture(shape, &stacked(nodes), Some(nodes));
            for name in ["load balancer", "controlplane3", "kube-apiserver controlplane", "kubelet worker10"] {
                assert!(picture.find(name).is_some(), "{name} ({shape:?})");
            }
            let way = picture.way("kube-apiserver controlplane3", "load balancer");
            assert!(way.is_some_and(|way| way.len() > 2), "there is a line for it ({shape:?})");
        }
    }

    #[test]
    fn a_message_goes_back_the_way_its_answer_came() {
        let picture = picture(Shape::Wide, &members(3), None);
        let there = picture.way("etcd-0", "etcd-1").expect("members talk");
        let mut back = picture.way("etcd-1", "etcd-0").expect("members talk");
        back.reverse();
        assert_eq!(there, back);
        assert_eq!(picture.way("etcd-0", "nobody"), None);
    }

    #[test]
    fn coordinates_are_written_to_a_tenth() {
        assert_eq!(tenths(0.0), "0.0");
        assert_eq!(tenths(12.34), "12.3");
        assert_eq!(tenths(-0.46), "-0.5");
    }

    #[test]
    fn half_a_way_is_half_its_length_and_not_half_its_corners() {
        let way = [(0.0, 0.0), (10.0, 0.0), (10.0, 30.0)];
        assert_eq!(along(&way, 0.0), (0.0, 0.0));
        assert_eq!(along(&way, 0.5), (10.0, 10.0));
        assert_eq!(along(&way, 2.0), (10.0, 30.0));
        assert_eq!(along(&[], 0.5), (0.0, 0.0));
    }
}
