//! Unit files and the state of units.

use shell::Process;

/// Where unit files are looked for.
const DIRECTORIES: [&str; 2] = ["/etc/systemd/system", "/lib/systemd/system"];

/// A service as its unit file describes it.
#[derive(Default)]
pub struct Unit {
    pub name: String,
    pub path: String,
    pub description: String,
    pub command: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub directory: Option<String>,
    /// `Type=notify`: the program says itself when it is ready.
    pub notify: bool,
    pub restart: String,
}

/// `etcd.service` of `etcd`.
pub fn full_name(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.service") }
}

impl Unit {
    /// Reads the unit of a name; `None` when there is no such file.
    pub fn load(process: &Process, name: &str) -> Option<Unit> {
        let name = full_name(name);
        let files = process.fs();
        let paths = DIRECTORIES.iter().map(|directory| format!("{directory}/{name}"));
        let (path, content) =
            paths.filter_map(|path| Some((files.read(&path).ok()?, path))).map(|(c, p)| (p, c)).next()?;
        let text = String::from_utf8_lossy(&content).replace("\\\n", " ");
        // A unit without a description goes by its name (systemd: unit_description in src/core/unit.c).
        let mut unit = Unit { description: name.clone(), name, path, ..Unit::default() };
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '['])) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            match key.trim() {
                "Description" => unit.description = value.to_owned(),
                "ExecStart" => unit.command = words(value.trim_start_matches(['-', '@'])),
                "Environment" => {
                    let pairs = words(value).into_iter().filter_map(|pair| {
                        pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
                    });
                    unit.environment.extend(pairs);
                }
                "EnvironmentFile" => {
                    let file = files.read(value.trim_start_matches('-')).unwrap_or_default();
                    let text = String::from_utf8_lossy(&file).into_owned();
                    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|l| l.split_once('='));
                    unit.environment.extend(
                        pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned())),
                    );
                }
                "WorkingDirectory" => unit.directory = Some(value.to_owned()),
                "Type" => unit.notify = value == "notify",
                "Restart" => unit.restart = value.to_owned(),
                _ => {}
            }
        }
        Some(unit)
    }
}

/// Words separated by blanks, quotes around some.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in text.chars() {
        match (quote, c) {
            (None, '"' | '\'') => (quote, begun) = (Some(c), true),
            (Some(open), c) if c == open => quote = None,
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    words.extend(begun.then_some(word));
    words
}

/// What is known of a unit that was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// `activating`, `active`, `inactive` or `failed`.
    pub active: String,
    pub pid: u32,
    /// Microseconds of the machine's time.
    pub since: u64,
    pub code: i32,
    /// It is being stopped on demand, so that it is not started again.
    pub stopping: bool,
}

fn state_path(name: &str) -> String {
    format!("/run/systemd/units/{name}")
}

impl State {
    pub fn read(process: &Process, name: &str) -> State {
        let content = process.fs().read(&state_path(name)).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&content))
    }

    /// Reads what [`State::write`] writes.
    pub fn parse(text: &str) -> State {
        let mut fields = text.split(' ');
        let mut next = || fields.next().unwrap_or_default();
        State {
            active: Some(next()).filter(|active| !active.is_empty()).unwrap_or("inactive").to_owned(),
            pid: next().parse().unwrap_or(0),
            since: next().parse().unwrap_or(0),
            code: next().parse().unwrap_or(0),
            stopping: next() == "stopping",
        }
    }

    pub fn write(&self, process: &Process, name: &str) {
        let State { active, pid, since, code, .. } = self;
        let stopping = if self.stopping { "stopping" } else { "-" };
        let text = format!("{active} {pid} {since} {code} {stopping}");
        // On a full disk the tools know nothing of the unit, as they would after losing /run.
        let _ = process.fs().mkdir_all("/run/systemd/units");
        let _ = process.fs().write(&state_path(name), text);
    }

    pub fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating")
    }
}

/// The file of a unit's journal.
pub fn journal(name: &str) -> String {
    format!("/var/log/journal/{name}.log")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_may_be_quoted() {
        assert_eq!(
            words("/usr/bin/etcd  --name 'a b' \"\" x=\"y z\""),
            ["/usr/bin/etcd", "--name", "a b", "", "x=y z"]
        );
    }
}
