//! What is measured, in which order: the same for every arm.

/// Bytes of a value.
pub const VALUE: usize = 256;
/// Keys of a range.
const RANGE: u64 = 10_000;
/// Watchers of one key.
const WATCHERS: u64 = 1_000;

/// Something that takes a load: the simulated cluster, or the real one.
pub trait Arm {
    /// `total` puts of keys below `keys`, by so many clients that each wait for their answer before they ask again.
    ///
    /// # Errors
    /// In words, when a put fails.
    fn puts(&mut self, clients: u64, total: u64, keys: u64) -> Result<(), String>;

    /// `times` linearizable reads of the first `keys` keys, one after the other.
    ///
    /// # Errors
    /// In words, when a read fails or brings other than `keys` keys.
    fn ranges(&mut self, times: u64, keys: u64) -> Result<(), String>;

    /// Opens so many streams that each watch the same key.
    ///
    /// # Errors
    /// In words, when one is refused.
    fn watch(&mut self, watchers: u64) -> Result<(), String>;

    /// Puts that key so often, one after the other, until every watcher was told of each.
    ///
    /// # Errors
    /// In words, when a put fails or a stream ends.
    fn fan_out(&mut self, puts: u64) -> Result<(), String>;
}

/// How much of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Keys of the large store.
    pub keys: u64,
    /// Puts that are timed with a hundred clients and more.
    pub puts: u64,
    /// Of the measurements, only those whose names contain this: what a profiler wants to see.
    pub only: String,
}

impl Plan {
    /// Runs everything. `clock` gives milliseconds from any moment on, and how many of them the processors worked for
    /// this arm where that can be told; `tell` gets `ready` once it begins to measure, then a line for each figure: what
    /// it is, how often it was done, and how many of both milliseconds that took, separated by tabs.
    ///
    /// # Errors
    /// In words, when the arm refuses something.
    pub fn run(
        &self,
        arm: &mut dyn Arm,
        clock: &dyn Fn() -> [f64; 2],
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        let Plan { keys, puts, .. } = *self;
        // Fills the keys that are read later, and wakes everything up.
        arm.puts(100, RANGE, RANGE)?;
        tell("ready");
        let mut measure = |what: &str, times: u64, run: &mut dyn FnMut() -> Result<(), String>| {
            if !what.contains(&self.only) {
                return Ok(());
            }
            let before = clock();
            run()?;
            let after = clock();
            tell(&format!("{what}\t{times}\t{:.3}\t{:.3}", after[0] - before[0], after[1] - before[1]));
            Ok::<(), String>(())
        };
        measure("put, 1 client", puts / 10, &mut || arm.puts(1, puts / 10, RANGE))?;
        measure("put, 100 clients", puts, &mut || arm.puts(100, puts, RANGE))?;
        measure("put, 1000 clients", puts, &mut || arm.puts(1_000, puts, RANGE))?;
        measure("range of 10000 keys", 20, &mut || arm.ranges(20, RANGE))?;
        arm.watch(WATCHERS)?;
        measure("watch event, 1000 watchers", 50 * WATCHERS, &mut || arm.fan_out(50))?;
        measure("put, among 1000 keys", puts, &mut || arm.puts(1_000, puts, 1_000))?;
        measure(&format!("new key, up to {keys}"), keys, &mut || arm.puts(1_000, keys, keys))?;
        measure(&format!("put, among {keys} keys"), puts, &mut || arm.puts(1_000, puts, keys))
    }
}

/// The key of a number: neighbours in the store are never put one after the other.
pub fn key(number: u64, keys: u64) -> String {
    format!("key-{:08}", number * 7_919 % keys)
}
