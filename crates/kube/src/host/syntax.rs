//! The part of a shell's grammar that commands for containers are written in: lists, pipes, redirections, quotes,
//! variables, substitution, `if`, `for`, `while`.

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `$NAME` or `$?`, and whether it stood in quotes.
    Variable(String, bool),
    /// `$(...)`, and whether it stood in quotes.
    Output(String, bool),
}

pub(super) type Word = Vec<Piece>;

/// Where output goes, or input comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Redirect {
    /// 0, 1, 2.
    pub(super) stream: u8,
    pub(super) to: To,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum To {
    Read(Word),
    Write(Word, bool),
    Stream(u8),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Simple { words: Vec<Word>, redirects: Vec<Redirect> },
    If { branches: Vec<(List, List)>, otherwise: Option<List> },
    While { condition: List, body: List, until: bool },
    For { variable: String, words: Vec<Word>, body: List },
    Group(List),
}

/// How a pipeline hangs on what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    Then,
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipeline {
    pub(super) joint: Joint,
    pub(super) not: bool,
    pub(super) commands: Vec<Command>,
}

pub(super) type List = Vec<Pipeline>;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(Word),
    /// `;`, `&&`, `|`, `>` and so on; a newline is `;`.
    Sign(&'static str),
    /// A sign with the stream before it: `2>`.
    Redirect(u8, &'static str),
}

/// Reads a script.
///
/// # Errors
/// What the shell says is unexpected.
pub(super) fn parse(text: &str) -> Result<List, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0 };
    let list = parser.list(&[])?;
    match parser.peek() {
        None => Ok(list),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected(token: &Token) -> String {
    let word = match token {
        Token::Word(word) => match word.first() {
            Some(Piece::Text(text)) => text.clone(),
            _ => String::new(),
        },
        Token::Sign(sign) | Token::Redirect(_, sign) => (*sign).to_owned(),
    };
    format!("syntax error: unexpected \"{word}\"")
}

const SIGNS: [&str; 9] = ["&&", "||", ";;", "|", ";", "&", "(", ")", "\n"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t']).trim_start_matches("\\\n");
        if rest.is_empty() {
            return Ok(tokens);
        }
        if rest.starts_with('#') {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(if *sign == "\n" { ";" } else { sign }));
            rest = &rest[sign.len()..];
            continue;
        }
        let (stream, after) = match rest.as_bytes() {
            [digit @ b'0'..=b'2', b'>' | b'<', ..] => (Some(digit - b'0'), &rest[1..]),
            _ => (None, rest),
        };
        let found = [">>", ">&", ">", "<"].into_iter().find(|sign| after.starts_with(sign));
        if let Some(sign) = found {
            let usual = if sign == "<" { 0 } else { 1 };
            tokens.push(Token::Redirect(stream.unwrap_or(usual), sign));
            rest = &after[sign.len()..];
            continue;
        }
        let (word, after) = word(rest)?;
        tokens.push(Token::Word(word));
        rest = after;
    }
}

