//! Running many futures at once within one program. Only those that were woken are polled again, so a thousand clients
//! cost no more than their work.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::transport::LocalBoxFuture;

/// The woken ones among the futures, and who polls them.
#[derive(Default)]
struct Queue(Mutex<(VecDeque<usize>, Option<Waker>)>);

struct Member {
    index: usize,
    queue: Arc<Queue>,
}

impl Wake for Member {
    fn wake(self: Arc<Self>) {
        let mut queue = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !queue.0.contains(&self.index) {
            queue.0.push_back(self.index);
        }
        if let Some(waker) = queue.1.take() {
            waker.wake();
        }
    }
}

/// Runs all to their end; results in the order in which they come.
pub async fn all<T>(futures: Vec<LocalBoxFuture<'_, T>>) -> Vec<T> {
    let queue = Arc::new(Queue::default());
    let count = futures.len();
    let wakers: Vec<Waker> =
        (0..count).map(|index| Waker::from(Arc::new(Member { index, queue: queue.clone() }))).collect();
    let mut running: Vec<_> = futures.into_iter().map(Some).collect();
    let mut done = Vec::with_capacity(count);
    let lock = || queue.0.lock().unwrap_or_else(PoisonError::into_inner);
    lock().0.extend(0..count);
    poll_fn(|cx| {
        lock().1 = Some(cx.waker().clone());
        loop {
            let Some(index) = lock().0.pop_front() else { break };
            let Some(future) = &mut running[index] else { continue };
            if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&wakers[index])) {
                running[index] = None;
                done.push(result);
            }
        }
        if done.len() == count { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}
