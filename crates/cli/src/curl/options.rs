//! The command line of `curl`.

use crate::http::escape_query;

/// The release whose manners these are.
pub const VERSION: &str = "7.88.1";

/// Exit codes (curl: include/curl/curl.h).
pub mod code {
    pub const FAILED_INIT: i32 = 2;
    pub const UNSUPPORTED_PROTOCOL: i32 = 1;
    pub const MALFORMED_URL: i32 = 3;
    pub const NO_HOST: i32 = 6;
    pub const NO_CONNECTION: i32 = 7;
    pub const HTTP_ERROR: i32 = 22;
    pub const WRITE_ERROR: i32 = 23;
    pub const READ_ERROR: i32 = 26;
    pub const TIMED_OUT: i32 = 28;
    pub const TLS: i32 = 35;
    pub const TOO_MANY_REDIRECTS: i32 = 47;
    pub const EMPTY_ANSWER: i32 = 52;
    pub const LOCAL_CERTIFICATE: i32 = 58;
    pub const UNTRUSTED: i32 = 60;
}

/// A piece of data to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// As given, or the lines of a file run together.
    Plain(String),
    /// A file as it is.
    Binary(String),
    /// As given, even if it begins with `@`.
    Raw(String),
    /// Already encoded.
    Encoded(String),
}

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub urls: Vec<String>,
    pub silent: bool,
    pub show_error: bool,
    pub method: Option<String>,
    pub data: Vec<Data>,
    /// Data goes into the URL.
    pub get: bool,
    pub head: bool,
    pub follow: bool,
    pub include: bool,
    pub verbose: bool,
    pub insecure: bool,
    pub fail: bool,
    pub json: bool,
    pub cacert: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub output: Option<String>,
    pub remote_name: bool,
    pub write_out: Option<String>,
    pub headers: Vec<String>,
    pub user: Option<String>,
    pub agent: Option<String>,
    /// Microseconds.
    pub max_time: Option<u64>,
    pub connect_time: Option<u64>,
    pub version: bool,
    pub help: bool,
}

/// Why a command line cannot be used, without the program's name.
pub type OptionError = String;

/// Long names, and the letters that stand for them.
const NAMES: [(&str, char); 29] = [
    ("silent", 's'),
    ("show-error", 'S'),
    ("request", 'X'),
    ("data", 'd'),
    ("data-ascii", 'd'),
    ("data-raw", '1'),
    ("data-binary", '2'),
    ("data-urlencode", '3'),
    ("json", '4'),
    ("get", 'G'),
    ("head", 'I'),
    ("location", 'L'),
    ("include", 'i'),
    ("verbose", 'v'),
    ("insecure", 'k'),
    ("fail", 'f'),
    ("cacert", '5'),
    ("cert", 'E'),
    ("key", '6'),
    ("output", 'o'),
    ("remote-name", 'O'),
    ("write-out", 'w'),
    ("header", 'H'),
    ("user", 'u'),
    ("user-agent", 'A'),
    ("max-time", 'm'),
    ("connect-timeout", '7'),
    ("version", 'V'),
    ("help", 'h'),
];
/// Long names of what changes nothing here.
const IGNORED: [&str; 6] = ["no-buffer", "compressed", "http1.1", "http1.0", "http2", "no-progress-meter"];

impl Options {
    /// Reads the words after the program's name.
    ///
    /// # Errors
    /// In curl's words.
    pub fn parse(words: &[String]) -> Result<Options, OptionError> {
        let mut options = Options::default();
        let mut words = words.iter();
        let mut only_urls = false;
        while let Some(word) = words.next() {
            if only_urls || !word.starts_with('-') || word == "-" {
                options.urls.push(word.clone());
            } else if word == "--" {
                only_urls = true;
            } else if let Some(name) = word.strip_prefix("--") {
                options.long(name, word, &mut words)?;
            } else {
                options.short(word, &mut words)?;
            }
        }
        Ok(options)
    }

