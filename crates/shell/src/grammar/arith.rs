//! Integer arithmetic as `$(( ))`, `(( ))`, `let` and array indices use it: read and evaluated in one pass.

/// How deep parentheses, and variables that hold expressions, may be nested.
const MAX_DEPTH: u32 = 60;

/// The variables an expression reads and writes. `index` is the value of `[…]` after the name.
pub trait Variables {
    fn read(&self, name: &str, index: Option<i64>) -> Option<String>;

    /// # Errors
    /// When the variable may not be written.
    fn write(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), String>;
}

/// Evaluates an expression; an empty one is zero.
///
/// # Errors
/// The words bash puts after the expression's text.
pub fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    evaluate_at(text, variables, 0)
}

fn evaluate_at(text: &str, variables: &mut dyn Variables, depth: u32) -> Result<i64, String> {
    if depth > MAX_DEPTH {
        return Err(format!("{text}: expression recursion level exceeded (error token is \"{text}\")"));
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(0);
    }
    let mut reader = Reader { text: trimmed, rest: trimmed, variables, skip: 0, depth, pending: None, last: trimmed };
    let value = reader.comma()?;
    if reader.blank().is_empty() {
        return Ok(value);
    }
    let what = if reader.rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "=\"'$@\\".contains(c)) {
        "syntax error in expression"
    } else {
        "syntax error: invalid arithmetic operator"
    };
    Err(reader.fail(what))
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    variables: &'a mut dyn Variables,
    /// Above zero while the value does not count (`0 && x++`).
    skip: u32,
    depth: u32,
    /// A variable already read while looking for an assignment; the next operand.
    pending: Option<Place>,
    /// What stood before the last operator: the error's token when nothing follows it.
    last: &'a str,
}

struct Place {
    name: String,
    index: Option<i64>,
}

/// Binary operators by strength, weakest first. Longer spellings stand before their prefixes.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

const ASSIGNMENTS: &[&str] = &["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="];

impl<'a> Reader<'a> {
    fn blank(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn fail(&self, what: &str) -> String {
        let token = if self.rest.trim().is_empty() { self.last } else { self.rest };
        format!("{}: {what} (error token is \"{token}\")", self.text)
    }

    fn accept(&mut self, operator: &str) -> bool {
        let Some(rest) = self.blank().strip_prefix(operator) else { return false };
        // `<` is not `<<`, `&` is not `&&`, and no operator is its own assignment.
        let next = rest.chars().next();
        let doubled = operator.len() == 1 && "|&<>*".contains(operator) && next == operator.chars().next();
        let assigns = next == Some('=')
            && !matches!(operator, "," | "?" | ":" | "(" | ")" | "[" | "]" | "~")
            && !ASSIGNMENTS.contains(&operator)
            && !matches!(operator, "==" | "!=" | "<=" | ">=" | "||" | "&&" | "++" | "--");
        let equality = operator == "=" && next == Some('=');
        if doubled || assigns || equality {
            return false;
        }
        self.last = self.rest;
        self.rest = rest;
        true
    }

    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.assignment()?;
        while self.accept(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn assignment(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fail("expression recursion level exceeded"));
        }
        if let Some(place) = self.place()? {
            for operator in ASSIGNMENTS {
                if self.accept(operator) {
                    let right = self.assignment()?;
                    let value = match operator.strip_suffix('=').filter(|op| !op.is_empty()) {
                        Some(op) => {
                            let left = self.load(&place)?;
                            self.apply(op, left, right)?
                        }
                        None => right,
                    };
                    self.store(&place, value)?;
                    self.depth -= 1;
                    return Ok(value);
                }
            }
            self.pending = Some(place);
        }
        let value = self.ternary()?;
        self.depth -= 1;
        Ok(value)
    }

    fn ternary(&mut self) -> Result<i64, String> {
        let test = self.binary(0)?;
        if !self.accept("?") {
            return Ok(test);
        }
        self.skip += u32::from(test == 0);
        let yes = self.assignment()?;
        self.skip -= u32::from(test == 0);
        if !self.accept(":") {
            return Err(self.fail("`:' expected for conditional expression"));
        }
        self.skip += u32::from(test != 0);
        let no = self.assignment()?;
        self.skip -= u32::from(test != 0);
        Ok(if test != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        'next: loop {
            for operator in *operators {
                if !self.accept(operator) {
                    continue;
                }
                let decided = (*operator == "&&" && left == 0) || (*operator == "||" && left != 0);
                self.skip += u32::from(decided);
                let right = self.binary(level + 1)?;
                self.skip -= u32::from(decided);
                left = self.apply(operator, left, right)?;
                continue 'next;
            }
            return Ok(left);
        }
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.unary()?;
        if !self.accept("**") {
            return Ok(base);
        }
        self.depth += 1;
        let exponent = self.power()?;
        self.depth -= 1;
        if exponent < 0 {
            return Err(self.fail("exponent less than 0"));
        }
        Ok((0..exponent.min(64)).fold(1i64, |value, _| value.wrapping_mul(base)))
    }

