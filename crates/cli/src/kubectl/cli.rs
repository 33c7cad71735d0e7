//! One call of kubectl: what it was given, and what it learns on the way.

use calendar::Moment;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use shell::Process;

use super::client::{Client, Discovery};
use super::cmdline::{Command, Flags};
use super::failure::Failure;
use super::kubeconfig::{KubeConfig, Session};
use super::{GLOBAL_FLAGS, RareCommands};
use crate::kubeadm::Node;
use crate::transport::Transport;

/// The most that is read from standard input, in bytes.
const MAX_INPUT: usize = 4 << 20;

/// client-go's switches and how they stand.
const GATES: [(&str, bool); 10] = [
    ("InOrderInformers", true),
    ("InformerResourceVersion", true),
    ("UnlockWhileProcessingFIFO", true),
    ("AtomicFIFO", true),
    ("ClientsAllowCARotation", true),
    ("WatchListClient", true),
    ("ClientsAllowCBOR", false),
    ("ClientsAllowTLSCacheGC", true),
    ("ClientsPreferCBOR", false),
    ("InOrderInformersBatchProcess", true),
];

/// A running kubectl.
pub struct Cli {
    pub process: Rc<Process>,
    pub transport: Rc<dyn Transport>,
    /// Where the code of rarer subcommands is.
    pub rare: RareCommands,
    pub flags: Flags,
    pub command: &'static Command,
    /// `kubectl create secret`
    pub path: String,
    /// The node it runs on, for what works on one.
    pub node: Option<Rc<dyn Node>>,
    client: RefCell<Option<Rc<Client>>>,
    discovery: OnceCell<Rc<Discovery>>,
}

impl Cli {
    pub fn new(
        process: Rc<Process>,
        transport: Rc<dyn Transport>,
        rare: RareCommands,
        flags: Flags,
        command: &'static Command,
        path: String,
    ) -> Self {
        let (client, discovery) = (RefCell::new(None), OnceCell::new());
        Self { process, transport, rare, flags, command, path, node: None, client, discovery }
    }

    pub fn print(&self, text: impl AsRef<[u8]>) {
        self.process.stdout.put(text);
    }

    pub fn eprint(&self, text: impl AsRef<[u8]>) {
        self.process.stderr.put(text);
    }

    pub fn println(&self, text: impl std::fmt::Display) {
        self.print(format!("{text}\n"));
    }

    pub fn eprintln(&self, text: impl std::fmt::Display) {
        self.eprint(format!("{text}\n"));
    }

    pub fn args(&self) -> &[String] {
        &self.flags.args
    }

    /// A mistake in the arguments, with the hint where help is.
    pub fn usage(&self, words: impl std::fmt::Display) -> Failure {
        Failure::Usage(words.to_string(), format!("See '{} -h' for help and examples", self.path))
    }

    /// The connection to the cluster that flags and files describe.
    ///
    /// # Errors
    /// When they are wrong or name what is not there.
    pub async fn client(&self) -> Result<Rc<Client>, Failure> {
        if let Some(client) = self.client.borrow().clone() {
            return Ok(client);
        }
        let flags = self.flags.global(&GLOBAL_FLAGS);
        let config = KubeConfig::load(&self.process, &flags)?;
        self.log(&config, &flags);
        let session = Session::new(&config, &flags, &self.process)?.authenticated(&self.process).await?;
        let client = Rc::new(Client::new(self.process.clone(), self.transport.clone(), session, &flags)?);
        *self.client.borrow_mut() = Some(client.clone());
        Ok(client)
    }

    /// What client-go writes before its first request when it is asked to say more (`k8s.io/client-go/features`).
    fn log(&self, config: &KubeConfig, flags: &Flags) {
        let verbosity = flags.int("v");
        if verbosity >= 6 {
            for (name, _) in config.files.iter().filter(|(name, _)| self.process.fs().exists(name)) {
                self.eprintln(format_args!("{} loader.go:407] Config loaded from file:  {name}", self.klog('I')));
            }
        }
        for (feature, enabled) in GATES.iter().filter(|_| verbosity >= 1) {
            let line = format!("\"Feature gate default state\" feature=\"{feature}\" enabled={enabled}");
            self.eprintln(format_args!("{} envvar.go:195] {line}", self.klog('I')));
        }
    }

    /// The resources that the server has, as far as known.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn discovery(&self) -> Result<Rc<Discovery>, Failure> {
        if let Some(known) = self.discovery.get() {
            return Ok(known.clone());
        }
        let found = Rc::new(Discovery::load(self.client().await?).await?);
        Ok(self.discovery.get_or_init(|| found).clone())
    }

    /// The namespace that is meant when nothing else says so.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub fn namespace(&self) -> Result<String, Failure> {
        let flags = self.flags.global(&GLOBAL_FLAGS);
        KubeConfig::load(&self.process, &flags)?.namespace(&flags)
    }

    /// Whether the namespace was asked for by flag.
    pub fn explicit_namespace(&self) -> bool {
        self.flags.changed("namespace")
    }

    /// All of standard input.
    pub async fn stdin(&self) -> String {
        let bytes = self.process.stdin.read_to_end(MAX_INPUT).await.unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs another program of the machine with this one's streams; returns its exit code.
    ///
    /// # Errors
    /// When it cannot be started: why.
    pub async fn run(&self, words: Vec<String>) -> Result<i32, String> {
        let process = &self.process;
        let streams = (process.stdin.clone(), process.stdout.clone(), process.stderr.clone());
        let child = process.spawn(words, process.env.clone(), streams.0, streams.1, streams.2);
        Ok(child.map_err(|error| error.to_string())?.wait().await.code)
    }

    /// A file's text.
    ///
    /// # Errors
    /// The operating system's reason in lower case, without the file's name.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let content = self.process.fs().read(&self.process.path(name));
        content.map(|content| content.to_vec()).map_err(|error| error.to_string().to_lowercase())
    }

    /// The time of day, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.process.wall_clock().div_euclid(1_000_000)
    }

    /// How `klog` begins a line: its severity, date, time and process.
    pub fn klog(&self, severity: char) -> String {
        klog(&self.process, severity)
    }
}

/// How `klog` begins a line of this process.
pub fn klog(process: &Process, severity: char) -> String {
    let (seconds, micros) = (process.wall_clock().div_euclid(1_000_000), process.wall_clock().rem_euclid(1_000_000));
    let moment = Moment::of(seconds);
    format!("{severity}{:02}{:02} {}.{micros:06} {:7}", moment.month, moment.day, moment.time(), process.pid())
}
