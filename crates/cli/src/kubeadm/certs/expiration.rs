//! `kubeadm certs check-expiration`.

use super::{expires, read_configuration};
use crate::kubeadm::connection::KUBECONFIG;
use crate::kubeadm::pki::{AUTHORITIES, CERTIFICATES, Paper, USERS};
use crate::kubeadm::table::{short, table};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;
use calendar::Moment;

pub static CHECK_EXPIRATION: Command = Command::leaf(
    "check-expiration",
    "[flags]",
    "Check certificates expiration for a Kubernetes cluster",
    &[&KUBECONFIG],
    |cli| Box::pin(async move { check(&cli).await }),
);

async fn check(cli: &Cli) -> Result<(), Failure> {
    read_configuration(cli, "check-expiration").await;
    let header = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut rows =
        vec![header(&["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"])];
    // The kubelet renews its own.
    let mut issued: Vec<&Paper> =
        USERS.iter().filter(|user| user.name != "kubelet.conf").chain(&CERTIFICATES).collect();
    issued.sort_by_key(|paper| paper.name);
    rows.extend(issued.into_iter().map(|paper| row(cli, paper, Some(paper.authority))));
    cli.print(table(&rows));
    let mut rows = vec![header(&["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"])];
    rows.extend(AUTHORITIES.iter().map(|paper| row(cli, paper, None)));
    cli.print(format!("\n{}", table(&rows)));
    Ok(())
}

fn row(cli: &Cli, paper: &Paper, authority: Option<&str>) -> Vec<String> {
    let Some(expires) = expires(cli, paper) else {
        let mut row = vec![format!("!MISSING! {}", paper.name)];
        row.extend(vec![String::new(); if authority.is_some() { 4 } else { 3 }]);
        return row;
    };
    let left = (expires - cli.process.wall_clock()).div_euclid(1_000_000);
    let mut row = vec![paper.name.to_owned(), date(expires.div_euclid(1_000_000)), short(left)];
    row.extend(authority.map(str::to_owned));
    row.push("no      ".to_owned());
    row
}

/// `Jan 01, 2027 00:00 UTC`
fn date(seconds: i64) -> String {
    let moment = Moment::of(seconds);
    let Moment { year, day, hour, minute, .. } = moment;
    format!("{} {day:02}, {year} {hour:02}:{minute:02} UTC", moment.month_name())
}
