//! A client that watches. It goes on where it was when its stream ends, or when it has heard nothing for too long, at
//! another member.

use etcd::rpc::*;
use etcd::server::Msg;
use sim::{Input, Micros, NodeId, Random, Time};

use crate::history::{Batch, Event, Watch};
use crate::model::{Change, Item, KEYS, Key, Keys};
use crate::plan::Role;
use crate::scene::{Scene, some_millis};
use crate::wire;

/// How long it waits to hear something, having asked for progress meanwhile.
const PATIENCE: Micros = Micros::secs(3);

struct Stream {
    id: u64,
    to: NodeId,
    heard_at: Time,
    created: bool,
}

pub(crate) struct Watcher {
    role: Role,
    random: Random,
    /// Its entry in the history.
    watch: usize,
    stream: Option<Stream>,
    pub(crate) wake: Time,
}

impl Watcher {
    pub(crate) fn new(role: Role, scene: &mut Scene) -> Watcher {
        let mut random = Random::new(role.seed);
        let wake = scene.now() + some_millis(&mut random, 300);
        let watch = begin(role.client, scene, &mut random);
        Watcher { role, random, watch, stream: None, wake }
    }

    pub(crate) fn wake(&mut self, scene: &mut Scene) {
        let now = scene.now();
        match &self.stream {
            None => self.open(scene),
            Some(stream) => {
                let restless = !scene.calm && self.random.below(8) == 0;
                if now - stream.heard_at > PATIENCE || restless {
                    let (id, to) = (stream.id, stream.to);
                    scene.send(self.role.client, to, Msg::Cancel { id });
                    self.open(scene);
                } else if stream.created {
                    let (id, to) = (stream.id, stream.to);
                    let request = Request::Watch(WatchRequest::Progress(WatchProgressRequest {}));
                    scene.send(self.role.client, to, Msg::StreamSend { id, request });
                }
            }
        }
        self.wake = now + some_millis(&mut self.random, 900);
    }

    /// Whether it was told everything up to a revision, or asked only for what comes after it.
    pub(crate) fn has_heard(&self, scene: &Scene, revision: u32) -> bool {
        let watch = &scene.history.watches[self.watch];
        watch.from.is_some_and(|from| from > revision) || watch.heard() >= revision
    }

    fn open(&mut self, scene: &mut Scene) {
        let to = scene.any_machine(&mut self.random);
        let watch = &scene.history.watches[self.watch];
        let (key, range_end) = wire::range(&watch.keys);
        let filters = [(watch.no_put, FilterType::NoPut), (watch.no_delete, FilterType::NoDelete)];
        let create = WatchCreateRequest {
            key,
            range_end,
            start_revision: if watch.from.is_some() { i64::from(watch.heard()) + 1 } else { 0 },
            filters: filters.into_iter().filter_map(|(on, filter)| on.then_some(filter)).collect(),
            prev_kv: watch.previous,
            ..WatchCreateRequest::default()
        };
        let id = scene.ask(self.role.client, to, Request::Watch(WatchRequest::Create(create)));
        self.stream = Some(Stream { id, to, heard_at: scene.now(), created: false });
    }

    fn close(&mut self, scene: &Scene) {
        self.stream = None;
        self.wake = scene.now() + some_millis(&mut self.random, 100);
    }

    pub(crate) fn receive(&mut self, scene: &mut Scene, input: Input<Msg>) {
        let now = scene.now();
        let Some(stream) = &mut self.stream else { return };
        match input {
            Input::Message { msg: Msg::StreamItem { id, response: Response::Watch(response) }, .. }
                if id == stream.id =>
            {
                stream.heard_at = now;
                stream.created |= response.created;
                self.told(scene, &response);
            }
            Input::Message { msg: Msg::StreamEnd { id, .. }, .. } if id == stream.id => self.close(scene),
            Input::Refused { msg: Msg::Call { id, .. }, .. } if id == stream.id => self.close(scene),
            Input::Disconnected { peer } if peer == stream.to => self.close(scene),
            _ => {}
        }
    }

    fn told(&mut self, scene: &mut Scene, response: &WatchResponse) {
        let revision = wire::revision(response.header.revision);
        if response.canceled {
            if response.compact_revision > 0 {
                // Its past is gone. It begins anew, and nobody can say what it missed.
                self.watch = begin(self.role.client, scene, &mut self.random);
            }
            return self.close(scene);
        }
        let at = scene.moment();
        let watch = &mut scene.history.watches[self.watch];
        if response.created {
            // A watch that asks for no revision begins after the present one.
            watch.from.get_or_insert(revision + 1);
            return;
        }
        let events: Vec<Event> = response.events.iter().map(event).collect();
        let complete = events.is_empty().then_some(revision);
        watch.batches.push(Batch { at, complete, events });
    }
}

/// Begins a watch of keys by chance in the history.
fn begin(client: u32, scene: &mut Scene, random: &mut Random) -> usize {
    let keys = match random.below(3) {
        0 => Keys::all(),
        1 => Keys::one(random.below(KEYS as u64 / 2) as Key),
        _ => {
            let first = random.below(KEYS as u64 - 2) as Key;
            Keys { first, end: first + 2 + random.below(KEYS as u64 - 1 - u64::from(first)) as Key }
        }
    };
    let from = match random.below(4) {
        0 => Some(scene.revision + random.below(4) as u32),
        1 => Some(scene.revision.saturating_sub(random.below(30) as u32).max(1)),
        _ => None,
    };
    let (no_put, no_delete) = (random.below(8) == 0, random.below(8) == 0);
    let previous = random.below(2) == 0;
    let keys = Keys { end: keys.end.min(KEYS as Key), ..keys };
    let watch = Watch { client, keys, no_put, no_delete, previous, from, batches: Vec::new() };
    scene.history.watches.push(watch);
    scene.history.watches.len() - 1
}

fn event(event: &etcd::rpc::Event) -> Event {
    let (key, item) = wire::item(&event.kv);
    let now = if event.r#type == EventType::Delete { Item::default() } else { item };
    let before = event.prev_kv.as_ref().map_or(Item::default(), |kv| wire::item(kv).1);
    Event { revision: wire::revision(event.kv.mod_revision), change: Change { key, now, before } }
}
