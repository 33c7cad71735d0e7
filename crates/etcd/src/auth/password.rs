//! Passwords at rest.

/// Rounds of mixing. The real server uses bcrypt, made slow on purpose against someone who stole the database; that
/// cost would stall the page, and nobody keeps a real secret in a simulated cluster. What the lesson needs is that the
/// password itself is not stored, which this salted hash grants.
const ROUNDS: u32 = 16;

/// Hashes a password with a salt; the result holds the salt. An empty password has a hash as well.
pub fn hash_password(password: &str, salt: u64) -> String {
    format!("{salt:016x}${:016x}", mix(password.as_bytes(), salt))
}

/// Whether a password is the one of a hash.
pub(crate) fn matches(password: &str, hashed: &str) -> bool {
    let salt = hashed.split_once('$').and_then(|(salt, _)| u64::from_str_radix(salt, 16).ok());
    salt.is_some_and(|salt| hash_password(password, salt) == hashed)
}

/// FNV-1a over the password, again and again, with the avalanche of SplitMix64 between the rounds.
fn mix(bytes: &[u8], salt: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ salt;
    for _ in 0..ROUNDS {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^= hash >> 31;
    }
    hash
}
