//! `tail`, also following a file.

use super::head::{amount, modern, open_or_say, title};
use super::input::{WHOLE_LIMIT, or_stdin};
use super::options::{Accepts, read};
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;

const ACCEPTS: Accepts = Accepts {
    flags: "fFqv",
    valued: "ncs",
    long: &[("lines", 'n'), ("bytes", 'c'), ("follow", 'f'), ("quiet", 'q'), ("verbose", 'v')],
    mixed: true,
};

pub fn run(mut process: Process) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        process.args = modern(&process.args);
        let Some(options) = read(&process, &ACCEPTS) else { return 1 };
        let Some((bytes, sign, amount)) = amount(&process, &options) else { return 1 };
        let operands = or_stdin(&options.operands);
        let titles = options.has('v') || operands.len() > 1 && !options.has('q');
        let mut code = 0;
        for (i, operand) in operands.iter().enumerate() {
            let Some(reader) = open_or_say(&process, operand) else {
                code = 1;
                continue;
            };
            if titles {
                process.print(title(operand, i == 0)).await;
            }
            let data = match reader.read_to_end(WHOLE_LIMIT).await {
                Ok(data) => data,
                Err(error) => {
                    process.eprint(format!("tail: error reading '{operand}': {error}\n"));
                    code = 1;
                    continue;
                }
            };
            process.print(&data[start(&data, bytes, sign == Some('+'), amount)..]).await;
        }
        let follow = options.has('f') || options.has('F');
        if let Some(operand) = operands.last().filter(|operand| follow && *operand != "-") {
            follow_file(&process, operand).await;
        }
        code
    })
}

fn start(data: &[u8], bytes: bool, from_start: bool, amount: u64) -> usize {
    let amount = usize::try_from(amount).unwrap_or(usize::MAX);
    if bytes {
        return if from_start { amount.saturating_sub(1).min(data.len()) } else { data.len().saturating_sub(amount) };
    }
    let lengths: Vec<usize> = data.split_inclusive(|b| *b == b'\n').map(<[u8]>::len).collect();
    let skip = if from_start { amount.saturating_sub(1) } else { lengths.len().saturating_sub(amount) };
    lengths.iter().take(skip).sum()
}

/// Prints what is added to a file, for ever.
async fn follow_file(process: &Process, operand: &str) {
    let path = process.path(operand);
    let mut printed = process.fs().metadata(&path).map_or(0, |meta| meta.size);
    loop {
        process.sleep(100_000).await;
        let Ok(data) = process.fs().read(&path) else { continue };
        let size = data.len() as u64;
        if size < printed {
            process.eprint(format!("tail: {operand}: file truncated\n"));
            printed = 0;
        }
        if size > printed {
            process.print(&data[printed as usize..]).await;
            printed = size;
        }
    }
}
