//! Independent worlds on all processors, told of in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does with each item what a worker does, as many at once as there are processors, and tells each outcome in the order
/// of the items, as soon as those before it are known: what is printed is the same on any machine. `worker` makes one for
/// each thread, with what it needs for all its items; a world cannot move to another thread.
pub fn each<T, R, W>(items: &[T], worker: impl Fn() -> W + Sync, mut tell: impl FnMut(&T, R))
where
    T: Sync,
    R: Send,
    W: FnMut(&T) -> R,
{
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let (next, (done, outcomes)) = (AtomicUsize::new(0), mpsc::channel());
    thread::scope(|scope| {
        for _ in 0..threads {
            let (done, next, worker) = (done.clone(), &next, &worker);
            scope.spawn(move || {
                let mut work = worker();
                while let Some((index, item)) = take(next, items) {
                    // Nobody listens any more only when telling has panicked, which is told of itself.
                    let _ = done.send((index, work(item)));
                }
            });
        }
        drop(done);
        let mut early = BTreeMap::new();
        let mut told = items.iter().enumerate();
        for (index, outcome) in outcomes {
            early.insert(index, outcome);
            while let Some(outcome) = told.clone().next().and_then(|(index, _)| early.remove(&index)) {
                if let Some((_, item)) = told.next() {
                    tell(item, outcome);
                }
            }
        }
    });
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, items.get(index)?))
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn outcomes_are_told_once_each_and_in_order() {
        let items: Vec<u64> = (0..100).collect();
        let mut told = Vec::new();
        // Later items are the quicker ones.
        let work = |item: &u64| (0..(100 - item) * 1_000).fold(*item, |sum, one| std::hint::black_box(sum ^ one ^ one));
        each(&items, || work, |item, outcome| told.push((*item, outcome)));
        assert_eq!(told, items.iter().map(|item| (*item, *item)).collect::<Vec<_>>());
        each(&[0_u8; 0], || |_: &u8| (), |_, ()| panic!("there is nothing to tell"));
    }
}
