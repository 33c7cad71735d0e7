//! Runs a filter: each node hands its outputs, one by one, to what comes after it.

use super::parse::{Filter, Function, Node, Pattern, Piece};
use super::paths::{index, slice};
use super::value::Value;
use sorted::SortedMap;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// How many steps a program may take in all.
const STEP_LIMIT: u64 = 5_000_000;
/// How deep calls may nest.
const DEPTH_LIMIT: u32 = 250;

/// Why evaluation is left.
#[derive(Debug, Clone)]
pub enum Stop {
    Error(Value),
    Break(u64),
    /// `halt`, `halt_error`: the exit code and what to print on standard error.
    Halt(i32, Option<Value>),
}

pub type Step = Result<(), Stop>;

pub fn error<T>(message: impl AsRef<str>) -> Result<T, Stop> {
    Err(Stop::Error(Value::text(message)))
}

/// A value and, when asked for, the path that leads to it.
#[derive(Clone)]
pub struct Item {
    pub value: Value,
    pub path: Option<Rc<Vec<Value>>>,
}

impl Item {
    pub fn plain(value: Value) -> Self {
        Self { value, path: None }
    }

    /// A child reached by a key.
    pub fn child(&self, key: Value, value: Value) -> Item {
        let path = self.path.as_ref().map(|path| {
            let mut path = (**path).clone();
            path.push(key);
            Rc::new(path)
        });
        Item { value, path }
    }
}

/// Where an item goes.
pub type Out<'a> = &'a mut dyn FnMut(Item) -> Step;

/// What names stand for.
#[derive(Clone)]
pub struct Scope(Option<Rc<Entry>>);

struct Entry {
    binding: Binding,
    outer: Scope,
}

enum Binding {
    Variable(String, Value),
    Function(Rc<Function>),
    /// A parameter: a filter with the scope it was written in.
    Closure(String, Filter, Scope),
    Label(String, u64),
}

impl Scope {
    pub fn empty() -> Self {
        Self(None)
    }

    fn with(&self, binding: Binding) -> Scope {
        Scope(Some(Rc::new(Entry { binding, outer: self.clone() })))
    }

    pub fn variable(&self, name: &str, value: Value) -> Scope {
        self.with(Binding::Variable(name.to_owned(), value))
    }

    fn entries(&self) -> impl Iterator<Item = (&Scope, &Binding)> {
        let mut at = Some(self);
        std::iter::from_fn(move || {
            let scope = at?;
            let entry = scope.0.as_deref()?;
            at = Some(&entry.outer);
            Some((scope, &entry.binding))
        })
    }
}

/// What programs share while running.
pub struct Machine {
    pub inputs: RefCell<VecDeque<Result<Value, String>>>,
    pub env: SortedMap<String, String>,
    pub named: Value,
    /// Seconds since 1970.
    pub now: f64,
    pub debug: RefCell<String>,
    steps: Cell<u64>,
    depth: Cell<u32>,
    labels: Cell<u64>,
}

impl Machine {
    pub fn new(
        inputs: VecDeque<Result<Value, String>>,
        env: SortedMap<String, String>,
        named: Value,
        now: f64,
    ) -> Self {
        Self {
            inputs: RefCell::new(inputs),
            env,
            named,
            now,
            debug: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            labels: Cell::new(0),
        }
    }

    /// Counts a step.
    pub fn tick(&self) -> Step {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > STEP_LIMIT { error("the filter takes too long") } else { Ok(()) }
    }

    pub fn eval(&self, filter: &Filter, scope: &Scope, input: Item, out: Out) -> Step {
        self.tick()?;
        let depth = self.depth.get();
        if depth >= DEPTH_LIMIT {
            return error("the filter nests too deeply");
        }
        self.depth.set(depth + 1);
        let step = self.node(filter, scope, input, out);
        self.depth.set(depth);
        step
    }

    /// All values a filter gives.
    pub fn collect(&self, filter: &Filter, scope: &Scope, input: &Value) -> Result<Vec<Value>, Stop> {
        let mut all = Vec::new();
        self.eval(filter, scope, Item::plain(input.clone()), &mut |item| {
            all.push(item.value);
            Ok(())
        })?;
        Ok(all)
    }

    /// Each value a filter gives, without its path.
    pub fn values(&self, filter: &Filter, scope: &Scope, input: &Value, out: &mut dyn FnMut(Value) -> Step) -> Step {
        self.eval(filter, scope, Item::plain(input.clone()), &mut |item| out(item.value))
    }

