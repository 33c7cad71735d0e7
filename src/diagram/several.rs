//! Where everything stands in a cluster with several control plane nodes: each of them a box with all that runs there, side
//! by side or one above the other, and in front of them what gives their API servers the work.

use super::layout::{Look, Picture, Placed, Point, Rect, Shape};
use super::plan::Grid;
use crate::component::{BALANCER, CONTROL_PLANE, Family, LEARNER, ON_EVERY_NODE, named, title};
use protocol::Nodes;

/// The measures in which the two shapes differ. What stands in a box is measured from its corner.
struct Plan {
    size: Point,
    learner: Rect,
    balancer: Rect,
    /// The pods that are on no node.
    nowhere: Rect,
    /// The first control plane node, and how far it is to the next.
    first: Rect,
    step: Point,
    /// In the order of [`CONTROL_PLANE`].
    parts: [Rect; 3],
    member: Rect,
    /// In the order of [`ON_EVERY_NODE`].
    own: [Rect; 3],
    room: Rect,
    /// The first two workers, and the others below.
    workers: [Rect; 2],
    within: [Rect; 3],
    grid: Grid,
}

const WIDE: Plan = Plan {
    size: (868.0, 472.0),
    learner: Rect::new(6.0, 112.0, 120.0, 84.0),
    balancer: Rect::new(6.0, 34.0, 120.0, 48.0),
    nowhere: Rect::new(6.0, 220.0, 120.0, 246.0),
    first: Rect::new(134.0, 6.0, 180.0, 460.0),
    step: (184.0, 0.0),
    parts: [Rect::new(8.0, 38.0, 164.0, 36.0), Rect::new(8.0, 80.0, 164.0, 36.0), Rect::new(8.0, 122.0, 164.0, 36.0)],
    member: Rect::new(8.0, 164.0, 164.0, 68.0),
    own: [Rect::new(8.0, 238.0, 74.0, 36.0), Rect::new(86.0, 238.0, 86.0, 36.0), Rect::new(8.0, 280.0, 164.0, 36.0)],
    room: Rect::new(8.0, 322.0, 164.0, 132.0),
    workers: [Rect::new(694.0, 6.0, 168.0, 225.0), Rect::new(694.0, 241.0, 168.0, 225.0)],
    within: [Rect::new(8.0, 26.0, 152.0, 36.0), Rect::new(8.0, 66.0, 152.0, 36.0), Rect::new(8.0, 106.0, 152.0, 36.0)],
    grid: Grid { columns: 5, step: (172.0, 235.0) },
};

const TALL: Plan = Plan {
    size: (400.0, 1010.0),
    learner: Rect::new(6.0, 6.0, 130.0, 62.0),
    balancer: Rect::new(146.0, 14.0, 112.0, 46.0),
    nowhere: Rect::new(268.0, 6.0, 126.0, 62.0),
    first: Rect::new(6.0, 84.0, 388.0, 210.0),
    step: (0.0, 218.0),
    parts: [
        Rect::new(14.0, 28.0, 174.0, 36.0),
        Rect::new(14.0, 70.0, 174.0, 36.0),
        Rect::new(196.0, 28.0, 178.0, 36.0),
    ],
    member: Rect::new(196.0, 70.0, 178.0, 68.0),
    own: [Rect::new(14.0, 112.0, 78.0, 36.0), Rect::new(98.0, 112.0, 90.0, 36.0), Rect::new(14.0, 154.0, 174.0, 36.0)],
    room: Rect::new(196.0, 144.0, 178.0, 62.0),
    workers: [Rect::new(6.0, 740.0, 188.0, 262.0), Rect::new(206.0, 740.0, 188.0, 262.0)],
    within: [
        Rect::new(14.0, 30.0, 160.0, 36.0),
        Rect::new(14.0, 72.0, 160.0, 36.0),
        Rect::new(14.0, 114.0, 160.0, 36.0),
    ],
    grid: Grid { columns: 2, step: (200.0, 270.0) },
};

/// Where a part of a box stands.
fn inside(node: Rect, part: Rect) -> Rect {
    Rect { x: node.x + part.x, y: node.y + part.y, ..part }
}

