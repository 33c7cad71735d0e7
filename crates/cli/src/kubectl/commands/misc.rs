//! Commands that only tell what kubectl itself is: `options`, `plugin`, `completion`, `help`.

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, find, help, options};
use crate::kubectl::failure::Failure;
use crate::kubectl::{GLOBAL_FLAGS, ROOT};

pub static OPTIONS: Command = Command::leaf("options", "", "List the options of every command", &[], |cli| {
    Box::pin(async move {
        cli.print(options(&GLOBAL_FLAGS));
        Ok(())
    })
});
pub static HELP: Command =
    Command::leaf("help", "[command]", "Explain a command", &[], |cli| Box::pin(async move { explain(&cli) }));
pub static PLUGIN: Command = Command::group("plugin", "[flags]", "Look at plugins", &[&PLUGIN_LIST]);
static PLUGIN_LIST: Command = Command::leaf("list", "[flags]", "List the plugins on the PATH", &[], |_| {
    Box::pin(async move { Err(Failure::plain("unable to find any kubectl plugins in your PATH")) })
});

fn explain(cli: &Cli) -> Result<(), Failure> {
    let found = find(&ROOT, &GLOBAL_FLAGS, cli.args());
    if let (1, Some(word)) = (found.chain.len(), cli.args().first()) {
        cli.eprintln(format_args!("Unknown help topic [`{word}`]"));
    }
    cli.print(help(&found));
    Ok(())
}
