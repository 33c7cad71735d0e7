//! What goes wrong when: the course of a storm, drawn from its seed before it begins. Each trouble stands for itself, so
//! that a story can be told again without it.

use core::fmt;

use sim::{Micros, Random};

/// How long the faults last. A cluster needs a second before, to elect its first leader, and some after, to recover.
pub const STORM: Micros = Micros::secs(12);

/// Whom a trouble befalls; found out when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who leads.
    Leader,
    /// One who follows: the how many-th, going round.
    Follower(u32),
    /// Anyone, dead or alive, going round.
    Node(u32),
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A process is killed, and started again at the end.
    Crash {
        /// Whose.
        who: Who,
        /// Whether writes that were not durable are lost.
        lose_unsynced: bool,
    },
    /// A machine loses power.
    PowerOff(Who),
    /// Every machine loses power.
    Blackout,
    /// A process is asked to end.
    Terminate(Who),
    /// A process stands still.
    Pause(Who),
    /// A clock stands still.
    StopClock(Who),
    /// Nobody reaches it, clients included.
    Isolate(Who),
    /// The other members do not reach it, nor it them; clients do. With a second one of them on its side.
    Split(Who, Option<Who>),
    /// It hears the other members no more, but they hear it.
    Deafen(Who),
    /// The other members hear it no more, but it hears them.
    Mute(Who),
    /// The one does not hear the other.
    CutOneWay(Who, Who),
    /// Messages to it, or to anyone, are lost: so many in a million.
    Loss(Option<Who>, u32),
    /// Messages to it, or to anyone, arrive twice.
    Duplicate(Option<Who>, u32),
    /// Messages to it, or to anyone, overtake each other.
    Reorder(Option<Who>, u32),
    /// Messages from it take longer by up to this.
    Delay(Who, Micros),
    /// Its disk takes so long for a write.
    SlowDisk(Who, Micros),
    /// Leadership is handed over.
    MoveLeader,
    /// History is compacted to a few revisions back.
    Compact(u32),
    /// A member is added, as a learner or with a vote.
    Add {
        /// Whether it gets no vote yet.
        learner: bool,
    },
    /// The learner gets its vote.
    Promote,
    /// A member is removed.
    Remove(Who),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Leader => f.write_str("the leader"),
            Who::Follower(number) => write!(f, "follower {number}"),
            Who::Node(number) => write!(f, "node {number}"),
        }
    }
}

/// A trouble and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How long after the cluster's first second it begins.
    pub after: Micros,
    /// How long it lasts; what is done once is done when it begins.
    pub lasts: Micros,
    /// What it is.
    pub trouble: Trouble,
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It reads, writes, deletes, and compares and swaps.
    Keys,
    /// It holds leases.
    Leases,
    /// It watches.
    Watches,
}

/// One client, with the seed of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its number.
    pub client: u32,
    /// What it does.
    pub part: Part,
    /// Where its own chance begins.
    pub seed: u64,
}

/// The course of a storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed it was drawn from; the network's chance begins there, too.
    pub seed: u64,
    /// Members at first.
    pub members: u32,
    /// Who works meanwhile.
    pub roles: Vec<Role>,
    /// What goes wrong, by time.
    pub troubles: Vec<Planned>,
}

/// Machines that may be added to the first members.
pub const SPARES: u32 = 2;

/// How likely each kind of trouble is, if the storm has it at all.
const KINDS: usize = 19;

impl Plan {
    /// The storm of a seed. Not every storm has every kind of trouble: what is mixed with everything else is never seen
    /// by itself (A. Groce et al., "Swarm testing", 2012).
    pub fn new(seed: u64) -> Plan {
        let mut random = Random::new(seed ^ 0x0005_7012_u64.rotate_left(32));
        let members = [3, 3, 3, 3, 5, 5, 1][random.below(7) as usize];
        let roles = [Part::Keys, Part::Keys, Part::Keys, Part::Leases, Part::Watches, Part::Watches, Part::Watches];
        let role = |(client, part)| Role { client, part, seed: random.bits() };
        let roles = (1..).zip(roles).map(role).collect();
        let mut kinds: Vec<usize> = (0..KINDS).filter(|_| random.below(2) == 0).collect();
        if kinds.is_empty() {
            kinds.push(0);
        }
        let count = 3 + random.below(12);
        let troubles = (0..count).map(|_| {
            let kind = kinds[random.below(kinds.len() as u64) as usize];
            let after = Micros(random.below(STORM.0));
            let longest = [300_000, 1_500_000, 5_000_000][random.below(3) as usize];
            let lasts = Micros(50_000 + random.below(longest));
            Planned { after, lasts, trouble: trouble(kind, &mut random) }
        });
        let mut troubles: Vec<Planned> = troubles.collect();
        troubles.sort_by_key(|planned| planned.after);
        Plan { seed, members, roles, troubles }
    }

    /// Whether every clock runs, so that leases can be held to their time.
    pub fn clocks_run(&self) -> bool {
        !self.troubles.iter().any(|planned| matches!(planned.trouble, Trouble::StopClock(_)))
    }
}

fn who(random: &mut Random) -> Who {
    let number = random.below(8) as u32;
    match random.below(5) {
        0 | 1 => Who::Leader,
        2 => Who::Follower(number),
        _ => Who::Node(number),
    }
}

fn perhaps(random: &mut Random) -> Option<Who> {
    if random.below(3) == 0 { None } else { Some(who(random)) }
}

fn trouble(kind: usize, random: &mut Random) -> Trouble {
    let share = 10_000 + random.below(400_000) as u32;
    match kind {
        0 | 1 => Trouble::Crash { who: who(random), lose_unsynced: kind == 0 },
        2 if random.below(3) == 0 => Trouble::Blackout,
        2 => Trouble::PowerOff(who(random)),
        3 => Trouble::Terminate(who(random)),
        4 => Trouble::Pause(who(random)),
        5 if random.below(3) == 0 => Trouble::StopClock(who(random)),
        5 => Trouble::Pause(who(random)),
        6 => Trouble::Isolate(who(random)),
        7 | 8 => Trouble::Split(who(random), (random.below(3) == 0).then(|| who(random))),
        9 => Trouble::Deafen(who(random)),
        10 => Trouble::Mute(who(random)),
        11 => Trouble::CutOneWay(who(random), who(random)),
        12 => Trouble::Loss(perhaps(random), share),
        13 => Trouble::Duplicate(perhaps(random), share),
        14 => Trouble::Reorder(perhaps(random), share),
        15 => Trouble::Delay(who(random), Micros(random.below(400_000))),
        16 => Trouble::SlowDisk(who(random), Micros(random.below(300_000))),
        17 => match random.below(5) {
            0 | 1 => Trouble::Add { learner: true },
            2 => Trouble::Add { learner: false },
            3 => Trouble::Promote,
            _ => Trouble::Remove(who(random)),
        },
        _ if random.below(2) == 0 => Trouble::MoveLeader,
        _ => Trouble::Compact(random.below(20) as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that no seed draws is a fault that is never tried.
    #[test]
    fn a_hundred_seeds_have_every_kind_of_trouble() {
        let name = |planned: &Planned| format!("{:?}", planned.trouble).split(['(', ' ']).next().map(str::to_owned);
        let mut names: Vec<_> = (0..100).flat_map(|seed| Plan::new(seed).troubles).filter_map(|p| name(&p)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 21, "{names:?}");
    }
}
