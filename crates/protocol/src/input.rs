//! What a learner can do to a world: everything here is recorded and replayed.

use serde::{Deserialize, Serialize};

/// One terminal of the console; the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TerminalId(pub u32);

/// An input that changes the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Text given with Enter: a command, the next line of an unfinished one, or input of the running program.
    Submit { terminal: TerminalId, text: String },
    /// Ctrl-C.
    Interrupt { terminal: TerminalId },
    /// Ctrl-D on an empty line.
    EndOfInput { terminal: TerminalId },
    /// Something done to a component by its button on the diagram.
    Fault { component: String, fault: Fault },
    /// A message on its way between members is taken off the wire, known by its [`crate::WireMessage::id`]. One that has
    /// arrived stays arrived.
    Drop { message: u64 },
    /// A message on its way is held up by so many microseconds.
    Delay { message: u64, by: u64 },
    /// A terminal is opened: its shell shows its prompt.
    OpenTerminal { terminal: TerminalId },
    /// A terminal is closed, and with it what runs there.
    CloseTerminal { terminal: TerminalId },
}

/// What can be done to a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// SIGKILL: the process is gone at once, its disk stays.
    Kill,
    /// Starts a killed process again on the disk it left.
    Restart,
    /// SIGSTOP: the process stands still; messages wait for it.
    Pause,
    /// SIGCONT.
    Resume,
    /// The network carries nothing to or from it.
    CutOff,
    /// The network carries its messages again, in both directions.
    Reconnect,
    /// Its disk takes more than a second to make a write durable.
    SlowDisk,
    /// Its disk is as fast as disks are.
    NormalDisk,
    /// Its clock stands still while the rest of it runs on.
    StopClock,
    /// Its clock runs on from where it stood.
    StartClock,
    /// Nothing that it sends arrives; what others send does.
    CutOutgoing,
    /// Nothing that others send arrives at it; what it sends does.
    CutIncoming,
    /// It ends and stays down, whoever would start it again.
    Stop,
}
