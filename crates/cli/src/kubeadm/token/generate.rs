//! `kubeadm token generate`.

use super::secret::generate;
use crate::kubectl::cmdline::Command;

pub static GENERATE: Command = Command::leaf(
    "generate",
    "[flags]",
    "Generate and print a bootstrap token, but do not create it on the server",
    &[],
    |cli| {
        Box::pin(async move {
            cli.println(generate(&cli.process));
            Ok(())
        })
    },
);