/// The picture of such a cluster.
pub fn picture(shape: Shape, members: &[String], nodes: Nodes) -> Picture {
    let plan = if shape == Shape::Wide { &WIDE } else { &TALL };
    let control_planes = u32::from(nodes.control_planes);
    let workers = plan.grid.workers(plan.workers, plan.size.1, nodes);
    let own = |index: u8| {
        let steps = f32::from(index);
        let Rect { x, y, .. } = plan.first;
        Rect { x: x + plan.step.0 * steps, y: y + plan.step.1 * steps, ..plan.first }
    };
    let boxes: Vec<Rect> = (0..nodes.control_planes).map(own).chain(workers.rects).collect();
    let names: Vec<String> = (0..nodes.count()).map(|node| nodes.name(node)).collect();
    let mut placed = Vec::new();
    let mut place = |name: String, label: &str, look: Look, rect: Rect| {
        placed.push(Placed { family: Family::of(&name), label: label.to_owned(), name, look, rect });
    };
    for (name, rect) in names.iter().zip(&boxes) {
        place(named(name), name, Look::Node, *rect);
    }
    place(LEARNER.to_owned(), &title(LEARNER), Look::Learner, plan.learner);
    place(BALANCER.to_owned(), BALANCER, Look::Chip, plan.balancer);
    let mut rooms = Vec::new();
    for ((index, name), node) in (0_u32..).zip(&names).zip(&boxes) {
        let is_control_plane = index < control_planes;
        let mut measures = &plan.within;
        if is_control_plane {
            measures = &plan.own;
            for (part, rect) in CONTROL_PLANE.iter().zip(plan.parts) {
                // The longest name has no room in a box of several; the accessible one is whole.
                let label = if part.len() > 20 { part.trim_start_matches("kube-") } else { part };
                place(nodes.process(part, name), label, Look::Chip, inside(*node, rect));
            }
            if members.contains(name) {
                place(name.clone(), "etcd", Look::Member, inside(*node, plan.member));
            }
        }
        for (part, rect) in ON_EVERY_NODE.iter().zip(measures) {
            place(format!("{part} {name}"), part, Look::Chip, inside(*node, *rect));
        }
        let room = if is_control_plane { inside(*node, plan.room) } else { below(*node, &plan.within) };
        rooms.push((name.clone(), room));
    }
    // Members that somebody has started besides.
    let others: Vec<&String> = members.iter().filter(|member| !names.contains(member)).collect();
    for (step, member) in (0_u8..).zip(others) {
        let rect = Rect { y: plan.nowhere.y + 74.0 * f32::from(step), h: 68.0, ..plan.nowhere };
        place(member.clone(), member, Look::Member, rect);
    }
    rooms.push((String::new(), plan.nowhere));
    let is_long = shape == Shape::Tall || workers.has_more;
    let (width, height) = (plan.size.0, workers.height);
    let mut picture = Picture { width, height, placed, edges: Vec::new(), empty: None, rooms, is_long };
    connect(&mut picture, shape, nodes, &names);
    picture
}

/// What is left of a worker's box for its pods.
pub fn below(node: Rect, within: &[Rect; 3]) -> Rect {
    let top = within[2].y + within[2].h + 6.0;
    Rect::new(node.x + within[2].x, node.y + top, node.w - 2.0 * within[2].x, node.h - top - 8.0)
}

/// Who talks to whom. What would cross everything has no line of its own; the panels tell it.
fn connect(picture: &mut Picture, shape: Shape, nodes: Nodes, names: &[String]) {
    let (control_planes, workers) = names.split_at(usize::from(nodes.control_planes).min(names.len()));
    picture.straight(LEARNER, BALANCER, Family::Learner);
    picture.straight(LEARNER, "controlplane", Family::Learner);
    for (index, node) in control_planes.iter().enumerate() {
        let api = nodes.process(CONTROL_PLANE[0], node);
        for other in &control_planes[index + 1..] {
            picture.straight(node, other, Family::Etcd);
        }
        let parts = CONTROL_PLANE[1..].iter().map(|part| nodes.process(part, node));
        for part in parts.chain([node.clone(), format!("kubelet {node}")]) {
            match shape {
                Shape::Wide => picture.upright(&part, &api),
                Shape::Tall => picture.straight(&part, &api, Family::ApiServer),
            }
        }
        spread(picture, shape, &api);
    }
    for node in workers.iter().take(2).filter(|_| shape == Shape::Wide) {
        for (part, gap) in [("kubelet", 14.0), ("kube-proxy", 10.0)] {
            over_the_top(picture, &format!("{part} {node}"), gap);
        }
    }
    for node in names {
        picture.around_right(&format!("container runtime {node}"), &format!("kubelet {node}"));
    }
}

/// From the load balancer to an API server: along the top of the boxes, or down their left edge.
fn spread(picture: &mut Picture, shape: Shape, api: &str) {
    let Some((from, to)) = picture.rects(BALANCER, api) else { return };
    let (x, y) = from.center();
    let points = match shape {
        Shape::Wide => {
            vec![(from.x + from.w, y), (130.0, y), (130.0, 33.0), (to.center().0, 33.0), (to.center().0, to.y)]
        }
        Shape::Tall => {
            let (left, above) = (11.0, from.y + from.h + 14.0);
            vec![(x, from.y + from.h), (x, above), (left, above), (left, to.center().1), (to.x, to.center().1)]
        }
    };
    picture.add(BALANCER, api, Family::ApiServer, points);
}

/// From a worker to the load balancer, above everything.
fn over_the_top(picture: &mut Picture, from: &str, gap: f32) {
    let Some((part, to)) = picture.rects(from, BALANCER) else { return };
    let (x, y) = (part.x - gap, part.center().1);
    let end = to.center().0;
    picture.add(from, BALANCER, Family::ApiServer, vec![(part.x, y), (x, y), (x, 3.0), (end, 3.0), (end, to.y)]);
}
