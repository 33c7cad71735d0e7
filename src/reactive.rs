//! Signals, memos and effects as Leptos has them, but compiled once.
//!
//! Leptos writes its machinery anew for every type of value and every closure, about a kilobyte each time, and the page
//! has some fifty types of values. Here the machinery knows one type only, a value behind a pointer; what each type adds
//! is to look at its own value. Names and behaviour are those of Leptos, so a file chooses between them with `use`.

use leptos::prelude::{self as whole, AnyView, Get, GetUntracked, GetValue, IntoAny, Notify, Track};
use std::{
    any::Any,
    marker::PhantomData,
    sync::{Arc, PoisonError, RwLock},
};

/// A value of a type that only its handle knows, behind the lock that Leptos asks for.
type Cell = Arc<dyn Any + Send + Sync>;

fn lock<T: 'static>(cell: &Cell) -> &RwLock<T> {
    let Some(lock) = cell.downcast_ref() else { unreachable!("a handle knows the type of its cell") };
    lock
}

fn look<T: 'static, U>(cell: &Cell, see: impl FnOnce(&T) -> U) -> U {
    see(&lock::<T>(cell).read().unwrap_or_else(PoisonError::into_inner))
}

/// A value whose readers are told when it changes; a handle that can be copied.
pub struct RwSignal<T> {
    cell: whole::RwSignal<Cell>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: Default + Send + Sync + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Send + Sync + 'static> RwSignal<T> {
    pub fn new(value: T) -> Self {
        Self { cell: new_signal(Arc::new(RwLock::new(value))), of: PhantomData }
    }

    /// Whoever runs now is told of changes.
    pub fn track(self) {
        self.cell.track();
    }

    pub fn with<U>(self, see: impl FnOnce(&T) -> U) -> U {
        look(&tracked(self.cell), see)
    }

    pub fn with_untracked<U>(self, see: impl FnOnce(&T) -> U) -> U {
        look(&untracked(self.cell), see)
    }

    pub fn set(self, value: T) {
        self.update(|old| *old = value);
    }

    /// Changes the value in place. Nothing happens where what the signal belonged to is gone.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(cell) = self.cell.try_get_untracked() {
            change(&mut lock::<T>(&cell).write().unwrap_or_else(PoisonError::into_inner));
            tell(self.cell);
        }
    }
}

impl<T: Clone + Send + Sync + 'static> RwSignal<T> {
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

#[inline(never)]
fn new_signal(cell: Cell) -> whole::RwSignal<Cell> {
    whole::RwSignal::new(cell)
}

#[inline(never)]
fn tracked(cell: whole::RwSignal<Cell>) -> Cell {
    cell.get()
}

#[inline(never)]
fn untracked(cell: whole::RwSignal<Cell>) -> Cell {
    cell.get_untracked()
}

#[inline(never)]
fn tell(cell: whole::RwSignal<Cell>) {
    cell.notify();
}

/// A value that follows from others, and whose readers are told only when it comes out different.
pub struct Memo<T> {
    /// How often it has come out different.
    turn: whole::Memo<u32>,
    cell: whole::StoredValue<Cell>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    pub fn new(compute: impl Fn(()) -> T + Send + Sync + 'static) -> Self {
        let cell: Cell = Arc::new(RwLock::new(None::<T>));
        let kept = cell.clone();
        let differs = move || {
            let value = Some(compute(()));
            let mut kept = lock::<Option<T>>(&kept).write().unwrap_or_else(PoisonError::into_inner);
            let differs = *kept != value;
            *kept = value;
            differs
        };
        let (turn, cell) = new_memo(cell, Box::new(differs));
        Self { turn, cell, of: PhantomData }
    }

    pub fn with<U>(self, see: impl FnOnce(&T) -> U) -> U {
        self.look(self.fresh(true), see)
    }

    pub fn with_untracked<U>(self, see: impl FnOnce(&T) -> U) -> U {
        self.look(self.fresh(false), see)
    }

    fn fresh(self, track: bool) -> Cell {
        fresh(self.turn, self.cell, track)
    }

