//! Messages on their way, moved by the browser's frames without the reactive system.

use super::{
    kinds::mark,
    layout::{Picture, Point, along, tenths},
    schedule::{Schedule, Slot, is_heartbeat},
};
use crate::dom;
use protocol::{WireFate, WireMessage};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Element;

/// A message being replayed.
struct Packet {
    element: Element,
    way: Vec<Point>,
    slot: Slot,
    fate: WireFate,
    shown: bool,
}

/// Everything under way.
#[derive(Default)]
struct Traffic {
    schedule: Schedule,
    packets: Vec<Packet>,
    /// A frame has been asked for.
    ticking: bool,
}

/// The moving messages of the diagram.
#[derive(Clone, Default)]
pub struct Packets(Rc<RefCell<Traffic>>);

impl Packets {
    /// Replays messages on a drawing. Under reduced motion nothing moves; the list of last messages says the same.
    pub fn add(&self, picture: &Picture, layer: &Element, messages: &[WireMessage]) {
        if dom::reduced_motion() || dom::document().is_some_and(|document| document.hidden()) {
            return;
        }
        let now = dom::now();
        let mut traffic = self.0.borrow_mut();
        for message in messages {
            let Some(way) = picture.way(&message.from, &message.to) else { continue };
            let Some(slot) = traffic.schedule.plan(message, now) else { continue };
            let Some(element) = draw(layer, message) else { continue };
            traffic.packets.push(Packet { element, way, slot, fate: message.fate, shown: false });
        }
        let sleeping = !traffic.packets.is_empty() && !std::mem::replace(&mut traffic.ticking, true);
        drop(traffic);
        if sleeping {
            self.tick_with_next_frame();
        }
    }

    /// Nothing is under way any more.
    pub fn clear(&self) {
        for packet in self.0.borrow_mut().packets.drain(..) {
            packet.element.remove();
        }
    }

    fn tick_with_next_frame(&self) {
        let packets = self.clone();
        dom::on_next_frame(move |_| {
            if packets.tick(dom::now()) {
                packets.tick_with_next_frame();
            }
        });
    }

    /// Moves everything; whether there is more to move.
    fn tick(&self, now: f64) -> bool {
        let mut traffic = self.0.borrow_mut();
        traffic.packets.retain_mut(|packet| packet.place(now));
        traffic.ticking = !traffic.packets.is_empty();
        traffic.ticking
    }
}

fn draw(layer: &Element, message: &WireMessage) -> Option<Element> {
    let mark = mark(message.kind);
    let class = format!("packet {}{}", mark.class, if is_heartbeat(message.kind) { " subdued" } else { "" });
    dom::svg(layer, "path", &[("class", &class), ("d", mark.shape), ("visibility", "hidden")])
}

impl Packet {
    /// Whether it is still to be seen.
    fn place(&mut self, now: f64) -> bool {
        if now >= self.slot.end {
            self.element.remove();
            return false;
        }
        if now < self.slot.start {
            return true;
        }
        if !self.shown {
            self.shown = true;
            let _ = self.element.remove_attribute("visibility");
        }
        let time = ((now - self.slot.start) / (self.slot.end - self.slot.start)) as f32;
        let share = match self.fate {
            WireFate::Carried => time,
            // It gets half of the way, and is seen to stay there.
            WireFate::Lost => (time * 0.8).min(0.5),
            // It arrives at a closed door.
            WireFate::Refused => time.min(0.82),
        };
        if self.fate != WireFate::Carried && time > 0.6 {
            dom::set_if_changed(&self.element, "d", LOST);
            let _ = self.element.class_list().add_1("lost");
        }
        let (x, y) = along(&self.way, share);
        dom::set(&self.element, "transform", &format!("translate({} {})", tenths(x), tenths(y)));
        true
    }
}

/// A cross where a message was lost.
const LOST: &str = "M-6-6 6 6M6-6-6 6";
