//! A canonical form of what happened, and a hash over it.

/// A running 64-bit hash over fixed-width integers and bytes. There is no `usize` in its interface, so what is hashed
/// cannot depend on the platform. It tells traces apart; it does not resist an adversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

const MULTIPLIER: u64 = 0x9fb2_1c65_1e98_df25;

impl Default for Digest {
    fn default() -> Digest {
        Digest(0x2545_f491_4f6c_dd1d)
    }
}

impl Digest {
    /// The digest of nothing.
    pub fn new() -> Digest {
        Digest::default()
    }

    /// Adds one byte, as a word of its own.
    pub fn u8(&mut self, value: u8) {
        self.u64(u64::from(value));
    }

    /// Adds a 32-bit number, as a word of its own.
    pub fn u32(&mut self, value: u32) {
        self.u64(u64::from(value));
    }

    /// Adds a 64-bit number.
    #[inline]
    pub fn u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(MULTIPLIER);
        self.0 = mixed ^ (mixed >> 29);
    }

    /// Adds a signed number by its two's complement bits.
    pub fn i64(&mut self, value: i64) {
        self.u64(value.cast_unsigned());
    }

    /// Adds a truth value.
    pub fn bool(&mut self, value: bool) {
        self.u64(u64::from(value));
    }

    /// Adds bytes with their length, so that neighbours cannot run together.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.u64(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.u64(u64::from_le_bytes(last));
        }
    }

    /// Adds text by its UTF-8 bytes.
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// The hash of everything added so far.
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// What travels on the network or is written in the trace.
pub trait Payload {
    /// Adds a canonical form of this value: equal values add the same words, different ones should not.
    fn digest(&self, digest: &mut Digest);

    /// Bytes it takes on the wire; what bandwidth is charged for. Notes take none.
    fn size(&self) -> u64 {
        0
    }

    /// Whether it travels on a connection that sends again what got lost (TCP): loss then delays it, a cut holds it
    /// until the link heals, and it is never duplicated or overtaken. Otherwise loss and cuts drop it.
    fn reliable(&self) -> bool {
        true
    }
}
