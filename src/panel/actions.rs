//! What can be done to a member, as buttons.

use crate::lab_link::Lab;
use leptos::prelude::*;
use protocol::{Fault, MemberView, Power};

/// The faults that make sense for a member as it is.
fn possible(member: &MemberView) -> Vec<(Fault, &'static str)> {
    let mut list = match member.power {
        Power::Running => vec![(Fault::Kill, "Kill"), (Fault::Pause, "Pause")],
        Power::Paused => vec![(Fault::Kill, "Kill"), (Fault::Resume, "Resume")],
        Power::Stopped => vec![(Fault::Restart, "Restart")],
    };
    list.push(if member.cut_off { (Fault::Reconnect, "Reconnect") } else { (Fault::CutOff, "Cut off") });
    list
}

#[component]
pub fn Actions(name: String) -> impl IntoView {
    let lab: Lab = expect_context();
    let list = {
        let name = name.clone();
        Memo::new(move |_| {
            lab.members
                .with(|members| members.iter().find(|member| member.name == name).map(possible).unwrap_or_default())
        })
    };
    view! {
        <div class="actions" role="group" aria-label="What to do to it">
            {move || {
                let name = name.clone();
                list.get()
                    .into_iter()
                    .map(move |(fault, label)| {
                        let name = name.clone();
                        let class = if matches!(fault, Fault::Kill | Fault::CutOff) { "button danger" } else { "button" };
                        view! {
                            <button type="button" class=class on:click=move |_| lab.fault(&name, fault)>
                                {label}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Role;

    fn check(power: Power, cut_off: bool, expected: &[&str]) {
        let member = MemberView {
            name: "etcd-0".into(),
            power,
            cut_off,
            role: Role::Follower,
            term: 1,
            leader: None,
            vote: None,
            commit: 0,
            applied: 0,
            last_index: 0,
            revision: 1,
            db_size: 0,
        };
        let found: Vec<&str> = possible(&member).into_iter().map(|(_, label)| label).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_applies_is_offered() {
        check(Power::Running, false, &["Kill", "Pause", "Cut off"]);
        check(Power::Paused, false, &["Kill", "Resume", "Cut off"]);
        check(Power::Stopped, true, &["Restart", "Reconnect"]);
    }
}
