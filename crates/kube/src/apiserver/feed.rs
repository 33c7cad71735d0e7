//! What etcd says: the feeding of the cache, of the watches of clients, and of the tasks that wait for it.

use std::sync::Arc;

use etcd::rpc::Response;
use sim::Micros;

use super::backend::{Answer, Purpose, REFUSED};
use super::server::{Out, Server};
use super::task::{Caller, Told};
use super::view::View;
use super::watchers::Watcher;
use super::{custom, http, read, write};
use crate::Msg;
use crate::api::{Reason, Request, Resource, Status, built_in};

/// How often a change is worked out anew because somebody else was faster, before the client is told to try again.
const MAX_LOST_RACES: u32 = 100;

impl Server {
    pub(super) fn answered(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Reply(Purpose::List, _, Ok(Response::Range(range))) => {
                self.cache.replace(&range.kvs, range.header.revision);
                self.backend.watch(range.header.revision, out);
                self.ready = true;
                self.learn_resources();
                self.set_up(out);
                if self.identity.next.is_none() {
                    self.begin_heartbeats(out);
                    self.begin_compactions();
                }
                self.caught_up(out);
            }
            Answer::Reply(Purpose::List, ..) => self.backend.turn(self.now),
            Answer::Reply(Purpose::Probe(tasks), _, Ok(response)) => {
                let revision = response.header().revision;
                self.wait_for(revision, tasks, out);
            }
            Answer::Reply(Purpose::Probe(tasks), ..) => {
                self.unprobed.extend(tasks);
                self.backend.turn(self.now);
            }
            Answer::Reply(Purpose::Txn(number), cause, result) => {
                out.with_cause(cause, |out| self.stored(number, result, out));
            }
            Answer::Reply(Purpose::Heartbeat, _, Ok(Response::LeaseGrant(lease))) => self.put_heartbeats(lease.id, out),
            Answer::Reply(Purpose::EventsLease, _, Ok(Response::LeaseGrant(lease))) => {
                self.has_events_lease(lease.id);
            }
            Answer::Reply(Purpose::Compaction, _, Ok(Response::Txn(txn))) => self.compact(&txn, out),
            Answer::Reply(Purpose::Heartbeat | Purpose::EventsLease | Purpose::Compaction | Purpose::Nothing, ..) => {}
            Answer::Watch(watch) => self.changed(&watch, out),
            Answer::WatchEnded => self.backend.turn(self.now),
        }
    }

    fn stored(&mut self, number: u64, result: Result<Response, etcd::rpc::Status>, out: &mut Out) {
        let Some(pending) = self.tasks.get_mut(&number).and_then(|task| task.pending.take()) else { return };
        let txn = match result {
            Ok(Response::Txn(txn)) => txn,
            Ok(_) => return,
            Err(status) => {
                self.cache.unsent(&pending.key, number);
                // It was not even heard: it is tried again until the client's time is up.
                if status.message == REFUSED {
                    self.unprobed.push(number);
                    return self.backend.turn(self.now);
                }
                return self.finish(number, Err(Status::new(Reason::Unknown, status.message)), out);
            }
        };
        let revision = txn.header.revision;
        if txn.succeeded {
            let object = match pending.answer {
                Told::Other(object) => object,
                Told::Stored => self.cache.stored(&pending.key, number, revision),
                Told::Scale => write::scale_of(&self.cache.stored(&pending.key, number, revision)),
            };
            return self.finish(number, Ok(object), out);
        }
        self.cache.unsent(&pending.key, number);
        let Some(task) = self.tasks.get_mut(&number) else { return };
        task.lost_races += 1;
        task.fresh = true;
        if task.lost_races > MAX_LOST_RACES {
            let name = task.request.name.to_string();
            return self.finish(number, Err(Status::conflict("", &name)), out);
        }
        self.wait_for(revision, vec![number], out);
    }

    /// Goes on with tasks when the cache is as far as `revision`.
    fn wait_for(&mut self, revision: i64, tasks: Vec<u64>, out: &mut Out) {
        for number in &tasks {
            if let Some(task) = self.tasks.get_mut(number) {
                task.fresh = true;
            }
        }
        if self.cache.revision() >= revision {
            return tasks.into_iter().for_each(|number| self.run(number, out));
        }
        self.waiting.entry(revision).or_default().extend(tasks);
        // Changes outside of the registry do not come by the watch; that they happened has to be asked for.
        self.backend.ask_progress(out);
    }

    fn caught_up(&mut self, out: &mut Out) {
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= self.cache.revision()
        {
            entry.remove().into_iter().for_each(|number| self.run(number, out));
        }
    }

    fn changed(&mut self, watch: &etcd::rpc::WatchResponse, out: &mut Out) {
        if watch.canceled {
            return self.start_over(out);
        }
        for event in &watch.events {
            let Some(change) = self.cache.apply(event) else { continue };
            if change.key.starts_with(custom::DEFINITIONS) {
                self.learn_resources();
            }
            for watcher in self.watchers.concerned(&change) {
                if let Some((kind, object)) = watcher.sees(&change) {
                    let unix = self.clock.seconds(self.now);
                    match watcher.caller {
                        Caller::Component { node, id } => out.send(node, Msg::Event { id, kind, object }),
                        Caller::Http { node, id } => {
                            http::send_lines(node, id, watcher.view.line(kind, object, unix), out);
                        }
                        Caller::Inside | Caller::Part { .. } => {}
                    }
                }
            }
        }
        if !watch.fragment && !watch.created {
            self.cache.advance(watch.header.revision);
        }
        self.caught_up(out);
    }

    /// What etcd has compacted the cache has missed: everything is read anew, and clients have to do the same.
    fn start_over(&mut self, out: &mut Out) {
        self.ready = false;
        for watcher in self.watchers.take() {
            if let Caller::Http { node, id } = watcher.caller {
                let why = format!("too old resource version: {} ({})", watcher.since, self.cache.revision());
                http::send_lines(node, id, http::error_line(&Status::new(Reason::Expired, why)), out);
            }
            out.with_cause(watcher.cause, |out| end_watch(watcher.caller, out));
        }
        self.backend.list(out);
    }

    /// Custom resources come and go with their definitions.
    fn learn_resources(&mut self) {
        let mut resources = built_in();
        resources.extend(custom::resources(&self.cache));
        self.resources = Arc::new(resources);
    }

    pub(super) fn open_watch(&mut self, number: u64, request: &Request, resource: &Resource, out: &mut Out) {
        let opened = read::open(&self.cache, request, resource);
        let Some(task) = self.end(number) else { return };
        let (caller, cause) = (task.caller, task.cause);
        match opened {
            Err(status) => self.reply(caller, request, Err(status), &[], out),
            Ok(opened) => {
                let view = View::of(&self.cache, request, resource);
                match caller {
                    Caller::Component { node, id } => {
                        for (kind, object) in opened.events {
                            out.send(node, Msg::Event { id, kind, object });
                        }
                    }
                    Caller::Http { node, id } => {
                        let unix = self.clock.seconds(self.now);
                        let lines: Vec<_> =
                            opened.events.into_iter().map(|(kind, object)| view.line(kind, object, unix)).collect();
                        self.http_watch((node, id), request, &lines.concat(), out);
                    }
                    Caller::Inside | Caller::Part { .. } => {}
                }
                let until = match request.options.timeout_seconds {
                    seconds if seconds > 0 => Some(self.now + Micros::secs(seconds.unsigned_abs())),
                    _ => None,
                };
                if let (Some(until), Some(address)) = (until, caller.address()) {
                    self.watch_ends.insert((until, address));
                }
                let (prefix, selector, since) = (opened.prefix, opened.selector, self.cache.revision());
                self.watchers.insert(Watcher { caller, prefix, selector, since, cause, view });
            }
        }
    }
}

pub(super) fn end_watch(caller: Caller, out: &mut Out) {
    match caller {
        Caller::Component { node, id } => out.send(node, Msg::End { id }),
        Caller::Http { node, id } => http::end(node, id, out),
        Caller::Inside | Caller::Part { .. } => {}
    }
}
