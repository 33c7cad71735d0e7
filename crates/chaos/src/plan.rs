//! What is done to a cluster, drawn from a seed.

use std::fmt;

use protocol::Fault;
use sim::Random;

const SECOND: u64 = 1_000_000;
/// How many things happen.
const ACTS: u64 = 24;
/// The longest pause between two of them. Longer than a node's grace, so that some nodes are given up.
const PAUSE: u64 = 70 * SECOND;

/// Who may have a trouble, and which. The second of a pair takes it away.
const TROUBLES: [(Fault, Fault); 6] = [
    (Fault::Kill, Fault::Restart),
    (Fault::Stop, Fault::Restart),
    (Fault::Pause, Fault::Resume),
    (Fault::CutOff, Fault::Reconnect),
    (Fault::StopClock, Fault::StartClock),
    (Fault::CutIncoming, Fault::Reconnect),
];
const COMPONENTS: [&str; 9] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet worker1",
    "kubelet worker2",
    "kube-proxy worker1",
    "kubelet worker1",
    "kubelet worker2",
    "kubelet controlplane",
];

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A line in the console.
    Command(String),
    /// A button of the diagram.
    Fault { component: String, fault: Fault },
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Command(line) => write!(f, "$ {}", line.replace('\n', "\n           > ")),
            Act::Fault { component, fault } => write!(f, "{fault:?} {component}"),
        }
    }
}

/// All that is done, each after a pause in microseconds.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub acts: Vec<(u64, Act)>,
}

impl Plan {
    /// That of a seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let acts = (0..ACTS).map(|_| {
            let pause = if random.chance(700_000) { random.below(5 * SECOND) } else { random.below(PAUSE) };
            let act = if random.chance(650_000) { command(&mut random) } else { fault(&mut random) };
            (pause, act)
        });
        Self { seed, acts: acts.collect() }
    }

    /// What takes away every trouble there may be.
    pub fn mending(&self) -> Vec<Act> {
        let mut components: Vec<&str> = COMPONENTS.to_vec();
        components.sort_unstable();
        components.dedup();
        let mut acts = Vec::new();
        for component in components {
            for fault in [Fault::Reconnect, Fault::StartClock, Fault::Resume, Fault::Restart] {
                acts.push(Act::Fault { component: component.into(), fault });
            }
        }
        let lines = [
            "sleep 20; kubectl uncordon worker1 worker2",
            "sleep 21; kubectl taint nodes worker1 worker2 trouble- ",
            "sleep 22; kubectl rollout resume deployment/d1; kubectl rollout resume deployment/d2",
        ];
        acts.extend(lines.map(|line| Act::Command(line.into())));
        acts
    }
}

fn fault(random: &mut Random) -> Act {
    let component = COMPONENTS[random.below(COMPONENTS.len() as u64) as usize];
    let (trouble, end) = TROUBLES[random.below(TROUBLES.len() as u64) as usize];
    let fault = if random.chance(600_000) { trouble } else { end };
    Act::Fault { component: component.into(), fault }
}

fn command(random: &mut Random) -> Act {
    let n = 1 + random.below(2);
    let replicas = random.below(6);
    let version = 20 + random.below(8);
    let worker = 1 + random.below(2);
    Act::Command(match random.below(22) {
        0..=4 => format!("kubectl create deployment d{n} --image=nginx --replicas={replicas}"),
        5..=6 => format!("kubectl scale deployment d{n} --replicas={replicas}"),
        7..=8 => format!("kubectl set image deployment/d{n} nginx=nginx:1.{version}"),
        9 => format!("kubectl rollout restart deployment/d{n}"),
        10 => format!("kubectl rollout undo deployment/d{n}"),
        11 => format!("kubectl delete deployment d{n} --wait=false"),
        12 => format!("kubectl delete pods -l app=d{n} --wait=false"),
        13 => format!("kubectl cordon worker{worker}"),
        14 => format!("kubectl uncordon worker{worker}"),
        15 => format!("kubectl drain worker{worker} --ignore-daemonsets --force --delete-emptydir-data --timeout=30s"),
        16 => format!("kubectl expose deployment d{n} --port=80"),
        17 => format!("kubectl create job j{version} --image=busybox -- true"),
        18 => format!("kubectl taint nodes worker{worker} trouble=yes:NoExecute"),
        19 => set("StatefulSet", "s1", &format!("  serviceName: s1\n  replicas: {replicas}\n")),
        20 => set("DaemonSet", "e1", ""),
        _ => format!(
            "kubectl create namespace n{n}; kubectl create deployment d3 -n n{n} --image=nginx; kubectl delete namespace n{n} \
             --wait=false"
        ),
    })
}

/// Applies a set of pods.
fn set(kind: &str, name: &str, more: &str) -> String {
    format!(
        "kubectl apply -f - <<'END'\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n{more}  selector:\n    \
         matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      \
         containers:\n      - name: main\n        image: nginx\nEND"
    )
}

#[cfg(test)]
mod tests {
    use super::{Act, Plan};

    #[test]
    fn a_seed_is_a_plan_and_its_commands_are_lines() {
        assert_eq!(Plan::new(3).acts, Plan::new(3).acts);
        assert_ne!(Plan::new(3).acts, Plan::new(4).acts);
        let all = (0..50).flat_map(|seed| Plan::new(seed).acts);
        let (commands, faults): (Vec<_>, Vec<_>) = all.partition(|(_, act)| matches!(act, Act::Command(_)));
        assert!(commands.len() > 500 && faults.len() > 250, "{} and {}", commands.len(), faults.len());
    }
}
