//! What can be done to a member, as buttons.

use crate::lab_link::Lab;
use crate::reactive::{Memo, draws, each, on};
use leptos::prelude::*;
use protocol::{ComponentView, Fault, MemberView, Power};

/// What makes sense for a process that is so.
fn of_power(power: Power) -> Vec<(Fault, &'static str)> {
    match power {
        Power::Running => vec![(Fault::Kill, "Kill"), (Fault::Pause, "Pause")],
        Power::Paused => vec![(Fault::Kill, "Kill"), (Fault::Resume, "Resume")],
        Power::Stopped => vec![(Fault::Restart, "Restart")],
    }
}

/// The faults that make sense for a component of Kubernetes as it is.
fn possible_of(component: &ComponentView) -> Vec<(Fault, &'static str)> {
    let mut list = of_power(component.power);
    add_stop(component.power, &mut list);
    list.push(if component.cut_off { (Fault::Reconnect, "Reconnect") } else { (Fault::CutOff, "Cut off") });
    list
}

/// Somebody starts a killed process of Kubernetes again; one that was stopped stays down.
fn add_stop(power: Power, list: &mut Vec<(Fault, &'static str)>) {
    if power != Power::Stopped {
        list.insert(1, (Fault::Stop, "Stop"));
    }
}

/// The faults that make sense for a member as it is.
fn possible(member: &MemberView) -> Vec<(Fault, &'static str)> {
    let mut list = of_power(member.power);
    if member.cut_outgoing || member.cut_incoming {
        list.push((Fault::Reconnect, "Reconnect"));
    } else {
        list.push((Fault::CutOff, "Cut off"));
        list.push((Fault::CutOutgoing, "Cut outgoing"));
        list.push((Fault::CutIncoming, "Cut incoming"));
    }
    if member.slow_disk {
        list.push((Fault::NormalDisk, "Normal disk"));
    } else {
        list.push((Fault::SlowDisk, "Slow disk"));
    }
    if member.clock_stopped {
        list.push((Fault::StartClock, "Start the clock"));
    } else {
        list.push((Fault::StopClock, "Stop the clock"));
    }
    list
}

#[component]
pub fn Actions(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    let list = {
        let name = name.clone();
        Memo::new(move |_| {
            let of_kubernetes = || lab.kubernetes.with(|known| known.component(&name).map(possible_of));
            let looked_after = lab.kubernetes.with(|known| !known.components.is_empty());
            let of_member = |member: &MemberView| {
                let mut list = possible(member);
                if looked_after {
                    add_stop(member.power, &mut list);
                }
                list
            };
            let of_etcd = lab.members.with(|members| members.iter().find(|member| member.name == name).map(of_member));
            of_etcd.or_else(of_kubernetes).unwrap_or_default()
        })
    };
    view! {
        <div class="actions" role="group" aria-label="What to do to it">
            {draws(move || {
                let name = name.clone();
                each(list.get()
                    .into_iter()
                    .map(move |(fault, label)| {
                        let name = name.clone();
                        let class = if matches!(fault, Fault::Kill | Fault::Stop | Fault::CutOff | Fault::CutOutgoing | Fault::CutIncoming) { "button danger" } else { "button" };
                        view! {
                            <button type="button" class=class on:click=on(move |_| lab.fault(&name, fault))>
                                {label}
                            </button>
                        }
                    }))
            })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Role;

    fn check(change: impl FnOnce(&mut MemberView), expected: &[&str]) {
        let mut member = MemberView {
            name: "etcd-0".into(),
            power: Power::Running,
            cut_off: false,
            role: Role::Follower,
            term: 1,
            leader: None,
            vote: None,
            commit: 0,
            applied: 0,
            last_index: 0,
            revision: 1,
            db_size: 0,
            cut_outgoing: false,
            cut_incoming: false,
            slow_disk: false,
            clock_stopped: false,
        };
        change(&mut member);
        let found: Vec<&str> = possible(&member).into_iter().map(|(_, label)| label).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_applies_is_offered() {
        let network = ["Cut off", "Cut outgoing", "Cut incoming"];
        let rest = ["Slow disk", "Stop the clock"];
        check(|_| {}, &[&["Kill", "Pause"][..], &network, &rest].concat());
        check(|member| member.power = Power::Paused, &[&["Kill", "Resume"][..], &network, &rest].concat());
        let stopped = |member: &mut MemberView| {
            member.power = Power::Stopped;
            (member.cut_off, member.cut_outgoing, member.cut_incoming) = (true, true, true);
        };
        check(stopped, &["Restart", "Reconnect", "Slow disk", "Stop the clock"]);
        let troubled = |member: &mut MemberView| {
            (member.cut_incoming, member.slow_disk, member.clock_stopped) = (true, true, true);
        };
        check(troubled, &["Kill", "Pause", "Reconnect", "Normal disk", "Start the clock"]);
    }

    #[test]
    fn a_component_of_kubernetes_has_a_power_switch_and_a_cable() {
        let labels = |power, cut_off| {
            let component = ComponentView { name: "kubelet worker1".into(), power, cut_off };
            possible_of(&component).into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(labels(Power::Running, false), ["Kill", "Stop", "Pause", "Cut off"]);
        assert_eq!(labels(Power::Paused, true), ["Kill", "Stop", "Resume", "Reconnect"]);
        assert_eq!(labels(Power::Stopped, false), ["Restart", "Cut off"]);
    }
}