/// A word and what is after it.
fn word(text: &str) -> Result<(Word, &str), String> {
    let mut pieces: Word = Vec::new();
    let mut plain = String::new();
    let mut quoted = false;
    let mut rest = text;
    let unterminated = || "syntax error: unterminated quoted string".to_owned();
    while let Some(c) = rest.chars().next() {
        match c {
            '\'' if !quoted => {
                let end = rest[1..].find('\'').ok_or_else(unterminated)?;
                plain.push_str(&rest[1..=end]);
                // Even an empty one is a word.
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                rest = &rest[end + 2..];
                continue;
            }
            '"' => {
                quoted = !quoted;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            '\\' => {
                let next = rest.chars().nth(1);
                let Some(next) = next else { break };
                if quoted && !matches!(next, '"' | '\\' | '$' | '`') {
                    plain.push('\\');
                }
                if next != '\n' {
                    plain.push(next);
                }
                rest = &rest[1 + next.len_utf8()..];
                continue;
            }
            '$' => {
                let (piece, after) = dollar(rest, quoted)?;
                match piece {
                    Some(piece) => {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                        pieces.push(piece);
                    }
                    None => plain.push('$'),
                }
                rest = after;
                continue;
            }
            '`' => {
                let end = rest[1..].find('`').ok_or_else(unterminated)?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Output(rest[1..=end].to_owned(), quoted));
                rest = &rest[end + 2..];
                continue;
            }
            ' ' | '\t' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' if !quoted => break,
            c => plain.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    if quoted {
        return Err(unterminated());
    }
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok((pieces, rest))
}

/// What a dollar sign begins; nothing when it stands for itself.
fn dollar(text: &str, quoted: bool) -> Result<(Option<Piece>, &str), String> {
    let rest = &text[1..];
    if let Some(inner) = rest.strip_prefix('(') {
        let mut depth = 1;
        for (index, c) in inner.char_indices() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 {
                return Ok((Some(Piece::Output(inner[..index].to_owned(), quoted)), &inner[index + 1..]));
            }
        }
        return Err("syntax error: unterminated command substitution".into());
    }
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.find('}').ok_or("syntax error: missing '}'")?;
        return Ok((Some(Piece::Variable(inner[..end].to_owned(), quoted)), &inner[end + 1..]));
    }
    let special = rest.starts_with(['?', '#', '$', '@', '*']) || rest.starts_with(|c: char| c.is_ascii_digit());
    let length = match special {
        true => 1,
        false => rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len()),
    };
    let name = (length > 0).then(|| Piece::Variable(rest[..length].to_owned(), quoted));
    Ok((name, &rest[length..]))
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// The next token if it is this plain word.
    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(pieces)) if matches!(&pieces[..], [Piece::Text(text)] if text == word))
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.takes(word) {
            return Ok(());
        }
        match self.peek() {
            Some(token) => Err(format!("{} (expecting \"{word}\")", unexpected(token))),
            None => Err(format!("syntax error: unexpected end of file (expecting \"{word}\")")),
        }
    }

    /// Pipelines until one of these words.
    fn list(&mut self, ends: &[&str]) -> Result<List, String> {
        let mut list = Vec::new();
        let mut joint = Joint::Then;
        loop {
            while self.takes_sign(";") {}
            let over = matches!(self.peek(), None | Some(Token::Sign(")"))) || ends.iter().any(|end| self.is_word(end));
            if over {
                return Ok(list);
            }
            list.push(self.pipeline(joint)?);
            joint = if self.takes_sign("&&") {
                Joint::And
            } else if self.takes_sign("||") {
                Joint::Or
            } else if self.takes_sign(";") || self.takes_sign("&") {
                // What would run beside runs before.
                Joint::Then
            } else {
                let over =
                    matches!(self.peek(), None | Some(Token::Sign(")"))) || ends.iter().any(|end| self.is_word(end));
                match self.peek() {
                    Some(token) if !over => return Err(unexpected(token)),
                    _ => return Ok(list),
                }
            };
        }
    }

    fn pipeline(&mut self, joint: Joint) -> Result<Pipeline, String> {
        let not = self.takes("!");
        let mut commands = vec![self.command()?];
        while self.takes_sign("|") {
            commands.push(self.command()?);
        }
        Ok(Pipeline { joint, not, commands })
    }

    fn command(&mut self) -> Result<Command, String> {
        if self.takes_sign("(") {
            let list = self.list(&[])?;
            return if self.takes_sign(")") { Ok(Command::Group(list)) } else { Err("syntax error: missing )".into()) };
        }
        if self.takes("{") {
            let list = self.list(&["}"])?;
            self.expect("}")?;
            return Ok(Command::Group(list));
        }
        if self.takes("if") {
            let (mut branches, mut otherwise) = (Vec::new(), None);
            loop {
                let condition = self.list(&["then"])?;
                self.expect("then")?;
                branches.push((condition, self.list(&["elif", "else", "fi"])?));
                if !self.takes("elif") {
                    break;
                }
            }
            if self.takes("else") {
                otherwise = Some(self.list(&["fi"])?);
            }
            self.expect("fi")?;
            return Ok(Command::If { branches, otherwise });
        }
        if self.is_word("while") || self.is_word("until") {
            let until = self.is_word("until");
            self.at += 1;
            let condition = self.list(&["do"])?;
            return Ok(Command::While { condition, body: self.body()?, until });
        }
        if self.takes("for") {
            let variable = match self.peek() {
                Some(Token::Word(pieces)) => match &pieces[..] {
                    [Piece::Text(name)] => name.clone(),
                    _ => return Err("syntax error: bad for loop variable".into()),
                },
                _ => return Err("syntax error: bad for loop variable".into()),
            };
            self.at += 1;
            let mut words = Vec::new();
            if self.takes("in") {
                while let Some(Token::Word(word)) = self.peek() {
                    words.push(word.clone());
                    self.at += 1;
                }
            }
            while self.takes_sign(";") {}
            return Ok(Command::For { variable, words, body: self.body()? });
        }
        self.simple()
    }

    fn body(&mut self) -> Result<List, String> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn simple(&mut self) -> Result<Command, String> {
        let (mut words, mut redirects) = (Vec::new(), Vec::new());
        loop {
            match self.peek() {
                Some(Token::Word(word)) => words.push(word.clone()),
                Some(Token::Redirect(stream, sign)) => {
                    self.at += 1;
                    let Some(Token::Word(target)) = self.peek() else {
                        return Err("syntax error: missing redirection target".into());
                    };
                    let to = match *sign {
                        "<" => To::Read(target.clone()),
                        ">&" => match &target[..] {
                            [Piece::Text(text)] if text == "2" => To::Stream(2),
                            _ => To::Stream(1),
                        },
                        sign => To::Write(target.clone(), sign == ">>"),
                    };
                    redirects.push(Redirect { stream: *stream, to });
                }
                _ => break,
            }
            self.at += 1;
        }
        match (words.is_empty() && redirects.is_empty(), self.peek()) {
            (true, Some(token)) => Err(unexpected(token)),
            (true, None) => Err("syntax error: unexpected end of file".into()),
            _ => Ok(Command::Simple { words, redirects }),
        }
    }
}
