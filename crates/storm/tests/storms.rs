//! A few storms in every run of the tests; `cargo xtask storm` plays thousands.

use storm::plan::Plan;
use storm::run::{Options, run};

#[test]
fn no_storm_breaks_a_promise() {
    let options = Options::default();
    let (mut answered, mut unknown) = (0, 0);
    for seed in 1..=12 {
        let course = run(&Plan::new(seed), &options);
        if let Some(violation) = &course.violation {
            panic!("seed {seed}: {violation}\nTo see it told: cargo xtask storm --seeds 1 --from {seed}");
        }
        answered += course.counts().0;
        unknown += course.counts().1;
    }
    // A cluster that answers nobody breaks no promise, and one that is never disturbed proves nothing.
    assert!(answered > 2_000 && unknown > 5, "{answered} calls answered, {unknown} without an answer");
}

#[test]
fn the_same_seed_gives_the_same_storm() {
    let hash = || run(&Plan::new(7), &Options::default()).hash;
    assert_eq!(hash(), hash());
}
