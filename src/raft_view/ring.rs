//! The members on a ring, each with what is left until it acts by itself, and the messages between them.

use crate::{
    component::Family,
    diagram::{Edge, NOBODY, Picture, Point, along, cut, letters, mark, role_word, tenths},
    paint::{Node, el},
};
use protocol::{MemberView, Power, RaftView, Role};
use std::cell::RefCell;

/// The picture's size.
const SIZE: Point = (380.0, 316.0);
pub const VIEW_BOX: &str = "0 0 380 316";
const CENTER: Point = (190.0, 158.0);
const RADII: Point = (128.0, 106.0);
/// Of a member's circle.
const RADIUS: f32 = 38.0;

/// Where a member stands: the first at the top, the others follow with the clock.
fn place(index: usize, count: usize) -> Point {
    let turn = index as f32 / count.max(1) as f32;
    let (x, y) = CENTER;
    if count <= 1 { CENTER } else { (x + RADII.0 * sine(turn), y - RADII.1 * sine(turn + 0.25)) }
}

/// The sine of so many turns, at least none, by Bhaskara's formula. It is off by less than 0.002, a fifth of a pixel here;
/// the exact one is two kilobytes of tables.
fn sine(turns: f32) -> f32 {
    let part = turns.fract() * 2.0;
    let (part, sign) = if part < 1.0 { (part, 1.0) } else { (part - 1.0, -1.0) };
    let bulge = part * (1.0 - part);
    sign * 16.0 * bulge / (5.0 - 4.0 * bulge)
}

/// From border to border.
fn between(from: Point, to: Point) -> [Point; 2] {
    let length = ((to.0 - from.0).powi(2) + (to.1 - from.1).powi(2)).sqrt().max(1.0);
    let part = (RADIUS + 8.0) / length;
    let step = ((to.0 - from.0) * part, (to.1 - from.1) * part);
    [(from.0 + step.0, from.1 + step.1), (to.0 - step.0, to.1 - step.1)]
}

/// The ways of messages for the replay, made once for each set of members.
#[derive(Default)]
pub struct Ring(RefCell<Option<(Vec<String>, Picture)>>);

impl Ring {
    pub fn of(&self, names: &[&str]) -> Picture {
        let mut made = self.0.borrow_mut();
        match &*made {
            Some((before, picture)) if before == names => picture.clone(),
            _ => {
                let picture = ways(names);
                *made = Some((names.iter().map(|name| (*name).to_owned()).collect(), picture.clone()));
                picture
            }
        }
    }
}

fn ways(names: &[&str]) -> Picture {
    let (placed, edges, rooms) = (Vec::new(), Vec::new(), Vec::new());
    let mut picture = Picture { width: SIZE.0, height: SIZE.1, placed, edges, empty: None, rooms, is_long: false };
    for (index, name) in names.iter().enumerate() {
        let (x, y) = place(index, names.len());
        for (other, to) in names.iter().enumerate().skip(index + 1) {
            let points = between((x, y), place(other, names.len())).to_vec();
            picture.edges.push(Edge { a: (*name).to_owned(), b: (*to).to_owned(), points, family: Family::Etcd });
        }
    }
    picture
}

/// The picture as it is now. Messages are placed only where the clock is `slow` enough for a person to catch one.
pub fn draw(
    members: &[MemberView],
    raft: &RaftView,
    now: u64,
    slow: bool,
    selected: Option<&str>,
    chosen: Option<u64>,
) -> Vec<Node> {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let ways = ways(&names);
    let mut lines = Vec::new();
    for edge in &ways.edges {
        let [(x1, y1), (x2, y2)] = [edge.points[0], edge.points[1]];
        let line = el("line", "edge c-etcd").with("x1", &tenths(x1)).with("y1", &tenths(y1));
        lines.push(line.with("x2", &tenths(x2)).with("y2", &tenths(y2)));
    }
    let circles = members.iter().enumerate().map(|(index, member)| {
        let timer = raft.members.iter().find(|found| found.name == member.name);
        let counts = member.power == Power::Running && (slow || member.role != Role::Leader);
        // Below a thousand, which is exact.
        let left = timer
            .filter(|timer| counts && timer.patience > 0)
            .map(|timer| (timer.acts_at.saturating_sub(now).saturating_mul(100) / timer.patience).min(100));
        let votes = timer.map_or(0, |timer| timer.votes.iter().filter(|(_, granted)| *granted).count());
        circle(member, place(index, names.len()), left, (votes, names.len()), selected == Some(member.name.as_str()))
    });
    let mut flights = Vec::new();
    for flight in raft.flights.iter().filter(|_| slow) {
        let Some(way) = ways.way(&flight.from, &flight.to) else { continue };
        let took = flight.arrives_at.saturating_sub(flight.sent_at).max(1);
        // Held ones wait at the door.
        let share = (now.saturating_sub(flight.sent_at) as f32 / took as f32).clamp(0.0, 0.92);
        let (x, y) = along(&way, share);
        let mark = mark(flight.kind);
        let class = if chosen == Some(flight.id) { "flight chosen" } else { "flight" };
        flights.push(
            el("g", class)
                .key(flight.id)
                .with("transform", &format!("translate({} {})", tenths(x), tenths(y)))
                .does(&format!("choose {}", flight.id))
                .kid(el("circle", "hit").with("r", "15"))
                .kid(el("path", &format!("packet {}", mark.class)).with("d", mark.shape)),
        );
    }
    vec![
        el("g", "").with("aria-hidden", "true").kids(lines),
        el("g", "").kids(circles.collect()),
        el("g", "").with("aria-hidden", "true").kids(flights),
    ]
}

