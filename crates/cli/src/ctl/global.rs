//! What nearly every subcommand begins with: flags from the environment, the client, the output format
//! (etcd: etcdctl/ctlv3/command/global.go).

use crate::client::{Client, ClientConfig, ClientError, Context};
use crate::flags::apply_environment;
use crate::log::{self, file_error};
use crate::password::ask;
use crate::print::{Format, Object, Printable, json_quote, render};
use crate::program::{Exit, Invocation, code};
use crate::transport::Tls;

/// The prefix of variables that stand for flags.
const PREFIX: &str = "ETCDCTL";

/// Flags as a client wants them, and the chosen output.
pub struct Settings {
    pub config: ClientConfig,
    pub format: Format,
}

/// A connected client and how to show its answers.
pub struct Connected {
    pub client: Client,
    pub format: Format,
}

/// The time a short command has, counted from now.
pub fn command_context(invocation: &Invocation) -> Context {
    Context::with_timeout(&invocation.process, invocation.flags.duration("command-timeout"))
}

/// Reads the flags that describe the cluster, from the environment too.
pub async fn settings(invocation: &mut Invocation) -> Result<Settings, Exit> {
    environment(invocation)?;
    if invocation.flags.bool("debug") {
        let values: Vec<_> = invocation
            .flags
            .inherited_values()
            .map(|(name, value)| format!("{PREFIX}_{}={value}\n", name.to_uppercase().replace('-', "_")))
            .collect();
        invocation.eprint(values.concat());
    }
    let endpoints = endpoints(invocation)?;
    let (username, password) = credentials(invocation).await?;
    let format = format(invocation)?;
    let tls = tls(invocation)?;
    let dial_timeout = invocation.flags.duration("dial-timeout");
    Ok(Settings { config: ClientConfig { endpoints, tls, username, password, dial_timeout }, format })
}

/// Certificates and credentials without endpoints, for clients made beside the usual one.
pub async fn login_settings(invocation: &Invocation) -> Result<ClientConfig, Exit> {
    let (username, password) = credentials(invocation).await?;
    let dial_timeout = invocation.flags.duration("dial-timeout");
    Ok(ClientConfig { endpoints: Vec::new(), tls: tls(invocation)?, username, password, dial_timeout })
}

/// Flags from `ETCDCTL_*` variables.
pub fn environment(invocation: &mut Invocation) -> Result<(), Exit> {
    // `watch` reads these itself.
    let is_watch = invocation.chain.last().is_some_and(|c| c.name() == "watch");
    let known: &[&str] = if is_watch { &["watch-key", "watch-range-end"] } else { &[] };
    let mut env = invocation.process.env.clone();
    env.remove("ETCDCTL_API");
    let report = apply_environment(&mut invocation.flags, PREFIX, known, &env);
    for variable in report.unrecognized {
        let fields = Object::new().raw("environment-variable", json_quote(&variable));
        log::json(&invocation.process, "warn", "flags/flag.go:93", "unrecognized environment variable", fields);
    }
    let Some(variable) = report.conflict else { return Ok(()) };
    let message = "conflicting environment variable is shadowed by corresponding command-line flag (either unset \
                   environment variable or disable flag))";
    let fields = Object::new().raw("environment-variable", json_quote(&variable));
    log::json(&invocation.process, "fatal", "flags/flag.go:85", message, fields);
    Err(Exit::silent(code::ERROR))
}

/// The endpoints of `--endpoints`, or those a domain names.
pub fn endpoints(invocation: &Invocation) -> Result<Vec<String>, Exit> {
    let domain = invocation.flags.text("discovery-srv");
    if !domain.is_empty() {
        let suffix = match invocation.flags.text("discovery-srv-name") {
            "" => String::new(),
            name => format!("-{name}"),
        };
        // The simulated network has no SRV records.
        let lookup = |service: &str| format!("lookup _{service}{suffix}._tcp.{domain}: no such host");
        let (tls, plain) = (lookup("etcd-client-ssl"), lookup("etcd-client"));
        return Err(Exit::error(format!("dns lookup errors: {tls} and {plain}")));
    }
    Ok(invocation.flags.list("endpoints").iter().map(|e| e.trim().to_owned()).collect())
}

