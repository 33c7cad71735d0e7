//! `cargo xtask serve`: set-up, build, and the site on this machine.

use crate::args::Args;
use crate::http::{self, Server};
use crate::site::Build;
use crate::{setup, sh};

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut args = Args::new(words);
    let port = args.value("--port")?.unwrap_or_else(|| "8080".to_string());
    let port: u16 = port.parse().map_err(|_| format!("--port takes a number up to 65535, not {port:?}"))?;
    let base = Build::base(args.value("--base")?)?;
    let built = args.value("--dir")?;
    let dev = args.switch("--dev");
    args.finish()?;
    // A port that is taken should not show only after minutes of building.
    let listener = http::listen(port)?;
    let dir = match built {
        // A folder that `dist` has built: serve it as it is.
        Some(dir) => sh::root().join(dir),
        None => {
            setup::for_build()?;
            let build = Build { out: sh::root().join("target/serve"), base: base.clone(), dev };
            build.run()?;
            build.out
        }
    };
    let server = Server::new(listener, &dir, &base)?;
    println!("Kubarium is at {}  (Ctrl-C stops it)", server.url()?);
    server.run();
    Ok(())
}
