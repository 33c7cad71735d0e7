//! `etcdctl watch`, and how `exec-watch` waits for changes.

use shell::{Either, race};

use super::client::{Client, Deadline};
use super::failure::Failure;
use super::keys::{self, connect_for_key};
use super::response::KeyResponse;
use super::spec::{Command, FlagSpec};
use super::{Context, Ended, code};

pub static WATCH: Command =
    Command::leaf("watch", "waits for a key to change", "<key>", |context| Box::pin(run(context))).flags(&[
        FlagSpec::switch(&["forever", "f"], "go on until CTRL+C"),
        FlagSpec::int(&["after-index"], "begin with the first change after this index"),
        FlagSpec::switch(&["recursive", "r"], "also watch what is below the key"),
    ]);

async fn run(context: Context) -> Ended {
    let (mut client, key) = connect_for_key(&context).await?;
    let interrupt = context.process.catch_interrupt();
    let recursive = context.flags.is_on("recursive");
    let mut watcher = Watcher::new(&context, key, recursive);
    let show = async {
        loop {
            let response = watcher.next(&context, &mut client).await?;
            if response.node.dir {
                continue;
            }
            if recursive {
                context.println(format_args!("[{}] {}", response.action, response.node.key));
            }
            response.print(&context);
            if !context.flags.is_on("forever") {
                return Ok(());
            }
        }
    };
    match race(show, interrupt).await {
        Either::First(ended) => ended,
        Either::Second(()) => Ok(()),
    }
}

/// Waits for one change after the other.
pub struct Watcher {
    key: String,
    recursive: bool,
    /// The first change to wait for; 0 for the next.
    index: u64,
}

impl Watcher {
    pub fn new(context: &Context, key: &str, recursive: bool) -> Self {
        let after = context.flags.int("after-index").cast_unsigned();
        let index = if after > 0 { after.wrapping_add(1) } else { 0 };
        Self { key: key.to_owned(), recursive, index }
    }

    /// The next change, or the end of the command.
    pub async fn next(&mut self, context: &Context, client: &mut Client) -> Result<KeyResponse, i32> {
        loop {
            let action = keys::wait(&self.key, self.recursive, self.index);
            match client.key(&action, Deadline::none()).await {
                Ok(response) => {
                    self.index = response.node.modified_index + 1;
                    return Ok(response);
                }
                // A server that ends a long poll without a change is asked again.
                Err(Failure::EmptyBody) => {}
                Err(failure) => return Err(failure.report(context, code::SERVER_ERROR)),
            }
        }
    }
}
