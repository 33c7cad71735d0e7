//! Reading and writing a session's variables.

use super::session::{Session, Value, Var};
use crate::grammar::arith::Variables;
use sorted::SortedMap;

/// The longest text a variable holds, in bytes.
const MAX_TEXT: usize = 16 << 20;

/// Why a variable was not changed, in bash's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl Session {
    /// Whether a text may still be kept; a loop that doubles a variable meets this.
    fn fits(name: &str, length: usize) -> Result<(), Refused> {
        if length > MAX_TEXT { Err(Refused(format!("{name}: cannot allocate {length} bytes"))) } else { Ok(()) }
    }

    fn var_mut(&mut self, name: &str) -> Result<&mut Var, Refused> {
        let export = self.options.export_all;
        let var = self.vars.entry(name.to_owned()).or_default();
        if var.readonly {
            return Err(Refused(format!("{name}: readonly variable")));
        }
        var.exported |= export;
        Ok(var)
    }

    /// Assigns a text; `append` adds to what is there.
    pub(crate) fn assign(&mut self, name: &str, text: &str, append: bool) -> Result<(), Refused> {
        let text = self.converted(name, text, append)?;
        let kept = if append { self.get(name).map_or(0, str::len) } else { 0 };
        Self::fits(name, kept + text.len())?;
        let var = self.var_mut(name)?;
        match &mut var.value {
            Value::Text(old) if append => old.push_str(&text),
            Value::Array(items) => {
                let old = items.entry(0).or_default();
                *old = if append { format!("{old}{text}") } else { text };
            }
            Value::Map(items) => {
                items.insert("0".to_owned(), text);
            }
            value => *value = Value::Text(text),
        }
        Ok(())
    }

    /// An integer variable evaluates what it is given.
    fn converted(&mut self, name: &str, text: &str, append: bool) -> Result<String, Refused> {
        if !self.vars.get(name).is_some_and(|var| var.integer) {
            return Ok(text.to_owned());
        }
        let old = if append { self.get(name).and_then(|v| v.parse().ok()).unwrap_or(0) } else { 0i64 };
        let value = crate::grammar::arith::evaluate(text, self).map_err(Refused)?;
        if append {
            // The new value is set whole, so the caller's appending must find nothing to append to.
            if let Some(var) = self.vars.get_mut(name) {
                var.value = Value::Unset;
            }
        }
        Ok(old.wrapping_add(value).to_string())
    }

    pub(crate) fn assign_array(
        &mut self,
        name: &str,
        items: Vec<(Option<String>, String)>,
        append: bool,
    ) -> Result<(), Refused> {
        if matches!(self.vars.get(name).map(|var| &var.value), Some(Value::Map(_))) {
            let var = self.var_mut(name)?;
            let Value::Map(map) = &mut var.value else { return Ok(()) };
            if !append {
                map.clear();
            }
            map.extend(items.into_iter().map(|(key, value)| (key.unwrap_or_default(), value)));
            return Ok(());
        }
        let mut array = match self.vars.get(name).map(|var| &var.value) {
            Some(Value::Array(old)) if append => old.clone(),
            Some(Value::Text(old)) if append => SortedMap::from([(0, old.clone())]),
            _ => Default::default(),
        };
        let mut next = array.keys().next_back().map_or(0, |last| last + 1);
        for (key, value) in items {
            if let Some(key) = key {
                next = u64::try_from(crate::grammar::arith::evaluate(&key, self).map_err(Refused)?).unwrap_or(0);
            }
            array.insert(next, value);
            next += 1;
        }
        self.var_mut(name)?.value = Value::Array(array);
        Ok(())
    }

    pub(crate) fn assign_element(&mut self, name: &str, key: &str, text: &str, append: bool) -> Result<(), Refused> {
        if let Some(Var { value: Value::Map(_), .. }) = self.vars.get(name) {
            let var = self.var_mut(name)?;
            if let Value::Map(map) = &mut var.value {
                let old = map.entry(key.to_owned()).or_default();
                *old = if append { format!("{old}{text}") } else { text.to_owned() };
            }
            return Ok(());
        }
        let index = crate::grammar::arith::evaluate(key, self).map_err(Refused)?;
        let length = match self.vars.get(name).map(|var| &var.value) {
            Some(Value::Array(items)) => items.keys().next_back().map_or(0, |last| last + 1) as i64,
            _ => 0,
        };
        let index = if index < 0 { index + length } else { index };
        let Ok(index) = u64::try_from(index) else {
            return Err(Refused(format!("{name}[{key}]: bad array subscript")));
        };
        let var = self.var_mut(name)?;
        if !matches!(var.value, Value::Array(_)) {
            let old = std::mem::take(&mut var.value);
            var.value = Value::Array(match old {
                Value::Text(text) => SortedMap::from([(0, text)]),
                _ => Default::default(),
            });
        }
        if let Value::Array(items) = &mut var.value {
            let old = items.entry(index).or_default();
            *old = if append { format!("{old}{text}") } else { text.to_owned() };
        }
        Ok(())
    }

    /// One element; a text counts as an array of one.
    pub(crate) fn element(&mut self, name: &str, key: &str) -> Option<String> {
        match &self.vars.get(name)?.value {
            Value::Map(items) => items.get(key).cloned(),
            Value::Unset => None,
            Value::Text(text) => {
                let text = text.clone();
                let index = crate::grammar::arith::evaluate(key, self).ok()?;
                (index == 0 || index == -1).then_some(text)
            }
            Value::Array(_) => {
                let index = crate::grammar::arith::evaluate(key, self).ok()?;
                let Some(Value::Array(items)) = self.vars.get(name).map(|var| &var.value) else { return None };
                let length = items.keys().next_back().map_or(0, |last| last + 1) as i64;
                let index = if index < 0 { index + length } else { index };
                items.get(&u64::try_from(index).ok()?).cloned()
            }
        }
    }

    /// All elements of an array in order.
    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        match self.vars.get(name).map(|var| &var.value) {
            Some(Value::Array(items)) => items.values().cloned().collect(),
            Some(Value::Map(items)) => items.values().cloned().collect(),
            Some(Value::Text(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    /// The keys of an array in order.
    pub(crate) fn keys(&self, name: &str) -> Vec<String> {
        match self.vars.get(name).map(|var| &var.value) {
            Some(Value::Array(items)) => items.keys().map(u64::to_string).collect(),
            Some(Value::Map(items)) => items.keys().cloned().collect(),
            Some(Value::Text(_)) => vec!["0".to_owned()],
            _ => Vec::new(),
        }
    }

    pub(crate) fn unset(&mut self, name: &str) -> Result<(), Refused> {
        match self.vars.get(name) {
            Some(var) if var.readonly => Err(Refused(format!("{name}: cannot unset: readonly variable"))),
            _ => {
                self.vars.remove(name);
                Ok(())
            }
        }
    }

    pub(crate) fn unset_element(&mut self, name: &str, key: &str) {
        let index = crate::grammar::arith::evaluate(key, self).ok().and_then(|i| u64::try_from(i).ok());
        match self.vars.get_mut(name).map(|var| &mut var.value) {
            Some(Value::Map(items)) => {
                items.remove(key);
            }
            Some(Value::Array(items)) => {
                if let Some(index) = index {
                    items.remove(&index);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn push_frame(&mut self) {
        self.frames.push(Default::default());
    }

    /// Ends a function's scope: what it made local gets its old value back. False when there is none.
    pub(crate) fn pop_frame(&mut self) -> bool {
        let Some(frame) = self.frames.pop() else { return false };
        self.restore(frame);
        true
    }

    pub(crate) fn restore(&mut self, saved: sorted::SortedMap<String, Option<Var>>) {
        for (name, old) in saved {
            match old {
                Some(var) => self.vars.insert(name, var),
                None => self.vars.remove(&name),
            };
        }
    }

    /// Makes a variable local to the running function; false outside of functions.
    pub(crate) fn make_local(&mut self, name: &str) -> bool {
        let old = self.vars.get(name).cloned();
        let Some(frame) = self.frames.last_mut() else { return false };
        if !frame.contains_key(name) {
            let exported = old.as_ref().is_some_and(|var| var.exported);
            frame.insert(name.to_owned(), old);
            self.vars.insert(name.to_owned(), Var { exported, ..Var::default() });
        }
        true
    }
}

impl Variables for Session {
    fn read(&self, name: &str, index: Option<i64>) -> Option<String> {
        match (index, self.vars.get(name).map(|var| &var.value)) {
            (Some(index), Some(Value::Array(items))) => {
                let length = items.keys().next_back().map_or(0, |last| last + 1) as i64;
                items.get(&u64::try_from(if index < 0 { index + length } else { index }).ok()?).cloned()
            }
            (Some(index), Some(Value::Map(items))) => items.get(&index.to_string()).cloned(),
            _ => self.get(name).map(str::to_owned),
        }
    }

    fn write(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), String> {
        let text = value.to_string();
        match index {
            Some(index) => self.assign_element(name, &index.to_string(), &text, false),
            None => self.assign(name, &text, false),
        }
        .map_err(|refused| refused.0)
    }
}
