//! `cargo xtask bench`: the benchmarks of the native twin; `bench etcd` puts the simulated cluster beside a real one, and
//! `bench kubernetes` measures clusters of nodes and pods, natively and in Chromium.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::args::Args;
use crate::http::{self, Server};
use crate::{glue, setup, sh};

pub fn main(words: Vec<String>) -> Result<(), String> {
    match words.first().map(String::as_str) {
        Some("etcd") => return etcd(words[1..].to_vec()),
        Some("kubernetes") => return kubernetes(words[1..].to_vec()),
        _ => {}
    }
    sh::run(sh::cargo().args(["run", "--quiet", "--release", "-p", "kubarium-cli", "--", "bench"]).args(words))
}

/// What an arm has measured: what, how often, in how many milliseconds by the clock and of the processors.
type Figures = Vec<(String, f64, [f64; 2])>;

/// Clients wait for their answer before they ask again; values have 256 bytes; requests go to the leader; the real
/// members keep their data in memory, all on this machine. A simulated member waits for its disk in simulated time.
///
/// An arm that fails is told of and left out; the others go on.
fn etcd(words: Vec<String>) -> Result<(), String> {
    let mut args = Args::new(words);
    let keys = args.value("--keys")?.unwrap_or_else(|| "1000000".to_string());
    let puts = args.value("--puts")?.unwrap_or_else(|| "200000".to_string());
    args.finish()?;
    let plan = ["--keys", &keys, "--puts", &puts];
    sh::run(sh::cargo().args(["build", "--quiet", "--release", "-p", "kubarium-bench"]))?;
    let mut arms = Vec::new();
    let mut failed = Vec::new();
    for arm in ["native", "traced", "wasm", "real"] {
        println!("--- {arm}");
        let mut figures = Figures::new();
        let outcome = match arm {
            "wasm" => in_chromium("cluster", &format!("keys={keys}&puts={puts}"), &mut |line, worked| {
                let figure = figure(line).map(|(what, times, [millis, _])| (what, times, [millis, worked]));
                figures.extend(figure);
            }),
            "real" if sh::output(sh::command("etcd").arg("--version")).is_err() => {
                Err("no etcd on this machine (`apt-get install etcd-server etcd-client`)".to_string())
            }
            arm => native(arm, &plan, &mut figures),
        };
        if let Err(error) = outcome {
            println!("the {arm} arm has failed: {error}");
            failed.push(arm);
        }
        arms.push((arm, figures));
    }
    print!("{}", table(&arms));
    if failed.is_empty() { Ok(()) } else { Err(format!("these arms have failed: {}", failed.join(", "))) }
}

fn native(arm: &str, plan: &[&str], figures: &mut Figures) -> Result<(), String> {
    let mut bench = sh::cargo();
    bench.args(["run", "--quiet", "--release", "-p", "kubarium-bench", "--", arm]).args(plan);
    sh::run_lines(&mut bench, |line| figures.extend(figure(line)))
}

fn figure(line: &str) -> Option<(String, f64, [f64; 2])> {
    let mut parts = line.split('\t');
    let what = parts.next()?.to_string();
    let mut number = || parts.next()?.parse().ok();
    Some((what, number()?, [number()?, number()?]))
}

/// Clusters of Kubernetes: three nodes, an hour of them, 1,000 pods on 100 nodes, and as many on as many as asked.
fn kubernetes(words: Vec<String>) -> Result<(), String> {
    let mut args = Args::new(words);
    let nodes = args.value("--nodes")?.unwrap_or_else(|| "1000".to_string());
    let pods = args.value("--pods")?.unwrap_or_else(|| "10000".to_string());
    let only = args.value("--only")?.unwrap_or_default();
    let profile = args.value("--profile")?.unwrap_or_else(|| KUBERNETES_PROFILE.to_string());
    args.finish()?;
    println!("--- native");
    let mut bench = sh::cargo();
    bench.args(["run", "--quiet", "--release", "-p", "kubarium-bench", "--", "kubernetes"]);
    bench.args(["--nodes", &nodes, "--pods", &pods, "--only", &only]);
    let mut native = Vec::new();
    sh::run_lines(&mut bench, |line| native.extend(size(line, None)))?;
    println!("--- wasm, profile {profile}");
    let (query, mut wasm) = (format!("nodes={nodes}&pods={pods}&only={only}"), Vec::new());
    in_chromium(&profile, &query, &mut |line, worked| wasm.extend(size(line, Some(worked))))?;
    print!("{}", sizes(&native, &wasm));
    Ok(())
}

