//! `etcdutl snapshot restore`, which `etcdctl snapshot restore` still runs (etcd: etcdutl/snapshot/v3_snapshot.go).

use etcd::apply::Snapshot;
use etcd::server::{DataDir, Members, RestoreOptions};

use crate::datadir;
use crate::flags::{CommandSpec, FlagSet, FlagSpec, Kind};
use crate::go;
use crate::log::{self, file_error};
use crate::print::{array, json_quote};
use crate::program::{Exit, Invocation, RunFuture};
use crate::urls;
use crate::version::Release;

use super::snapshot_file::{HASH_SIZE, database, has_checksum, hash};

pub static RESTORE: CommandSpec = CommandSpec::leaf(
    "restore <filename> --data-dir {output dir} [options]",
    "Makes the data directory of a new member from a snapshot file",
    &FLAGS,
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.required(&["data-dir"]);

static FLAGS: [FlagSpec; 10] = flags("10737418240");

/// The flags of a restoration, which etcdctl still has, too. The two do not agree on how much is mapped at first.
pub const fn flags(memory_map_size: &'static str) -> [FlagSpec; 10] {
    [
        FlagSpec::text("data-dir", "", "directory to make"),
        FlagSpec::text("wal-dir", "", "directory for the write-ahead log, if not in --data-dir"),
        FlagSpec::text("initial-cluster", "default=http://localhost:2380", "names and peer URLs of the new cluster"),
        FlagSpec::text("initial-cluster-token", "etcd-cluster", "token that tells the new cluster from others"),
        FlagSpec::text(
            "initial-advertise-peer-urls",
            "http://localhost:2380",
            "where the others will reach this member",
        ),
        FlagSpec::text("name", "default", "name of this member"),
        FlagSpec::switch("skip-hash-check", "take a file without hash (copied from a data directory)"),
        FlagSpec::new("initial-memory-map-size", Kind::Uint, memory_map_size, "bytes of the database mapped at first")
            .since_3_5(),
        FlagSpec::new("bump-revision", Kind::Uint, "0", "by how much the revision grows").since_3_5(),
        FlagSpec::switch("mark-compacted", "count everything before the grown revision as compacted").since_3_5(),
    ]
}

async fn run(invocation: Invocation) -> Result<(), Exit> {
    restore(&invocation)
}

/// The flags of a restoration.
pub struct Restore {
    file: String,
    data_dir: String,
    wal_dir: String,
    options: RestoreOptions,
    skip_hash_check: bool,
    memory_map_size: u64,
}

impl Restore {
    fn from_flags(file: String, flags: &FlagSet) -> Result<Self, Exit> {
        let bump = flags.uint("bump-revision");
        if (bump > 0) != flags.bool("mark-compacted") {
            return Err(Exit::bad_args("--mark-compacted required if --revision-bump > 0"));
        }
        let name = flags.text("name").to_owned();
        let data_dir = match flags.text("data-dir") {
            "" => format!("{name}.etcd"),
            dir => dir.to_owned(),
        };
        let wal_dir = match flags.text("wal-dir") {
            "" => datadir::wal_dir(&datadir::clean(&data_dir)),
            dir => dir.to_owned(),
        };
        let advertised = flags.text("initial-advertise-peer-urls").split(',').map(|url| url.trim().to_owned());
        let advertise_peer_urls: Vec<String> = advertised.collect();
        advertise_peer_urls.iter().try_for_each(|url| urls::check(url)).map_err(Exit::error)?;
        let options = RestoreOptions {
            initial_cluster: urls::cluster(flags.text("initial-cluster")).map_err(Exit::error)?,
            initial_cluster_token: flags.text("initial-cluster-token").to_owned(),
            advertise_peer_urls,
            bump_revision: i64::try_from(bump).unwrap_or(i64::MAX),
            name,
        };
        Ok(Self {
            file,
            data_dir,
            wal_dir,
            options,
            skip_hash_check: flags.bool("skip-hash-check"),
            memory_map_size: flags.uint("initial-memory-map-size"),
        })
    }

    fn log_fields(&self, release: &Release) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("path", json_quote(&self.file)),
            ("wal-dir", json_quote(&self.wal_dir)),
            ("data-dir", json_quote(&self.data_dir)),
            ("snap-dir", json_quote(&datadir::snap_dir(&datadir::clean(&self.data_dir)))),
        ];
        if !release.is_3_4() {
            fields.push(("initial-memory-map-size", self.memory_map_size.to_string()));
        }
        fields
    }
}

