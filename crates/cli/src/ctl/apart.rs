//! The way to the subcommands whose code lies apart from the rest of etcdctl. Nothing else may lead to it.

use crate::apart::Subcommand;
use crate::program::{Invocation, RunFuture, conclude};

use super::{
    alarm, auth, check, defrag, elect, endpoint, lock, make_mirror, member, move_leader, role, snapshot, user,
};

/// Runs a subcommand, says why it ended as it did, and returns its exit code.
pub async fn run(subcommand: Subcommand, invocation: Invocation) -> i32 {
    let process = invocation.process.clone();
    let run: RunFuture = match subcommand {
        Subcommand::AlarmDisarm => Box::pin(alarm::disarm::run(invocation)),
        Subcommand::AlarmList => Box::pin(alarm::list::run(invocation)),
        Subcommand::AuthDisable => Box::pin(auth::disable::run(invocation)),
        Subcommand::AuthEnable => Box::pin(auth::enable::run(invocation)),
        Subcommand::AuthStatus => Box::pin(auth::status::run(invocation)),
        Subcommand::CheckDatascale => Box::pin(check::datascale::run(invocation)),
        Subcommand::CheckPerf => Box::pin(check::perf::run(invocation)),
        Subcommand::Defrag => Box::pin(defrag::run_on_files(invocation)),
        Subcommand::Elect => Box::pin(elect::run(invocation)),
        Subcommand::EndpointHashkv => Box::pin(endpoint::hashkv::run(invocation)),
        Subcommand::Lock => Box::pin(lock::run(invocation)),
        Subcommand::MakeMirror => Box::pin(make_mirror::run(invocation)),
        Subcommand::MemberAdd => Box::pin(member::add::run(invocation)),
        Subcommand::MemberPromote => Box::pin(member::promote::run(invocation)),
        Subcommand::MemberRemove => Box::pin(member::remove::run(invocation)),
        Subcommand::MemberUpdate => Box::pin(member::update::run(invocation)),
        Subcommand::MoveLeader => Box::pin(move_leader::run(invocation)),
        Subcommand::RoleAdd => Box::pin(role::add::run(invocation)),
        Subcommand::RoleDelete => Box::pin(role::delete::run(invocation)),
        Subcommand::RoleGet => Box::pin(role::get::run(invocation)),
        Subcommand::RoleGrantPermission => Box::pin(role::grant_permission::run(invocation)),
        Subcommand::RoleList => Box::pin(role::list::run(invocation)),
        Subcommand::RoleRevokePermission => Box::pin(role::revoke_permission::run(invocation)),
        Subcommand::SnapshotRestore => Box::pin(snapshot::restore::run(invocation)),
        Subcommand::SnapshotSave => Box::pin(snapshot::save::run(invocation)),
        Subcommand::SnapshotStatus => Box::pin(snapshot::status::run(invocation)),
        Subcommand::UserAdd => Box::pin(user::add::run(invocation)),
        Subcommand::UserDelete => Box::pin(user::delete::run(invocation)),
        Subcommand::UserGet => Box::pin(user::get::run(invocation)),
        Subcommand::UserGrantRole => Box::pin(user::grant_role::run(invocation)),
        Subcommand::UserList => Box::pin(user::list::run(invocation)),
        Subcommand::UserPasswd => Box::pin(user::passwd::run(invocation)),
        Subcommand::UserRevokeRole => Box::pin(user::revoke_role::run(invocation)),
    };
    conclude(&process, run.await)
}
