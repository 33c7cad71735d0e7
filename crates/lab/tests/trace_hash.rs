//! The same seed and the same inputs give the same trace, natively and in wasm, to the bit.
//!
//! `cargo xtask test parity` runs this natively, reads the hash it prints, and runs it again in wasm with that hash in
//! `KUBARIUM_TRACE_HASH`.

use kubarium_lab::{Desk, Kubernetes};
use protocol::{Fault, FromLab, Input, Logged, Nodes, Session, Setup, TerminalId};

/// A session with everything in it that could come out otherwise: elections, faults, programs, leases, random numbers.
fn session(seed: u64) -> Session {
    let submit = |text: &str| Input::Submit { terminal: TerminalId(0), text: text.into() };
    let press = |component: &str, fault| Input::Fault { component: component.into(), fault };
    let inputs = [
        (2_000_000, submit("for i in $(seq 1 20); do etcdctl put key$i $RANDOM; done")),
        (2_500_000, press("etcd-2", Fault::CutOff)),
        (4_000_000, submit("id=$(etcdctl lease grant 3 | awk '{print $2}'); etcdctl put lock mine --lease=$id")),
        (5_000_000, press("etcd-0", Fault::Kill)),
        (5_500_000, press("etcd-2", Fault::Reconnect)),
        (9_000_000, submit("etcdctl --endpoints=127.0.0.1:22379,127.0.0.1:32379 get key --prefix -w json | sort")),
        (12_000_000, press("etcd-0", Fault::Restart)),
        (14_000_000, submit("etcdctl endpoint status --cluster -w table")),
        (
            15_000_000,
            submit("curl -s 127.0.0.1:22379/version | jq -r .etcdserver | sed 's/^/etcdctl put /' > put; sh put v"),
        ),
        (
            16_000_000,
            submit("etcdctl snapshot save s.db; etcdctl put hash $(etcdutl snapshot status s.db | cut -d, -f1)"),
        ),
    ];
    let log = inputs.into_iter().map(|(at, input)| Logged { at, input }).collect();
    Session { log, now: 20_000_000, ..Session::fresh(seed, Setup::default()) }
}

/// A cluster of Kubernetes that starts, loses a kubelet and its scheduler's connection, and gets them back.
fn session_with_kubernetes(seed: u64) -> Session {
    let press = |component: &str, fault| Input::Fault { component: component.into(), fault };
    let inputs = [
        (4_000_000, press("kubelet worker1", Fault::Kill)),
        (5_000_000, press("kube-scheduler", Fault::CutOff)),
        (6_000_000, press("kubelet worker1", Fault::Restart)),
        (7_000_000, press("kube-scheduler", Fault::Reconnect)),
    ];
    let log = inputs.into_iter().map(|(at, input)| Logged { at, input }).collect();
    Session { log, now: 12_000_000, ..Session::fresh(seed, Setup::Kubernetes(Nodes::FEW)) }
}

/// The hashes of both.
fn replayed(seed: u64) -> String {
    [session(seed), session_with_kubernetes(seed)].map(|session| format!("{:016x}", hash(session))).concat()
}

fn hash(session: Session) -> u64 {
    let mut out = Vec::new();
    let mut desk = Desk::open(session, &machine::maker(), Some(Kubernetes::kubeadm()), &mut out);
    while !out.contains(&FromLab::Ready) {
        out.clear();
        desk.pump(0, &mut || true, &mut out);
    }
    desk.world().trace_hash()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_same_seed_and_inputs_give_the_same_trace_everywhere() {
    let hash = replayed(1);
    assert_eq!(hash, replayed(1), "two runs of one seed differ");
    assert_ne!(hash, replayed(2), "the seed changes nothing");
    match option_env!("KUBARIUM_TRACE_HASH") {
        Some(native) => assert_eq!(hash, native, "native and wasm differ"),
        None => println!("trace hash {hash}"),
    }
}
