//! A question inside a note: choose, check, read why. The static page shows question, choices and a folded answer; they
//! are read from there and made into a form.

use super::enhance::all;
use crate::dom;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement};

/// What the static form says.
struct Quiz {
    question: String,
    choices: Vec<String>,
    right: Vec<String>,
    explanation: String,
}

impl Quiz {
    fn read(section: &Element) -> Self {
        let texts = |selector: &str| -> Vec<String> {
            all(section, selector).iter().filter_map(|found| found.text_content()).collect()
        };
        Self {
            question: texts(":scope > p").join(" "),
            choices: texts(":scope > ul > li"),
            right: texts("details li"),
            explanation: texts("details p").join(" "),
        }
    }
}

thread_local! {
    /// Choices of one quiz share a name; the number keeps it apart from the others on the page.
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Puts the interactive form in the place of the static one.
pub fn build(section: &Element) {
    let quiz = Quiz::read(section);
    section.set_text_content(None);
    let number = NEXT.replace(NEXT.get() + 1);
    let several = quiz.right.len() > 1;
    // A fieldset, so that the choices are announced with their question.
    let Some(set) = dom::html(section, "fieldset", "") else { return };
    if let Some(legend) = dom::html(&set, "legend", "") {
        legend.set_text_content(Some(&quiz.question));
    }
    if several && let Some(hint) = dom::html(&set, "p", "quiz-hint") {
        hint.set_text_content(Some("More than one is right."));
    }
    let mut inputs = Vec::new();
    for choice in quiz.choices {
        let Some(label) = dom::html(&set, "label", "") else { return };
        let Some(input) = dom::html(&label, "input", "").and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        input.set_type(if several { "checkbox" } else { "radio" });
        input.set_name(&format!("quiz-{number}"));
        if let Some(words) = dom::html(&label, "span", "") {
            words.set_text_content(Some(&choice));
        }
        inputs.push((input, quiz.right.contains(&choice)));
    }
    let Some(button) = dom::html(section, "button", "button") else { return };
    dom::set(&button, "type", "button");
    button.set_text_content(Some("Check the answer"));
    let Some(verdict) = dom::html(section, "p", "verdict") else { return };
    dom::set(&verdict, "role", "status");
    let explanation = quiz.explanation;
    dom::listen(&button, "click", move |_: Event| {
        let chosen = inputs.iter().any(|(input, _)| input.checked());
        let right = inputs.iter().all(|(input, right)| input.checked() == *right);
        let (class, text) = match (chosen, right) {
            (false, _) => ("verdict", "Choose an answer first."),
            (true, true) => ("verdict right", "Right."),
            (true, false) => ("verdict wrong", "Not quite. Think again, and check once more."),
        };
        verdict.set_class_name(class);
        verdict.set_text_content(Some(text));
        if right && let Some(why) = dom::html(&verdict, "span", "why") {
            why.set_text_content(Some(&explanation));
        }
    });
}