/// What stands there while no member was ever started.
pub fn nobody() -> Vec<Node> {
    let (x, y) = CENTER;
    let line = |(line, words): (u8, &str)| {
        let text = el("text", "nobody").with("x", &tenths(x)).text(words);
        text.with("y", &tenths(y + 18.0 * f32::from(line)))
    };
    (0..).zip(NOBODY).map(line).collect()
}

fn circle(member: &MemberView, (x, y): Point, left: Option<u64>, (votes, of): (usize, usize), selected: bool) -> Node {
    let role = role_word(member);
    let there = member.power != Power::Stopped;
    let id = format!("on-ring-{}", member.name);
    let candidate = matches!(member.role, Role::Candidate | Role::PreCandidate) && there;
    let below = if candidate { format!("{role} · {votes} of {of}") } else { role.to_owned() };
    let about = if there {
        format!("{below}, term {}, log {}, committed {}", member.term, member.last_index, member.commit)
    } else {
        below.clone()
    };
    let words = |class: &str, dy: &str, words: &str| el("text", class).with("y", dy).text(words);
    let mut kids = vec![
        el("desc", "").with("id", &id).text(&about),
        el("circle", "body").with("r", &tenths(RADIUS)),
        words("name", "-2", &cut(&member.name, letters(2.0 * RADIUS))),
        words("state", "15", &if there { format!("term {}", member.term) } else { String::new() }),
        words("role", "58", &below),
    ];
    if let Some(left) = left {
        let arc = el("circle", if left < 25 { "timer soon" } else { "timer" }).with("r", &tenths(RADIUS + 5.0));
        kids.push(
            arc.with("pathLength", "100")
                .with("stroke-dasharray", &format!("{left} 100"))
                .with("transform", "rotate(-90)"),
        );
    }
    el("g", &format!("part member c-etcd is-{}", role.replace(' ', "-")))
        .with("role", "button")
        .with("tabindex", "0")
        .with("aria-label", &member.name)
        .with("aria-describedby", &id)
        .with("aria-pressed", if selected { "true" } else { "false" })
        .with("data-component", &member.name)
        .with("transform", &format!("translate({} {})", tenths(x), tenths(y)))
        .does(&format!("member {}", member.name))
        .kids(kids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_apart_and_inside_the_picture() {
        for count in [1, 3, 5, 7] {
            let places: Vec<Point> = (0..count).map(|index| place(index, count)).collect();
            for (index, (x, y)) in places.iter().enumerate() {
                // Below the circle stands the role.
                assert!(x - RADIUS > 0.0 && x + RADIUS < SIZE.0 && y - RADIUS > 0.0 && y + 60.0 < SIZE.1 + 12.0);
                for (a, b) in &places[index + 1..] {
                    assert!(((x - a).powi(2) + (y - b).powi(2)).sqrt() > 2.0 * RADIUS, "{count} members");
                }
            }
        }
    }

    #[test]
    fn a_message_goes_from_border_to_border() {
        let ring = Ring::default().of(&["a", "b", "c"]);
        let way = ring.way("c", "a").expect("members talk");
        let (x, y) = place(2, 3);
        let gap = ((way[0].0 - x).powi(2) + (way[0].1 - y).powi(2)).sqrt();
        assert!((gap - RADIUS - 8.0).abs() < 0.1, "{gap}");
    }
}