    fn look<U>(self, cell: Cell, see: impl FnOnce(&T) -> U) -> U {
        look(&cell, |value: &Option<T>| {
            let Some(value) = value else { unreachable!("a memo computes before it is read") };
            see(value)
        })
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Memo<T> {
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

#[inline(never)]
fn new_memo(cell: Cell, differs: Box<dyn Fn() -> bool + Send + Sync>) -> (whole::Memo<u32>, whole::StoredValue<Cell>) {
    let turn = move |turn: Option<&u32>| turn.copied().unwrap_or(0).wrapping_add(u32::from(differs()));
    (whole::Memo::new(turn), whole::StoredValue::new(cell))
}

/// The cell of a memo, after it was computed where something it follows from has changed.
#[inline(never)]
fn fresh(turn: whole::Memo<u32>, cell: whole::StoredValue<Cell>, track: bool) -> Cell {
    let _ = if track { turn.get() } else { turn.get_untracked() };
    cell.get_value()
}

/// Runs now and whenever what it has read changes.
pub struct Effect;

impl Effect {
    #[expect(clippy::new_ret_no_self, reason = "the name that Leptos gives it; nobody needs the handle")]
    pub fn new(run: impl FnMut(()) + 'static) {
        new_effect(Box::new(run));
    }
}

#[inline(never)]
fn new_effect(mut run: Box<dyn FnMut(())>) {
    whole::Effect::new(move |_: Option<()>| run(()));
}

/// A view, or none, or a row of them, of whatever elements, as the one type that all share.
pub trait Drawn {
    fn drawn(self) -> AnyView;
}

impl Drawn for AnyView {
    fn drawn(self) -> AnyView {
        self
    }
}

impl Drawn for Vec<AnyView> {
    fn drawn(self) -> AnyView {
        self.into_any()
    }
}

impl<V: IntoAny> Drawn for Option<V> {
    fn drawn(self) -> AnyView {
        self.map_or_else(|| ().into_any(), IntoAny::into_any)
    }
}

/// A row of views, one after the other.
pub fn each<V: IntoAny>(views: impl IntoIterator<Item = V>) -> Vec<AnyView> {
    views.into_iter().map(IntoAny::into_any).collect()
}

/// A part of a view that is drawn anew when what it reads changes.
pub fn draws<V: Drawn>(mut draw: impl FnMut() -> V + Send + 'static) -> Box<dyn FnMut() -> AnyView + Send> {
    Box::new(move || draw().drawn())
}

/// Words of a view, or of an attribute, that follow what they are made of.
pub fn says<S: Into<String>>(mut say: impl FnMut() -> S + Send + 'static) -> Box<dyn FnMut() -> String + Send> {
    Box::new(move || say().into())
}

/// An attribute that is there while there is something to say.
pub fn may_say<S: Into<String>>(
    mut say: impl FnMut() -> Option<S> + Send + 'static,
) -> Box<dyn FnMut() -> Option<String> + Send> {
    Box::new(move || say().map(Into::into))
}

/// An attribute, or a class, that is there while something holds.
pub fn holds(is: impl FnMut() -> bool + Send + 'static) -> Box<dyn FnMut() -> bool + Send> {
    Box::new(is)
}

/// What an event does.
pub fn on<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

#[cfg(test)]
mod tests {
    use super::{Memo, RwSignal};
    use leptos::prelude::Owner;

    #[test]
    fn who_reads_a_memo_is_run_again_only_when_it_came_out_different() {
        let owner = Owner::new();
        owner.with(|| {
            let (number, runs) = (RwSignal::new(1), RwSignal::new(0));
            let large = Memo::new(move |_| number.get() > 2);
            let words = Memo::new(move |_| {
                runs.update(|runs| *runs += 1);
                if large.get() { "large" } else { "small" }
            });
            for (value, expected, runs_expected) in [(1, "small", 1), (2, "small", 1), (3, "large", 2), (4, "large", 2)]
            {
                number.set(value);
                assert_eq!((words.get(), runs.get_untracked()), (expected, runs_expected), "{value}");
            }
        });
    }

    #[test]
    fn a_signal_whose_owner_is_gone_takes_no_value() {
        let owner = Owner::new();
        let signal = owner.with(|| RwSignal::new(1));
        owner.cleanup();
        signal.update(|_| panic!("there is nothing to change"));
    }
}
