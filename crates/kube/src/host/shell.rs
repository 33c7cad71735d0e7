//! The shell in a container: a script given with `-c`, one in a file, or line after line of its input.

use super::images::{self, Base};
use super::msg::Channel;
use super::run::{DEEPEST, Did, Halt, Mark, Run, STEPS, Sink, Streams, Wish, has_program};
use super::syntax::{Command, Joint, List, Piece, Pipeline, Redirect, To, Word, parse};

impl Run<'_> {
    pub(super) fn shell(&mut self, name: &str, arguments: &[String], streams: Streams) -> Did<i64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Halt::Exit(2));
        }
        let flags: Vec<&String> = arguments.iter().take_while(|word| word.starts_with('-')).collect();
        let rest = &arguments[flags.len()..];
        let code = if flags.iter().any(|flag| flag.contains('c')) {
            let Some((script, others)) = rest.split_first() else {
                self.print(streams.err, format!("{name}: -c requires an argument\n"));
                return Ok(2);
            };
            self.arguments = others.iter().skip(1).cloned().collect();
            self.script(name, script, streams)
        } else if let Some(file) = rest.first() {
            match self.read(file)? {
                Some(script) => {
                    self.arguments = rest[1..].to_vec();
                    self.script(name, &script, streams)
                }
                None => {
                    self.print(streams.err, format!("{name}: can't open '{file}': No such file or directory\n"));
                    Ok(127)
                }
            }
        } else {
            self.interactive(name, streams)
        };
        self.depth -= 1;
        match code {
            Err(Halt::Exit(code)) if self.depth > 0 => Ok(code),
            code => code,
        }
    }

    fn script(&mut self, name: &str, text: &str, streams: Streams) -> Did<i64> {
        match parse(text) {
            Ok(list) if self.depth == 1 => self.top(&list, streams),
            Ok(list) => self.list(&list, streams),
            Err(why) => {
                self.print(streams.err, format!("{name}: {why}\n"));
                Ok(2)
            }
        }
    }

    /// Line after line of the input, with a prompt when it is a terminal's.
    fn interactive(&mut self, name: &str, streams: Streams) -> Did<i64> {
        // Lines are no script of which one could find a place again.
        self.depth += 1;
        if let Some(mark) = self.begin.take() {
            self.resume(&mark);
        }
        loop {
            if self.depth == 2 && streams.input.is_none() {
                self.set_mark(0);
            }
            if self.tty {
                let prompt = match images::find(&self.container.image).base {
                    Base::Busybox => format!("{} # ", self.folder),
                    _ if name == "bash" => format!("root@{}:{}# ", self.container.hostname, self.folder),
                    _ => "# ".to_owned(),
                };
                self.print(streams.out, prompt);
            }
            let Some(mut text) = self.line(streams)? else {
                self.depth -= 1;
                return Ok(self.status);
            };
            // What is open at the end of a line goes on in the next one.
            while parse(&text).is_err_and(|why| why.contains("end of file") || why.contains("unterminated")) {
                match self.line(streams)? {
                    Some(more) => text.push_str(&more),
                    None => break,
                }
            }
            self.status = self.script(name, &text, streams)?;
        }
    }

    /// The script itself. A loop in it may go on for ever, so its rounds are marked.
    fn top(&mut self, list: &List, streams: Streams) -> Did<i64> {
        let begin = self.begin.take();
        let first = begin.as_ref().map_or(0, |mark| mark.index);
        for (index, pipeline) in list.iter().enumerate().skip(first) {
            if let ([Command::While { condition, body, until }], Joint::Then, false) =
                (&pipeline.commands[..], pipeline.joint, pipeline.not)
            {
                if let Some(mark) = begin.as_ref().filter(|_| index == first) {
                    self.resume(mark);
                }
                let mut rounds = 0;
                loop {
                    rounds += 1;
                    if rounds > STEPS {
                        return Err(Halt::Exit(137));
                    }
                    self.set_mark(index);
                    if (self.list(condition, streams)? == 0) == *until {
                        break;
                    }
                    self.list(body, streams)?;
                }
                self.status = 0;
                continue;
            }
            self.list(std::slice::from_ref(pipeline), streams)?;
        }
        Ok(self.status)
    }

    fn set_mark(&mut self, index: usize) {
        self.steps = 0;
        self.buffers.clear();
        self.mark = Some(Mark {
            index,
            variables: self.variables.clone(),
            folder: self.folder.clone(),
            status: self.status,
            asked: self.asked,
            printed: self.printed.len(),
        });
    }

    fn resume(&mut self, mark: &Mark) {
        (self.variables, self.folder, self.status) = (mark.variables.clone(), mark.folder.clone(), mark.status);
    }

    fn list(&mut self, list: &[Pipeline], streams: Streams) -> Did<i64> {
        for pipeline in list {
            let skips = match pipeline.joint {
                Joint::Then => false,
                Joint::And => self.status != 0,
                Joint::Or => self.status == 0,
            };
            if !skips {
                self.status = self.pipeline(pipeline, streams)?;
            }
        }
        Ok(self.status)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, streams: Streams) -> Did<i64> {
        let mut input = streams.input;
        let mut code = 0;
        for (index, command) in pipeline.commands.iter().enumerate() {
            let is_last = index + 1 == pipeline.commands.len();
            let out = if is_last { streams.out } else { self.buffer() };
            code = self.command(command, Streams { input, out, ..streams })?;
            if let Sink::Buffer(buffer) = out {
                input = Some(buffer);
            }
        }
        Ok(if pipeline.not { i64::from(code == 0) } else { code })
    }

    fn buffer(&mut self) -> Sink {
        self.buffers.push(String::new());
        Sink::Buffer(self.buffers.len() - 1)
    }

    fn command(&mut self, command: &Command, streams: Streams) -> Did<i64> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(Halt::Exit(137));
        }
        match command {
            Command::Simple { words, redirects } => self.simple(words, redirects, streams),
            Command::Group(list) => self.list(list, streams),
            Command::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.list(condition, streams)? == 0 {
                        self.status = 0;
                        return self.list(body, streams);
                    }
                }
                self.status = 0;
                otherwise.as_ref().map_or(Ok(0), |body| self.list(body, streams))
            }
            Command::While { condition, body, until } => {
                let mut code = 0;
                while (self.list(condition, streams)? == 0) != *until {
                    self.steps += 1;
                    if self.steps > STEPS {
                        return Err(Halt::Exit(137));
                    }
                    code = self.list(body, streams)?;
                }
                Ok(code)
            }
            Command::For { variable, words, body } => {
                let mut code = 0;
                for value in self.words(words)? {
                    self.variables.insert(variable.clone(), value);
                    code = self.list(body, streams)?;
                }
                Ok(code)
            }
        }
    }

    fn simple(&mut self, words: &[Word], redirects: &[Redirect], mut streams: Streams) -> Did<i64> {
        let argv = self.words(words)?;
        let mut files: Vec<(usize, String, bool)> = Vec::new();
        for Redirect { stream, to } in redirects {
            let target = match to {
                To::Stream(1) => streams.out,
                To::Stream(_) => streams.err,
                To::Read(word) => {
                    let path = self.words(std::slice::from_ref(word))?.join(" ");
                    let Some(text) = self.read(&path)? else {
                        self.print(streams.err, format!("sh: can't open {path}: no such file\n"));
                        return Ok(1);
                    };
                    self.buffers.push(text);
                    streams.input = Some(self.buffers.len() - 1);
                    continue;
                }
                To::Write(word, append) => {
                    let path = self.words(std::slice::from_ref(word))?.join(" ");
                    let sink = self.buffer();
                    if let Sink::Buffer(buffer) = sink {
                        files.push((buffer, path, *append));
                    }
                    sink
                }
            };
            if *stream == 2 { streams.err = target } else { streams.out = target }
        }
        let code = self.named(&argv, streams)?;
        for (buffer, path, append) in files {
            let path = self.absolute(&path);
            if path != "/dev/null" {
                let text = std::mem::take(&mut self.buffers[buffer]);
                self.wish(Wish::Write { path, text, append })?;
            }
        }
        Ok(code)
    }

    /// A command of the shell itself, or a program.
    fn named(&mut self, argv: &[String], streams: Streams) -> Did<i64> {
        let Some((name, arguments)) = argv.split_first() else { return Ok(0) };
        let set = |word: &str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let is_name = |name: &str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit())
        };
        if let Some((name, value)) = set(name).filter(|(name, _)| is_name(name)) {
            self.variables.insert(name, value);
            return if arguments.is_empty() { Ok(0) } else { self.named(arguments, streams) };
        }
        match name.as_str() {
            ":" => Ok(0),
            "exit" => Err(Halt::Exit(arguments.first().and_then(|code| code.parse().ok()).unwrap_or(self.status))),
            "exec" => {
                let code = self.named(arguments, streams)?;
                Err(Halt::Exit(code))
            }
            "export" => {
                self.variables.extend(arguments.iter().filter_map(|word| set(word)));
                Ok(0)
            }
            "cd" => {
                self.folder = self.absolute(arguments.first().map_or("/root", String::as_str));
                Ok(0)
            }
            "read" => match self.line(streams)? {
                Some(line) => {
                    let name = arguments.last().cloned().unwrap_or_else(|| "REPLY".into());
                    self.variables.insert(name, line.trim_end_matches('\n').to_owned());
                    Ok(0)
                }
                None => Ok(1),
            },
            "set" | "trap" | "wait" | "unset" => Ok(0),
            _ if has_program(self.container, name) => self.program(argv, streams),
            _ => {
                let place = if images::find(&self.container.image).base == Base::Busybox { "" } else { "1: " };
                self.print(streams.err, format!("sh: {place}{name}: not found\n"));
                Ok(127)
            }
        }
    }

    /// Words with everything in them replaced; what was not quoted falls apart at blanks.
    fn words(&mut self, words: &[Word]) -> Did<Vec<String>> {
        let mut all = Vec::new();
        for word in words {
            let (mut now, mut is_there) = (String::new(), false);
            for piece in word {
                let (text, quoted) = match piece {
                    Piece::Text(text) => (text.clone(), true),
                    Piece::Variable(name, quoted) => (self.variable(name), *quoted),
                    Piece::Output(script, quoted) => (self.output(script)?, *quoted),
                };
                if quoted {
                    now.push_str(&text);
                    is_there = true;
                    continue;
                }
                for (index, part) in text.split([' ', '\t', '\n']).enumerate() {
                    if index > 0 && (is_there || !now.is_empty()) {
                        all.push(std::mem::take(&mut now));
                        is_there = false;
                    }
                    now.push_str(part);
                }
            }
            if is_there || !now.is_empty() {
                all.push(now);
            }
        }
        Ok(all)
    }

    fn variable(&self, name: &str) -> String {
        let (name, otherwise) = name.split_once(":-").unwrap_or((name, ""));
        let found = match name {
            "?" => Some(self.status.to_string()),
            "#" => Some(self.arguments.len().to_string()),
            "$" => Some("1".into()),
            "@" | "*" => Some(self.arguments.join(" ")),
            "PWD" => Some(self.folder.clone()),
            name => match name.parse::<usize>() {
                Ok(0) => Some("sh".into()),
                Ok(index) => self.arguments.get(index - 1).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        };
        found.filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.to_owned())
    }

    fn output(&mut self, script: &str) -> Did<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Halt::Exit(2));
        }
        let sink = self.buffer();
        let streams = Streams { input: None, out: sink, err: Sink::Stream(Channel::Err) };
        let code = match self.script("sh", script, streams) {
            Err(Halt::Exit(code)) => Ok(code),
            code => code,
        };
        self.depth -= 1;
        self.status = code?;
        let Sink::Buffer(buffer) = sink else { return Ok(String::new()) };
        Ok(std::mem::take(&mut self.buffers[buffer]).trim_end_matches('\n').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::msg::Container;
    use super::super::run::{Came, Got, run};

    /// What a script writes in a container of BusyBox, and how it ends. Every wish of it is fulfilled by nothing.
    fn check(script: &str, expected: &str, code: i64) {
        let container = Container { image: "busybox".into(), hostname: "box".into(), ..Container::default() };
        let argv = ["sh", "-c", script].map(str::to_owned);
        let (mut memo, mut begin, mut text) = (Vec::new(), None, String::new());
        loop {
            let shown = run(&container, &argv, false, &memo, begin.as_ref());
            let kept = shown.mark.as_ref().map_or(0, |mark| mark.printed);
            match shown.came {
                Came::Ended(ended) => {
                    text.extend(shown.printed.into_iter().map(|(_, text)| text));
                    assert_eq!((text.as_str(), ended), (expected, code), "{script}");
                    return;
                }
                Came::Waits(_) => {
                    text.extend(shown.printed.into_iter().take(kept).map(|(_, text)| text));
                    if let Some(mark) = shown.mark {
                        memo.drain(..mark.asked);
                        begin = Some(mark);
                    }
                    memo.push(Got::Text(None));
                }
            }
        }
    }

    #[test]
    fn a_script_does_what_a_shell_does() {
        check("echo a; echo b && false || echo c", "a\nb\nc\n", 0);
        check("exit 4", "", 4);
        check("false", "", 1);
        check("x=1; y=\"$x 2\"; echo $y '$x' ${z:-none}", "1 2 $x none\n", 0);
        check("for i in 1 2 3; do echo $i; done | tail -n 2", "2\n3\n", 0);
        check("if [ 1 -eq 1 ]; then echo yes; else echo no; fi", "yes\n", 0);
        check("if test -z x; then echo yes; elif [ a = a ]; then echo other; fi", "other\n", 0);
        check("echo $(echo inner | grep -c inner) $HOSTNAME", "1 box\n", 0);
        check("echo out; echo err >&2; echo gone 2>/dev/null >/dev/null", "out\nerr\n", 0);
        check("nope; echo $?", "sh: nope: not found\n127\n", 0);
        check("sh -c 'exit 3'; echo $?", "3\n", 0);
        check("! true || echo not", "not\n", 0);
        check("echo 'open", "sh: syntax error: unterminated quoted string\n", 2);
        check("echo a | | b", "sh: syntax error: unexpected \"|\"\n", 2);
    }

    #[test]
    fn a_loop_goes_on_where_its_round_began() {
        check("x=; while [ \"$x\" != 111 ]; do sleep 1; x=${x}1; echo $x; done; echo end", "1\n11\n111\nend\n", 0);
    }

    #[test]
    fn a_loop_that_waits_for_nothing_is_ended() {
        let container = Container { image: "busybox".into(), ..Container::default() };
        let argv = ["sh", "-c", "while true; do true; done"].map(str::to_owned);
        let shown = run(&container, &argv, false, &[], None);
        assert!(matches!(shown.came, Came::Ended(137)));
    }
}
