//! kubectl's configuration: clusters, users and contexts (`k8s.io/client-go/tools/clientcmd`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use shell::Process;

use super::cmdline::Flags;
use super::failure::Failure;
use crate::http::Url;
use crate::transport::Tls;

/// The files that configure kubectl, merged; what stands in the first counts.
pub struct KubeConfig {
    pub merged: Value,
    /// Each file with its content, the ones that do not exist too.
    pub files: Vec<(String, Value)>,
}

/// The parts that are lists of named things, and the field that holds the thing.
pub const PARTS: [(&str, &str); 3] = [("clusters", "cluster"), ("contexts", "context"), ("users", "user")];

impl KubeConfig {
    /// Reads the file of `--kubeconfig`, those of `$KUBECONFIG` or `~/.kube/config`.
    ///
    /// # Errors
    /// When the named file is not there, or one is not YAML.
    pub fn load(process: &Process, flags: &Flags) -> Result<Self, Failure> {
        let explicit = flags.text("kubeconfig");
        let variable = process.var("KUBECONFIG").filter(|value| !value.is_empty());
        let home = process.var("HOME").unwrap_or("/root");
        let names: Vec<String> = match (explicit, variable) {
            ("", None) => vec![format!("{home}/.kube/config")],
            ("", Some(list)) => list.split(':').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            (name, _) => vec![name.to_owned()],
        };
        let mut files = Vec::new();
        for name in names {
            let path = process.path(&name);
            let content = match process.fs().read(&path) {
                Ok(content) => String::from_utf8_lossy(&content).into_owned(),
                Err(_) if path == "/dev/null" || explicit.is_empty() => String::new(),
                Err(_) => return Err(Failure::plain(format!("stat {name}: no such file or directory"))),
            };
            let value = yaml::documents(&content)
                .map_err(|error| Failure::plain(format!("error loading config file \"{path}\": {error}")))?;
            files.push((path, value.into_iter().next().unwrap_or_else(|| json!({}))));
        }
        let mut merged = json!({"apiVersion": "v1", "kind": "Config"});
        for (part, _) in PARTS {
            let mut all: Vec<Value> = Vec::new();
            for item in files.iter().flat_map(|(_, value)| value[part].as_array().into_iter().flatten()) {
                if !all.iter().any(|known| known["name"] == item["name"]) {
                    all.push(item.clone());
                }
            }
            all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
            merged[part] = all.into();
        }
        let current = files.iter().filter_map(|(_, value)| value["current-context"].as_str()).find(|c| !c.is_empty());
        merged["current-context"] = current.unwrap_or_default().into();
        Ok(Self { merged, files })
    }

    /// The named thing of a part.
    pub fn find(&self, part: &str, name: &str) -> Option<&Value> {
        let (_, field) = PARTS.iter().find(|(known, _)| *known == part)?;
        let item = self.merged[part].as_array()?.iter().find(|item| item["name"] == name)?;
        Some(&item[*field])
    }

    pub fn current(&self) -> &str {
        self.merged["current-context"].as_str().unwrap_or_default()
    }

    /// The context in use.
    ///
    /// # Errors
    /// When the one that is asked for does not exist.
    pub fn context(&self, flags: &Flags) -> Result<Map<String, Value>, Failure> {
        let name = if flags.changed("context") { flags.text("context") } else { self.current() };
        match self.find("contexts", name) {
            Some(context) => Ok(context.as_object().cloned().unwrap_or_default()),
            None if name.is_empty() => Ok(Map::new()),
            None => {
                let words = "Error in configuration: context was not found for specified context";
                Err(Failure::Words(format!("{words}: {name}")))
            }
        }
    }

    /// The namespace in use.
    ///
    /// # Errors
    /// As [`KubeConfig::context`].
    pub fn namespace(&self, flags: &Flags) -> Result<String, Failure> {
        if flags.changed("namespace") && !flags.text("namespace").is_empty() {
            return Ok(flags.text("namespace").to_owned());
        }
        let context = self.context(flags)?;
        let namespace = context.get("namespace").and_then(Value::as_str).unwrap_or_default();
        Ok(if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() })
    }
}

/// How to reach the server, and on whose behalf.
pub struct Session {
    pub server: Url,
    pub tls: Option<Tls>,
    /// What tells the server who asks.
    pub headers: Vec<(String, String)>,
    /// The certificate's subject, which stands for what the handshake tells the server.
    identified: bool,
}

