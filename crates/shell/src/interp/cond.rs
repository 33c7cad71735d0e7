//! `[[ … ]]`.

use super::io::Io;
use super::pattern::Pattern;
use super::session::Value;
use super::shell::Shell;
use super::{Flow, Ran};
use crate::grammar::ast::{Cond, Part, Word};
use crate::os::future::LocalBoxFuture;
use crate::tools::test;
use sorted::SortedMap;

impl Shell {
    pub(super) async fn cond(&self, cond: &Cond, io: &Io) -> Ran {
        match self.cond_holds(cond, io).await? {
            Ok(holds) => Ok(i32::from(!holds)),
            Err(message) => {
                self.complain(io, &message);
                Ok(2)
            }
        }
    }

    fn cond_holds<'a>(&'a self, cond: &'a Cond, io: &'a Io) -> LocalBoxFuture<'a, Result<Result<bool, String>, Flow>> {
        Box::pin(async move {
            Ok(match cond {
                Cond::Not(inner) => self.cond_holds(inner, io).await?.map(|holds| !holds),
                Cond::And(left, right) => match self.cond_holds(left, io).await? {
                    Ok(true) => self.cond_holds(right, io).await?,
                    other => other,
                },
                Cond::Or(left, right) => match self.cond_holds(left, io).await? {
                    Ok(false) => self.cond_holds(right, io).await?,
                    other => other,
                },
                Cond::Word(word) => Ok(!self.word_text(word, io).await?.is_empty()),
                Cond::Unary(operator, word) => {
                    let text = self.word_text(word, io).await?;
                    if operator == "-v" {
                        let session = self.session.borrow();
                        return Ok(Ok(session.vars.get(&text).is_some_and(|var| var.value != Value::Unset)));
                    }
                    test::unary(&self.as_process(Vec::new(), io), operator, &text)
                }
                Cond::Binary(left, operator, right) => self.cond_binary(left, operator, right, io).await?,
            })
        })
    }

    async fn cond_binary(
        &self,
        left: &Word,
        operator: &str,
        right: &Word,
        io: &Io,
    ) -> Result<Result<bool, String>, Flow> {
        let text = self.word_text(left, io).await?;
        Ok(match operator {
            "=" | "==" => Ok(Pattern::new(&self.word_pattern(right, io).await?).matches(&text)),
            "!=" => Ok(!Pattern::new(&self.word_pattern(right, io).await?).matches(&text)),
            "=~" => {
                let pattern = self.regex_text(right, io).await?;
                self.process.fetched(self.kernel().code.tools.is_here).await;
                self.match_regex(&text, &pattern)
            }
            "<" => Ok(text < self.word_text(right, io).await?),
            ">" => Ok(text > self.word_text(right, io).await?),
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                let (left, right) = (self.number(&text, io)?, self.word_text(right, io).await?);
                let right = self.number(&right, io)?;
                Ok(test::compare(operator, left.cmp(&right)))
            }
            _ => {
                let right = self.word_text(right, io).await?;
                test::binary(&self.as_process(Vec::new(), io), &text, operator, &right)
            }
        })
    }

    fn number(&self, text: &str, io: &Io) -> Result<i64, Flow> {
        match self.evaluate(text) {
            Ok(value) => Ok(value),
            Err(message) => {
                self.complain(io, &format!("[[: {message}"));
                Err(Flow::Abort(1))
            }
        }
    }

    /// The right side of `=~`: what is quoted stands for itself.
    async fn regex_text(&self, word: &Word, io: &Io) -> Result<String, Flow> {
        let mut out = String::new();
        for part in &word.parts {
            let single = Word { parts: vec![part.clone()] };
            let text = self.word_text(&single, io).await?;
            match part {
                Part::Quoted(_) | Part::Double(_) => out.push_str(&crate::tools::regex::escape(&text)),
                _ => out.push_str(&text),
            }
        }
        Ok(out)
    }

    fn match_regex(&self, text: &str, pattern: &str) -> Result<bool, String> {
        let found = (self.kernel().code.tools.search)(pattern, text);
        let groups = found.map_err(|error| format!("[[: {pattern}: {error}"))?;
        let items = groups.iter().flatten().enumerate();
        let array = items.map(|(i, group)| (i as u64, group.clone().unwrap_or_default())).collect::<SortedMap<_, _>>();
        let mut session = self.session.borrow_mut();
        session.vars.entry("BASH_REMATCH".to_owned()).or_default().value = Value::Array(array);
        Ok(groups.is_some())
    }
}
