//! The content format: notes, run-blocks, quizzes, labs.
