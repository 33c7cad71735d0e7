//! Why a command ended other than well, and what it says about that (`k8s.io/kubectl/pkg/cmd/util/helpers.go`).

use serde_json::Value;

use crate::go;

/// A failure.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Printed after `error: `.
    Plain(String),
    /// The same, and where to find help; the text is the command's path with the flag for help.
    Usage(String, String),
    /// Printed as it is.
    Words(String),
    /// The server refused: its `Status` object.
    Status(Value),
    /// No answer came: the method, the URL and the reason in Go's words.
    Url { method: String, url: String, reason: String },
    /// Several.
    Many(Vec<Failure>),
    /// Everything was said already.
    Silent(i32),
}

impl Failure {
    pub fn plain(words: impl std::fmt::Display) -> Self {
        Self::Plain(words.to_string())
    }

    /// One failure for several; `Ok` for none.
    pub fn all(mut failures: Vec<Failure>) -> Result<(), Failure> {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Self::Many(failures)),
        }
    }

    /// The machine's word for a refusal; empty for other failures.
    pub fn reason(&self) -> &str {
        match self {
            Self::Status(status) => status["reason"].as_str().unwrap_or_default(),
            _ => "",
        }
    }

    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }

    /// Go's `err.Error()`.
    pub fn text(&self) -> String {
        match self {
            Self::Plain(words) | Self::Words(words) | Self::Usage(words, _) => words.clone(),
            Self::Status(status) => status["message"].as_str().unwrap_or("unknown").to_owned(),
            Self::Url { method, url, reason } => {
                let verb = method[..1].to_owned() + &method[1..].to_lowercase();
                format!("{verb} {}: {reason}", go::quote(url))
            }
            Self::Many(all) => format!("[{}]", all.iter().map(Self::text).collect::<Vec<_>>().join(", ")),
            Self::Silent(_) => String::new(),
        }
    }

    /// The same with words before it; a refusal stays one (`cmdutil.AddSourceToErr`).
    pub fn while_doing(self, verb: &str, source: &str) -> Self {
        match self {
            Self::Status(mut status) => {
                let message = status["message"].as_str().unwrap_or_default();
                status["message"] = format!("error when {verb} {}: {message}", go::quote(source)).into();
                Self::Status(status)
            }
            Self::Url { .. } => self,
            other => Self::Plain(format!("error when {verb} {}: {}", go::quote(source), other.text())),
        }
    }

    /// With words before it, colon and all; what it was is forgotten (Go: `fmt.Errorf` with `%v`).
    pub fn because(self, words: impl std::fmt::Display) -> Self {
        Self::Plain(format!("{words}{}", self.text()))
    }

    /// The exit code.
    pub fn code(&self) -> i32 {
        match self {
            Self::Silent(code) => *code,
            _ => 1,
        }
    }

    /// What is printed on standard error, ending in a line break unless it is empty.
    pub fn report(&self) -> String {
        let mut words = match self {
            Self::Silent(_) => return String::new(),
            Self::Usage(words, help) => format!("error: {words}\n{help}"),
            Self::Many(all) => all.iter().map(|one| one.standard()).collect::<Vec<_>>().join("\n"),
            Self::Status(status) if status["reason"] == "Invalid" => invalid(status),
            other => other.standard(),
        };
        if !words.is_empty() && !words.ends_with('\n') {
            words.push('\n');
        }
        words
    }

    fn standard(&self) -> String {
        match self {
            Self::Status(status) => match status["reason"].as_str().unwrap_or_default() {
                "Unauthorized" => format!("error: You must be logged in to the server ({})", self.text()),
                "" => format!("Error from server: {}", self.text()),
                reason => format!("Error from server ({reason}): {}", self.text()),
            },
            Self::Url { url, reason, .. } if reason.contains("connection refused") => {
                let host = url.split("://").last().and_then(|rest| rest.split('/').next()).unwrap_or_default();
                format!("The connection to the server {host} was refused - did you specify the right host or port?")
            }
            Self::Url { reason, .. } => format!("Unable to connect to the server: {reason}"),
            Self::Words(words) => words.clone(),
            other => {
                let words = other.text();
                if words.starts_with("error: ") { words } else { format!("error: {words}") }
            }
        }
    }
}

fn invalid(status: &Value) -> String {
    let details = &status["details"];
    let message = status["message"].as_str().unwrap_or_default();
    let mut causes: Vec<String> = Vec::new();
    for cause in details["causes"].as_array().into_iter().flatten() {
        let field = cause["field"].as_str().unwrap_or_default();
        let line = format!("{field}: {}", cause["message"].as_str().unwrap_or_default());
        if !causes.contains(&line) {
            causes.push(line);
        }
    }
    let (kind, name) = (details["kind"].as_str().unwrap_or_default(), details["name"].as_str().unwrap_or_default());
    let subject = match (kind, name) {
        ("", "") if !message.is_empty() && causes.is_empty() => format!("The request is invalid: {message}"),
        ("", "") => "The request is invalid".to_owned(),
        _ => format!("The {kind} {} is invalid", go::quote(name)),
    };
    match &causes[..] {
        [] => subject,
        [only] => format!("{subject}: {only}"),
        all => all.iter().fold(format!("{subject}: \n"), |text, cause| text + &format!("* {cause}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(failure: Failure, expected: &str) {
        assert_eq!(failure.report(), expected);
    }

    #[test]
    fn refusals_are_worded_as_kubectl_does() {
        let status = json!({"reason": "NotFound", "message": "pods \"x\" not found"});
        check(Failure::Status(status.clone()), "Error from server (NotFound): pods \"x\" not found\n");
        let wrapped = Failure::Status(status.clone()).while_doing("creating", "STDIN");
        check(wrapped, "Error from server (NotFound): error when creating \"STDIN\": pods \"x\" not found\n");
        let forgotten = Failure::Status(status).because("failed to create token: ");
        check(forgotten, "error: failed to create token: pods \"x\" not found\n");
        let unauthorized = json!({"reason": "Unauthorized", "message": "Unauthorized"});
        check(Failure::Status(unauthorized), "error: You must be logged in to the server (Unauthorized)\n");
    }

    #[test]
    fn what_is_invalid_is_said_field_by_field() {
        let cause = |field: &str| json!({"field": field, "message": "Required value"});
        let status = |causes: Vec<Value>| json!({"reason": "Invalid", "message": "m", "details": {"kind": "Secret", "name": "t", "causes": causes}});
        check(Failure::Status(status(vec![cause("a")])), "The Secret \"t\" is invalid: a: Required value\n");
        check(
            Failure::Status(status(vec![cause("a"), cause("b")])),
            "The Secret \"t\" is invalid: \n* a: Required value\n* b: Required value\n",
        );
    }

    #[test]
    fn a_server_that_cannot_be_reached_is_named() {
        let failure = |reason: &str| Failure::Url {
            method: "GET".into(),
            url: "https://127.0.0.1:1/api".into(),
            reason: reason.into(),
        };
        check(
            failure("dial tcp 127.0.0.1:1: connect: connection refused"),
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n",
        );
        check(failure("EOF"), "Unable to connect to the server: EOF\n");
    }
}
