//! Changing the tree (etcd: v2store/store.go). An operation that fails changes nothing, neither keys nor index.

use std::sync::Arc;

use super::error::{Code, Error};
use super::event::{Action, Event};
use super::node::{Content, Node};
use super::path::{clean, join, parts, split};
use super::request::KeyRequest;
use super::store::Store;

/// Times before 2000 stand for "never" (etcd: v2store/store.go, `minExpireTime`). In microseconds since 1970.
const MIN_EXPIRE_TIME: u64 = 946_684_800_000_000;

type Result<T = Arc<Event>> = std::result::Result<T, Error>;

impl Store {
    /// Writes a key that may be there already, but not as a directory.
    pub(super) fn set(&mut self, request: &KeyRequest) -> Result {
        let path = clean(&request.path);
        let previous = match self.find(&path) {
            Ok(node) => Some(node.clone()),
            Err(error) if error.code == Code::KeyNotFound && !request.refresh => None,
            Err(error) => return Err(error),
        };
        let value = match &previous {
            Some(node) if request.refresh => node.value(),
            _ => &request.value,
        };
        let mut event = self.put(&path, request, value, Action::Set, true)?;
        event.prev_node = previous.map(|node| node.view(&path, request.time));
        event.refresh = request.refresh;
        Ok(self.publish(event, Vec::new()))
    }

    /// Writes a key that must not be there; with `in_order`, under the given directory, named by the index.
    pub(super) fn create(&mut self, request: &KeyRequest, in_order: bool) -> Result {
        let path = if in_order { format!("{}/{:020}", request.path, self.index + 1) } else { request.path.clone() };
        let event = self.put(&clean(&path), request, &request.value, Action::Create, false)?;
        Ok(self.publish(event, Vec::new()))
    }

    /// Puts a new node into the tree, making the directories on the way to it.
    fn put(&mut self, path: &str, request: &KeyRequest, value: &str, action: Action, replace: bool) -> Result<Event> {
        self.check_not_root(path)?;
        let expires = request.expiration.filter(|time| *time >= MIN_EXPIRE_TIME);
        let (directory, name) = split(path);
        let there = self.check_way(directory)?.and_then(|directory| directory.children()?.get(name).cloned());
        if let Some(node) = there {
            if !replace {
                return Err(self.error(Code::NodeExist, path));
            }
            if node.is_dir() {
                return Err(self.error(Code::NotFile, path));
            }
            self.expire_never(node.expires, path);
        }
        self.index += 1;
        let index = self.index;
        let node = if request.dir { Node::dir(index, expires) } else { Node::file(value, index, expires) };
        let mut event = Event::new(action, path, index, index);
        event.node = node.view(path, request.time);
        self.make_way(directory);
        if let Some(children) = self.directory_mut(directory) {
            children.insert(name, node);
        }
        self.expire_at(expires, path);
        Ok(event)
    }

    /// The directory at a path if it is there; an error if a file is in the way.
    fn check_way(&self, directory: &str) -> Result<Option<&Node>> {
        let mut at = String::from("/");
        let mut node = self.root.as_ref();
        for part in parts(directory) {
            at = join(&at, part);
            match node.children().and_then(|children| children.get(part)) {
                None => return Ok(None),
                Some(child) if child.is_dir() => node = child,
                Some(_) => return Err(self.error(Code::NotDir, at)),
            }
        }
        Ok(Some(node))
    }

    fn make_way(&mut self, directory: &str) {
        let index = self.index;
        let mut at = String::from("/");
        for part in parts(directory) {
            if let Some(children) = self.directory_mut(&at)
                && children.get(part).is_none()
            {
                children.insert(part, Node::dir(index, None));
            }
            at = join(&at, part);
        }
    }

    /// Writes a key, or changes a directory's time to live, if it is there.
    pub(super) fn update(&mut self, request: &KeyRequest) -> Result {
        let path = clean(&request.path);
        self.check_not_root(&path)?;
        let node = self.find(&path)?.clone();
        let value = if request.refresh { node.value() } else { &request.value };
        if node.is_dir() && !value.is_empty() {
            return Err(self.error(Code::NotFile, path));
        }
        Ok(self.rewrite(&path, &node, value, Action::Update, request))
    }

    /// Writes a key if its value or index is the expected one.
    pub(super) fn compare_and_swap(&mut self, request: &KeyRequest) -> Result {
        let path = clean(&request.path);
        self.check_not_root(&path)?;
        let node = self.find(&path)?.clone();
        self.compare(&path, &node, request)?;
        let value = if request.refresh { node.value() } else { &request.value };
        Ok(self.rewrite(&path, &node, value, Action::CompareAndSwap, request))
    }