/// Restores the file named in the arguments.
pub fn restore(invocation: &Invocation) -> Result<(), Exit> {
    let file = super::one_file(invocation, "snapshot restore")?;
    let job = Restore::from_flags(file, &invocation.flags)?;
    let RestoreOptions { name, initial_cluster, advertise_peer_urls, .. } = &job.options;
    let mut resolved = |url: &str, host: &str| {
        let fields = [("url", json_quote(url)), ("host", json_quote(host)), ("resolved-addr", json_quote(host))];
        say(invocation, ["netutil/netutil.go:112", "netutil/netutil.go:121"], "resolved URL Host", &fields);
    };
    urls::check_bootstrap(name, initial_cluster, advertise_peer_urls, &mut resolved).map_err(Exit::error)?;
    let (process, release) = (&invocation.process, &invocation.release);
    let files = process.fs();
    let data_dir = process.path(&job.data_dir);
    let occupied = match files.list(&data_dir) {
        Ok(entries) => release.is_3_4() || !entries.is_empty(),
        Err(_) => files.exists(&data_dir),
    };
    if occupied {
        let name = go::quote(&job.data_dir);
        let what = if release.is_3_4() { "exists" } else { "not empty or could not be read" };
        return Err(Exit::error(format!("data-dir {name} {what}")));
    }
    let wal_dir = process.path(&job.wal_dir);
    if files.exists(&wal_dir) {
        return Err(Exit::error(format!("wal-dir {} exists", go::quote(&job.wal_dir))));
    }
    let fields = job.log_fields(release);
    say(invocation, ["snapshot/v3_snapshot.go:265", "snapshot/v3_snapshot.go:296"], "restoring snapshot", &fields);
    let content = files.read(&process.path(&job.file)).map_err(|e| Exit::error(file_error("open", &job.file, e)))?;
    if content.len() < HASH_SIZE {
        return Err(Exit::error(format!("seek {}: invalid argument", job.file)));
    }
    let snap_dir = datadir::snap_dir(&data_dir);
    files.mkdir_all(&snap_dir).map_err(|e| Exit::error(file_error("mkdir", &job.data_dir, e)))?;
    let database = verified(&content, job.skip_hash_check)?;
    // Whatever goes wrong from here on, the copy of the database lies where the original leaves it.
    let db_path = datadir::database(&data_dir);
    files.write(&db_path, database).map_err(|e| Exit::error(file_error("write", &db_path, e)))?;
    let made = DataDir::restore(database, &job.options).map_err(Exit::error)?;
    log_changes(invocation, database, &job.options);
    datadir::write(&files, &data_dir, &wal_dir, &made).map_err(|e| Exit::error(file_error("write", &db_path, e)))?;
    say(invocation, ["snapshot/v3_snapshot.go:293", "snapshot/v3_snapshot.go:309"], "restored snapshot", &fields);
    Ok(())
}

/// The database of a snapshot file, once its hash is found right or not asked for.
fn verified(file: &[u8], skip: bool) -> Result<&[u8], Exit> {
    let database = database(file);
    if skip {
        return Ok(database);
    }
    if !has_checksum(file.len()) {
        return Err(Exit::error("snapshot missing hash but --skip-hash-check=false"));
    }
    let (expected, found) = (&file[file.len() - HASH_SIZE..], hash(database));
    if expected != found {
        let list = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        return Err(Exit::error(format!("expected sha256 [{}], got [{}]", list(expected), list(&found))));
    }
    Ok(database)
}

/// A line of the log: for people, from the first place in the source; 3.4 writes JSON, from the second.
fn say(invocation: &Invocation, [at, at_3_4]: [&str; 2], message: &str, fields: &[(&str, String)]) {
    if invocation.release.is_3_4() {
        log::json_of_fields(&invocation.process, at_3_4, message, fields);
    } else {
        log::console(&invocation.process, "info", at, message, fields);
    }
}

/// What is told of the changes that make the database that of a new cluster.
fn log_changes(invocation: &Invocation, database: &[u8], options: &RestoreOptions) {
    let old = Snapshot::decode(database);
    let (last, compacted) = old.map_or((0, 0), |old| (old.store().last_row_revision(), old.store().compact_revision()));
    if invocation.release.is_3_4() && compacted > 0 {
        let fields = [
            ("meta-bucket-name", json_quote("meta")),
            ("meta-bucket-name-key", json_quote("finishedCompactRev")),
            ("restored-compact-revision", compacted.to_string()),
        ];
        say(invocation, ["", "mvcc/kvstore.go:388"], "restored last compact revision", &fields);
    }
    if !invocation.release.is_3_4() {
        let trimming = "Trimming membership information from the backend...";
        say(invocation, ["membership/store.go:138", ""], trimming, &[]);
    }
    if options.bump_revision > 0 {
        let new = last.saturating_add(options.bump_revision);
        let fields = [
            ("latest-revision", last.to_string()),
            ("bump-amount", options.bump_revision.to_string()),
            ("new-latest-revision", new.to_string()),
        ];
        say(invocation, ["snapshot/v3_snapshot.go:356", ""], "bumping latest revision", &fields);
        let fields = [("revision", new.to_string())];
        say(invocation, ["snapshot/v3_snapshot.go:373", ""], "marking revision compacted", &fields);
    }
    let members = Members::initial(&options.initial_cluster, &options.initial_cluster_token);
    for member in members.list() {
        let mut fields = vec![
            ("cluster-id", format!("\"{:x}\"", members.cluster)),
            ("local-member-id", "\"0\"".to_owned()),
            ("added-peer-id", format!("\"{:x}\"", member.id)),
            ("added-peer-peer-urls", array(member.peer_urls.iter().map(|u| json_quote(u)))),
        ];
        if !invocation.release.is_3_4() {
            fields.push(("added-peer-is-learner", "false".to_owned()));
        }
        say(invocation, ["membership/cluster.go:421", "membership/cluster.go:392"], "added member", &fields);
    }
}
