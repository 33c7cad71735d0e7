//! Names of chains (`portProtoHash` in `pkg/proxy/iptables/proxier.go`): a prefix and 16 characters of a hash, since a
//! chain's name may have no more than 28.

use sha2::Digest;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The first 16 characters of the SHA-256 of these words, in base 32 (RFC 4648).
fn hash(words: &[&str]) -> String {
    let mut digest = sha2::Sha256::new();
    words.iter().for_each(|word| digest.update(word.as_bytes()));
    // 16 characters of 5 bits are 80 bits.
    let bits = digest.finalize().iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..16).rev().map(|index| char::from(ALPHABET[(bits >> (5 * index)) as usize & 31])).collect()
}

/// `KUBE-SVC-` and its kin: the chain of a service's port, such as `default/web:http` with `tcp`.
pub(super) fn of_port(prefix: &str, port: &str, protocol: &str) -> String {
    format!("{prefix}{}", hash(&[port, protocol]))
}

/// The chain of one endpoint of it, such as `10.244.1.2:80`.
pub(super) fn of_endpoint(port: &str, protocol: &str, endpoint: &str) -> String {
    format!("KUBE-SEP-{}", hash(&[port, protocol, endpoint]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that every cluster set up by kubeadm has.
    #[test]
    fn chains_have_the_names_they_have_on_a_real_node() {
        let check = |port: &str, protocol: &str, expected: &str| {
            assert_eq!(of_port("KUBE-SVC-", port, protocol), expected);
        };
        check("default/kubernetes:https", "tcp", "KUBE-SVC-NPX46M4PTMTKRN6Y");
        check("kube-system/kube-dns:dns", "udp", "KUBE-SVC-TCOU7JCQXEZGVUNU");
        check("kube-system/kube-dns:dns-tcp", "tcp", "KUBE-SVC-ERIFXISQEP7F7OF4");
        check("kube-system/kube-dns:metrics", "tcp", "KUBE-SVC-JD5MR3NA4I4DYORP");
    }
}