impl Session {
    /// The connection that a configuration and flags describe.
    ///
    /// # Errors
    /// When they name what does not exist.
    pub fn new(config: &KubeConfig, flags: &Flags, process: &Process) -> Result<Self, Failure> {
        let context = config.context(flags)?;
        let pick = |flag: &str| match flags.text(flag) {
            "" => context.get(flag).and_then(Value::as_str).unwrap_or_default(),
            given => given,
        };
        let (cluster_name, user_name) = (pick("cluster"), pick("user"));
        let cluster = config.find("clusters", cluster_name).cloned();
        let user = config.find("users", user_name).cloned();
        if !cluster_name.is_empty() && cluster.is_none() {
            return Err(Failure::plain(format!("no server found for cluster \"{cluster_name}\"")));
        }
        if !user_name.is_empty() && user.is_none() {
            return Err(Failure::plain(format!("auth info \"{user_name}\" does not exist")));
        }
        let (cluster, user) = (cluster.unwrap_or_default(), user.unwrap_or_default());
        let address = match flags.text("server") {
            "" => cluster["server"].as_str().unwrap_or("http://localhost:8080").to_owned(),
            given => given.to_owned(),
        };
        let server = Url::parse(&address, "http")
            .ok_or_else(|| Failure::plain(format!("couldn't parse the server's address \"{address}\"")))?;
        let file = |value: &Value, flag: &str| -> Result<Option<Vec<u8>>, Failure> {
            let name = match flags.text(flag) {
                "" => value[flag].as_str().unwrap_or_default(),
                given => given,
            };
            if let Some(data) = value[format!("{flag}-data")].as_str().filter(|_| !flags.changed(flag)) {
                return Ok(STANDARD.decode(data.replace(['\n', ' '], "")).ok());
            }
            if name.is_empty() {
                return Ok(None);
            }
            let read = process.fs().read(&process.path(name));
            let words = |_| Failure::plain(format!("unable to read {flag} {name}: no such file or directory"));
            read.map(|content| Some(content.to_vec())).map_err(words)
        };
        let skip = flags.bool("insecure-skip-tls-verify") || cluster["insecure-skip-tls-verify"] == true;
        let mut tls = None;
        let mut headers = Vec::new();
        let certificate = file(&user, "client-certificate")?;
        if server.scheme == "https" {
            let key = file(&user, "client-key")?;
            let ca = if skip { None } else { file(&cluster, "certificate-authority")? };
            if let Some(subject) = certificate.as_deref().and_then(subject) {
                headers.push(("x-client-certificate".to_owned(), subject));
            }
            let server_name = Some(flags.text("tls-server-name")).filter(|name| !name.is_empty()).map(str::to_owned);
            let identity = certificate.clone().zip(key);
            tls = Some(Tls { ca, identity, server_name, skip_verify: skip });
        }
        let token = match flags.text("token") {
            "" => user["token"].as_str().unwrap_or_default(),
            given => given,
        };
        if !token.is_empty() {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        let name =
            if flags.changed("username") { flags.text("username") } else { user["username"].as_str().unwrap_or("") };
        if !name.is_empty() {
            let word = if flags.changed("password") {
                flags.text("password")
            } else {
                user["password"].as_str().unwrap_or("")
            };
            headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(format!("{name}:{word}")))));
        }
        let identified = !headers.is_empty() || certificate.is_some();
        if flags.changed("as") {
            headers.push(("impersonate-user".to_owned(), flags.text("as").to_owned()));
        }
        headers.extend(flags.list("as-group").into_iter().map(|group| ("impersonate-group".to_owned(), group)));
        if flags.changed("as-uid") {
            headers.push(("impersonate-uid".to_owned(), flags.text("as-uid").to_owned()));
        }
        Ok(Self { server, tls, headers, identified })
    }

    /// The connection with a server by these means, and no file.
    pub fn to(server: Url, tls: Option<Tls>, headers: Vec<(String, String)>) -> Self {
        Self { server, tls, headers, identified: true }
    }

    /// Asks for a name and a password where nothing says who the user is.
    ///
    /// # Errors
    /// When standard input ends before.
    pub async fn authenticated(mut self, process: &Process) -> Result<Self, Failure> {
        if self.identified || self.tls.is_none() {
            return Ok(self);
        }
        let mut answers = Vec::new();
        for question in ["Please enter Username: ", "Please enter Password: "] {
            process.stdout.put(question);
            match process.stdin.read_line(4_096).await {
                Ok(Some(line)) => answers.push(String::from_utf8_lossy(&line).trim().to_owned()),
                _ => return Err(Failure::plain("EOF")),
            }
        }
        let basic = STANDARD.encode(answers.join(":"));
        self.headers.push(("authorization".to_owned(), format!("Basic {basic}")));
        Ok(self)
    }
}

/// Whom a certificate is of, and by whom: `CN=kubernetes-admin,O=kubeadm:cluster-admins,issuer=kubernetes`. The
/// certificates of this world hold their fields as JSON; `None` when it is none of them.
fn subject(pem: &[u8]) -> Option<String> {
    let text = str::from_utf8(pem).ok()?;
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = STANDARD.decode(body.trim()).ok()?;
    let fields: Value = serde_json::from_slice(&bytes).ok()?;
    let subject = fields["subject"].as_str()?;
    let subject = if subject.contains('=') { subject.to_owned() } else { format!("CN={subject}") };
    Some(format!("{subject},issuer={}", fields["issuer"].as_str().unwrap_or_default()))
}