    /// Changes a node in its place.
    fn rewrite(&mut self, path: &str, old: &Node, value: &str, action: Action, request: &KeyRequest) -> Arc<Event> {
        self.index += 1;
        let mut node = old.clone();
        if !node.is_dir() {
            node.content = Content::File(value.into());
            node.modified_index = self.index;
        }
        node.expires = request.expiration;
        let mut event = Event::new(action, path, self.index, node.created_index);
        event.node = node.view(path, request.time);
        event.node.modified_index = self.index;
        event.prev_node = Some(old.view(path, request.time));
        event.refresh = request.refresh;
        self.expire_never(old.expires, path);
        self.expire_at(node.expires, path);
        let (directory, name) = split(path);
        if let Some(children) = self.directory_mut(directory) {
            children.insert(name, node);
        }
        self.publish(event, Vec::new())
    }

    /// Whether a file is as the request expects it.
    fn compare(&self, path: &str, node: &Node, request: &KeyRequest) -> Result<()> {
        if node.is_dir() {
            return Err(self.error(Code::NotFile, path));
        }
        let index = format!("[{} != {}]", request.prev_index, node.modified_index);
        let value = format!("[{} != {}]", request.prev_value, node.value());
        let index_matches = request.prev_index == 0 || request.prev_index == node.modified_index;
        let value_matches = request.prev_value.is_empty() || request.prev_value == node.value();
        let cause = match (value_matches, index_matches) {
            (true, true) => return Ok(()),
            (true, false) => index,
            (false, true) => value,
            (false, false) => format!("{value} {index}"),
        };
        Err(self.error(Code::TestFailed, cause))
    }

    /// Deletes a key, or a directory if that is allowed; one that is not empty only with all that is in it.
    pub(super) fn delete(&mut self, request: &KeyRequest) -> Result {
        let path = clean(&request.path);
        self.check_not_root(&path)?;
        let node = self.find(&path)?.clone();
        if let Some(children) = node.children() {
            if !request.dir && !request.recursive {
                return Err(self.error(Code::NotFile, path));
            }
            if !children.is_empty() && !request.recursive {
                return Err(self.error(Code::DirNotEmpty, path));
            }
        }
        Ok(self.remove(&path, &node, Action::Delete, request.time))
    }

    /// Deletes a key if its value or index is the expected one.
    pub(super) fn compare_and_delete(&mut self, request: &KeyRequest) -> Result {
        let path = clean(&request.path);
        let node = self.find(&path)?.clone();
        self.compare(&path, &node, request)?;
        Ok(self.remove(&path, &node, Action::CompareAndDelete, request.time))
    }

    /// Removes what has expired by `cutoff`, in microseconds since 1970.
    pub(super) fn expire(&mut self, cutoff: u64) {
        while let Some((time, path)) = self.expiring.first().cloned()
            && time <= cutoff
        {
            let Ok(node) = self.find(&path).cloned() else {
                // Only what is in the tree is remembered as expiring.
                self.expire_never(Some(time), &path);
                continue;
            };
            self.remove(&path, &node, Action::Expire, cutoff);
            self.stats.count(Action::Expire, true);
        }
    }

    fn remove(&mut self, path: &str, node: &Node, action: Action, now: u64) -> Arc<Event> {
        self.index += 1;
        let mut event = Event::new(action, path, self.index, node.created_index);
        event.prev_node = Some(node.view(path, now));
        event.node.dir = node.is_dir() && action != Action::CompareAndDelete;
        let mut removed = Vec::new();
        let mut expiring = Vec::new();
        node.descend(path, &mut |path, node| {
            removed.push(path.to_owned());
            expiring.push((node.expires, path.to_owned()));
        });
        removed.push(path.to_owned());
        expiring.push((node.expires, path.to_owned()));
        expiring.into_iter().for_each(|(expires, path)| self.expire_never(expires, &path));
        let (directory, name) = split(path);
        if let Some(children) = self.directory_mut(directory) {
            children.remove(name);
        }
        self.publish(event, removed)
    }

    fn check_not_root(&self, path: &str) -> Result<()> {
        if path == "/" { Err(self.error(Code::RootReadOnly, "/")) } else { Ok(()) }
    }

    fn expire_at(&mut self, expires: Option<u64>, path: &str) {
        if let Some(time) = expires {
            Arc::make_mut(&mut self.expiring).insert((time, path.to_owned()));
        }
    }

    fn expire_never(&mut self, expires: Option<u64>, path: &str) {
        if let Some(time) = expires {
            Arc::make_mut(&mut self.expiring).remove(&(time, path.to_owned()));
        }
    }
}