    fn node(&self, filter: &Filter, scope: &Scope, input: Item, out: Out) -> Step {
        match &**filter {
            Node::Identity => out(input),
            Node::Recurse => self.recurse(input, out),
            Node::Literal(value) => out(Item::plain(value.clone())),
            Node::Format(format, pieces) => self.format(format.as_deref(), pieces, scope, &input.value, out),
            Node::Index(term, key) => self.eval(term, scope, input.clone(), &mut |base| {
                self.values(key, scope, &input.value, &mut |key| {
                    let value = index(&base.value, &key)?;
                    out(base.child(key, value))
                })
            }),
            Node::Slice(term, from, to) => self.eval(term, scope, input.clone(), &mut |base| {
                let bound = |filter: &Option<Filter>| match filter {
                    Some(filter) => self.collect(filter, scope, &input.value),
                    None => Ok(vec![Value::Null]),
                };
                for to in bound(to)? {
                    for from in bound(from)? {
                        let value = slice(&base.value, &from, &to)?;
                        let key = vec![(Rc::from("start"), from.clone()), (Rc::from("end"), to.clone())];
                        out(base.child(Value::object(key), value))?;
                    }
                }
                Ok(())
            }),
            Node::Each(term) => self.eval(term, scope, input, &mut |base| each(&base, &mut *out)),
            Node::Try(body, catch) => {
                // An error of what comes after must not be caught here.
                let mut later = None;
                let step = self.eval(body, scope, input, &mut |item| {
                    out(item).map_err(|stop| {
                        later = Some(stop);
                        Stop::Break(0)
                    })
                });
                if let Some(stop) = later {
                    return Err(stop);
                }
                match step {
                    Err(Stop::Error(value)) => match catch {
                        Some(catch) => self.eval(catch, scope, Item::plain(value), out),
                        None => Ok(()),
                    },
                    other => other,
                }
            }
            Node::Pipe(first, second) => {
                self.eval(first, scope, input, &mut |item| self.eval(second, scope, item, &mut *out))
            }
            Node::Comma(first, second) => {
                self.eval(first, scope, input.clone(), &mut *out)?;
                self.eval(second, scope, input, out)
            }
            Node::Negate(inner) => self.values(inner, scope, &input.value, &mut |value| match value {
                Value::Number(number) => out(Item::plain(Value::Number(-number))),
                other => error(format!("{} ({}) cannot be negated", other.kind(), other.brief())),
            }),
            Node::Binary(operator, left, right) => self.values(right, scope, &input.value, &mut |right| {
                self.values(left, scope, &input.value, &mut |left| {
                    out(Item::plain(super::operators::apply(operator, &left, &right)?))
                })
            }),
            Node::And(left, right) => self.logic(left, right, false, scope, &input.value, out),
            Node::Or(left, right) => self.logic(left, right, true, scope, &input.value, out),
            Node::Else(left, right) => {
                let mut found = false;
                let mut later = None;
                let step = self.eval(left, scope, input.clone(), &mut |item| {
                    if item.value.is_true() {
                        found = true;
                        return out(item).inspect_err(|stop| later = Some(stop.clone()));
                    }
                    Ok(())
                });
                match (step, later) {
                    (_, Some(stop)) => Err(stop),
                    (Ok(()), None) if !found => self.eval(right, scope, input, out),
                    (step, None) => step,
                }
            }
            Node::Assign(operator, left, right) => self.assign(operator, left, right, scope, &input.value, out),
            Node::If(test, then, otherwise) => {
                self.values(test, scope, &input.value, &mut |value| match (value.is_true(), otherwise) {
                    (true, _) => self.eval(then, scope, input.clone(), &mut *out),
                    (false, Some(otherwise)) => self.eval(otherwise, scope, input.clone(), &mut *out),
                    (false, None) => out(input.clone()),
                })
            }
            Node::Array(None) => out(Item::plain(Value::array(Vec::new()))),
            Node::Array(Some(inner)) => out(Item::plain(Value::array(self.collect(inner, scope, &input.value)?))),
            Node::Object(entries) => self.object(entries, Vec::new(), scope, &input.value, out),
            Node::Variable(name) => {
                if name == "ENV" {
                    return out(Item::plain(self.env_value()));
                }
                if name == "__loc__" {
                    return out(Item::plain(Value::object(vec![(Rc::from("file"), Value::text("<top-level>"))])));
                }
                let found = scope.entries().find_map(|(_, binding)| match binding {
                    Binding::Variable(own, value) if own == name => Some(value.clone()),
                    _ => None,
                });
                match found {
                    Some(value) => out(Item::plain(value)),
                    None if name == "__prog_args" || name == "ARGS" => out(Item::plain(self.named.clone())),
                    None => error(format!("${name} is not defined")),
                }
            }
            Node::Call(name, arguments) => self.call(name, arguments, scope, input, out),
            Node::Define(function, rest) => {
                let scope = scope.with(Binding::Function(function.clone()));
                self.eval(rest, &scope, input, out)
            }
            Node::Bind(source, pattern, body) => self.values(source, scope, &input.value, &mut |value| {
                let scope = self.bind(pattern, &value, scope)?;
                self.eval(body, &scope, input.clone(), &mut *out)
            }),
            Node::Reduce(source, pattern, start, update) => self.values(start, scope, &input.value, &mut |start| {
                let mut state = start;
                self.values(source, scope, &input.value, &mut |value| {
                    let scope = self.bind(pattern, &value, scope)?;
                    let old = std::mem::replace(&mut state, Value::Null);
                    let new = self.collect(update, &scope, &old)?;
                    state = new.into_iter().next_back().unwrap_or(Value::Null);
                    Ok(())
                })?;
                out(Item::plain(state))
            }),
            Node::Foreach(source, pattern, start, update, extract) => {
                self.values(start, scope, &input.value, &mut |start| {
                    let mut state = start;
                    self.values(source, scope, &input.value, &mut |value| {
                        let scope = self.bind(pattern, &value, scope)?;
                        for new in self.collect(update, &scope, &state)? {
                            state = new.clone();
                            match extract {
                                Some(extract) => self.eval(extract, &scope, Item::plain(new), &mut *out)?,
                                None => out(Item::plain(new))?,
                            }
                        }
                        Ok(())
                    })
                })
            }
            Node::Label(name, body) => {
                let id = self.labels.get() + 1;
                self.labels.set(id);
                let scope = scope.with(Binding::Label(name.clone(), id));
                match self.eval(body, &scope, input, out) {
                    Err(Stop::Break(own)) if own == id => Ok(()),
                    other => other,
                }
            }
            Node::Break(name) => {
                let id = scope.entries().find_map(|(_, binding)| match binding {
                    Binding::Label(own, id) if own == name => Some(*id),
                    _ => None,
                });
                match id {
                    Some(id) => Err(Stop::Break(id)),
                    None => error(format!("$*label-{name} is not defined")),
                }
            }
        }
    }

