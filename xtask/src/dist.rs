//! `cargo xtask dist`: the folder to put on any static host, under any path.

use std::path::PathBuf;

use crate::args::Args;
use crate::site::{self, Build};
use crate::{setup, sh, size};

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut args = Args::new(words);
    let base = Build::base(args.value("--base")?)?;
    let out = args.value("--out")?.map_or_else(site::dist_dir, |out| sh::root().join(PathBuf::from(out)));
    args.finish()?;
    setup::for_build()?;
    let build = Build { out, base, dev: false };
    build.run()?;
    size::check(&build.out)?;
    println!("{} is ready for a static host, to be served under {}", build.out.display(), build.base);
    Ok(())
}
