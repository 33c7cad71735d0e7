//! Whatever is typed, the shell answers: no panic, no standstill.

use kubarium_shell::{Os, Progress, Reader, Session, Vfs};

/// splitmix64
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Runs a script for ten virtual seconds at most, with a bounded number of polls; what matters is that it comes back.
fn survive(os: &Os, script: &str) {
    let session = Session::new("/root").into_handle();
    let job = os.exec_script(script, &session, Reader::null());
    let end = os.now() + 10_000_000;
    let mut now = os.now();
    for _ in 0..400 {
        let progress = os.run(now, 200);
        if job.code().is_some() {
            return;
        }
        if progress == Progress::Idle {
            match os.next_timer() {
                Some(next) if next <= end => now = next,
                _ => break,
            }
        }
    }
    job.signal(kubarium_shell::Signal::Kill);
    os.run(now, 1000);
}

/// Makes scripts of random pieces and runs them all.
fn check(seed: u64, count: usize, pieces: &[&str]) {
    let mut state = seed;
    let mut os = Os::new(Vfs::new(1 << 20), 1);
    for i in 0..count {
        if i % 50 == 0 {
            os = Os::new(Vfs::new(1 << 20), 1);
        }
        let length = random(&mut state) % 24;
        let mut script = String::new();
        for _ in 0..length {
            script.push_str(pieces[(random(&mut state) % pieces.len() as u64) as usize]);
        }
        survive(&os, &script);
    }
}

#[test]
fn random_bytes_never_break_the_parser() {
    let mut state = 7;
    let os = Os::new(Vfs::new(1 << 20), 1);
    for _ in 0..3000 {
        let length = random(&mut state) % 60;
        let bytes: Vec<u8> = (0..length).map(|_| random(&mut state) as u8).collect();
        survive(&os, &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn random_pieces_of_grammar_never_break_the_shell() {
    let pieces = [
        "if ",
        "then ",
        "else ",
        "elif ",
        "fi",
        "for ",
        "in ",
        "do ",
        "done",
        "while ",
        "until ",
        "case ",
        "esac",
        "function ",
        "{ ",
        "}",
        "( ",
        ")",
        "((",
        "))",
        "[[ ",
        " ]]",
        "[ ",
        " ]",
        "!",
        "|",
        "||",
        "&",
        "&&",
        ";",
        ";;",
        "\n",
        "<",
        ">",
        ">>",
        "<<",
        "<<<",
        "<<-",
        "2>&1",
        "&>",
        "$",
        "${",
        "}",
        "$(",
        "$((",
        "`",
        "'",
        "\"",
        "\\",
        "x",
        "=",
        "x=",
        "1",
        "-",
        "*",
        "?",
        "[",
        "]",
        "~",
        "#",
        "%",
        "/",
        ":",
        "-z ",
        "-eq ",
        "=~ ",
        "@",
        "echo ",
        "true ",
        "cat ",
        "x() ",
        "{a,b}",
        "{1..3}",
        "EOF\n",
        " ",
        "é",
    ];
    check(11, 4000, &pieces);
}

#[test]
fn random_pieces_of_filters_never_break_the_tools() {
    let pieces = [
        "sed '",
        "awk '",
        "jq -n '",
        "grep -E '",
        "printf '",
        "tr '",
        "date -d '",
        "expr '",
        "find . '",
        "' ",
        " <<< 'a b c'",
        "s/",
        "/g",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ".",
        "|",
        "$1",
        "print ",
        "BEGIN",
        "for",
        "if ",
        "while(1)",
        "=",
        "==",
        "~",
        "!",
        "*",
        "+",
        "?",
        "\\(",
        "\\)",
        "\\1",
        "%d",
        "%s",
        "%5.2f",
        "\\n",
        "\"",
        ",",
        ";",
        ":",
        "-",
        "0",
        "99999999999",
        "a",
        "def f: ",
        "reduce ",
        "as $x ",
        "try ",
        "..",
        "//",
        "[]",
        "range(5)",
        "\\",
        "^",
        "$",
        "{2}",
        "@base64",
        "getline",
        "substr(",
    ];
    check(13, 3000, &pieces);
}

#[test]
fn endless_filters_are_stopped() {
    for script in [
        "awk 'BEGIN { while (1) x++ }'",
        "awk 'function f(x) { return f(x) } BEGIN { f(1) }'",
        "jq -n 'def f: f; f'",
        "jq -n '[limit(5; repeat(1))] | length'",
        "jq -n 'range(1e18) | empty'",
        "echo a | sed ':a;s/a/aa/;ta'",
        "jq -n '\"x\" * 1e9'",
        "printf '%1000000000d' 1 | wc -c",
        "seq 1 1000000000 > /dev/null",
        "echo {1..1000000000} | wc -c",
        "echo $((2**62)) ${x:=$(yes | head -c 100000 | wc -c)}",
        "grep -E '(a*)*b' <<< aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "x=a; while true; do x=$x$x; done",
    ] {
        survive(&Os::new(Vfs::new(1 << 20), 1), script);
    }
}
