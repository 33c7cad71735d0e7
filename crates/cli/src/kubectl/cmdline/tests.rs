use super::*;
use crate::kubectl::{GLOBAL_FLAGS, ROOT};

#[track_caller]
fn check(line: &str, path: &str, args: &[&str]) {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let found = find(&ROOT, &GLOBAL_FLAGS, &words);
    let flags = found.flags(&GLOBAL_FLAGS).expect("the flags are known");
    assert_eq!((found.path().as_str(), flags.args), (path, args.iter().map(|a| (*a).to_owned()).collect()), "{line}");
}

#[test]
fn commands_are_found_between_flags() {
    check("-n dev get pods web", "kubectl get", &["pods", "web"]);
    check("get pods -n dev -oyaml --no-headers", "kubectl get", &["pods"]);
    check("create ns dev", "kubectl create namespace", &["dev"]);
    check("exec -it web -- ls -l", "kubectl exec", &["web", "ls", "-l"]);
    check("create deploy x --image nginx --dry-run -o yaml", "kubectl create deployment", &["x"]);
}

#[test]
fn unknown_names_bring_those_that_are_close() {
    assert_eq!(suggestions(&ROOT, "gett"), ["set", "get"]);
    assert_eq!(suggestions(&ROOT, "foo"), ["top"]);
    assert!(suggestions(&ROOT, "kubectl").is_empty());
}
