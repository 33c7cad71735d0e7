//! A separator that pointer and keyboard move.

use crate::reactive::{RwSignal, holds, on, says};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// No pane shrinks below this share, in percent.
const LEAST: i32 = 15;
const MOST: i32 = 85;
const STEP: i32 = 2;
const LEAP: i32 = 10;

/// Along which axis a separator moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Across,
    Down,
}

/// What a key does to a share of `now` percent; `None` for keys that are not the separator's.
fn moved(axis: Axis, key: &str, now: i32) -> Option<i32> {
    let (less, more) = match axis {
        Axis::Across => ("ArrowLeft", "ArrowRight"),
        Axis::Down => ("ArrowUp", "ArrowDown"),
    };
    let next = match key {
        key if key == less => now - STEP,
        key if key == more => now + STEP,
        "PageUp" => now - LEAP,
        "PageDown" => now + LEAP,
        "Home" => LEAST,
        "End" => MOST,
        _ => return None,
    };
    Some(next.clamp(LEAST, MOST))
}

#[component]
pub fn Separator(axis: Axis, label: &'static str, share: RwSignal<i32>, controls: &'static str) -> impl IntoView {
    let key = move |event: KeyboardEvent| {
        if let Some(next) = moved(axis, &event.key(), share.get_untracked()) {
            event.prevent_default();
            share.set(next);
        }
    };
    let dragging = RwSignal::new(false);
    let down = move |event: PointerEvent| {
        if let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // Without capture the drag ends at the separator's edge; that is worse, not broken.
            let _ = element.set_pointer_capture(event.pointer_id());
            dragging.set(true);
            event.prevent_default();
        }
    };
    let drag = move |event: PointerEvent| {
        if !dragging.get_untracked() {
            return;
        }
        let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        // The slot is laid out by the container whose share is given.
        let Some(container) = element.parent_element().and_then(|slot| slot.parent_element()) else { return };
        let bounds = container.get_bounding_client_rect();
        let (offset, length) = match axis {
            Axis::Across => (event.client_x() - bounds.left() as i32, bounds.width() as i32),
            Axis::Down => (event.client_y() - bounds.top() as i32, bounds.height() as i32),
        };
        if length > 0 {
            share.set((offset * 100 / length).clamp(LEAST, MOST));
        }
    };
    let up = move |_: PointerEvent| dragging.set(false);
    // A separator between panes side by side stands upright.
    let orientation = if axis == Axis::Across { "vertical" } else { "horizontal" };
    view! {
        <div
            role="separator"
            tabindex="0"
            class="separator"
            class:dragging=holds(move || dragging.get())
            aria-label=label
            aria-orientation=orientation
            aria-controls=controls
            aria-valuemin=LEAST.to_string()
            aria-valuemax=MOST.to_string()
            aria-valuenow=says(move || share.get().to_string())
            on:keydown=on(key)
            on:pointerdown=on(down)
            on:pointermove=on(drag)
            on:pointerup=on(up)
            on:pointercancel=on(up)
        ></div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(axis: Axis, key: &str, expected: Option<i32>) {
        assert_eq!(moved(axis, key, 50), expected, "{axis:?} {key}");
    }

    #[test]
    fn arrows_along_the_axis_move_it_and_the_others_do_not() {
        check(Axis::Across, "ArrowRight", Some(52));
        check(Axis::Across, "ArrowLeft", Some(48));
        check(Axis::Across, "ArrowUp", None);
        check(Axis::Down, "ArrowDown", Some(52));
        check(Axis::Down, "ArrowLeft", None);
        check(Axis::Down, "Home", Some(LEAST));
        check(Axis::Across, "PageDown", Some(60));
        check(Axis::Across, "x", None);
    }

    #[test]
    fn no_pane_is_squeezed_away() {
        assert_eq!(moved(Axis::Across, "ArrowLeft", LEAST), Some(LEAST));
        assert_eq!(moved(Axis::Down, "PageDown", MOST - 1), Some(MOST));
    }
}
