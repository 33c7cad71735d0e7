//! Runs an awk program.

use super::eval::split_by;
use super::parse::{Block, Expr, Program, Statement};
use super::value::{Value, number_text};
use crate::tools::printf::Printer;
use crate::tools::regex::Regex;
use sorted::SortedMap;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// How many steps a program may take between two records.
const STEP_LIMIT: u64 = 3_000_000;
/// How deep functions may call each other.
const CALL_LIMIT: usize = 60;

/// Why the normal course is left.
pub enum Leave {
    Next,
    Exit,
    Break,
    Continue,
    Return(Value),
    Error(String),
}

pub type Done<T> = Result<T, Leave>;
/// A script's array may grow to any size, unlike the other maps here.
type Array = BTreeMap<String, Value>;

/// An array of the given elements; of equal keys the last counts.
pub fn array_of(elements: impl Iterator<Item = (String, Value)>) -> Array {
    let mut array = Array::new();
    for (key, value) in elements {
        array.insert(key, value);
    }
    array
}

/// Reads a whole file for `getline < file`.
pub type ReadFile = Box<dyn Fn(&str) -> Option<String>>;

/// Output that does not go to standard output: the operator, the target's name and the bytes.
pub type Redirected = SortedMap<(String, &'static str), Vec<u8>>;

pub struct Machine {
    pub program: Rc<Program>,
    pub globals: SortedMap<String, Value>,
    pub arrays: SortedMap<String, Array>,
    frames: Vec<Frame>,
    pub record: String,
    pub fields: Vec<String>,
    pub out: Vec<u8>,
    pub redirected: Redirected,
    /// Records still to come, for `getline`.
    pub waiting: VecDeque<String>,
    /// Files that `getline < file` reads, with the lines left.
    pub files: SortedMap<String, VecDeque<String>>,
    pub read_file: ReadFile,
    ranges: Vec<bool>,
    pub code: i32,
    pub steps: u64,
    pub seed: u64,
    pub now: i64,
    regexes: SortedMap<String, Rc<Regex>>,
}

#[derive(Default)]
struct Frame {
    scalars: SortedMap<String, Value>,
    /// Parameters that stand for an array of the caller: the array's true name.
    arrays: SortedMap<String, String>,
}

impl Machine {
    pub fn new(program: Program, read_file: ReadFile) -> Self {
        let ranges = vec![false; program.rules.len()];
        let mut globals = SortedMap::new();
        for (name, text) in [
            ("FS", " "),
            ("OFS", " "),
            ("ORS", "\n"),
            ("RS", "\n"),
            ("SUBSEP", "\x1c"),
            ("OFMT", "%.6g"),
            ("CONVFMT", "%.6g"),
            ("FILENAME", ""),
        ] {
            globals.insert(name.to_owned(), Value::text(text));
        }
        for name in ["NR", "FNR", "NF", "RSTART", "RLENGTH"] {
            globals.insert(name.to_owned(), Value::Number(0.0));
        }
        Self {
            program: Rc::new(program),
            globals,
            arrays: SortedMap::new(),
            frames: Vec::new(),
            record: String::new(),
            fields: Vec::new(),
            out: Vec::new(),
            redirected: SortedMap::new(),
            waiting: VecDeque::new(),
            files: SortedMap::new(),
            read_file,
            ranges,
            code: 0,
            steps: 0,
            seed: 0,
            now: 0,
            regexes: SortedMap::new(),
        }
    }

    pub fn set_record(&mut self, text: &str) {
        text.clone_into(&mut self.record);
        let separator = self.globals.get("FS").map(Value::to_text).unwrap_or_default();
        self.fields = self.split(text, &separator);
        self.globals.insert("NF".to_owned(), Value::Number(self.fields.len() as f64));
    }

    pub fn count_record(&mut self) {
        for name in ["NR", "FNR"] {
            let next = self.globals.get(name).map_or(0.0, Value::to_number) + 1.0;
            self.globals.insert(name.to_owned(), Value::Number(next));
        }
    }

    /// Splits by a separator: a blank means runs of blanks, one character itself, more an expression.
    pub fn split(&mut self, text: &str, separator: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        match separator {
            " " => text.split([' ', '\t', '\n']).filter(|f| !f.is_empty()).map(str::to_owned).collect(),
            "" => text.chars().map(String::from).collect(),
            one if one.chars().count() == 1 && one != "\\" => text.split(one).map(str::to_owned).collect(),
            pattern => {
                let Ok(regex) = self.regex(pattern) else { return vec![text.to_owned()] };
                split_by(text, &regex)
            }
        }
    }

    pub fn regex(&mut self, pattern: &str) -> Done<Rc<Regex>> {
        if let Some(regex) = self.regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Regex::extended(pattern, false)
            .map_err(|e| Leave::Error(format!("regular expression compile failed ({e})\n{pattern}")))?;
        let regex = Rc::new(regex);
        if self.regexes.len() < 200 {
            self.regexes.insert(pattern.to_owned(), regex.clone());
        }
        Ok(regex)
    }

    fn tick(&mut self) -> Done<()> {
        self.steps += 1;
        if self.steps > STEP_LIMIT { Err(Leave::Error("the program takes too long".to_owned())) } else { Ok(()) }
    }

    /// Runs all rules on the current record.
    pub fn rules(&mut self) -> Done<()> {
        let program = self.program.clone();
        for (i, rule) in program.rules.iter().enumerate() {
            let hit = match (&rule.from, &rule.to) {
                (None, _) => true,
                (Some(from), None) => self.truth(from)?,
                (Some(from), Some(to)) => {
                    let inside = self.ranges[i] || self.truth(from)?;
                    if inside {
                        self.ranges[i] = !self.truth(to)?;
                    }
                    inside
                }
            };
            if !hit {
                continue;
            }
            match &rule.body {
                Some(body) => self.block(body)?,
                None => {
                    let line = format!("{}{}", self.record, self.text_of("ORS"));
                    self.out.extend(line.bytes());
                }
            }
        }
        Ok(())
    }

    pub fn text_of(&self, name: &str) -> String {
        self.globals.get(name).map(Value::to_text).unwrap_or_default()
    }

    pub fn block(&mut self, block: &Block) -> Done<()> {
        for statement in block.iter() {
            self.statement(statement)?;
        }
        Ok(())
    }

    /// The body of a loop; true when the loop is left.
    fn turn(&mut self, body: &Block) -> Done<bool> {
        match self.block(body) {
            Ok(()) | Err(Leave::Continue) => Ok(false),
            Err(Leave::Break) => Ok(true),
            Err(other) => Err(other),
        }
    }

    fn statement(&mut self, statement: &Statement) -> Done<()> {
        self.tick()?;
        match statement {
            Statement::Expr(expr) => {
                self.eval(expr)?;
            }
            Statement::Print(values, target) => {
                let mut line = if values.is_empty() { self.record.clone() } else { String::new() };
                let separator = self.text_of("OFS");
                let format = self.text_of("OFMT");
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        line.push_str(&separator);
                    }
                    let value = self.eval(value)?;
                    match value {
                        Value::Number(number) => line.push_str(&number_text(number, &format)),
                        other => line.push_str(&other.to_text()),
                    }
                }
                line.push_str(&self.text_of("ORS"));
                self.put(line.into_bytes(), target)?;
            }
            Statement::Printf(values, target) => {
                let bytes = self.format(values)?;
                self.put(bytes, target)?;
            }
            Statement::If(test, then, otherwise) => {
                if self.truth(test)? {
                    self.block(then)?;
                } else if let Some(otherwise) = otherwise {
                    self.block(otherwise)?;
                }
            }
            Statement::While(test, body) => {
                while self.truth(test)? {
                    self.tick()?;
                    if self.turn(body)? {
                        break;
                    }
                }
            }
            Statement::Do(body, test) => loop {
                self.tick()?;
                if self.turn(body)? || !self.truth(test)? {
                    break;
                }
            },
            Statement::For(init, test, step, body) => {
                if let Some(init) = init {
                    self.statement(init)?;
                }
                loop {
                    self.tick()?;
                    if let Some(test) = test
                        && !self.truth(test)?
                    {
                        break;
                    }
                    if self.turn(body)? {
                        break;
                    }
                    if let Some(step) = step {
                        self.statement(step)?;
                    }
                }
            }
            Statement::ForIn(key, array, body) => {
                let mut keys: Vec<String> = self.array(array).keys().cloned().collect();
                // Numbers in their order first: awk's own order is unspecified.
                crate::order::sort_by(&mut keys, |a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
                    (Ok(a), Ok(b)) => a.total_cmp(&b),
                    _ => a.cmp(b),
                });
                for value in keys {
                    self.set_variable(key, Value::input(&value));
                    if self.turn(body)? {
                        break;
                    }
                }
            }
            Statement::Block(block) => self.block(block)?,
            Statement::Next => return Err(Leave::Next),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.code = self.eval(code)?.to_number() as i32 & 0xff;
                }
                return Err(Leave::Exit);
            }
            Statement::Break => return Err(Leave::Break),
            Statement::Continue => return Err(Leave::Continue),
            Statement::Return(value) => {
                let value = match value {
                    Some(value) => self.eval(value)?,
                    None => Value::Unset,
                };
                return Err(Leave::Return(value));
            }
            Statement::Delete(array, index) => match index {
                Some(index) => {
                    let key = self.key(index)?;
                    self.array(array).remove(&key);
                }
                None => self.array(array).clear(),
            },
        }
        Ok(())
    }

    fn put(&mut self, bytes: Vec<u8>, target: &Option<(&'static str, Expr)>) -> Done<()> {
        let Some((operator, name)) = target else {
            self.out.extend(bytes);
            return Ok(());
        };
        let name = self.eval(name)?.to_text();
        self.redirected.entry((name, operator)).or_default().extend(bytes);
        Ok(())
    }

    pub fn format(&mut self, values: &[Expr]) -> Done<Vec<u8>> {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            texts.push(self.eval(value)?);
        }
        let Some((format, rest)) = texts.split_first() else { return Ok(Vec::new()) };
        let mut printer = Printer::default();
        let arguments = super::value::printf_arguments(&format.to_text(), rest);
        printer.run_once(format.to_text().as_bytes(), &arguments);
        Ok(printer.out)
    }

    pub fn truth(&mut self, expr: &Expr) -> Done<bool> {
        if let Expr::Regex(regex) = expr {
            return Ok(regex.is_match(&self.record));
        }
        Ok(self.eval(expr)?.is_true())
    }

    /// The array behind a name, seen from the running function.
    pub fn array(&mut self, name: &str) -> &mut Array {
        let mut name = name;
        for frame in self.frames.iter().rev() {
            match frame.arrays.get(name) {
                Some(outer) => name = outer,
                None => break,
            }
            if name.contains('\0') {
                break;
            }
        }
        let name = name.to_owned();
        self.arrays.entry(name).or_default()
    }

    pub fn key(&mut self, index: &[Expr]) -> Done<String> {
        let mut key = String::new();
        for (i, part) in index.iter().enumerate() {
            if i > 0 {
                key.push_str(&self.text_of("SUBSEP"));
            }
            key.push_str(&self.eval(part)?.to_text());
        }
        Ok(key)
    }

    pub fn variable(&self, name: &str) -> Value {
        if let Some(value) = self.frames.last().and_then(|frame| frame.scalars.get(name)) {
            return value.clone();
        }
        self.globals.get(name).cloned().unwrap_or(Value::Unset)
    }

    pub fn set_variable(&mut self, name: &str, value: Value) {
        if let Some(local) = self.frames.last_mut().and_then(|frame| frame.scalars.get_mut(name)) {
            *local = value;
            return;
        }
        if name == "NF" {
            self.fields.resize((value.to_number().max(0.0) as usize).min(100_000), String::new());
            self.rebuild();
        }
        self.globals.insert(name.to_owned(), value);
    }

    fn rebuild(&mut self) {
        self.record = self.fields.join(&self.text_of("OFS"));
        self.globals.insert("NF".to_owned(), Value::Number(self.fields.len() as f64));
    }

    pub fn field(&self, index: f64) -> Value {
        if index < 1.0 {
            return Value::input(&self.record);
        }
        self.fields.get(index as usize - 1).map_or(Value::Unset, |text| Value::input(text))
    }

    pub fn set_field(&mut self, index: f64, value: &Value) -> Done<()> {
        let text = value.to_text();
        if index < 1.0 {
            self.set_record(&text);
            return Ok(());
        }
        let index = index as usize;
        if index > 100_000 {
            return Err(Leave::Error(format!("field {index} is too far")));
        }
        if index > self.fields.len() {
            self.fields.resize(index, String::new());
        }
        self.fields[index - 1] = text;
        self.rebuild();
        Ok(())
    }

    /// Calls a function of the program.
    pub fn call(&mut self, name: &str, arguments: &[Expr]) -> Done<Value> {
        let Some(function) = self.program.functions.get(name).cloned() else {
            return Err(Leave::Error(format!("function {name} never defined")));
        };
        if self.frames.len() >= CALL_LIMIT {
            return Err(Leave::Error("function call nesting too deep".to_owned()));
        }
        if arguments.len() > function.parameters.len() {
            return Err(Leave::Error(format!("too many arguments in call to {name}")));
        }
        let mut frame = Frame::default();
        let depth = self.frames.len();
        for (i, parameter) in function.parameters.iter().enumerate() {
            // A bare name may be an array; what the function does with the parameter decides.
            let local_array = format!("{parameter}\0{depth}");
            match arguments.get(i) {
                Some(Expr::Variable(name)) => {
                    let value = self.variable(name);
                    if matches!(value, Value::Unset) {
                        let target = match self.frames.last().and_then(|f| f.arrays.get(name)) {
                            Some(outer) => outer.clone(),
                            None => name.clone(),
                        };
                        frame.arrays.insert(parameter.clone(), target);
                    }
                    frame.scalars.insert(parameter.clone(), value);
                }
                Some(expr) => {
                    let value = self.eval(expr)?;
                    frame.scalars.insert(parameter.clone(), value);
                }
                None => {
                    self.arrays.remove(&local_array);
                    frame.arrays.insert(parameter.clone(), local_array);
                    frame.scalars.insert(parameter.clone(), Value::Unset);
                }
            }
        }
        // Array parameters already carry the true name, so only the innermost frame needs looking at.
        self.frames.push(frame);
        let done = self.block(&function.body);
        self.frames.pop();
        match done {
            Ok(()) => Ok(Value::Unset),
            Err(Leave::Return(value)) => Ok(value),
            Err(other) => Err(other),
        }
    }
}
