//! The programs in a world, where no recording says what they print: the rules are those of etcd's source.

use kubarium_lab::{World, WorldSetup};

/// Types `script` at a fresh cluster of one member; what stands on standard output and standard error then.
#[track_caller]
fn check(version: &str, script: &str, expected: &str) {
    let setup = WorldSetup { version: version.into(), ..WorldSetup::of_members(1) };
    let mut world = World::new(1, &setup, &machine::maker());
    world.wait_until_settled(30_000_000);
    let job = world.begin(script);
    let until = world.now() + 100_000_000;
    world.run_while(until, &mut || job.code().is_none());
    let said = [job.stdout(), job.stderr()].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(said, expected, "{script}");
}

#[test]
fn version_2_has_users_and_roles_of_its_own() {
    let script = "export ETCDCTL_API=2
etcdctl user add root:secret; etcdctl user add eve:1; etcdctl user add eve:2 2>&1; etcdctl role add reader
etcdctl role grant reader --path '/open/*' --read; etcdctl role grant reader --path '/open/*' --read 2>&1
etcdctl user grant eve --roles reader; etcdctl user get eve; etcdctl role get reader
etcdctl user list; etcdctl role list; etcdctl user get nobody 2>&1
etcdctl set /open/a 1; etcdctl set /closed/a 2
etcdctl auth enable; etcdctl auth enable 2>&1; etcdctl -u root:secret role revoke guest --path '/*' --rw
etcdctl get /open/a 2>&1; etcdctl -u eve:2 get /open/a; etcdctl -u eve:2 set /open/a 3 2>&1
etcdctl -u eve:2 get /closed/a 2>&1; etcdctl -u eve:wrong get /open/a 2>&1; etcdctl -u root:secret get /closed/a
etcdctl user list 2>&1; etcdctl -u root:secret user remove root 2>&1; etcdctl -u root:secret auth disable
etcdctl user remove eve; etcdctl role remove reader; etcdctl role remove root 2>&1";
    let refused = "Error:  110: The request requires user authentication (Insufficient credentials) [0]\n";
    let expected = format!(
        "User root created\nUser eve created\nUser eve created\nRole reader created\nRole reader updated\n\
         auth: Granting duplicate read permission /open/*\nUser eve updated\nUser: eve\nRoles:  reader\n\
         Role: reader\nKV Read:\n\t/open/*\nKV Write:\neve\nroot\nreader\nroot\nauth: User nobody does not exist.\n\
         1\n2\nAuthentication Enabled\nInsufficient credentials\nRole guest updated\n\
         {refused}1\n{refused}{refused}{refused}2\nInsufficient credentials\n\
         auth: Cannot delete root user while auth is enabled.\nAuthentication Disabled\n\
         User eve removed\nRole reader removed\nauth: Cannot modify role root: is root role.\n"
    );
    check("3.4.23", script, &expected);
}

#[test]
fn the_peer_port_answers_clients_and_has_pages_of_its_own() {
    let script = "etcdctl --endpoints=127.0.0.1:2380 put a 1; etcdctl get a
curl -s http://127.0.0.1:2380/version; echo; curl -s http://127.0.0.1:2380/members; curl -s http://127.0.0.1:2380/health";
    let members = r#"[{"id":13195394291058371180,"peerURLs":["http://127.0.0.1:2380"],"name":"default","clientURLs":["http://127.0.0.1:2379"]}]"#;
    let expected =
        format!("OK\na\n1\n{{\"etcdserver\":\"3.5.30\",\"etcdcluster\":\"3.5.0\"}}\n{members}\n404 page not found\n");
    check("3.5.30", script, &expected);
}

#[test]
fn a_snapshot_has_more_rows_than_keys() {
    let script = "etcdctl put a 1 > /dev/null; etcdctl put a 2 > /dev/null; etcdctl del a > /dev/null
etcdctl snapshot save s.db 2> /dev/null > /dev/null; etcdutl snapshot status s.db | cut -d, -f2,3
etcdctl lease grant 100 > /dev/null; etcdctl user add u:p > /dev/null; etcdctl compaction 4 > /dev/null
etcdctl snapshot save t.db 2> /dev/null > /dev/null; etcdutl snapshot status t.db | cut -d, -f2,3";
    // Six rows of a cluster of one, three of the key; then its deletion alone, which is kept at the revision of the
    // compaction, two rows of the compaction, one of a lease, one of a user.
    check("3.5.30", script, " 4, 9\n 4, 11\n");
}

#[test]
fn a_restored_revision_can_be_raised() {
    let script = "etcdctl put a 1 > /dev/null; etcdctl snapshot save s.db > /dev/null 2> /dev/null
etcdutl snapshot restore s.db --data-dir d --bump-revision 1000 2>&1
etcdutl snapshot restore s.db --data-dir d --bump-revision 1000 --mark-compacted 2>&1 | cut -f4- | head -4";
    let expected = "Error: --mark-compacted required if --revision-bump > 0\n\
        restoring snapshot\t{\"path\": \"s.db\", \"wal-dir\": \"d/member/wal\", \"data-dir\": \"d\", \"snap-dir\": \"d/member/snap\", \"initial-memory-map-size\": 10737418240}\n\
        Trimming membership information from the backend...\n\
        bumping latest revision\t{\"latest-revision\": 2, \"bump-amount\": 1000, \"new-latest-revision\": 1002}\n\
        marking revision compacted\t{\"revision\": 1002}\n";
    check("3.5.30", script, expected);
}

#[test]
fn release_3_4_does_not_know_what_came_later() {
    let script =
        "etcdctl get a --count-only 2>&1 | head -1; etcdctl auth status | head -2; etcdctl del a b; etcdctl version";
    let expected = "Error: unknown flag: --count-only\nNAME:\n\tauth - Switches authentication on and off\n0\n\
                    etcdctl version: 3.4.23\nAPI version: 3.4\n";
    check("3.4.23", script, expected);
}