/// The profile that index.html names for the module with Kubernetes.
const KUBERNETES_PROFILE: &str = "wasm";

/// What a cluster of some size took: what, seconds of the processors, MiB, and seconds of the world's time.
type Size = (String, f64, f64, f64);

fn size(line: &str, worked: Option<f64>) -> Option<Size> {
    let parts: Vec<&str> = line.split('\t').collect();
    let [what, _, _, processors, bytes, world] = parts[..] else { return None };
    let millis = worked.map_or_else(|| processors.parse().ok(), Some)?;
    Some((what.to_string(), millis / 1e3, bytes.parse::<f64>().ok()? / f64::from(1 << 20), world.parse().ok()?))
}

/// Seconds of processor time and memory, natively and in the browser, beside the time that passed in the world.
fn sizes(native: &[Size], wasm: &[Size]) -> String {
    let mut out = format!(
        "\n{:<36}{:>12}{:>12}{:>12}{:>12}{:>12}\n",
        "seconds of processor time", "native", "wasm", "native MiB", "wasm MiB", "world s"
    );
    for (what, seconds, memory, world) in native {
        let (there, there_memory) =
            wasm.iter().find(|one| one.0 == *what).map_or((f64::NAN, f64::NAN), |one| (one.1, one.2));
        out.push_str(&format!(
            "{what:<36}{seconds:>12.2}{there:>12.2}{memory:>12.0}{there_memory:>12.0}{world:>12.0}\n"
        ));
    }
    out
}

/// The module as a cluster's is built: with its profile, the same standard library and wasm-opt. Gives its folder.
fn build_for_browser(profile: &str) -> Result<PathBuf, String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut cargo = sh::cargo();
    cargo.args(["build", "--quiet", "--profile", profile, "--target", TARGET, "--lib", "-p", "kubarium-bench"]);
    sh::run(cargo.envs(setup::wasm_environment()?))?;
    let module = sh::root().join("target").join(TARGET).join(profile).join("kubarium_bench.wasm");
    let web = sh::root().join("target/bench-web");
    let mut bindgen = sh::command("wasm-bindgen");
    sh::run(bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).args([&web, &module]))?;
    glue::shrink_module(&web, "kubarium_bench")?;
    for file in ["index.html", "page.js", "worker.js"] {
        let from = sh::root().join("crates/bench/web").join(file);
        std::fs::copy(&from, web.join(file)).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    Ok(web)
}

/// A browser that ends with this value.
struct Browser(Child, PathBuf);

impl Drop for Browser {
    fn drop(&mut self) {
        // It is gone already if that fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

/// In Chromium's Web Worker. `hear` is told each line, and how many milliseconds the processors worked since the one
/// before.
fn in_chromium(profile: &str, query: &str, hear: &mut dyn FnMut(&str, f64)) -> Result<(), String> {
    setup::for_build()?;
    setup::for_tests()?;
    let web = build_for_browser(profile)?;
    let (server, heard) = Server::new(http::listen(0)?, &web, "/")?.heard();
    let url = format!("{}?{query}", server.url()?);
    std::thread::spawn(move || server.run());
    let chromium = setup::chromium().ok_or("no Chromium; `cargo xtask setup` installs it on Debian")?;
    let profile = std::env::temp_dir().join(format!("kubarium-bench-{}", std::process::id()));
    let mut command = Command::new(chromium);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    command.arg(format!("--user-data-dir={}", profile.display())).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(|error| format!("Chromium does not start: {error}"))?;
    let browser = Browser(child, profile);
    lines_from(&heard, &|| browser.processor_millis(), hear)
}

impl Browser {
    /// What the processors have worked for the pages of this browser, and so for the worker in the only one.
    fn processor_millis(&self) -> f64 {
        let profile = self.1.display().to_string();
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
            let command = std::fs::read_to_string(entry.path().join("cmdline")).ok()?;
            (command.contains("--type=renderer") && command.contains(&profile)).then_some(())?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // User and system time: the 12th and 13th field after the name, in hundredths of a second.
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) * 10.0)
        });
        processes.sum()
    }
}