    /// A fresh label, for stopping a generator from outside.
    pub fn new_label(&self) -> u64 {
        self.labels.set(self.labels.get() + 1);
        self.labels.get()
    }

    pub fn env_value(&self) -> Value {
        Value::object(self.env.iter().map(|(name, value)| (Rc::from(name.as_str()), Value::text(value))).collect())
    }

    /// `..`: the value itself and everything below it.
    pub fn recurse(&self, item: Item, out: Out) -> Step {
        self.tick()?;
        out(item.clone())?;
        match item.value {
            Value::Array(_) | Value::Object(_) => each(&item, &mut |child| self.recurse(child, &mut *out)),
            _ => Ok(()),
        }
    }

    fn format(&self, format: Option<&str>, pieces: &[Piece], scope: &Scope, input: &Value, out: Out) -> Step {
        if pieces.is_empty() {
            let text = super::formats::apply(format.unwrap_or("text"), input)?;
            return out(Item::plain(Value::text(text)));
        }
        self.format_rest(format, pieces, String::new(), scope, input, out)
    }

    fn format_rest(
        &self,
        format: Option<&str>,
        pieces: &[Piece],
        text: String,
        scope: &Scope,
        input: &Value,
        out: Out,
    ) -> Step {
        match pieces.split_first() {
            None => out(Item::plain(Value::text(text))),
            Some((Piece::Text(piece), rest)) => self.format_rest(format, rest, text + piece, scope, input, out),
            Some((Piece::Filter(filter), rest)) => self.values(filter, scope, input, &mut |value| {
                let piece = super::formats::apply(format.unwrap_or("text"), &value)?;
                self.format_rest(format, rest, text.clone() + &piece, scope, input, &mut *out)
            }),
        }
    }

    fn logic(&self, left: &Filter, right: &Filter, decides: bool, scope: &Scope, input: &Value, out: Out) -> Step {
        self.values(left, scope, input, &mut |left| {
            if left.is_true() == decides {
                return out(Item::plain(Value::Bool(decides)));
            }
            self.values(right, scope, input, &mut |right| out(Item::plain(Value::Bool(right.is_true()))))
        })
    }