    fn long<'a>(&mut self, name: &str, word: &str, words: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        if IGNORED.contains(&name) {
            return Ok(());
        }
        if name == "url" {
            let url = words.next().ok_or_else(|| needs_parameter(word))?;
            self.urls.push(url.clone());
            return Ok(());
        }
        let Some((_, letter)) = NAMES.iter().find(|(long, _)| *long == name) else { return Err(unknown(word)) };
        let value =
            if takes_value(*letter) { Some(words.next().cloned().ok_or_else(|| needs_parameter(word))?) } else { None };
        self.set(*letter, value.unwrap_or_default(), word)
    }

    /// Letters may be put together; the last may be followed by its value at once.
    fn short<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let mut letters = word.chars().skip(1);
        while let Some(letter) = letters.next() {
            let shown = format!("-{letter}");
            if letter.is_ascii_digit()
                || letter != 'N' && letter != '#' && !NAMES.iter().any(|(_, known)| *known == letter)
            {
                return Err(unknown(&shown));
            }
            if !takes_value(letter) {
                self.set(letter, String::new(), &shown)?;
                continue;
            }
            let rest: String = letters.by_ref().collect();
            let value =
                if rest.is_empty() { words.next().cloned().ok_or_else(|| needs_parameter(&shown))? } else { rest };
            return self.set(letter, value, &shown);
        }
        Ok(())
    }

    fn set(&mut self, letter: char, value: String, word: &str) -> Result<(), String> {
        match letter {
            's' => self.silent = true,
            'S' => self.show_error = true,
            'X' => self.method = Some(value),
            'd' => self.data.push(Data::Plain(value)),
            '1' => self.data.push(Data::Raw(value)),
            '2' => self.data.push(Data::Binary(value)),
            '3' => self.data.push(Data::Encoded(encode_data(&value))),
            '4' => {
                self.json = true;
                self.data.push(Data::Plain(value));
            }
            'G' => self.get = true,
            'I' => self.head = true,
            'L' => self.follow = true,
            'i' => self.include = true,
            'v' => self.verbose = true,
            'k' => self.insecure = true,
            'f' => self.fail = true,
            '5' => self.cacert = Some(value),
            'E' => self.cert = Some(value),
            '6' => self.key = Some(value),
            'o' => self.output = Some(value),
            'O' => self.remote_name = true,
            'w' => self.write_out = Some(value),
            'H' => self.headers.push(value),
            'u' => self.user = Some(value),
            'A' => self.agent = Some(value),
            'm' => self.max_time = Some(seconds(&value, word)?),
            '7' => self.connect_time = Some(seconds(&value, word)?),
            'V' => self.version = true,
            'h' => self.help = true,
            _ => {}
        }
        Ok(())
    }
}

fn takes_value(letter: char) -> bool {
    "Xd1234567EowHuAm".contains(letter)
}

fn unknown(word: &str) -> String {
    format!("option {word}: is unknown")
}

fn needs_parameter(word: &str) -> String {
    format!("option {word}: requires parameter")
}

/// A number of seconds with or without a fraction, in microseconds.
fn seconds(value: &str, word: &str) -> Result<u64, String> {
    let wrong = || format!("option {word}: expected a proper numerical parameter");
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros: u64 = digits.parse().map_err(|_| wrong())?;
    Ok(whole.saturating_mul(1_000_000).saturating_add(micros))
}

/// `name=content` with the content encoded; without a name, the content alone.
fn encode_data(text: &str) -> String {
    match text.split_once('=') {
        Some(("", content)) => encode(content),
        Some((name, content)) => format!("{name}={}", encode(content)),
        None => encode(text),
    }
}

fn encode(text: &str) -> String {
    escape_query(text).replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn letters_run_together_and_values_may_follow_at_once() {
        let options = parse("-sS -XPUT http://a -d value=1 -m 1.5 --data-urlencode q=a&b").expect("is valid");
        assert!(options.silent && options.show_error);
        assert_eq!(options.method.as_deref(), Some("PUT"));
        assert_eq!(options.urls, ["http://a"]);
        assert_eq!(options.data, [Data::Plain("value=1".into()), Data::Encoded("q=a%26b".into())]);
        assert_eq!(options.max_time, Some(1_500_000));
    }

    #[test]
    fn what_curl_does_not_know_is_refused_in_its_words() {
        assert_eq!(parse("--nosuch"), Err("option --nosuch: is unknown".into()));
        assert_eq!(parse("-sy http://a"), Err("option -y: is unknown".into()));
        assert_eq!(parse("http://a -X"), Err("option -X: requires parameter".into()));
    }
}
