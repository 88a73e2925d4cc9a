// SPDX-License-Identifier: Apache-2.0
//! What is printed: lines that a reader follows while it happens.

use crate::{digits::Digit, scenes::Answer};
use assay_client::units::format_amount;

/// A heading.
pub(crate) fn title(text: &str) {
    println!("\n\x1b[1m{text}\x1b[0m");
}

/// A named fact.
pub(crate) fn fact(name: &str, value: impl std::fmt::Display) {
    println!("  {name:<18} {value}");
}

/// Something that happened in a block.
pub(crate) fn event(block: u32, text: impl std::fmt::Display) {
    println!("  block {block:>4}  {text}");
}

/// A digit with what the market said of it.
pub(crate) fn answer(digit: &Digit, prediction: usize, answer: &Answer) {
    let mark = if prediction == usize::from(digit.label) {
        "right"
    } else {
        "wrong: the proof shows what the model says, not that the model is good"
    };
    let jobs = match answer.inputs {
        1 => format!("job {}", answer.job),
        inputs => format!("job {} of {inputs} digits", answer.job),
    };
    let facts = [
        format!("prediction {prediction}, label {} ({mark})", digit.label),
        format!("{jobs}, settled in block {}", answer.block),
        format!("price paid {}", format_amount(answer.price)),
        format!(
            "proof {} bytes, for {} job(s)",
            answer.proof_bytes, answer.jobs_in_proof
        ),
        format!(
            "verified again here in {:.1} ms, without the weights",
            answer.verify_ms
        ),
    ];
    println!();
    for (number, line) in digit.drawing().iter().enumerate() {
        let fact = number.checked_sub(1).and_then(|fact| facts.get(fact));
        println!("    {line}   {}", fact.map_or("", String::as_str));
    }
}