/// Reads what the page reports until it says that it is done.
fn lines_from(
    heard: &Receiver<String>,
    processors: &dyn Fn() -> f64,
    hear: &mut dyn FnMut(&str, f64),
) -> Result<(), String> {
    /// A single measurement takes no longer, even on a slow machine that does other work.
    const PATIENCE: Duration = Duration::from_secs(1_800);
    let mut before = 0.0;
    loop {
        let line = heard.recv_timeout(PATIENCE).map_err(|_| "the page in Chromium has fallen silent")?;
        match line.as_str() {
            "end" => return Ok(()),
            line => {
                println!("{line}");
                if let Some(error) = line.strip_prefix("error\t") {
                    return Err(error.to_string());
                }
                let worked = processors();
                hear(line, worked - before);
                before = worked;
            }
        }
    }
}

/// How often a second each thing was done, by the clock and for a second of processor time, arm beside arm, and how many
/// times the real one's ours in the browser is; then how much dearer a put is among many keys than among few. On a machine
/// that does other work only the second table can be compared.
fn table(arms: &[(&str, Figures)]) -> String {
    let mut out = String::new();
    for (clock, title) in ["a second", "a second of processor time"].into_iter().enumerate() {
        out.push_str(&format!("\n{title:<32}"));
        arms.iter().for_each(|(arm, _)| out.push_str(&format!("{arm:>12}")));
        out.push_str("   wasm/real\n");
        let rate = |arm: &str, what: &str| {
            let figures = &arms.iter().find(|(name, _)| *name == arm)?.1;
            let (_, times, millis) = figures.iter().find(|(name, ..)| name == what)?;
            (millis[clock] > 0.0).then(|| times / millis[clock] * 1e3)
        };
        let mut rows: Vec<&str> = Vec::new();
        for (what, ..) in arms.iter().flat_map(|(_, figures)| figures) {
            if !rows.contains(&what.as_str()) {
                rows.push(what);
            }
        }
        for what in &rows {
            out.push_str(&format!("{what:<32}"));
            for (arm, _) in arms {
                out.push_str(&rate(arm, what).map_or(format!("{:>12}", "-"), |rate| format!("{rate:>12.0}")));
            }
            if let (Some(wasm), Some(real)) = (rate("wasm", what), rate("real", what)) {
                out.push_str(&format!("{:>12.1}", wasm / real));
            }
            out.push('\n');
        }
        let among: Vec<&&str> = rows.iter().filter(|what| what.starts_with("put, among")).collect();
        if let [few, many] = among[..] {
            out.push_str(&format!("{:<32}", "cost among many / among few"));
            for (arm, _) in arms {
                let ratio = rate(arm, few).zip(rate(arm, many)).map(|(few, many)| few / many);
                out.push_str(&ratio.map_or(format!("{:>12}", "-"), |ratio| format!("{ratio:>12.2}")));
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{figure, table};

    #[test]
    fn figures_of_two_arms_stand_side_by_side() {
        let arm = |line: &str| figure(line).into_iter().collect();
        let shown = table(&[("wasm", arm("put\t1000\t10.0\t0.0")), ("real", arm("put\t1000\t100.0\t200.0"))]);
        let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[2], ["put", "100000", "10000", "10.0"], "{shown}");
        assert_eq!(rows[5], ["put", "-", "5000"], "{shown}");
        let one = |lines: &[&str]| lines.iter().filter_map(|line| figure(line)).collect();
        let shown = table(&[
            ("native", one(&[])),
            ("wasm", one(&["put, among 10 keys\t10\t10.0\t0.0", "put, among 99 keys\t10\t15.0\t0.0"])),
        ]);
        let ratio = shown.lines().find(|line| line.starts_with("cost")).unwrap_or_default();
        assert!(ratio.ends_with("           -        1.50"), "{shown}");
        assert!(figure("no figure").is_none());
    }
}
