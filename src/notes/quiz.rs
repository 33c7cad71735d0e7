//! A question inside a note: choose, check, read why.

use crate::dom;
use lesson::{Block, Quiz, inline_text};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement};

/// The quizzes of a page, in the order in which they are drawn.
pub fn in_blocks(blocks: &[Block]) -> Vec<Quiz> {
    let mut found = Vec::new();
    collect(blocks, &mut found);
    found
}

fn collect(blocks: &[Block], found: &mut Vec<Quiz>) {
    for block in blocks {
        match block {
            Block::Quiz(quiz) => found.push(quiz.clone()),
            Block::List { items, .. } => items.iter().for_each(|item| collect(item, found)),
            Block::Callout { body, .. } | Block::Quote(body) => collect(body, found),
            _ => {}
        }
    }
}

/// Choices of one quiz share a name; the number keeps it apart from the others on the page.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Puts the interactive form in the place of the static one.
pub fn build(section: &Element, quiz: &Quiz) {
    section.set_text_content(None);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let several = quiz.choices.iter().filter(|choice| choice.right).count() > 1;
    // A fieldset, so that the choices are announced with their question.
    let Some(set) = dom::html(section, "fieldset", "") else { return };
    if let Some(legend) = dom::html(&set, "legend", "") {
        legend.set_text_content(Some(&inline_text(&quiz.question)));
    }
    if several && let Some(hint) = dom::html(&set, "p", "quiz-hint") {
        hint.set_text_content(Some("More than one is right."));
    }
    let mut inputs = Vec::new();
    for choice in &quiz.choices {
        let Some(label) = dom::html(&set, "label", "") else { return };
        let Some(input) = dom::html(&label, "input", "").and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        input.set_type(if several { "checkbox" } else { "radio" });
        input.set_name(&format!("quiz-{number}"));
        if let Some(words) = dom::html(&label, "span", "") {
            words.set_text_content(Some(&inline_text(&choice.text)));
        }
        inputs.push(input);
    }
    let Some(button) = dom::html(section, "button", "button") else { return };
    dom::set(&button, "type", "button");
    button.set_text_content(Some("Check the answer"));
    let Some(verdict) = dom::html(section, "p", "verdict") else { return };
    dom::set(&verdict, "role", "status");
    let quiz = Rc::new(RefCell::new(quiz.clone()));
    dom::listen(&button, "click", move |_: Event| {
        let chosen: Vec<u32> = (0_u32..).zip(&inputs).filter(|(_, input)| input.checked()).map(|(at, _)| at).collect();
        let quiz = quiz.borrow();
        let (class, text) = match (chosen.is_empty(), quiz.is_right(&chosen)) {
            (true, _) => ("verdict", "Choose an answer first.".to_owned()),
            (_, true) => ("verdict right", format!("Right. {}", inline_text(&quiz.explanation))),
            (_, false) => ("verdict wrong", "Not quite. Think again, and check once more.".to_owned()),
        };
        verdict.set_class_name(class);
        verdict.set_text_content(Some(&text));
    });
}
