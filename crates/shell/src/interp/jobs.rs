//! Background jobs.

use crate::os::process::{Child, ExitStatus, Signal};

/// The jobs of one shell.
#[derive(Default)]
pub struct Jobs {
    list: Vec<Job>,
}

#[derive(Clone)]
pub struct Job {
    pub number: u32,
    pub child: Child,
    pub text: String,
}

impl Jobs {
    /// Adds a job and gives its number.
    pub fn add(&mut self, child: Child, text: &str) -> u32 {
        // Finished jobs nobody asked about must not pile up in a long script.
        if self.list.len() > 200 {
            self.list.retain(|job| job.child.status().is_none());
        }
        let number = self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.list.push(Job { number, child, text: text.to_owned() });
        number
    }

    pub fn all(&self) -> Vec<Job> {
        self.list.clone()
    }

    pub fn remove(&mut self, number: u32) {
        self.list.retain(|job| job.number != number);
    }

    /// A job by `%1`, `%%`, `%+`, `%-`, `%text`, or by the number of its process.
    pub fn find(&self, spec: &str) -> Option<Job> {
        let job = match spec.strip_prefix('%') {
            Some("" | "%" | "+") => self.list.last(),
            Some("-") => self.list.iter().rev().nth(1).or(self.list.last()),
            Some(rest) => match rest.parse::<u32>() {
                Ok(number) => self.list.iter().find(|job| job.number == number),
                Err(_) => self.list.iter().find(|job| job.text.starts_with(rest)),
            },
            None => {
                let pid = spec.parse::<u32>().ok()?;
                self.list.iter().find(|job| job.child.pid() == pid)
            }
        };
        job.cloned()
    }

    /// The line `jobs` prints for a job.
    pub fn line(&self, job: &Job, with_pid: bool) -> String {
        let mark = match self.list.iter().rev().position(|other| other.number == job.number) {
            Some(0) => '+',
            Some(1) => '-',
            _ => ' ',
        };
        let state = match job.child.status() {
            None => "Running".to_owned(),
            Some(status) => describe(status),
        };
        let pid = if with_pid { format!("{} ", job.child.pid()) } else { String::new() };
        let tail = if job.child.status().is_none() { " &" } else { "" };
        format!("[{}]{mark}  {pid}{state:<24}{}{tail}\n", job.number, job.text)
    }

    /// Takes the finished jobs out, with the lines that report them.
    pub fn report_finished(&mut self) -> String {
        let mut text = String::new();
        for job in self.all() {
            if job.child.status().is_some() {
                text.push_str(&self.line(&job, false));
            }
        }
        self.list.retain(|job| job.child.status().is_none());
        text
    }
}

fn describe(status: ExitStatus) -> String {
    match status {
        ExitStatus { signal: Some(Signal::Int), .. } => "Interrupt".to_owned(),
        ExitStatus { signal: Some(Signal::Kill), .. } => "Killed".to_owned(),
        ExitStatus { signal: Some(Signal::Term), .. } => "Terminated".to_owned(),
        ExitStatus { signal: Some(signal), .. } => format!("Signal {}", signal.number()),
        ExitStatus { code: 0, .. } => "Done".to_owned(),
        ExitStatus { code, .. } => format!("Exit {code}"),
    }
}