    fn apply(&mut self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        Ok(match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 && self.skip > 0 => 0,
            _ if right == 0 => {
                return Err(format!("{}: division by 0 (error token is \"0\")", self.text));
            }
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fail("expression recursion level exceeded"));
        }
        let rest = self.blank();
        let value = if self.pending.is_some() {
            self.primary()?
        } else if rest.starts_with("++") || rest.starts_with("--") {
            let step = if rest.starts_with("++") { 1 } else { -1 };
            self.rest = &rest[2..];
            match self.place()? {
                Some(place) => {
                    let value = self.load(&place)?.wrapping_add(step);
                    self.store(&place, value)?;
                    value
                }
                None if step < 0 => self.unary()?.wrapping_neg().wrapping_neg(),
                None => self.unary()?,
            }
        } else if self.accept("!") {
            i64::from(self.unary()? == 0)
        } else if self.accept("~") {
            !self.unary()?
        } else if self.accept("-") {
            self.unary()?.wrapping_neg()
        } else if self.accept("+") {
            self.unary()?
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        if self.pending.is_none() && self.accept("(") {
            let value = self.comma()?;
            if !self.accept(")") {
                return Err(self.fail("missing `)'"));
            }
            return Ok(value);
        }
        let place = match self.pending.take() {
            Some(place) => Some(place),
            None => self.place()?,
        };
        if let Some(place) = place {
            let value = self.load(&place)?;
            let rest = self.blank();
            let step = if rest.starts_with("++") {
                1
            } else if rest.starts_with("--") {
                -1
            } else {
                return Ok(value);
            };
            self.rest = &rest[2..];
            self.store(&place, value.wrapping_add(step))?;
            return Ok(value);
        }
        self.number()
    }

    fn number(&mut self) -> Result<i64, String> {
        let rest = self.blank();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"#@_".contains(c)).unwrap_or(rest.len());
        let token = &rest[..length];
        if !token.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.fail("syntax error: operand expected"));
        }
        let (base, digits) = if let Some((base, digits)) = token.split_once('#') {
            (base.parse().unwrap_or(0), digits)
        } else if let Some(digits) = token.strip_prefix("0x").or_else(|| token.strip_prefix("0X")) {
            (16, digits)
        } else if token.len() > 1 && token.starts_with('0') {
            (8, &token[1..])
        } else {
            (10, token)
        };
        if !(2..=64).contains(&base) {
            return Err(self.fail("invalid arithmetic base"));
        }
        let mut value = 0i64;
        for c in digits.chars() {
            let digit = match c {
                '0'..='9' => c as i64 - '0' as i64,
                'a'..='z' => c as i64 - 'a' as i64 + 10,
                'A'..='Z' if base <= 36 => c as i64 - 'A' as i64 + 10,
                'A'..='Z' => c as i64 - 'A' as i64 + 36,
                '@' => 62,
                _ => 63,
            };
            if digit >= base {
                return Err(self.fail("value too great for base"));
            }
            value = value.wrapping_mul(base).wrapping_add(digit);
        }
        self.rest = &rest[length..];
        Ok(value)
    }

    /// A variable, perhaps with an index.
    fn place(&mut self) -> Result<Option<Place>, String> {
        let rest = self.blank();
        if !rest.starts_with(|c| super::is_name_char(c, true)) {
            return Ok(None);
        }
        let length = rest.find(|c| !super::is_name_char(c, false)).unwrap_or(rest.len());
        let name = rest[..length].to_owned();
        self.rest = &rest[length..];
        let mut index = None;
        if let Some(inner) = self.rest.strip_prefix('[') {
            self.rest = inner;
            index = Some(self.comma()?);
            if !self.accept("]") {
                return Err(self.fail("bad array subscript"));
            }
        }
        Ok(Some(Place { name, index }))
    }

    fn load(&mut self, place: &Place) -> Result<i64, String> {
        if self.skip > 0 {
            return Ok(0);
        }
        let text = self.variables.read(&place.name, place.index).unwrap_or_default();
        match text.trim().parse() {
            Ok(value) if !text.trim().starts_with('0') => Ok(value),
            _ => evaluate_at(&text, self.variables, self.depth + 1),
        }
    }

    fn store(&mut self, place: &Place, value: i64) -> Result<(), String> {
        if self.skip > 0 { Ok(()) } else { self.variables.write(&place.name, place.index, value) }
    }
}
