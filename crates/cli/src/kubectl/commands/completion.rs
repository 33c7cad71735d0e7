//! `kubectl completion`: scripts by which shells complete command lines (`k8s.io/kubectl/pkg/cmd/completion`), and
//! `__complete`, which those ask. The console of this site completes by itself: sourcing the script there changes nothing.

use super::rare::Rare;
use crate::go;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::complete;
use crate::kubectl::failure::Failure;

pub static COMPLETION: Command = Command::leaf(
    "completion",
    "SHELL",
    "Output a script by which a shell (bash, zsh, fish, or powershell) completes",
    &[],
    |cli| Rare::Completion.run(cli),
)
.examples(&[
    ("In this bash", "source <(kubectl completion bash)"),
    ("In every bash", "echo 'source <(kubectl completion bash)' >> ~/.bashrc"),
]);
pub static COMPLETE: Command =
    Command::leaf("__complete", "[command-line]", "Tell what may follow", &[], |cli| Rare::Complete.run(cli));

const BASH: &str = r#"# bash completion for kubectl
__start_kubectl()
{
    local cur line
    COMPREPLY=()
    cur="${COMP_WORDS[COMP_CWORD]}"
    while IFS= read -r line; do
        line="${line%%$'\t'*}"
        case "$line" in
            :*) break ;;
            "$cur"*) COMPREPLY+=("$line") ;;
        esac
    done < <(kubectl __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

if [[ $(type -t compopt) = "builtin" ]]; then
    complete -o default -F __start_kubectl kubectl
fi
"#;
const ZSH: &str = r#"#compdef kubectl
compdef _kubectl kubectl
# zsh completion for kubectl
_kubectl()
{
    local -a found
    found=("${(@f)$(kubectl __complete -- "${words[@]:1}" 2>/dev/null)}")
    found=("${(@)found:#:*}")
    compadd -- "${(@)found%%$'\t'*}"
}
"#;
const FISH: &str = r#"# fish completion for kubectl
function __kubectl_candidates
    kubectl __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null | string match -rv '^:'
end
complete -c kubectl -f -a '(__kubectl_candidates)'
"#;
const POWERSHELL: &str = r#"# powershell completion for kubectl
Register-ArgumentCompleter -CommandName 'kubectl' -ScriptBlock {
    param($word, $line, $position)
    $words = $line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() }
    kubectl __complete -- @words 2>$null | Where-Object { $_ -notmatch '^:' } |
        ForEach-Object { ($_ -split "`t")[0] } | Where-Object { $_ -like "$word*" }
}
"#;

pub fn completion(cli: &Cli) -> Result<(), Failure> {
    let shell = match cli.args() {
        [] => return Err(cli.usage("Shell not specified.")),
        [shell] => shell,
        _ => return Err(cli.usage("Too many arguments. Expected only the shell type.")),
    };
    cli.print(match shell.as_str() {
        "bash" => BASH,
        "zsh" => ZSH,
        "fish" => FISH,
        "powershell" => POWERSHELL,
        other => return Err(cli.usage(format_args!("Unsupported shell type {}.", go::quote(other)))),
    });
    Ok(())
}

/// One candidate a line, with its help after a tab; at last a colon and a number, which says that files are none.
pub fn candidates(cli: &Cli) -> Result<(), Failure> {
    let words: Vec<String> = std::iter::once("kubectl".to_owned()).chain(cli.args().iter().cloned()).collect();
    for candidate in complete(&words) {
        cli.println(format_args!("{}\t{}", candidate.text, candidate.help));
    }
    cli.println(":4");
    cli.eprintln("Completion ended with directive: ShellCompDirectiveNoFileComp");
    Ok(())
}