    fn object(
        &self,
        entries: &[(Filter, Filter)],
        done: Vec<(Rc<str>, Value)>,
        scope: &Scope,
        input: &Value,
        out: Out,
    ) -> Step {
        let Some(((key, value), rest)) = entries.split_first() else { return out(Item::plain(Value::object(done))) };
        self.values(key, scope, input, &mut |key| {
            let Value::Text(key) = key else {
                return error(format!("Object keys must be strings, not {} ({})", key.kind(), key.brief()));
            };
            self.values(value, scope, input, &mut |value| {
                let mut done = done.clone();
                match done.iter_mut().find(|(own, _)| *own == key) {
                    Some(entry) => entry.1 = value,
                    None => done.push((key.clone(), value)),
                }
                self.object(rest, done, scope, input, &mut *out)
            })
        })
    }

    fn bind(&self, pattern: &Pattern, value: &Value, scope: &Scope) -> Result<Scope, Stop> {
        match pattern {
            Pattern::Variable(name) => Ok(scope.variable(name, value.clone())),
            Pattern::Array(items) => {
                let mut scope = scope.clone();
                for (i, item) in items.iter().enumerate() {
                    scope = self.bind(item, &index(value, &Value::Number(i as f64))?, &scope)?;
                }
                Ok(scope)
            }
            Pattern::Object(items) => {
                let mut scope = scope.clone();
                for (key, item) in items {
                    let key = self.collect(key, &scope, value)?.into_iter().next().unwrap_or(Value::Null);
                    scope = self.bind(item, &index(value, &key)?, &scope)?;
                }
                Ok(scope)
            }
        }
    }

    fn call(&self, name: &str, arguments: &[Filter], scope: &Scope, input: Item, out: Out) -> Step {
        for (at, binding) in scope.entries() {
            match binding {
                Binding::Closure(own, filter, written) if own == name && arguments.is_empty() => {
                    return self.eval(filter, written, input, out);
                }
                Binding::Function(function)
                    if function.name == name && function.parameters.len() == arguments.len() =>
                {
                    // The function sees itself and what was defined before it.
                    let mut inner = at.clone();
                    for (parameter, argument) in function.parameters.iter().zip(arguments) {
                        inner = inner.with(Binding::Closure(parameter.clone(), argument.clone(), scope.clone()));
                    }
                    return self.eval(&function.body, &inner, input, out);
                }
                _ => {}
            }
        }
        super::builtins::call(self, name, arguments, scope, input, out)
    }

    /// Paths of what a filter gives for a value.
    pub fn paths(&self, filter: &Filter, scope: &Scope, input: &Value) -> Result<Vec<Rc<Vec<Value>>>, Stop> {
        let mut paths = Vec::new();
        let start = Item { value: input.clone(), path: Some(Rc::default()) };
        self.eval(filter, scope, start, &mut |item| match item.path {
            Some(path) => {
                paths.push(path);
                Ok(())
            }
            None => error(format!("Invalid path expression with result {}", item.value.brief())),
        })?;
        Ok(paths)
    }

    fn assign(&self, operator: &str, left: &Filter, right: &Filter, scope: &Scope, input: &Value, out: Out) -> Step {
        if operator == "|=" {
            let mut result = input.clone();
            let mut gone = Vec::new();
            for path in self.paths(left, scope, input)? {
                let old = super::paths::get(&result, &path)?;
                match self.collect(right, scope, &old)?.into_iter().next() {
                    Some(new) => result = super::paths::set(&result, &path, new)?,
                    None => gone.push(path),
                }
            }
            return out(Item::plain(super::paths::delete(result, gone)?));
        }
        self.values(right, scope, input, &mut |right| {
            let mut result = input.clone();
            for path in self.paths(left, scope, input)? {
                let old = super::paths::get(&result, &path)?;
                let new = match operator {
                    "=" => right.clone(),
                    "//=" => {
                        if old.is_true() {
                            old
                        } else {
                            right.clone()
                        }
                    }
                    _ => super::operators::apply(operator.trim_end_matches('='), &old, &right)?,
                };
                result = super::paths::set(&result, &path, new)?;
            }
            out(Item::plain(result))
        })
    }
}

/// `.[]`
pub fn each(base: &Item, out: Out) -> Step {
    match &base.value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                out(base.child(Value::Number(i as f64), item.clone()))?;
            }
            Ok(())
        }
        Value::Object(items) => {
            for (key, item) in items.iter() {
                out(base.child(Value::Text(key.clone()), item.clone()))?;
            }
            Ok(())
        }
        Value::Null => error("Cannot iterate over null (null)"),
        other => error(format!("Cannot iterate over {} ({})", other.kind(), other.brief())),
    }
}
