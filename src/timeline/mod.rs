//! The world's clock: back, play, pause, step, speed.

mod back;
mod speed;

pub use back::Back;

use crate::reactive::{Memo, on, says};
use crate::{
    lab_link::{Lab, Phase},
    parts::{Dialog, Parts},
};
use leptos::prelude::*;
use protocol::ClockControl;

/// The world's clock as `MM:SS.mmm µµµ`, hours where there are some.
pub fn clock_text(micros: u64) -> String {
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let tail = format!("{second:02}.{:03} {:03}", rest / 1_000, rest % 1_000);
    match minutes / 60 {
        0 => format!("{minutes:02}:{tail}"),
        hours => format!("{hours}:{:02}:{tail}", minutes % 60),
    }
}

#[component]
pub fn Timeline() -> impl IntoView {
    let lab: Lab = expect_context();
    let parts: Parts = expect_context();
    let playing = Memo::new(move |_| lab.clock.get().playing);
    let shown_speed = Memo::new(move |_| lab.clock.get().speed);
    let idle = move || lab.phase.get() != Phase::Ready;
    let position = move || speed::position(shown_speed.get());
    let choose = move |event| {
        if let Ok(position) = event_target_value(&event).parse() {
            lab.clock(ClockControl::Speed(speed::at(position)));
        }
    };
    view! {
        <div class="timeline" role="group" aria-label="Clock of the cluster">
            <button
                type="button"
                class="icon-button"
                aria-label="Back"
                title="Back: to before something that was typed or done"
                disabled=idle
                on:click=on(move |_| parts.dialog.set(Some(Dialog::Back)))
            >
                <Icon d="M16 3.5v13l-8-6.5zM4 3.5h2.5v13H4z" />
            </button>
            <button
                type="button"
                class="icon-button"
                aria-label="Play"
                title="Play"
                disabled=idle
                aria-pressed=says(move || playing.get().to_string())
                on:click=on(move |_| lab.clock(ClockControl::Play))
            >
                <Icon d="M5 3.5v13l11-6.5z" />
            </button>
            <button
                type="button"
                class="icon-button"
                aria-label="Pause time"
                title="Pause time"
                disabled=idle
                aria-pressed=says(move || (!playing.get()).to_string())
                on:click=on(move |_| lab.clock(ClockControl::Pause))
            >
                <Icon d="M5 3.5h3.5v13H5zM11.5 3.5H15v13h-3.5z" />
            </button>
            <button
                type="button"
                class="icon-button"
                aria-label="Step"
                title="Step: to the next message or event, then stand still"
                disabled=idle
                on:click=on(move |_| lab.clock(ClockControl::Step))
            >
                <Icon d="M4 3.5v13l8-6.5zM13.5 3.5H16v13h-2.5z" />
            </button>
            <label class="speed">
                <span class="visually-hidden">"Speed"</span>
                <input
                    type="range"
                    min="0"
                    max=speed::LAST.to_string()
                    step="1"
                    disabled=idle
                    prop:value=says(move || position().to_string())
                    aria-valuetext=says(move || speed::words(shown_speed.get()))
                    on:input=on(choose)
                />
                <span class="speed-value" aria-hidden="true">{says(move || speed::short(shown_speed.get()))}</span>
            </label>
            <span class="clock" role="timer" aria-label="Time in the cluster" aria-live="off">
                {says(move || clock_text(lab.clock.get().now))}
            </span>
        </div>
    }
}

#[component]
fn Icon(d: &'static str) -> impl IntoView {
    view! {
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
            <path d=d fill="currentColor" />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_shows_microseconds() {
        assert_eq!(clock_text(0), "00:00.000 000");
        assert_eq!(clock_text(61_002_003), "01:01.002 003");
        assert_eq!(clock_text(3_600_000_000 + 500), "1:00:00.000 500");
    }
}