/// The output format of `--write-out`.
pub fn format(invocation: &Invocation) -> Result<Format, Exit> {
    Format::new(invocation.flags.text("write-out"), invocation.flags.bool("hex"))
        .ok_or_else(|| Exit::new(code::BAD_FEATURE, "unsupported output format"))
}

/// The user to log in as, asking for a password that was not given.
pub async fn credentials(invocation: &Invocation) -> Result<(String, String), Exit> {
    for name in ["cert", "key", "cacert"] {
        if invocation.flags.changed(name) && invocation.flags.text(name).is_empty() {
            return Err(Exit::bad_args(format!("empty string is passed to --{name} option")));
        }
    }
    let (user, password) = (invocation.flags.text("user"), invocation.flags.text("password"));
    login(invocation, user, password, "Password: ").await
}

/// Splits `user:password`, unless the password came by itself.
pub async fn login(
    invocation: &Invocation,
    user: &str,
    password: &str,
    prompt: &str,
) -> Result<(String, String), Exit> {
    if user.is_empty() {
        return Ok(Default::default());
    }
    if !password.is_empty() {
        return Ok((user.to_owned(), password.to_owned()));
    }
    match user.split_once(':') {
        Some((name, password)) => Ok((name.to_owned(), password.to_owned())),
        None => Ok((user.to_owned(), ask(&invocation.process, prompt).await)),
    }
}

/// The certificates of the global flags.
fn tls(invocation: &Invocation) -> Result<Option<Tls>, Exit> {
    let flags = &invocation.flags;
    let files = TlsFlags { cert: flags.text("cert"), key: flags.text("key"), cacert: flags.text("cacert") };
    files.read(invocation, flags.bool("insecure-transport"), flags.bool("insecure-skip-tls-verify"))
}

/// Names of certificate files.
pub struct TlsFlags<'a> {
    pub cert: &'a str,
    pub key: &'a str,
    pub cacert: &'a str,
}

impl TlsFlags<'_> {
    /// Reads the files (etcd: client/pkg/transport/listener.go, `ClientConfig`).
    pub fn read(&self, invocation: &Invocation, insecure: bool, skip_verify: bool) -> Result<Option<Tls>, Exit> {
        let none = [self.cert, self.key, self.cacert].iter().all(|f| f.is_empty());
        if none {
            return Ok((!insecure).then(|| Tls { skip_verify, ..Tls::default() }));
        }
        let mut tls = Tls { skip_verify, ..Tls::default() };
        if !self.cert.is_empty() || !self.key.is_empty() {
            if self.cert.is_empty() || self.key.is_empty() {
                let (key, cert) = (self.key, self.cert);
                let message = format!("KeyFile and CertFile must both be present[key: {key}, cert: {cert}]");
                return Err(Exit::bad_args(message));
            }
            let (cert, key) = (read_file(invocation, self.cert)?, read_file(invocation, self.key)?);
            invocation.transport.key_pair(&cert, &key).map_err(Exit::bad_args)?;
            tls.identity = Some((cert, key));
        }
        if !self.cacert.is_empty() {
            tls.ca = Some(read_file(invocation, self.cacert)?);
        }
        Ok(Some(tls))
    }
}

fn read_file(invocation: &Invocation, name: &str) -> Result<Vec<u8>, Exit> {
    let path = invocation.process.path(name);
    match invocation.process.fs().read(&path) {
        Ok(content) => Ok(content.to_vec()),
        Err(error) => Err(Exit::bad_args(file_error("open", name, error))),
    }
}

/// A client of the cluster the flags describe. An error ends the command with the code for a bad connection.
pub async fn connect(invocation: &mut Invocation) -> Result<Connected, Exit> {
    let Settings { config, format } = settings(invocation).await?;
    let client = client(invocation, config).await?;
    Ok(Connected { client, format })
}

/// A client of a cluster.
pub async fn client(invocation: &Invocation, config: ClientConfig) -> Result<Client, Exit> {
    Client::new(&invocation.process, &invocation.transport, config)
        .await
        .map_err(|e| Exit::new(code::BAD_CONNECTION, e))
}

/// Writes an answer in the chosen format.
pub fn show(invocation: &Invocation, format: Format, answer: &impl Printable) -> Result<(), Exit> {
    invocation.print(render(format, answer)?);
    Ok(())
}

impl From<ClientError> for Exit {
    fn from(error: ClientError) -> Self {
        Self::error(error)
    }
}
