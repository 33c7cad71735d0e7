//! The operations of the file tree. Paths are absolute and resolved (see [`path::resolve`](super::path::resolve)).

use super::{Body, Device, FsError, Kind, Metadata, Node, Vfs, path};
use sorted::SortedMap;
use std::rc::Rc;

/// What a file costs beside its bytes, so that a loop of `touch` meets the limit too.
const NODE_COST: u64 = 256;
const MAX_LINKS: usize = 16;
const MAX_NAME: usize = 255;

impl Vfs {
    /// A file system that holds at most `limit` bytes, with the usual top directories and devices.
    pub fn new(limit: u64) -> Self {
        let mut vfs = Self { nodes: Rc::default(), next_id: 1, used: 0, limit, clock: 0 };
        vfs.put("/", 0o755, Body::Dir);
        for dir in ["/dev", "/etc", "/home", "/opt", "/proc", "/root", "/tmp", "/usr", "/usr/bin", "/usr/local"] {
            vfs.put(dir, 0o755, Body::Dir);
        }
        vfs.put("/bin", 0o777, Body::Link("usr/bin".to_owned()));
        for dir in ["/usr/local/bin", "/var", "/var/lib", "/var/log"] {
            vfs.put(dir, 0o755, Body::Dir);
        }
        let devices = [
            ("/dev/null", Device::Null),
            ("/dev/zero", Device::Zero),
            ("/dev/full", Device::Full),
            ("/dev/random", Device::Random),
            ("/dev/urandom", Device::Random),
            ("/dev/stdin", Device::Stdin),
            ("/dev/stdout", Device::Stdout),
            ("/dev/stderr", Device::Stderr),
            ("/dev/tty", Device::Tty),
        ];
        for (name, device) in devices {
            vfs.put(name, 0o666, Body::Device(device));
        }
        vfs
    }

