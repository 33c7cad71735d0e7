//! The syntax tree. Words keep their quoting, because quoting decides what expansion may do to them.

use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after the other.
#[derive(Debug, Default)]
pub struct List {
    pub items: Vec<Item>,
}

/// A chain of pipelines joined by `&&` and `||`, perhaps sent to the background.
#[derive(Debug)]
pub struct Item {
    pub first: Pipeline,
    pub rest: Vec<(Link, Pipeline)>,
    pub background: bool,
    /// The source text, as `jobs` shows it.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    And,
    Or,
}

#[derive(Debug, Clone)]
pub struct Pipeline {
    pub negated: bool,
    pub timed: Option<TimeFormat>,
    pub commands: Vec<Rc<Command>>,
}

/// How `time` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    Bash,
    Posix,
}

#[derive(Debug)]
pub struct Command {
    pub kind: Kind,
    pub redirects: Vec<Redirect>,
    pub line: u32,
}

#[derive(Debug)]
pub enum Kind {
    Simple(Simple),
    Subshell(List),
    Group(List),
    If {
        arms: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    /// `words` is `None` for `for x do`, which goes over the positional parameters.
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: List,
    },
    /// The three expressions are arithmetic texts, possibly empty.
    ForArith {
        init: Word,
        test: Word,
        step: Word,
        body: List,
    },
    While {
        until: bool,
        test: List,
        body: List,
    },
    Case {
        subject: Word,
        arms: Vec<CaseArm>,
    },
    Function(Rc<Function>),
    Arith(Word),
    Cond(Cond),
}

#[derive(Debug, Default)]
pub struct Simple {
    pub assignments: Vec<Assignment>,
    pub words: Vec<Word>,
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub body: Rc<Command>,
}

#[derive(Debug)]
pub struct CaseArm {
    pub patterns: Vec<Word>,
    pub body: List,
    pub end: CaseEnd,
}

/// What follows a `case` arm that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseEnd {
    /// `;;`
    Break,
    /// `;&`: the next arm's body too.
    Fall,
    /// `;;&`: the next arms are tested too.
    Resume,
}

#[derive(Debug)]
pub struct Assignment {
    pub name: String,
    pub index: Option<Word>,
    pub append: bool,
    pub value: AssignValue,
}

#[derive(Debug)]
pub enum AssignValue {
    Word(Word),
    /// Elements with their optional `[index]=`.
    Array(Vec<(Option<Word>, Word)>),
}

#[derive(Debug)]
pub struct Redirect {
    pub fd: u32,
    pub target: Target,
}

#[derive(Debug)]
pub enum Target {
    Read(Word),
    Write(Word),
    /// `>|`
    Clobber(Word),
    Append(Word),
    ReadWrite(Word),
    /// `>&` or `<&` with the descriptor, or `-` to close it.
    Dup(Word),
    /// `&>`, `>& file`
    Both(Word),
    /// `&>>`
    BothAppend(Word),
    HereString(Word),
    HereDoc(Rc<OnceCell<Word>>),
}

/// One word as written.
#[derive(Debug, Clone, Default)]
pub struct Word {
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone)]
pub enum Part {
    /// Unquoted text: braces, tildes and glob characters mean something here.
    Text(String),
    /// Text that stands for itself.
    Quoted(String),
    /// Inside double quotes.
    Double(Vec<Part>),
    Param(Rc<Param>),
    Command(Rc<List>),
    Arith(Rc<Word>),
    /// `<( )` or `>( )`: the flag says the command's output is read.
    Process(Rc<List>, bool),
    /// `${…}` that makes no sense: an error when it is reached.
    Bad(String),
    /// `( … )` after `name=` in the arguments of `declare` and its kin.
    Array(Rc<Vec<(Option<Word>, Word)>>),
}

#[derive(Debug)]
pub struct Param {
    pub name: String,
    pub index: Option<Index>,
    /// `${!name}`
    pub indirect: bool,
    pub op: ParamOp,
}

#[derive(Debug)]
pub enum Index {
    All,
    Star,
    At(Word),
}

#[derive(Debug)]
pub enum ParamOp {
    Plain,
    Length,
    /// `${!prefix*}`
    Names,
    /// `${!name[@]}`
    Keys,
    /// `-`; the flag in these four says that empty counts as unset (`:-`).
    Default(Word, bool),
    Assign(Word, bool),
    Alternative(Word, bool),
    Error(Word, bool),
    TrimStart {
        pattern: Word,
        longest: bool,
    },
    TrimEnd {
        pattern: Word,
        longest: bool,
    },
    Replace {
        pattern: Word,
        with: Word,
        mode: ReplaceMode,
    },
    Slice {
        offset: Word,
        length: Option<Word>,
    },
    Case {
        upper: bool,
        all: bool,
    },
    /// `${x@Q}` and the like.
    Transform(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceMode {
    First,
    All,
    Start,
    End,
}

/// `[[ … ]]`
#[derive(Debug)]
pub enum Cond {
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    Unary(String, Word),
    Binary(Word, String, Word),
    Word(Word),
}

impl Word {
    /// The text of a word without any quoting or expansion: what keywords and names look like.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// A word of one quoted text.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Quoted(text.into())] }
    }
}
