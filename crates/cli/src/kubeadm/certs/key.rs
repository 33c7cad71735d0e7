//! `kubeadm certs certificate-key`.

use crate::kubectl::cmdline::Command;

pub static CERTIFICATE_KEY: Command =
    Command::leaf("certificate-key", "[flags]", "Generate certificate keys", &[], |cli| {
        Box::pin(async move {
            // A key of 32 bytes for AES.
            let key: String = (0..4).map(|_| format!("{:016x}", cli.process.random())).collect();
            cli.println(key);
            Ok(())
        })
    })
    .long("Prints a random key that 'kubeadm init --upload-certs' can encrypt the uploaded certificates with.");
