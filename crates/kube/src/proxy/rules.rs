//! Rules of netfilter as `iptables-save` writes them, and what becomes of a packet that goes through them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What happens to a packet that a rule fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Goes on in this chain, and comes back if nothing there decides.
    Jump(String),
    /// Goes to this address and port instead.
    Dnat(String, u16),
    /// Is answered with a refusal.
    Reject,
    /// Vanishes.
    Drop,
    /// Is marked (0x4000): its sender shall be replaced by the node.
    Mark,
    Accept,
    Return,
    Masquerade,
}

/// A list of recent senders that a rule looks at (`-m recent`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    pub name: String,
    /// To look for the sender as of so many seconds ago; without it the sender is entered.
    pub seconds: Option<i64>,
}

/// A rule: what a packet has to be, and what happens to it then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `10.244.0.0/16`, and whether it must not be from there.
    pub source: Option<(String, bool)>,
    /// `10.96.0.1/32`
    pub to: Option<String>,
    pub protocol: Option<&'static str>,
    pub port: Option<u16>,
    pub comment: String,
    /// To an address of the node's own; from one.
    pub to_local: bool,
    pub from_local: bool,
    /// It fits one packet in so many, by chance.
    pub one_in: Option<usize>,
    pub recent: Option<Recent>,
    /// Matches that every packet of this simulation has or has not: as text, and whether it fits.
    pub other: Option<(&'static str, bool)>,
    pub target: Option<Target>,
}

/// The chains of a table by name, in the order they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub chains: BTreeMap<String, Vec<Rule>>,
}

/// What kube-proxy has a node's kernel do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    pub nat: Table,
    pub filter: Table,
}

/// A packet as far as rules look at it.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    pub source: &'a str,
    pub to: &'a str,
    pub port: u16,
    pub udp: bool,
    /// Whether these are addresses of the node's own.
    pub from_local: bool,
    pub to_local: bool,
}

/// What rules look at beside the packet.
pub trait Surroundings {
    /// 64 random bits.
    fn chance(&mut self) -> u64;
    /// Whether the sender was entered in this list no longer than so many seconds ago.
    fn was_recent(&self, list: &str, source: &str, seconds: i64) -> bool;
    /// Enters the sender.
    fn enter(&mut self, list: &str, source: &str);
}

/// What the table of addresses has decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Where it goes instead.
    pub to: Option<(String, u16)>,
    pub is_masqueraded: bool,
    pub is_rejected: bool,
    pub is_dropped: bool,
}

impl Verdict {
    fn is_final(&self) -> bool {
        self.to.is_some() || self.is_rejected || self.is_dropped
    }
}

/// Chains call each other three deep; what somebody made to go round ends here.
const DEEPEST: u32 = 16;

impl Table {
    /// Adds a rule at the end of a chain, which is made if it is not there.
    pub fn add(&mut self, chain: &str, rule: Rule) {
        self.chains.entry(chain.to_owned()).or_default().push(rule);
    }

    /// Makes a chain.
    pub fn make(&mut self, chain: &str) {
        self.chains.entry(chain.to_owned()).or_default();
    }

    /// Sends a packet through a chain.
    pub fn pass(&self, chain: &str, packet: &Header, around: &mut dyn Surroundings) -> Verdict {
        let mut verdict = Verdict::default();
        self.walk(chain, packet, around, &mut verdict, 0);
        verdict
    }

    fn walk(&self, chain: &str, packet: &Header, around: &mut dyn Surroundings, verdict: &mut Verdict, depth: u32) {
        for rule in self.chains.get(chain).into_iter().flatten() {
            if !rule.fits(packet, around) {
                continue;
            }
            if let Some(Recent { name, seconds: None }) = &rule.recent {
                around.enter(name, packet.source);
            }
            match &rule.target {
                Some(Target::Jump(chain)) if depth < DEEPEST => {
                    self.walk(chain, packet, around, verdict, depth + 1);
                    if verdict.is_final() {
                        return;
                    }
                }
                Some(Target::Dnat(to, port)) => verdict.to = Some((to.clone(), *port)),
                Some(Target::Reject) => verdict.is_rejected = true,
                Some(Target::Drop) => verdict.is_dropped = true,
                Some(Target::Mark) => verdict.is_masqueraded = true,
                Some(Target::Accept | Target::Return) => return,
                Some(Target::Masquerade | Target::Jump(_)) | None => {}
            }
            if verdict.is_final() {
                return;
            }
        }
    }

    fn write(&self, name: &str, built_in: &[(&str, &str)], text: &mut String) {
        let _ = writeln!(text, "*{name}");
        for (chain, _) in built_in {
            let _ = writeln!(text, ":{chain} ACCEPT [0:0]");
        }
        for chain in self.chains.keys() {
            let _ = writeln!(text, ":{chain} - [0:0]");
        }
        for (chain, rule) in built_in.iter().filter(|(_, rule)| !rule.is_empty()) {
            for rule in rule.split('\n') {
                let _ = writeln!(text, "-A {chain} {rule}");
            }
        }
        for (chain, rules) in &self.chains {
            for rule in rules {
                let _ = writeln!(text, "-A {chain}{rule}");
            }
        }
        text.push_str("COMMIT\n");
    }

    fn count(&self) -> usize {
        self.chains.values().map(Vec::len).sum()
    }
}

impl Ruleset {
    /// How many rules there are.
    pub fn count(&self) -> usize {
        self.nat.count() + self.filter.count()
    }