    /// Bytes in use.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The most bytes it holds.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub(crate) fn set_clock(&mut self, now: u64) {
        self.clock = now;
    }

    fn put(&mut self, name: &str, mode: u32, body: Body) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.used += NODE_COST + size_of(&body);
        let node = Node { id, mode, modified: self.clock, body };
        let old = Rc::make_mut(&mut self.nodes).insert(name.to_owned(), Rc::new(node));
        if let Some(old) = old {
            self.used -= NODE_COST + size_of(&old.body);
        }
        id
    }

    fn take(&mut self, name: &str) {
        if let Some(old) = Rc::make_mut(&mut self.nodes).remove(name) {
            self.used -= NODE_COST + size_of(&old.body);
        }
    }

    fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name).map(|node| &**node)
    }

    fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        Rc::make_mut(&mut self.nodes).get_mut(name).map(Rc::make_mut)
    }

    /// Follows symbolic links in all components; in the last one only when `follow` is set. The last component need
    /// not exist.
    fn locate(&self, name: &str, follow: bool) -> Result<String, FsError> {
        let mut name = name.to_owned();
        for _ in 0..MAX_LINKS {
            match self.first_link(&name, follow)? {
                None => return Ok(name),
                Some(next) => name = next,
            }
        }
        Err(FsError::Loop)
    }

    fn first_link(&self, name: &str, follow: bool) -> Result<Option<String>, FsError> {
        let mut at = 0;
        while let Some(offset) =
            name[at + 1..].find('/').map(|o| at + 1 + o).or((at + 1 < name.len()).then_some(name.len()))
        {
            let last = offset == name.len();
            let part = &name[..offset];
            match self.node(part).map(|node| &node.body) {
                Some(Body::Link(target)) if !last || follow => {
                    return Ok(Some(path::resolve(path::parent(part), &format!("{target}{}", &name[offset..]))));
                }
                Some(Body::Dir) => {}
                Some(_) if !last => return Err(FsError::NotADirectory),
                None if !last => return Err(FsError::NotFound),
                _ => {}
            }
            at = offset;
            if last {
                break;
            }
        }
        Ok(None)
    }

    /// Where a new file may be put: its parent exists, there is room.
    fn place(&self, name: &str, bytes: u64) -> Result<String, FsError> {
        let name = self.locate(name, true)?;
        if path::file_name(&name).len() > MAX_NAME {
            return Err(FsError::NameTooLong);
        }
        match self.node(path::parent(&name)).map(|node| &node.body) {
            Some(Body::Dir) => {}
            Some(_) => return Err(FsError::NotADirectory),
            None => return Err(FsError::NotFound),
        }
        let old = self.node(&name).map_or(0, |node| NODE_COST + size_of(&node.body));
        if self.used - old + NODE_COST + bytes > self.limit { Err(FsError::NoSpace) } else { Ok(name) }
    }

    /// A file's content, shared.
    ///
    /// # Errors
    /// When it does not exist or is a directory.
    pub fn read(&self, name: &str) -> Result<Rc<Vec<u8>>, FsError> {
        match self.node(&self.locate(name, true)?).map(|node| &node.body) {
            Some(Body::File(data)) => Ok(data.clone()),
            Some(Body::Dir) => Err(FsError::IsADirectory),
            Some(_) => Ok(Rc::default()),
            None => Err(FsError::NotFound),
        }
    }

    /// Creates a file or replaces its content.
    ///
    /// # Errors
    /// When the directory is missing, the name is a directory's, or the file system is full.
    pub fn write(&mut self, name: &str, data: impl Into<Vec<u8>>) -> Result<(), FsError> {
        let data = data.into();
        let (name, id) = self.open_for_write(name, true)?;
        self.write_at(&name, id, 0, &data)
    }

    /// Opens for writing, creating the file when it is missing: its true path and identity.
    pub(crate) fn open_for_write(&mut self, name: &str, truncate: bool) -> Result<(String, u64), FsError> {
        let place = self.place(name, 0)?;
        let clock = self.clock;
        match self.node(&place) {
            None => {
                let id = self.put(&place, 0o644, Body::File(Rc::default()));
                Ok((place, id))
            }
            Some(node) => {
                let (id, size) = (node.id, size_of(&node.body));
                match &node.body {
                    Body::Dir => return Err(FsError::IsADirectory),
                    Body::File(_) if truncate => {
                        if let Some(node) = self.node_mut(&place) {
                            node.body = Body::File(Rc::default());
                            node.modified = clock;
                            self.used -= size;
                        }
                    }
                    _ => {}
                }
                Ok((place, id))
            }
        }
    }

    /// Opens for reading: its true path and identity.
    pub(crate) fn open_for_read(&self, name: &str) -> Result<(String, u64), FsError> {
        let name = self.locate(name, true)?;
        let id = self.node(&name).ok_or(FsError::NotFound)?.id;
        Ok((name, id))
    }

    pub(crate) fn device(&self, name: &str) -> Option<Device> {
        match self.node(&self.locate(name, true).ok()?)?.body {
            Body::Device(device) => Some(device),
            _ => None,
        }
    }

    /// The content of an open file, as long as it is still the same file.
    pub(crate) fn content_of(&self, name: &str, id: u64) -> Option<Rc<Vec<u8>>> {
        match self.node(name) {
            Some(Node { id: now, body: Body::File(data), .. }) if *now == id => Some(data.clone()),
            _ => None,
        }
    }

    /// Appends to a file, creating it when it is missing.
    ///
    /// # Errors
    /// As [`Vfs::write`].
    pub fn append(&mut self, name: &str, data: &[u8]) -> Result<(), FsError> {
        let (name, id) = self.open_for_write(name, false)?;
        self.append_to(&name, id, data)
    }

    pub(crate) fn append_to(&mut self, name: &str, id: u64, data: &[u8]) -> Result<(), FsError> {
        let size = self.content_of(name, id).map_or(0, |data| data.len() as u64);
        self.write_at(name, id, size, data)
    }

    /// Writes into an open file; a gap is filled with zero bytes. Writing to a file that was deleted meanwhile succeeds
    /// and is lost, as on a real machine.
    pub(crate) fn write_at(&mut self, name: &str, id: u64, at: u64, data: &[u8]) -> Result<(), FsError> {
        let Some(size) = self.content_of(name, id).map(|data| data.len() as u64) else { return Ok(()) };
        let end = at.saturating_add(data.len() as u64);
        let growth = end.saturating_sub(size);
        if self.used.saturating_add(growth) > self.limit {
            return Err(FsError::NoSpace);
        }
        let clock = self.clock;
        let Some(node) = self.node_mut(name) else { return Ok(()) };
        node.modified = clock;
        if let Body::File(content) = &mut node.body {
            let content = Rc::make_mut(content);
            let (at, end) = (at as usize, end as usize);
            if content.len() < end {
                content.resize(end, 0);
            }
            content[at..end].copy_from_slice(data);
        }
        self.used += growth;
        Ok(())
    }

    /// Creates a directory.
    ///
    /// # Errors
    /// When something of that name exists or the parent does not.
    pub fn mkdir(&mut self, name: &str) -> Result<(), FsError> {
        let name = self.place(name, 0)?;
        if self.node(&name).is_some() {
            return Err(FsError::Exists);
        }
        self.put(&name, 0o755, Body::Dir);
        Ok(())
    }

    /// Creates a directory and those above it as needed.
    ///
    /// # Errors
    /// When a file stands in the way.
    pub fn mkdir_all(&mut self, name: &str) -> Result<(), FsError> {
        let mut done = String::new();
        for part in name.split('/').filter(|part| !part.is_empty()) {
            done = format!("{done}/{part}");
            match self.metadata(&done) {
                Ok(meta) if meta.kind == Kind::Dir => {}
                Ok(_) => return Err(FsError::Exists),
                Err(FsError::NotFound) => self.mkdir(&done)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes a symbolic link at `name` that points to `target`.
    ///
    /// # Errors
    /// When something of that name exists.
    pub fn symlink(&mut self, target: &str, name: &str) -> Result<(), FsError> {
        let place = self.locate(name, false)?;
        if self.node(&place).is_some() {
            return Err(FsError::Exists);
        }
        let place = self.place(&place, target.len() as u64)?;
        self.put(&place, 0o777, Body::Link(target.to_owned()));
        Ok(())
    }

    /// Where a symbolic link points.
    pub fn read_link(&self, name: &str) -> Option<String> {
        match &self.node(&self.locate(name, false).ok()?)?.body {
            Body::Link(target) => Some(target.clone()),
            _ => None,
        }
    }

    /// The true path behind symbolic links.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn canonical(&self, name: &str) -> Result<String, FsError> {
        Ok(self.open_for_read(name)?.0)
    }

    /// Removes a file or link, not a directory.
    ///
    /// # Errors
    /// When it does not exist or is a directory.
    pub fn remove_file(&mut self, name: &str) -> Result<(), FsError> {
        let name = self.locate(name, false)?;
        match self.node(&name).map(|node| &node.body) {
            None => Err(FsError::NotFound),
            Some(Body::Dir) => Err(FsError::IsADirectory),
            Some(Body::Device(_)) => Err(FsError::Denied),
            Some(_) => {
                self.take(&name);
                Ok(())
            }
        }
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// When it does not exist, is no directory or is not empty.
    pub fn remove_dir(&mut self, name: &str) -> Result<(), FsError> {
        let name = self.locate(name, false)?;
        match self.node(&name).map(|node| &node.body) {
            None => Err(FsError::NotFound),
            Some(Body::Dir) if name == "/" => Err(FsError::Denied),
            Some(Body::Dir) if self.children(&name).next().is_some() => Err(FsError::NotEmpty),
            Some(Body::Dir) => {
                self.take(&name);
                Ok(())
            }
            Some(_) => Err(FsError::NotADirectory),
        }
    }

    /// Removes whatever the path names, with everything below it.
    ///
    /// # Errors
    /// When it does not exist or is the root or a device.
    pub fn remove_all(&mut self, name: &str) -> Result<(), FsError> {
        let name = self.locate(name, false)?;
        let node = self.node(&name).ok_or(FsError::NotFound)?;
        if name == "/" || name == "/dev" || matches!(node.body, Body::Device(_)) {
            return Err(FsError::Denied);
        }
        for below in self.below(&name) {
            self.take(&below);
        }
        self.take(&name);
        Ok(())
    }

    /// Moves a file or directory, replacing a file at the new place.
    ///
    /// # Errors
    /// When the source does not exist, or the target is a directory that is not empty or lies inside the source.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        let from = self.locate(from, false)?;
        let to = self.place(to, 0)?;
        let node = self.nodes.get(&from).cloned().ok_or(FsError::NotFound)?;
        if from == to {
            return Ok(());
        }
        let is_dir = matches!(node.body, Body::Dir);
        if is_dir && to.starts_with(&format!("{from}/")) || from == "/" {
            return Err(FsError::Invalid);
        }
        match self.node(&to).map(|node| &node.body) {
            Some(Body::Dir) if !is_dir => return Err(FsError::IsADirectory),
            Some(Body::Dir) => self.remove_dir(&to)?,
            Some(_) if is_dir => return Err(FsError::NotADirectory),
            Some(_) => self.take(&to),
            None => {}
        }
        let mut moved = self.below(&from);
        moved.push(from.clone());
        let nodes: &mut SortedMap<String, Rc<Node>> = Rc::make_mut(&mut self.nodes);
        for old in moved {
            if let Some(node) = nodes.remove(&old) {
                nodes.insert(format!("{to}{}", &old[from.len()..]), node);
            }
        }
        Ok(())
    }

    /// Everything below a directory, not the directory itself.
    fn below(&self, name: &str) -> Vec<String> {
        let prefix = path::join(name, "");
        self.nodes
            .range(prefix.clone()..)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(&prefix))
            .filter(|key| *key != "/")
            .cloned()
            .collect()
    }

    fn children<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let prefix = path::join(name, "");
        let mut next = prefix.clone();
        let nodes = &*self.nodes;
        std::iter::from_fn(move || {
            loop {
                let (key, node) = nodes.range(next.clone()..).next()?;
                let rest = key.strip_prefix(&prefix)?;
                let first = rest.split('/').next().unwrap_or(rest);
                // The sibling after this one's whole subtree: '0' follows '/'.
                next = if rest.len() == first.len() { format!("{key}\0") } else { format!("{prefix}{first}0") };
                if !rest.is_empty() && rest.len() == first.len() {
                    return Some((rest, &**node));
                }
            }
        })
    }

    /// A directory's entries by name.
    ///
    /// # Errors
    /// When it does not exist or is no directory.
    pub fn list(&self, name: &str) -> Result<Vec<(String, Metadata)>, FsError> {
        let name = self.locate(name, true)?;
        match self.node(&name).map(|node| &node.body) {
            None => Err(FsError::NotFound),
            Some(Body::Dir) => Ok(self.children(&name).map(|(name, node)| (name.to_owned(), describe(node))).collect()),
            Some(_) => Err(FsError::NotADirectory),
        }
    }

    /// A file's properties; symbolic links are followed.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn metadata(&self, name: &str) -> Result<Metadata, FsError> {
        self.node(&self.locate(name, true)?).map(describe).ok_or(FsError::NotFound)
    }

    /// The properties of the path itself, also when it is a symbolic link.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn link_metadata(&self, name: &str) -> Result<Metadata, FsError> {
        self.node(&self.locate(name, false)?).map(describe).ok_or(FsError::NotFound)
    }

    /// Sets permission bits.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn chmod(&mut self, name: &str, mode: u32) -> Result<(), FsError> {
        let name = self.locate(name, true)?;
        self.node_mut(&name).ok_or(FsError::NotFound)?.mode = mode & 0o7777;
        Ok(())
    }

    /// Sets the time of last change, in virtual microseconds.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn set_modified(&mut self, name: &str, at: u64) -> Result<(), FsError> {
        let name = self.locate(name, true)?;
        self.node_mut(&name).ok_or(FsError::NotFound)?.modified = at;
        Ok(())
    }
}

fn size_of(body: &Body) -> u64 {
    match body {
        Body::File(data) => data.len() as u64,
        Body::Link(target) => target.len() as u64,
        Body::Dir | Body::Device(_) => 0,
    }
}

fn describe(node: &Node) -> Metadata {
    let (kind, size) = match &node.body {
        Body::Dir => (Kind::Dir, 4096),
        Body::File(data) => (Kind::File, data.len() as u64),
        Body::Link(target) => (Kind::Link, target.len() as u64),
        Body::Device(_) => (Kind::Device, 0),
    };
    Metadata { kind, size, mode: node.mode, modified: node.modified, id: node.id }
}
