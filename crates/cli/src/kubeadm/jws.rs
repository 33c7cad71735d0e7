//! The signature under cluster-info: a detached JSON web signature with HMAC-SHA256, whose key is the token's secret
//! (`k8s.io/cluster-bootstrap/token/jws`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// Whether `signature` is that of `content` by the token with this ID and secret.
pub fn is_valid(signature: &str, content: &str, id: &str, secret: &str) -> bool {
    signature == sign(content, id, secret)
}

/// The signature: a header, nothing, and the code, between dots.
pub fn sign(content: &str, id: &str, secret: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"HS256\",\"kid\":\"{id}\"}}"));
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(content));
    format!("{header}..{}", URL_SAFE_NO_PAD.encode(hmac(secret.as_bytes(), signed.as_bytes())))
}

/// HMAC-SHA256 (RFC 2104) with a key no longer than a block, as tokens' secrets are.
fn hmac(key: &[u8], message: &[u8]) -> impl AsRef<[u8]> {
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second case of RFC 4231.
    #[test]
    fn the_code_is_that_of_the_standard() {
        let code = hmac(b"Jefe", b"what do ya want for nothing?");
        let hex: String = code.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn only_the_tokens_own_signature_is_valid() {
        let signature = sign("kind: Config", "abcdef", "0123456789abcdef");
        assert!(is_valid(&signature, "kind: Config", "abcdef", "0123456789abcdef"));
        assert!(!is_valid(&signature, "kind: Config ", "abcdef", "0123456789abcdef"));
        assert!(!is_valid(&signature, "kind: Config", "abcdef", "1123456789abcdef"));
    }
}
