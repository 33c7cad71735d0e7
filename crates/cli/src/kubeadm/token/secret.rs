//! A bootstrap token and the secret that it is in the cluster (`cmd/kubeadm/app/apis/bootstraptoken/v1`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shell::Process;

use crate::go;

/// The group of those who have come with a token that kubeadm has made.
pub const GROUP: &str = "system:bootstrappers:kubeadm:default-node-token";
/// What a token can be for, in the order in which it is shown.
pub const USAGES: [&str; 2] = ["authentication", "signing"];
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A bootstrap token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    pub id: String,
    pub secret: String,
    pub description: String,
    /// Seconds since 1970; `None` for one that never ends.
    pub expires: Option<i64>,
    pub usages: Vec<String>,
    pub groups: Vec<String>,
}

/// A new token of random letters and digits.
pub fn generate(process: &Process) -> String {
    let word = |length: usize| -> String {
        (0..length).map(|_| char::from(LETTERS[(process.random() % LETTERS.len() as u64) as usize])).collect()
    };
    let id = word(6);
    format!("{id}.{}", word(16))
}

/// Whether it could be the public part of a token.
pub fn is_id(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| LETTERS.contains(&byte))
}

impl Token {
    /// A token with kubeadm's usages and groups.
    ///
    /// # Errors
    /// kubeadm's words for what has another form.
    pub fn new(text: &str) -> Result<Self, String> {
        let (id, secret) = split(text).ok_or_else(|| {
            format!(
                "the bootstrap token {} was not of the form \"\\\\A([a-z0-9]{{6}})\\\\.([a-z0-9]{{16}})\\\\z\"",
                go::quote(text)
            )
        })?;
        Ok(Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            usages: USAGES.map(str::to_owned).to_vec(),
            groups: vec![GROUP.to_owned()],
            ..Self::default()
        })
    }

    /// `abcdef.0123456789abcdef`
    pub fn text(&self) -> String {
        format!("{}.{}", self.id, self.secret)
    }

    /// The secret's name.
    pub fn name(&self) -> String {
        name(&self.id)
    }

    /// The secret.
    pub fn object(&self) -> Value {
        let mut data = json!({});
        let mut put = |key: &str, value: &str| {
            if !value.is_empty() {
                data[key] = STANDARD.encode(value).into();
            }
        };
        put("auth-extra-groups", &self.groups.join(","));
        put("description", &self.description);
        let expires = self.expires.map(calendar::rfc3339::seconds);
        put("expiration", &expires.unwrap_or_default());
        put("token-id", &self.id);
        put("token-secret", &self.secret);
        for usage in &self.usages {
            put(&format!("usage-bootstrap-{usage}"), "true");
        }
        let metadata = json!({ "name": self.name(), "namespace": "kube-system" });
        json!({ "kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": data,
            "type": "bootstrap.kubernetes.io/token" })
    }

    /// What a secret says.
    ///
    /// # Errors
    /// kubeadm's words for a secret that is no token.
    pub fn of_object(secret: &Value) -> Result<Self, String> {
        let text = |key: &str| {
            let bytes = STANDARD.decode(secret["data"][key].as_str().unwrap_or_default()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let given = secret["metadata"]["name"].as_str().unwrap_or_default();
        let id = text("token-id");
        if id.is_empty() {
            return Err(format!("bootstrap Token Secret has no token-id data: {given}"));
        }
        if given != name(&id) {
            return Err(format!(
                "bootstrap token name is not of the form 'bootstrap-token-(token-id)'. Actual: {}. Expected: {}",
                go::quote(given),
                go::quote(&name(&id))
            ));
        }
        let words = |text: String| text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let usages = USAGES.iter().filter(|usage| text(&format!("usage-bootstrap-{usage}")) == "true");
        Ok(Self {
            secret: text("token-secret"),
            description: text("description"),
            expires: calendar::rfc3339::parse(&text("expiration")),
            usages: usages.map(|usage| (*usage).to_owned()).collect(),
            groups: words(text("auth-extra-groups")),
            id,
        })
    }
}

fn name(id: &str) -> String {
    format!("bootstrap-token-{id}")
}

fn split(text: &str) -> Option<(&str, &str)> {
    let (id, secret) = text.split_once('.')?;
    let fits = secret.len() == 16 && secret.bytes().all(|byte| LETTERS.contains(&byte));
    (is_id(id) && fits).then_some((id, secret))
}