    /// As `iptables-save` writes them; of one table only if it is named.
    pub fn saved(&self, table: Option<&str>) -> String {
        let mut text = String::new();
        // Without kube-proxy the built-in chains lead nowhere.
        let any = self.count() > 0;
        let jump = |rule: &'static str| if any { rule } else { "" };
        if table.is_none_or(|table| table == "filter") {
            self.filter.write(
                "filter",
                &[("INPUT", jump(INPUT)), ("FORWARD", jump(FORWARD)), ("OUTPUT", jump(OUTPUT))],
                &mut text,
            );
        }
        if table.is_none_or(|table| table == "nat") {
            let chains =
                [("PREROUTING", jump(PORTALS)), ("INPUT", ""), ("OUTPUT", jump(PORTALS)), ("POSTROUTING", jump(POST))];
            self.nat.write("nat", &chains, &mut text);
        }
        text
    }
}

/// How kube-proxy hangs its chains into the kernel's (`iptablesJumpChains` in `pkg/proxy/iptables/proxier.go`).
const PORTALS: &str = "-m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES";
const POST: &str = "-m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING";
const INPUT: &str = "-m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL
-m comment --comment \"kubernetes health check service ports\" -j KUBE-NODEPORTS
-m conntrack --ctstate NEW -m comment --comment \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES
-j KUBE-FIREWALL";
const FORWARD: &str = "-m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL
-m comment --comment \"kubernetes forwarding rules\" -j KUBE-FORWARD
-m conntrack --ctstate NEW -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES
-m conntrack --ctstate NEW -m comment --comment \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES";
const OUTPUT: &str =
    "-m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL
-m conntrack --ctstate NEW -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES
-j KUBE-FIREWALL";

impl Rule {
    fn fits(&self, packet: &Header, around: &mut dyn Surroundings) -> bool {
        let protocol = if packet.udp { "udp" } else { "tcp" };
        self.source.as_ref().is_none_or(|(range, not)| is_in(packet.source, range) != *not)
            && self.to.as_ref().is_none_or(|range| is_in(packet.to, range))
            && self.protocol.is_none_or(|wanted| wanted == protocol)
            && self.port.is_none_or(|port| port == packet.port)
            && (!self.to_local || packet.to_local)
            && (!self.from_local || packet.from_local)
            && self.other.is_none_or(|(_, fits)| fits)
            && self.recent.as_ref().is_none_or(|recent| match recent.seconds {
                Some(seconds) => around.was_recent(&recent.name, packet.source, seconds),
                None => true,
            })
            && self.one_in.is_none_or(|count| around.chance().is_multiple_of(count.max(1) as u64))
    }
}

/// The rule without its chain, in the order of `iptables-save`.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        if let Some((source, not)) = &self.source {
            write!(f, "{} -s {source}", if *not { " !" } else { "" })?;
        }
        if let Some(to) = &self.to {
            write!(f, " -d {to}")?;
        }
        if let Some(protocol) = self.protocol {
            write!(f, " -p {protocol}")?;
        }
        if !self.comment.is_empty() {
            write!(f, " -m comment --comment \"{}\"", self.comment)?;
        }
        if let Some((other, _)) = self.other {
            write!(f, " {other}")?;
        }
        for (set, side) in [(self.from_local, "src"), (self.to_local, "dst")] {
            if set {
                write!(f, " -m addrtype --{side}-type LOCAL")?;
            }
        }
        if let Some(Recent { name, seconds }) = &self.recent {
            match seconds {
                Some(seconds) => write!(f, " -m recent --rcheck --seconds {seconds} --reap")?,
                None => write!(f, " -m recent --set")?,
            }
            write!(f, " --name {name} --mask 255.255.255.255 --rsource")?;
        }
        if let (Some(protocol), Some(port)) = (self.protocol, self.port) {
            write!(f, " -m {protocol} --dport {port}")?;
        }
        if let Some(count) = self.one_in {
            // Parts of 2^31 are what the kernel keeps (`libxt_statistic`), so a third is 0.33333333349.
            let parts = ((1_u64 << 31) as f64 / count as f64).round();
            write!(f, " -m statistic --mode random --probability {:.11}", parts / (1_u64 << 31) as f64)?;
        }
        match &self.target {
            Some(Target::Jump(chain)) => write!(f, " -j {chain}"),
            Some(Target::Dnat(to, port)) => {
                if let Some(protocol) = self.protocol {
                    write!(f, " -m {protocol}")?;
                }
                write!(f, " -j DNAT --to-destination {to}:{port}")
            }
            Some(Target::Reject) => f.write_str(" -j REJECT --reject-with icmp-port-unreachable"),
            Some(Target::Drop) => f.write_str(" -j DROP"),
            Some(Target::Mark) => f.write_str(" -j MARK --set-xmark 0x4000/0x4000"),
            Some(Target::Accept) => f.write_str(" -j ACCEPT"),
            Some(Target::Return) => f.write_str(" -j RETURN"),
            Some(Target::Masquerade) => f.write_str(" -j MASQUERADE --random-fully"),
            None => Ok(()),
        }
    }
}

/// An address as a number.
pub fn number(address: &str) -> Option<u32> {
    address.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

/// Whether an address is in a range such as `10.244.0.0/16`.
pub fn is_in(address: &str, range: &str) -> bool {
    let (base, bits) = range.split_once('/').unwrap_or((range, "32"));
    let (Some(address), Some(base), Ok(bits)) = (number(address), number(base), bits.parse::<u32>()) else {
        return false;
    };
    let mask = if bits == 0 { 0 } else { u32::MAX << (32 - bits.min(32)) };
    address & mask == base & mask
}
